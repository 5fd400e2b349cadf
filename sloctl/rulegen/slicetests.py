"""Tests of how slices are judged: values against a threshold, shares against the target of a time slice."""

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from sloctl.model import names
from sloctl.model.indicators import (
    Comparison,
    Expression,
    Indicator,
    QueryRatioIndicator,
    RawIndicator,
    ThresholdIndicator,
)
from sloctl.model.names import Count
from sloctl.model.ruletests import Expected, RuleTest
from sloctl.model.slo import Slo
from sloctl.promql.tree import Aggregate, Selector
from sloctl.promql.window import at_window
from sloctl.rulegen.labelling import Labels, find_labels, written
from sloctl.rulegen.own import own

_GOOD: Final[Mapping[Comparison, Callable[[float, float], bool]]] = {
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
}
_ONE_VALUE: Final = frozenset({"sum", "avg", "min", "max"})
"""What these make of one series is its value."""
_COUNTS: Final[tuple[Count, Count]] = ("bad", "total")
_RATIO: Final = 0.75
_WHOLE, _PART = 40.0, 10.0
_EVENTS: Final = 1_000_000
"""Events of a time slice's evaluation: a target is a whole number of them."""
_LONGEST_S: Final = 4 * 3600
"""Of a time slice that is tested."""


def expected_slice(series: Selector, at_s: float, group: Labels, value: float | None) -> Expected:
    """
    Expect a value of slices, or `None` for nothing.

    Args:
        series: The slices.
        at_s: When, in seconds from the start.
        group: The labels that keep parts apart.
        value: The value.
    """
    by = f" by ({', '.join(group)}) " if group else ""
    return Expected(f"sum{by}({series})", at_s, {} if value is None else {written(group): value})


def measure_tests(slo: Slo, indicator: Indicator, slice_s: float) -> Iterator[RuleTest]:
    """
    Write the tests of what an indicator makes of values.

    Args:
        slo: With one objective.
        indicator: What it measures.
        slice_s: Seconds between two evaluations.

    Returns:
        Nothing where a query is more than a selector, or an aggregation of one, or where no labels are found for it.
    """
    cases: list[tuple[tuple[float, ...], float, float]]
    """Values of the queries, and what is bad and what there is in all."""
    match indicator:
        case ThresholdIndicator():
            queries, at = [indicator.value], indicator.threshold
            cases = [((value,), float(not _GOOD[indicator.op](value, at)), 1) for value in (at - 1, at, at + 1)]
        case RawIndicator():
            queries, cases = [indicator.ratio], [((_RATIO,), 1 - _RATIO if indicator.is_good else _RATIO, 1)]
        case QueryRatioIndicator():
            queries = [indicator.total, indicator.part]
            cases = [((_WHOLE, _PART), _WHOLE - _PART if indicator.part_is_good else _PART, _WHOLE)]
        case _:
            return
    found = [series for query in queries if (series := _series(query, indicator.group_by, slice_s))]
    groups = [{label: labels[label] for label in indicator.group_by if labels[label]} for _, labels in found]
    if len(found) < len(queries) or any(group != groups[0] for group in groups):
        return
    columns = zip(*(values for values, _, _ in cases), strict=True)
    yield RuleTest(
        f"{slo.id}: a value is judged as it is",
        slice_s,
        {
            f"{metric}{written(labels)}": " ".join(["_", *map(str, column), "stale"])
            for (metric, labels), column in zip(found, columns, strict=True)
        },
        tuple(
            expected_slice(own(slo, _name(slo, count)), slices * slice_s, groups[0], value)
            for slices, (_, bad, total) in enumerate([*cases, ((), None, None)], 1)
            for count, value in zip(_COUNTS, (bad, total), strict=True)
        ),
    )


def time_slice_tests(slo: Slo, group: Labels, slice_s: float) -> Iterator[RuleTest]:
    """
    Write the tests of how time slices are judged: when they end, and by what share of their events.

    Args:
        slo: With one objective.
        group: The labels that keep its parts apart.
        slice_s: Seconds between two evaluations.
    """
    (objective,) = slo.objectives
    if slo.budgeting == "Occurrences" or objective.slice_s > _LONGEST_S:
        return
    evaluations = round(objective.slice_s / slice_s)
    allowed = round((1 - (objective.slice_ratio or objective.ratio)) * _EVENTS)
    bads, totals = [allowed, allowed + 1, 0], [_EVENTS, _EVENTS, 0]
    if slo.budgeting == "Timeslices":
        judged = [0.0, 1.0, 0.0]
    else:
        judged = [bad / total if total else 0.0 for bad, total in zip(bads, totals, strict=True)]
    labels = written({**slo.identity, **group, "given": "events"})

    def given(numbers: Sequence[float]) -> str:
        """Let all of a time slice happen in its first evaluation."""
        rest = f" 0x{evaluations - 2}" if evaluations > 1 else ""
        return " ".join(["_", *(f"{number}{rest}" for number in numbers)])

    def expected(count: Count, evaluation: int, value: float | None) -> Expected:
        series = own(slo, names.slice_name(count)).where("given", "events")
        return expected_slice(series, evaluation * slice_s, group, value)

    ends = [(number * evaluations, value) for number, value in enumerate(judged, 1)]
    checks = [expected("bad", end, value) for end, value in ends]
    checks += [expected("total", end, float(total > 0)) for (end, _), total in zip(ends, totals, strict=True)]
    if evaluations > 1:
        checks += [expected(count, end + 1, None) for end, _ in ends[:-1] for count in ("bad", "total")]
        checks += [expected("bad", end - 1, None) for end, _ in ends]
    yield RuleTest(
        f"{slo.id}: a time slice is judged when it ends",
        slice_s,
        {f"{names.events_name('bad')}{labels}": given(bads), f"{names.events_name('total')}{labels}": given(totals)},
        tuple(checks),
    )


def _name(slo: Slo, count: Count) -> str:
    return names.slice_name(count) if slo.budgeting == "Occurrences" else names.events_name(count)


def _series(query: Expression, group_by: Sequence[str], slice_s: float) -> tuple[str, Labels] | None:
    """Name a series that a query takes its value from."""
    expr = at_window(query, slice_s)
    if isinstance(expr, Aggregate) and expr.op in _ONE_VALUE:
        expr = expr.expr
    if not isinstance(expr, Selector) or expr != Selector(expr.metric, expr.matchers) or not expr.metric:
        return None
    labels = find_labels(group_by, expr.matchers)
    return None if labels is None else (expr.metric, labels)
