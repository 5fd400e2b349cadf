"""What an indicator measures in one slice, as two numbers: all there was, and what of it was bad."""

import math
from collections.abc import Callable
from typing import Final

from sloctl.model.indicators import (
    Comparison,
    Counter,
    Expression,
    Indicator,
    NativeHistogramIndicator,
    QueryRatioIndicator,
    RatioIndicator,
    RawIndicator,
    ThresholdIndicator,
)
from sloctl.model.rules import Scheme
from sloctl.promql.tree import Aggregate, Binary, Call, Expr, Number, Selector, call, sum_by
from sloctl.promql.walk import rewrite, walk
from sloctl.promql.window import at_window
from sloctl.rulegen.increase import finite, histogram_increase, increase

_BAD: Final[dict[Comparison, str]] = {"lt": ">=", "lte": ">", "gt": "<=", "gte": "<"}
"""How a bad value compares, by how a good one does."""
_RATES: Final = frozenset({"rate", "irate"})


def counts_events(indicator: Indicator | None) -> bool:
    """Tell whether the numbers are of events, which come by chance; those of gauges and ratios are not."""
    match indicator:
        case RatioIndicator() | NativeHistogramIndicator():
            return True
        case QueryRatioIndicator():
            return indicator.total.has_window
    return False


def total(indicator: Indicator, slice_s: float, scheme: Scheme = "slices") -> Expr:
    """
    Give all there was in a slice.

    Args:
        indicator: What is measured.
        slice_s: Seconds of a slice.
        scheme: How counters are read.

    Returns:
        Events where they are counted, amounts where they are queried; the number of series that have a value where an
        indicator is a ratio or a threshold.
    """
    match indicator:
        case RatioIndicator():
            expr = _counted(indicator.total, slice_s, scheme)
        case QueryRatioIndicator():
            expr = finite(_queried(indicator.total, slice_s, scheme, per_slice=_is_per_slice(indicator)))
        case NativeHistogramIndicator():
            expr = _counted_in(indicator, slice_s, _count, scheme)
        case RawIndicator():
            return _count_by(finite(_queried(indicator.ratio, slice_s, scheme)), indicator.group_by)
        case ThresholdIndicator():
            return _count_by(_known(indicator, slice_s, scheme), indicator.group_by)
    return sum_by(expr, indicator.group_by)


def bad(indicator: Indicator, slice_s: float, whole: Expr, scheme: Scheme = "slices") -> Expr:
    """
    Give what of a slice was bad.

    Args:
        indicator: What is measured.
        slice_s: Seconds of a slice.
        whole: The recorded total of the slice.
        scheme: How counters are read.
    """
    match indicator:
        case RatioIndicator():
            part, is_good = _counted(indicator.part, slice_s, scheme), indicator.part_is_good
        case QueryRatioIndicator():
            part = finite(_queried(indicator.part, slice_s, scheme, per_slice=_is_per_slice(indicator)))
            is_good = indicator.part_is_good
        case NativeHistogramIndicator():
            part, is_good = (
                _counted_in(indicator, slice_s, _within(indicator.threshold), scheme),
                indicator.op in {"lt", "lte"},
            )
        case RawIndicator():
            part, is_good = finite(_queried(indicator.ratio, slice_s, scheme)), indicator.is_good
        case ThresholdIndicator():
            known = _known(indicator, slice_s, scheme)
            part = Binary(_BAD[indicator.op], known, Number(indicator.threshold), as_bool=True)
            is_good = False
    # Zero by the same labels where nothing of the kind was seen, and absent where there is no total.
    filled = sum_by(part, indicator.group_by) | 0 * whole
    return whole - filled if is_good else filled


def _counted(counter: Counter, slice_s: float, scheme: Scheme) -> Expr:
    return increase(Selector(counter.metric, counter.matchers), slice_s, scheme) < math.inf


def _counted_in(
    indicator: NativeHistogramIndicator, slice_s: float, read: Callable[[Expr], Expr], scheme: Scheme
) -> Expr:
    histogram = Selector(indicator.histogram.metric, indicator.histogram.matchers)
    return histogram_increase(histogram, slice_s, read, scheme) < math.inf


def _count(histogram: Expr) -> Expr:
    return call("histogram_count", histogram)


def _within(threshold: float) -> Callable[[Expr], Expr]:
    """Count the observations up to a threshold; where there are none, their fraction is no number."""

    def read(histogram: Expr) -> Expr:
        fraction = call("histogram_fraction", -math.inf, threshold, histogram)
        return (_count(histogram) * fraction >= 0) | 0 * _count(histogram)

    return read


def _known(indicator: ThresholdIndicator, slice_s: float, scheme: Scheme) -> Expr:
    """Leave out NaN, which compares with nothing."""
    return _queried(indicator.value, slice_s, scheme) >= -math.inf


def _is_per_slice(indicator: QueryRatioIndicator) -> bool:
    """Tell whether rates may count events: nothing they are divided by counts them already."""
    calls = [
        node.function
        for query in (indicator.total, indicator.part)
        for node in walk(at_window(query, 1))
        if isinstance(node, Call)
    ]
    return "increase" not in calls


def _queried(query: Expression, slice_s: float, scheme: Scheme, *, per_slice: bool = False) -> Expr:
    """
    Take a query over the slice.

    Its counters gain what they gain elsewhere in these rules, so that none of their events is lost or invented.

    Args:
        query: The query.
        slice_s: Seconds of a slice.
        scheme: How counters are read.
        per_slice: Take rates for events per slice, rather than per second.
    """

    def gained(node: Expr) -> Expr:
        if not isinstance(node, Call) or node.function not in {"increase", *_RATES}:
            return node
        (counter,) = node.args
        if not isinstance(counter, Selector) or counter != Selector(counter.metric, counter.matchers, slice_s):
            return node
        gain = increase(Selector(counter.metric, counter.matchers), slice_s, scheme)
        return gain / slice_s if node.function in _RATES and not per_slice else gain

    return rewrite(at_window(query, slice_s), gained)


def _count_by(expr: Expr, labels: tuple[str, ...]) -> Expr:
    return Aggregate("count", expr, labels, "by" if labels else "")
