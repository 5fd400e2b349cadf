"""How many events are expected in each slice."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sloctl.model.errors import UsageError
from sloctl.model.windows import DAY_S, HOUR_S, SLICE_S

Floats = NDArray[np.float64]

_PEAK_S: Final = 14 * HOUR_S
_PEAK_TO_TROUGH: Final = 50
_WEEK_D: Final = 7
_WORKING_D: Final = 5
_WEEKEND: Final = 0.3


def _flat(time_s: Floats) -> Floats:
    return np.ones_like(time_s)


def _day_night(time_s: Floats) -> Floats:
    return np.asarray(_PEAK_TO_TROUGH ** (np.cos(2 * np.pi * (time_s - _PEAK_S) / DAY_S) / 2))


def _weekly(time_s: Floats) -> Floats:
    return _day_night(time_s) * np.where(time_s < _WORKING_D * DAY_S, 1, _WEEKEND)


SHAPES: Final[Mapping[str, Callable[[Floats], Floats]]] = {"flat": _flat, "day-night": _day_night, "weekly": _weekly}
"""
Traffic over a week that begins on a Monday at midnight, by name. By day and night its logarithm is a sine: at 14:00
there is 50 times as much as at 2:00. A weekly one has 30 % of that on the last two days.
"""


def expected_events(shape: str, per_hour: float, slices: int) -> Floats:
    """
    Give the expected events of every slice.

    Args:
        shape: One of `SHAPES`.
        per_hour: Events per hour, as a mean over the week.
        slices: How many slices of a minute, from a Monday at midnight.

    >>> expected_events("flat", 600, 3)
    array([10., 10., 10.])
    """
    week = SHAPES[shape](np.arange(0, _WEEK_D * DAY_S, SLICE_S, dtype=float))
    return np.resize(week * (per_hour * SLICE_S / HOUR_S / week.mean()), slices)


def repeated(total: Floats, slices: int) -> Floats:
    """
    Expect what was recorded, evened out over an hour, again and again.

    Args:
        total: Recorded events of each slice, at least one day of them; what is more than whole days is left out.
        slices: How many slices.

    Raises:
        UsageError: There is less than a day.
    """
    day, hour = DAY_S // SLICE_S, HOUR_S // SLICE_S
    days = len(total) // day
    if not days:
        raise UsageError("less than a day of traffic is recorded", "choose a shape, or wait")
    return np.resize(np.convolve(total[: days * day], np.full(hour, 1 / hour), mode="same"), slices)
