"""The windows of a history, as the rules of docs/rules.md record them."""

from collections.abc import Iterable
from typing import Final, Literal

import numpy as np

from sloctl.model.windows import HOUR_S, SLICE_S, SLICE_WINDOWS_S
from sloctl.simulate.history import History
from sloctl.simulate.traffic import Floats

Count = Literal["bad", "total", "present"]

_HOUR: Final = HOUR_S // SLICE_S
_EVERY: Final = 2
"""Slices between two evaluations of the long windows."""


class Windows:
    """
    Sums over windows, at every slice of a stretch, as the alerts find them there.

    Args:
        history: The slices.
        period_s: The SLO's period in seconds, a whole number of hours.
        windows_s: What will be asked for beside the period, in seconds.
    """

    def __init__(self, history: History, period_s: int, windows_s: Iterable[int] = ()) -> None:
        self.period_s = period_s
        self.slices = len(history)
        # Zeros go before the first slice, so that a window may begin before the history does.
        self._first = max([period_s, *windows_s]) // SLICE_S + 2 * _HOUR
        self._sums: dict[Count, Floats] = {}
        counts: dict[Count, Floats] = {"bad": history.bad, "total": history.total, "present": history.present}
        for count, values in counts.items():
            sums = self._sums[count] = np.zeros(self._first + len(history))
            np.cumsum(values, out=sums[self._first :])

    def sum(self, count: Count, window_s: int, start: int, stop: int) -> Floats:
        """
        Sum up a window.

        Args:
            count: What is summed.
            window_s: Up to 6 h it is made of slices; if longer, of whole hours and the slices since, and is then
                evaluated at every second slice and seen from the next one on.
            start: The first slice, an even number.
            stop: The slice after the last.
        """
        sums, first = self._sums[count], self._first
        if window_s <= max(SLICE_WINDOWS_S) or window_s % HOUR_S:
            back = window_s // SLICE_S
            result: Floats = sums[first + start : first + stop] - sums[first + start - back : first + stop - back]
            return result
        seen = np.arange(start - _EVERY, stop, _EVERY)
        minute = seen % _HOUR
        hours = window_s // HOUR_S - (minute > _HOUR // 2)
        recorded = sums[first + seen] - sums[first + seen - minute - hours * _HOUR]
        return np.repeat(recorded, _EVERY)[1 : 1 + stop - start]
