"""The metrics that an operator declares. Each kind offers what keeps its meaning: a counter cannot go down."""

import math
import reprlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import product
from time import perf_counter
from typing import Generic, Self, TypeVar

from sloctl.sdk.guard import Guard
from sloctl.sdk.labels import Enum
from sloctl.sdk.numbers import number
from sloctl.sdk.store import Buckets, Family, Value

_S = TypeVar("_S", Value, Buckets)


class Metric(Generic[_S]):
    """
    A declared metric, or one of its series once every label has its value.

    Wrong use stores nothing and raises nothing: it is counted in `sloctl_internal_errors_total` and logged once.
    """

    __slots__ = ("_bound", "_guard", "_labels", "_name", "_problem", "_series")

    def __init__(self, name: str, guard: Guard, series: _S | None, problem: str = "") -> None:
        self._name = name
        self._guard = guard
        self._series: _S | None = series
        self._problem = problem
        self._labels: tuple[str, ...] = ()
        self._bound: dict[tuple[str, ...], Self] = {}

    @classmethod
    def over(cls, guard: Guard, family: Family[_S], labels: Mapping[str, Enum]) -> Self:
        """Make the metric over a family, with every series that its labels allow."""
        name = family.declaration.name
        if not labels:
            return cls(name, guard, family.at())
        metric = cls(name, guard, None, f"{name} was used without its labels: {', '.join(labels)}")
        metric._labels = tuple(labels)
        metric._bound = {
            values: cls(name, guard, family.at(*values))
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

    def _add(self, value: float, least: float) -> None:
        if self._series is None:
            self._guard.report("label", self._problem)
        elif least <= (amount := number(value)) < math.inf:
            self._series.add(amount)
        else:
            self._guard.report("value", f"{self._name} cannot take {amount} (a {type(value).__name__})")


class Counter(Metric[Value]):
    """Counts events; it only goes up."""

    __slots__ = ()

    def inc(self, amount: float = 1.0) -> None:
        """Add *amount*, which is finite and not below 0."""
        self._add(amount, 0.0)


class Gauge(Metric[Value]):
    """Tells a level that goes up and down."""

    __slots__ = ()

    def set(self, value: float) -> None:
        """Set the level to a finite value."""
        if self._series is None:
            self._guard.report("label", self._problem)
        elif math.isfinite(level := number(value)):
            self._series.value = level
        else:
            self._guard.report("value", f"{self._name} cannot take {level} (a {type(value).__name__})")


class Histogram(Metric[Buckets]):
    """Counts measurements by size."""

    __slots__ = ()

    def observe(self, value: float) -> None:
        """Add a measurement, which is finite and not below 0, so that the sum only goes up."""
        self._add(value, 0.0)

    @contextmanager
    def time(self) -> Iterator[None]:
        """Measure the block in seconds, however it ends."""
        started = perf_counter()
        try:
            yield
        finally:
            self.observe(perf_counter() - started)
