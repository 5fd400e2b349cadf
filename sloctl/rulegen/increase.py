"""
What a counter gained since the last slice.

Slices tile: each starts where the one before ended, so nothing is extrapolated, lost or counted twice.
"""

import math
from collections.abc import Callable, Iterable
from typing import Final

from sloctl.model.indicators import Matcher
from sloctl.model.rules import Scheme
from sloctl.promql.tree import Binary, Call, Expr, Matching, Number, Selector, call

LOOK_BACK_SLICES: Final = 5
_RATE_SLICES: Final = 2
"""The range of a rate: it holds two scrapes at least where there is one for each slice."""
_FELL: Final = -1e-9
"""What stands for a counter that fell, less than any gain; unlike a comparison, it lets what is no number through."""
TARGET: Final = ("job", "instance")
"""The labels by which Prometheus tells targets apart; `up` has them."""


def increase(now: Selector, slice_s: float, scheme: Scheme) -> Expr:
    """
    Give the gain of a counter, series by series.

    A value that is less than before, or new, counts whole if its target was up before: the counter began at zero.
    By rate, the gain is what Prometheus makes of a range, smeared over it; the first value of a series counts nothing.

    Args:
        now: The counter.
        slice_s: Seconds of a slice.
        scheme: How it is taken.
    """
    if scheme == "rate":
        return _rate(now, slice_s) * slice_s
    gain = call("clamp_min", now - _before(now, slice_s), _FELL)
    return Binary("!=", gain, Number(_FELL)) | _began(now, now, slice_s)


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
    grown = call("histogram_count", now) >= call("histogram_count", before)
    return ((read(now) - read(before)) & grown) | _began(read(now), now, slice_s)


def of_target(matchers: Iterable[Matcher]) -> tuple[Matcher, ...]:
    """Give those that tell targets apart, so that no more of `up` is read than can match."""
    return tuple(matcher for matcher in matchers if matcher.label in TARGET)


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
    return call("last_over_time", _until_last_slice(now, slice_s))


def _began(value: Expr, now: Selector, slice_s: float) -> Expr:
    """Give what counters hold whose target was up before: where they look back on nothing less, they began since."""
    up = Selector("up", of_target(now.matchers))
    was_up = Binary("==", call("max_over_time", _until_last_slice(up, slice_s)), Number(1))
    return Binary("and", value, was_up, Matching("on", TARGET))


def _until_last_slice(selector: Selector, slice_s: float) -> Selector:
    return selector.over(LOOK_BACK_SLICES * slice_s, offset_s=slice_s)
