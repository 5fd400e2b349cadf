"""
The slices that a budget is kept in.

Source: OpenSLO v1 README, "budgetingMethod": Occurrences count events; Timeslices count the slices whose share of good
events meets a target; RatioTimeslices take the mean of the slices' shares.
"""

from sloctl.model import names
from sloctl.model.indicators import Indicator
from sloctl.model.rules import RecordingRule, Scheme
from sloctl.model.slo import Slo
from sloctl.promql.tree import Binary, Expr, Matching, Number, call, sum_by
from sloctl.rulegen.level0 import bad, total
from sloctl.rulegen.own import own, record, short_of

_AFTER_S = 0.001
"""Prometheus keeps time by the millisecond."""


def slices(slo: Slo, indicator: Indicator, slice_s: float, scheme: Scheme = "slices") -> list[RecordingRule]:
    """
    Record slices: what there was, and what of it was bad.

    Args:
        slo: With one objective.
        indicator: What it measures.
        slice_s: Seconds between two evaluations.
        scheme: How counters are read.
    """
    if slo.budgeting == "Occurrences":
        return _counts(slo, indicator, slice_s, scheme, names.TOTAL_SLICE, names.BAD_SLICE)
    events = _counts(slo, indicator, slice_s, scheme, names.events_name("total"), names.events_name("bad"))
    return [*events, *_time_slices(slo, slice_s)]


def _counts(
    slo: Slo, indicator: Indicator, slice_s: float, scheme: Scheme, total_name: str, bad_name: str
) -> list[RecordingRule]:
    whole = sum_by(own(slo, total_name), indicator.group_by)
    return [
        record(slo, total_name, total(indicator, slice_s, scheme)),
        record(slo, bad_name, bad(indicator, slice_s, whole, scheme)),
    ]


def _time_slices(slo: Slo, slice_s: float) -> list[RecordingRule]:
    """Judge a slice when it ends: 1 and what of it was bad, or 0 and 0 where nothing happened."""
    (objective,) = slo.objectives
    of_bad, of_all = (
        call("sum_over_time", own(slo, names.events_name(count)).over(short_of(objective.slice_s, slice_s)))
        for count in ("bad", "total")
    )
    if slo.budgeting == "Timeslices":
        # A share that just meets the target is a quotient rounded to the target's own binary fraction.
        is_bad = Binary("<", (of_all - of_bad) / (of_all > 0), Number(objective.slice_ratio), as_bool=True)
    else:
        is_bad = of_bad / (of_all > 0)
    ends = call("vector", (call("time") - _AFTER_S) % objective.slice_s) >= objective.slice_s - slice_s

    def at_end(expr: Expr) -> Expr:
        return Binary("and", expr, ends, Matching("on"))

    return [
        record(slo, names.TOTAL_SLICE, at_end(Binary(">", of_all, Number(0), as_bool=True))),
        record(slo, names.BAD_SLICE, at_end(is_bad | 0 * of_all)),
    ]
