"""Gauges by what they are for: each takes only what keeps its meaning."""

from collections.abc import Callable, Mapping
from time import time
from typing import ClassVar, Final, ParamSpec, TypeVar

from sloctl.sdk.calls import Finish, around
from sloctl.sdk.labels import is_text
from sloctl.sdk.metrics import LARGEST, Metric
from sloctl.sdk.numbers import number
from sloctl.sdk.readings import Reading
from sloctl.sdk.store import Value

_P = ParamSpec("_P")
_R = TypeVar("_R")

_FAR_AHEAD_S: Final = 1e11  # in the year 5138; what counts milliseconds has been beyond it since 1973


class Settable(Metric[Value | Reading]):
    """A gauge that is set."""

    __slots__ = ()

    _least: ClassVar[float]
    _most: ClassVar[float]

    def set(self, value: float) -> None:
        """Set the gauge; a value that its intent rules out is counted as a fault instead."""
        level = value if type(value) is float else number(value)
        series = self._series
        if series is not None and self._least <= level <= self._most:
            series.value = level
        else:
            self._refuse(value)


class Level(Settable):
    """Tells a level that goes up and down: any finite number."""

    __slots__ = ()

    _takes = "a level is finite"
    _least, _most = -LARGEST, LARGEST


class Ratio(Settable):
    """Tells a share: 0 to 1."""

    __slots__ = ()

    _takes = "a ratio is 0 to 1"
    _least, _most = 0.0, 1.0


class Timestamp(Settable):
    """Tells when something happened, in seconds since 1970."""

    __slots__ = ()

    _takes = "a timestamp is in seconds since 1970, not in milliseconds"
    _least, _most = 0.0, _FAR_AHEAD_S

    def set_to_now(self) -> None:
        """Say that it happened just now."""
        self.set(time())


class InFlight(Metric[Value]):
    """Tells how many of something are under way."""

    __slots__ = ()

    _takes = "it only tracks"

    def track(self) -> "Tracking":
        """
        Count what is under way: `with SYNCS.track():`, or `@SYNCS.track()` above a function.

        The function may be sync or async, or a method. However the block or the call ends, it is not counted any more.
        """
        return Tracking(self)

    def _enter(self) -> None:
        if self._series is None:
            self._refuse(None)
        else:
            self._series.add(1.0)

    def _leave(self) -> None:
        if self._series is not None:
            self._series.add(-1.0)


class Tracking:
    """A block, or the calls of a function, that are counted while they are under way."""

    __slots__ = ("_gauge",)

    def __init__(self, gauge: InFlight) -> None:
        self._gauge = gauge

    def __enter__(self) -> None:
        self._gauge._enter()

    def __exit__(self, *_: object) -> None:
        self._gauge._leave()

    def __call__(self, function: Callable[_P, _R]) -> Callable[_P, _R]:
        """
        Count the calls of a function while they are under way.

        Raises:
            DeclarationError: It is no function, one that yields, or a class.
        """
        return around(function, "@GAUGE.track()", self._begin)

    def _begin(self, _args: tuple[object, ...], _kwargs: Mapping[str, object]) -> Finish:
        self._gauge._enter()
        return lambda _value, _error: self._gauge._leave()


class State(Metric[Reading]):
    """Tells which of its states something is in: that one is at 1, all others are at 0."""

    __slots__ = ()

    _takes = "it is none of the declared states"

    def set(self, state: str) -> None:
        """Say which of its states it is in; all of them change at once."""
        reading = self._series
        if reading is not None and is_text(state) and state in reading.states:
            reading.value = state
        else:
            self._refuse(state)
