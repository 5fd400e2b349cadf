"""Writes files for `promtool test rules`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sloctl.model.durations import format_duration
from sloctl.model.ruletests import Expected, RuleTest
from sloctl.specio.rulefile import heading
from sloctl.specio.yamlblocks import scalar


def rule_test_chunks(
    tests: Iterable[RuleTest], step_s: float, rule_files: Sequence[str], groups: Iterable[str], origin: str
) -> Iterator[str]:
    """
    Write a file of tests piece by piece.

    Args:
        tests: Those whose step it is.
        step_s: Seconds between two evaluations.
        rule_files: The rules, as seen from the file.
        groups: The groups of the rules in the order in which they are evaluated.
        origin: What they were generated from.
    """
    yield f"{heading(origin)}rule_files:\n{_items(rule_files)}"
    yield f"evaluation_interval: {format_duration(step_s)}\ngroup_eval_order:\n{_items(groups)}tests:\n"
    for test in tests:
        yield _test(test)


def _test(test: RuleTest) -> str:
    series = [
        f"  - series: {scalar(series, 4)}\n    values: {scalar(values, 4)}\n" for series, values in test.series.items()
    ]
    expected = [_expected(each) for each in test.expected]
    return (
        f"- name: {scalar(test.name)}\n  interval: {format_duration(test.step_s)}\n"
        f"  input_series:{_list(series)}  promql_expr_test:{_list(expected)}"
    )


def _expected(expected: Expected) -> str:
    return (
        f"  - expr: {scalar(expected.expr, 4)}\n    eval_time: {format_duration(expected.at_s)}\n"
        f"    exp_samples:{_list(_samples(expected.values))}"
    )


def _samples(values: Mapping[str, float]) -> list[str]:
    return [f"    - labels: {scalar(labels, 6)}\n      value: {value:.15g}\n" for labels, value in values.items()]


def _list(items: Sequence[str]) -> str:
    return "\n" + "".join(items) if items else " []\n"


def _items(texts: Iterable[str]) -> str:
    return "".join(f"- {scalar(text)}\n" for text in texts)
