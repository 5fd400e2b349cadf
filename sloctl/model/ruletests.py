"""Tests of rules as values: what a file for `promtool test rules` holds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Expected:
    """
    What a query must return.

    Args:
        expr: The query, whose result has no labels but those of *values*.
        at_s: When, in seconds from the start.
        values: By labels, written as in PromQL; empty where there is nothing to return.
    """

    expr: str
    at_s: float
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class RuleTest:
    """
    What rules must make of some series.

    Args:
        name: What is tested, as a sentence.
        step_s: Seconds between two values of a series.
        series: Values from the start on, in promtool's notation, by series.
        expected: What must come of them.
    """

    name: str
    step_s: float
    series: Mapping[str, str]
    expected: tuple[Expected, ...]


def together(tests: Iterable[RuleTest]) -> list[RuleTest]:
    """
    Put tests of the same name and step into one, for promtool evaluates all rules for each test.

    Args:
        tests: Those of the same name read no series of each other.
    """
    merged: dict[tuple[str, float], RuleTest] = {}
    for test in tests:
        other = merged.setdefault((test.name, test.step_s), test)
        if other is not test:
            series = {**other.series, **test.series}
            merged[test.name, test.step_s] = replace(test, series=series, expected=(*other.expected, *test.expected))
    return list(merged.values())
