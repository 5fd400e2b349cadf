"""
A second budget, from which maintenance and the like are excluded.

The mask is a metric that the user keeps: 0 while slices are excluded, 1 or absent otherwise. A series of it counts for
one SLO, for a service, or for all, as its labels say; where several do, the lowest holds. It is read when a slice ends.
"""

from sloctl.model import names
from sloctl.model.durations import window_name
from sloctl.model.indicators import Matcher
from sloctl.model.names import Count
from sloctl.model.rules import RecordingRule
from sloctl.model.slo import Slo
from sloctl.promql.tree import Aggregate, Binary, Matching, Selector, call
from sloctl.rulegen.own import own, record, short_of
from sloctl.rulegen.slices import SliceScheme

_COUNTS: tuple[Count, ...] = ("bad", "total")


def kept_slices(slo: Slo, mask: str, slice_s: float, block_s: int) -> list[RecordingRule]:
    """
    Record the slices that count, and their sums over a block of the period.

    Args:
        slo: The SLO.
        mask: The metric.
        slice_s: Seconds between two evaluations.
        block_s: Seconds of a block.
    """
    of_slo = Selector(mask, (Matcher(names.LABEL_ID, "=", slo.id),))
    of_service = Selector(mask, (Matcher(names.LABEL_ID, "=", ""), Matcher(names.LABEL_SERVICE, "=", slo.service)))
    of_all = Selector(mask, (Matcher(names.LABEL_ID, "=", ""), Matcher(names.LABEL_SERVICE, "=", "")))
    lowest = Aggregate("min", of_slo | of_service | of_all)
    rules = [record(slo, names.MASK, lowest | call("vector", 1))]
    for count in _COUNTS:
        kept = Binary("*", own(slo, names.slice_name(count)), own(slo, names.MASK), Matching("on", (), "left"))
        rules.append(record(slo, names.kept_name(count), kept))
    for count in _COUNTS:
        series = own(slo, names.kept_name(count)).over(short_of(block_s, slice_s))
        rules.append(record(slo, names.kept_name(count, window_name(block_s)), call("sum_over_time", series)))
    return rules


def corrected_budget(scheme: SliceScheme) -> list[RecordingRule]:
    """Record what the period keeps, and what is left of its budget."""
    slo, period, block = scheme.slo, scheme.slo.period, window_name(scheme.block_s)
    sums = {count: names.kept_name(count, block) for count in _COUNTS}
    rules = [scheme.running(sums[count], names.kept_name(count), scheme.block_s) for count in _COUNTS]
    rules += [record(slo, names.kept_name(count, period), scheme.in_period(sums[count])) for count in _COUNTS]
    bad, total = (own(slo, names.kept_name(count, period)) for count in _COUNTS)
    left = 1 - bad / (total > 0) / slo.budget_ratio
    return [*rules, record(slo, names.BUDGET_CORRECTED, left | 0 * total + 1)]
