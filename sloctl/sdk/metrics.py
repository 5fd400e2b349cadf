"""The metrics that an operator declares. Each kind offers what keeps its meaning: a counter cannot go down."""

import math
import reprlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import product
from time import perf_counter
from typing import Generic, Self, TypeVar

import prometheus_client

from sloctl.sdk.guard import Guard
from sloctl.sdk.labels import Enum
from sloctl.sdk.numbers import number

_Collector = TypeVar("_Collector", prometheus_client.Counter, prometheus_client.Gauge, prometheus_client.Histogram)


class Metric(Generic[_Collector]):
    """
    A declared metric, or one of its series once every label has its value.

    Wrong use stores nothing and raises nothing: it is counted in `sloctl_internal_errors_total` and logged once.
    """

    __slots__ = ("_bound", "_collector", "_guard", "_labels", "_name", "_problem")

    def __init__(self, name: str, guard: Guard, collector: _Collector | None, problem: str = "") -> None:
        self._name = name
        self._guard = guard
        self._collector: _Collector | None = collector
        self._problem = problem
        self._labels: tuple[str, ...] = ()
        self._bound: dict[tuple[str, ...], Self] = {}

    @classmethod
    def over(cls, name: str, guard: Guard, collector: _Collector, labels: Mapping[str, Enum]) -> Self:
        """Make the metric over a collector, with every series that its labels allow."""
        if not labels:
            return cls(name, guard, collector)
        metric = cls(name, guard, None, f"{name} was used without its labels: {', '.join(labels)}")
        metric._labels = tuple(labels)
        metric._bound = {
            values: cls(name, guard, collector.labels(*values))
            for values in product(*(enum.values for enum in labels.values()))
        }
        return metric

    def labels(self, **values: str) -> Self:
        """Give the series with these label values; bind it once where it is used often."""
        try:
            found = self._bound.get(tuple(values.get(label, "") for label in self._labels))
        except Exception:  # noqa: BLE001 # a list, say, which cannot even be looked up
            found = None
        if found is None or len(values) != len(self._labels):
            problem = f"{self._name} is declared without the series {reprlib.repr(values)}"
            return type(self)(self._name, self._guard, None, problem)
        return found

    def _store(self, store: Callable[[_Collector, float], None], value: float, least: float = -math.inf) -> None:
        if self._collector is None:
            self._guard.report("label", self._problem)
        elif math.isfinite(amount := number(value)) and amount >= least:
            store(self._collector, amount)
        else:
            self._guard.report("value", f"{self._name} cannot take {amount} (a {type(value).__name__})")


class Counter(Metric[prometheus_client.Counter]):
    """Counts events; it only goes up."""

    __slots__ = ()

    def inc(self, amount: float = 1.0) -> None:
        """Add *amount*, which is finite and not below 0."""
        self._store(prometheus_client.Counter.inc, amount, least=0.0)


class Gauge(Metric[prometheus_client.Gauge]):
    """Tells a level that goes up and down."""

    __slots__ = ()

    def set(self, value: float) -> None:
        """Set the level to a finite value."""
        self._store(prometheus_client.Gauge.set, value)

    def inc(self, amount: float = 1.0) -> None:
        """Raise the level."""
        self._store(prometheus_client.Gauge.inc, amount)

    def dec(self, amount: float = 1.0) -> None:
        """Lower the level."""
        self._store(prometheus_client.Gauge.dec, amount)

    @contextmanager
    def track(self) -> Iterator[None]:
        """Raise the level by 1 for as long as the block runs."""
        self.inc()
        try:
            yield
        finally:
            self.dec()


class Histogram(Metric[prometheus_client.Histogram]):
    """Counts measurements by size."""

    __slots__ = ()

    def observe(self, value: float) -> None:
        """Add a measurement, which is finite and not below 0, so that the sum only goes up."""
        self._store(prometheus_client.Histogram.observe, value, least=0.0)

    @contextmanager
    def time(self) -> Iterator[None]:
        """Measure the block in seconds, however it ends."""
        started = perf_counter()
        try:
            yield
        finally:
            self.observe(perf_counter() - started)
