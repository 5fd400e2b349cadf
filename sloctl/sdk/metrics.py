"""The metrics that an operator declares. Each kind offers what keeps its meaning: a counter cannot go down."""

import sys
from functools import partial
from time import perf_counter
from typing import ClassVar, Final, Generic, Never, Self, TypeVar

from opentelemetry.trace import NonRecordingSpan

from sloctl.sdk.exemplars import SPAN, current, note
from sloctl.sdk.guard import Guard
from sloctl.sdk.labels import Labels, LabelValue, Refused
from sloctl.sdk.numbers import number
from sloctl.sdk.series import Lookup, Source
from sloctl.sdk.store import Buckets, Store, Value, exact

_S = TypeVar("_S")

LARGEST: Final = sys.float_info.max
_MOST: Final = 1e292  # 10^16 times as much is still finite, and no process adds as often


class Metric(Generic[_S]):
    """
    A declared metric, or one of its series once every label has its value.

    Wrong use stores nothing and raises nothing: it is counted in `sloctl_internal_errors_total` and logged once.
    """

    __slots__ = ("_guard", "_lookup", "_name", "_problem", "_series")

    _takes: ClassVar[str]

    def __init__(self, name: str, guard: Guard, series: _S | None, problem: str = "") -> None:
        self._name = name
        self._guard = guard
        self._series: _S | None = series
        self._problem = problem
        self._lookup: Lookup[_S, Self] | None = None

    @classmethod
    def over(cls, guard: Guard, store: Store, name: str, labels: Labels, source: Source[_S]) -> Self:
        """Make a metric whose series come from *source*; those that can be known beforehand exist from here on."""
        if not labels:
            return cls(name, guard, source.at())
        metric = cls(name, guard, None, f"{name} was used without its labels: {', '.join(labels)}")
        metric._lookup = Lookup(store, name, labels, source, partial(cls, name, guard))
        return metric

    @property
    def label_names(self) -> tuple[str, ...]:
        """The labels that are to be given, in the order of their declaration."""
        return () if self._lookup is None else self._lookup.names

    def labels(self, /, *unnamed: Never, **values: LabelValue) -> Self:
        """Give the series with these label values; bind it once where it is used often."""
        lookup = self._lookup
        if lookup is not None and len(values) == lookup.width and not unnamed:
            try:
                return lookup.ready[lookup.pick(values)]
            except Exception:  # noqa: BLE001, S110 # it is not ready, or cannot even be looked up
                pass
        try:
            if lookup is None:
                problem = "there are no more labels to give"
            elif unnamed:
                problem = f"its labels are given by name: {', '.join(lookup.names)}"
            else:
                return lookup.find(values)
        except Refused as refused:
            problem = str(refused)
        except Exception as error:  # noqa: BLE001 # a value of the host's may raise what it likes
            problem = f"a label's value fails with {type(error).__name__}"
        return type(self)(self._name, self._guard, None, f"{self._name}: {problem}")

    def _refuse(self, value: object) -> None:
        if self._series is not None:
            shown = repr(value[:40]) if isinstance(value, str) else f"{number(value)} (a {type(value).__name__})"
            self._guard.report("value", f"{self._name} cannot take {shown}: {self._takes}")
        elif self._problem:  # else the series belongs to an object that is gone
            self._guard.report("label", self._problem)


class Counter(Metric[Value]):
    """Counts events; it only goes up."""

    __slots__ = ()

    _takes = f"an amount is 0 to {_MOST}"

    @exact
    def inc(self, amount: float = 1.0) -> None:
        """Add *amount*: 0 to 1e292, so that the total stays finite."""
        added = amount if type(amount) is float else number(amount)
        series = self._series
        if series is not None and 0.0 <= added <= _MOST:
            series.value += added  # as Value.add does it: the call would cost as much again
            if (span := current().get(SPAN)) is not None and type(span) is not NonRecordingSpan:
                note(series, added, span)
        else:
            self._refuse(amount)


class Histogram(Metric[Buckets]):
    """Counts measurements by size."""

    __slots__ = ()

    _takes = f"a measurement is 0 to {_MOST}"

    def observe(self, value: float) -> None:
        """Add a measurement: 0 to 1e292, so that the sum only goes up and stays finite."""
        measured = value if type(value) is float else number(value)
        series = self._series
        if series is not None and 0.0 <= measured <= _MOST:
            series.add(measured)
            if (span := current().get(SPAN)) is not None and type(span) is not NonRecordingSpan:
                note(series, measured, span)
        else:
            self._refuse(value)

    def time(self) -> "Timing":
        """
        Measure a block in seconds, however it ends: `with WAIT.time():`.

        The metric's name ends in `_seconds`; otherwise nothing is stored and a fault is counted.
        """
        return Timing(self)

    @property
    def in_seconds(self) -> bool:
        """It measures time, by its name."""
        return self._name.endswith("_seconds")

    def _add_seconds(self, seconds: float) -> None:
        if self.in_seconds:
            self.observe(seconds)
        else:
            self._guard.report("value", f"{self._name} is not in seconds, which is what time() measures")


class Timing:
    """A block that a histogram measures."""

    __slots__ = ("_histogram", "_started")

    def __init__(self, histogram: Histogram) -> None:
        self._histogram = histogram
        self._started = 0.0

    def __enter__(self) -> None:
        self._started = perf_counter()

    def __exit__(self, *_: object) -> None:
        self._histogram._add_seconds(perf_counter() - self._started)
