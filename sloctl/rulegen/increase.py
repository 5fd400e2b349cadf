"""
What a counter gained since the last slice.

Slices tile: each starts where the one before ended, so nothing is extrapolated, lost or counted twice.
"""

import math
from collections.abc import Callable
from typing import Final

from sloctl.model.rules import Scheme
from sloctl.promql.tree import Binary, Call, Expr, Matching, Number, Selector, call

LOOK_BACK_SLICES: Final = 5
_RATE_SLICES: Final = 2
"""The range of a rate: it holds two scrapes at least where there is one for each slice."""
_TARGET: Final = ("job", "instance")


def increase(now: Selector, slice_s: float, scheme: Scheme) -> Expr:
    """
    Give the gain of a counter, series by series.

    After a reset the value itself is the gain. A series that is new counts from zero only if its target was up already.
    By rate, the gain is what Prometheus makes of a range, smeared over it; the first value of a series counts nothing.

    Args:
        now: The counter.
        slice_s: Seconds of a slice.
        scheme: How it is taken.
    """
    if scheme == "rate":
        return _rate(now, slice_s) * slice_s
    before = _before(now, slice_s)
    return (now - before >= 0) | (now < before) | _born(now, now, slice_s)


def histogram_increase(now: Selector, slice_s: float, read: Callable[[Expr], Expr], scheme: Scheme) -> Expr:
    """
    Give the gain of a native histogram in what *read* makes of it, as `increase` does; its count tells of resets.

    Args:
        now: The histogram.
        slice_s: Seconds of a slice.
        read: Makes a number of the histogram that grows with each observation.
        scheme: How it is taken.
    """
    if scheme == "rate":
        return read(_rate(now, slice_s)) * slice_s
    before = _before(now, slice_s)
    count, count_before = call("histogram_count", now), call("histogram_count", before)
    grown = (read(now) - read(before)) & (count >= count_before)
    began = read(now) & (count < count_before)
    return grown | began | _born(read(now), now, slice_s)


def finite(expr: Expr) -> Expr:
    """
    Leave out what is no number that can be summed.

    >>> print(finite(Selector("ratio")))
    ratio > (-Inf) < Inf
    """
    return (expr > -math.inf) < math.inf


def _rate(now: Selector, slice_s: float) -> Call:
    return call("rate", now.over(_RATE_SLICES * slice_s))


def _before(now: Selector, slice_s: float) -> Call:
    return call("last_over_time", now.over(LOOK_BACK_SLICES * slice_s, offset_s=slice_s))


def _born(value: Expr, now: Selector, slice_s: float) -> Expr:
    born = Binary("unless", value, now.ago(slice_s))
    target_was_up = Binary("==", Selector("up").ago(slice_s), Number(1))
    return Binary("and", born, target_was_up, Matching("on", _TARGET))
