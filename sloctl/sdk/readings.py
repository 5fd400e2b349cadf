"""
Gauges that show nothing until they are set, and that stop showing what has become too old.

What was set is kept apart from the family's series and put there when a scrape comes. So whether a series is there is
decided in one place, and the states of a state set change together.
"""

import math
from threading import Lock
from time import monotonic

from sloctl.sdk.store import Family, Value


class Reading:
    """
    What was set last, if anything was, and when.

    Attributes:
        states: Of a state set; what is set is one of them. Empty for a gauge, which takes numbers.
        set_at: By the monotonic clock.
        shown: What the family shows.
    """

    __slots__ = ("_value", "set_at", "shown", "states")

    def __init__(self, states: tuple[str, ...]) -> None:
        self.states = states
        self.set_at = 0.0
        self.shown: float | str | None = None
        self._value: float | str | None = None

    @property
    def value(self) -> float | str | None:
        """What was set last."""
        return self._value

    @value.setter
    def value(self, value: float | str) -> None:
        self.set_at = monotonic()
        self._value = value


class Readings:
    """
    The readings of a gauge or a state set.

    Args:
        family: Where they are shown: as a number, or as a series for each state, of which exactly one is at 1.
        drop_after_s: Seconds after which a reading is too old to be shown; None shows it for ever.
        states: Of a state set.
    """

    def __init__(self, family: Family[Value], drop_after_s: float | None, states: tuple[str, ...] = ()) -> None:
        self._family = family
        self._drop_after_s = drop_after_s
        self._states = states
        self._readings: dict[tuple[str, ...], Reading] = {}
        self._lock = Lock()
        family.readers.append(self._show_all)

    def at(self, *values: str) -> Reading:
        """Give the reading for these label values, made when there is none yet."""
        return self._readings.setdefault(values, Reading(self._states))

    def drop(self, values: tuple[str, ...]) -> None:
        """Let go of a reading; what is set on it afterwards is shown nowhere."""
        with self._lock:
            if (reading := self._readings.pop(values, None)) is not None:
                self._show(values, reading, None)

    def _show_all(self) -> None:
        with self._lock:  # a reading that is let go meanwhile would be shown for ever
            oldest = -math.inf if self._drop_after_s is None else monotonic() - self._drop_after_s
            for values, reading in list(self._readings.items()):
                self._show(values, reading, reading.value if reading.set_at >= oldest else None)

    def _show(self, values: tuple[str, ...], reading: Reading, value: float | str | None) -> None:
        if value == reading.shown:
            return
        reading.shown = value
        if value is None:
            self._family.drop(values)
            for state in self._states:
                self._family.drop((*values, state))
        elif isinstance(value, str):
            # New series in place of the old ones, all in one step: a scrape that is under way keeps the old ones.
            series = {(*values, state): Value((*values, state)) for state in self._states}
            series[*values, value].value = 1.0
            self._family.put(series)
        else:
            self._family.at(*values).value = value
