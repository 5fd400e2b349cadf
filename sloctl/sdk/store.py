"""
Where values live: the series of each family, apart from how they are exposed.

Adding to a series takes no lock. CPython switches threads only where a call or a jump back gives it the occasion,
so a read, an addition and a store that follow each other without a call are one step: `exact` sees to interpreters
without that property. What a scrape needs and the hot path does not, is computed when one comes (`Family.readers`).
"""

import sys
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from itertools import accumulate
from threading import Lock, RLock, local
from typing import Any, Final, Generic, ParamSpec, TypeVar
from weakref import WeakKeyDictionary, proxy

from prometheus_client import CollectorRegistry, samples
from prometheus_client.metrics_core import Metric
from prometheus_client.utils import floatToGoString

from sloctl.model.catalogue import Declaration
from sloctl.model.errors import DeclarationError
from sloctl.sdk.exemplars import Exemplar
from sloctl.sdk.native import Sparse

_P = ParamSpec("_P")
_R = TypeVar("_R")


HAS_GIL: Final = bool(getattr(sys, "_is_gil_enabled", lambda: True)())
"""There is a global interpreter lock, so that an addition without a call in it is a single step."""


_STEP: Final = RLock()


def exact(step: Callable[_P, _R]) -> Callable[_P, _R]:
    """Make an addition, or a reading, a single step, where it is not one already."""
    if HAS_GIL:
        return step

    @wraps(step)
    def locked(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        with _STEP:
            return step(*args, **kwargs)

    return locked


class Value:
    """One series of a counter, a gauge or a state set."""

    __slots__ = ("exemplar", "labels", "value")

    def __init__(self, labels: tuple[str, ...]) -> None:
        self.labels = labels
        self.value: float = 0.0
        self.exemplar: Exemplar | None = None

    @exact
    def add(self, amount: float) -> None:
        """Add a finite amount."""
        self.value += amount

    def note(self, exemplar: Exemplar) -> None:
        """Keep an exemplar of a counter."""
        self.exemplar = exemplar


class Buckets:
    """
    One series of a histogram, in about half a kilobyte for 40 bounds.

    Attributes:
        counts: Observations per bucket, not cumulative; +Inf is the last one.
        sum: Of all observations.
        exemplars: The last one of each bucket that has any.
    """

    __slots__ = ("bounds", "counts", "exemplars", "labels", "sum")

    def __init__(self, labels: tuple[str, ...], bounds: tuple[float, ...]) -> None:
        self.labels = labels
        self.bounds = bounds
        self.counts = array("q", bytes(8 * (len(bounds) + 1)))
        self.sum: float = 0.0
        self.exemplars: dict[int, Exemplar] | None = None

    @exact
    def add(self, amount: float) -> None:
        """Add an observation that is a float and finite."""
        self.counts[bisect_left(self.bounds, amount)] += 1
        self.sum += amount

    @exact
    def read(self) -> "tuple[array[int], float]":
        """Give a copy of the counts and the sum; they agree."""
        return self.counts[:], self.sum  # a slice is no call: nothing comes between the two

    def snapshot(self) -> tuple[list[int], float]:
        """Give the counts up to each bound, the last one being the count of all, and the sum; they agree."""
        counts, total = self.read()
        return list(accumulate(counts)), total

    def note(self, exemplar: Exemplar) -> None:
        """Keep an exemplar in its bucket."""
        if self.exemplars is None:
            self.exemplars = {}
        self.exemplars[bisect_left(self.bounds, exemplar.value)] = exemplar


class NativeBuckets(Buckets):
    """One series of a histogram that has native buckets as well; an addition takes a lock, and so longer."""

    __slots__ = ("_lock", "_sparse")

    def __init__(self, labels: tuple[str, ...], bounds: tuple[float, ...]) -> None:
        super().__init__(labels, bounds)
        self._lock = Lock()
        self._sparse = Sparse()

    def add(self, amount: float) -> None:
        """Add an observation that is a float, finite and not below 0."""
        with self._lock:
            super().add(amount)
            self._sparse.add(amount)

    def read_native(self) -> "tuple[array[int], float, Sparse]":
        """Give a copy of the counts, the sum and the native buckets; they agree."""
        with self._lock:
            return *self.read(), self._sparse.copy()


READING: Final = RLock()
"""Held while a reader runs: two scrapes at once would bring the same values up to date at once."""


_S = TypeVar("_S", bound=Value | Buckets)


class Family(Generic[_S]):
    """
    A declared metric and its series; a collector of prometheus_client as well.

    Attributes:
        series: By the values of the labels, in the order of the declaration.
        readers: Called before the series are read, to bring those up to date that are derived from something else.
        changes: Grows after a series has appeared or gone.
    """

    def __init__(self, declaration: Declaration, make: Callable[[tuple[str, ...]], _S]) -> None:
        self.declaration = declaration
        self.series: dict[tuple[str, ...], _S] = {}
        self.readers: list[Callable[[], None]] = []
        self.changes = 0
        self._make: Callable[[tuple[str, ...]], _S] = make
        self._lock = Lock()

    def at(self, *values: str) -> _S:
        """Give the series with these label values, made at 0 when there is none yet."""
        found = self.series.get(values)
        if found is None:
            with self._lock:
                found = self.series.setdefault(values, self._make(values))
                self.changes += 1
        return found

    def put(self, series: Mapping[tuple[str, ...], _S]) -> None:
        """Put series in the place of those with their label values, all in one step."""
        with self._lock:
            self.series.update(series)
            self.changes += 1

    def drop(self, values: tuple[str, ...]) -> None:
        """Let go of a series; the next scrape marks it stale."""
        with self._lock:
            self.series.pop(values, None)
            self.changes += 1

    def describe(self) -> Iterable[Metric]:
        """Tell prometheus_client's registry which names are taken."""
        yield self._empty()

    def collect(self) -> Iterator[Metric]:
        """Give the series to prometheus_client's expositions and to its pushgateway client."""
        if _view.foreign_only:
            return
        for reader in self.readers:
            with READING:
                reader()
        metric = self._empty()
        names = [label.name for label in self.declaration.labels]
        for series in list(self.series.values()):
            labels = dict(zip(names, series.labels, strict=True))
            if isinstance(series, Buckets):
                counts, total = series.snapshot()
                exemplars = series.exemplars or {}
                bounds = (*map(bound_text, series.bounds), "+Inf")
                for index, (bound, count) in enumerate(zip(bounds, counts, strict=True)):
                    exemplar = exemplar_of(exemplars.get(index))
                    metric.add_sample(f"{metric.name}_bucket", {**labels, "le": bound}, count, exemplar=exemplar)
                metric.add_sample(f"{metric.name}_count", labels, counts[-1])
                metric.add_sample(f"{metric.name}_sum", labels, total)
            else:
                exemplar = exemplar_of(series.exemplar)
                metric.add_sample(self.declaration.name, labels, series.value, exemplar=exemplar)
        yield metric

    def _empty(self) -> Metric:
        declaration = self.declaration
        name = declaration.name.removesuffix("_total") if declaration.kind == "counter" else declaration.name
        return Metric(name, declaration.documentation, declaration.kind)


def exemplar_of(exemplar: Exemplar | None) -> samples.Exemplar | None:
    """Give an exemplar as prometheus_client has it."""
    return exemplar and samples.Exemplar(exemplar.labels(), exemplar.value, exemplar.at)


def bound_text(bound: float) -> str:
    """Write a bucket's bound as it stands in the label `le`: as prometheus_client does."""
    return str(floatToGoString(bound))  # type: ignore[no-untyped-call]


class _View(local):
    """What the current thread sees in the registry."""

    foreign_only = False


_view: Final = _View()


@contextmanager
def foreign_only() -> Iterator[None]:
    """Let the families give nothing to who collects the registry in this thread, meanwhile."""
    _view.foreign_only = True
    try:
        yield
    finally:
        _view.foreign_only = False


class Store:
    """
    The families of one registry.

    Attributes:
        registry: Of prometheus_client; every family is registered there.
        families: By the name that is scraped.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry: CollectorRegistry = proxy(registry)  # a strong reference would keep both for ever
        self.families: dict[str, Family[Any]] = {}
        self._hidden: dict[str, Family[Any]] = {}
        self._lock = Lock()
        self._parts: dict[type, Any] = {}
        self._making = RLock()

    def part(self, kind: type[_R], make: Callable[[], _R]) -> _R:
        """Give what else all that record into this registry share, one of each type, made at the first call."""
        with self._making:
            if kind not in self._parts:
                self._parts[kind] = make()
            found: _R = self._parts[kind]
            return found

    def give_way(self, declaration: Declaration) -> bool:
        """
        Leave a name to a metric of another origin, if there is one: what is recorded under it shows nowhere then.

        Say whether there is one.
        """
        with self._lock:
            if declaration.name in self.families:
                return False
            found: Family[Any] = self._made(declaration)
            try:
                self.registry.register(found)
            except ValueError:
                self._hidden[declaration.name] = found
                return True
            self.registry.unregister(found)
            return False

    def values(self, declaration: Declaration) -> Family[Value]:
        """
        Give the family of a counter, gauge or state set, registered at the first call with this declaration.

        Raises:
            DeclarationError: The registry has another metric under one of its names.
        """
        return self._family(declaration)

    def buckets(self, declaration: Declaration) -> Family[Buckets]:
        """
        Give the family of a histogram, registered at the first call with this declaration.

        Raises:
            DeclarationError: The registry has another metric under one of its names.
        """
        return self._family(declaration)

    def _made(self, declaration: Declaration) -> Family[Any]:
        if declaration.kind != "histogram":
            return Family(declaration, Value)
        bounds, make = declaration.buckets, NativeBuckets if declaration.native else Buckets
        return Family(declaration, lambda labels: make(labels, bounds))

    def _family(self, declaration: Declaration) -> Family[Any]:
        with self._lock:
            found = self.families.get(declaration.name) or self._hidden.get(declaration.name)
            if found is None or found.declaration is not declaration:
                found = self._made(declaration)
                try:
                    self.registry.register(found)
                except ValueError as error:
                    raise self._taken(declaration.name) from error
                self.families[declaration.name] = found
            return found

    def _taken(self, name: str) -> DeclarationError:
        if name in self.families:
            return DeclarationError(f"{name} is declared twice", "declare it once, at the top of a module")
        return DeclarationError(
            f"the registry already has a metric named {name}",
            "give sloctl a registry of its own: Instrumentation(..., registry=CollectorRegistry())",
        )


_lock: Final = Lock()
_stores: Final[WeakKeyDictionary[CollectorRegistry, Store]] = WeakKeyDictionary()


def store_of(registry: CollectorRegistry) -> Store:
    """Give the store of a registry, made at the first call, so that all that use one registry share its families."""
    with _lock:
        return _stores.setdefault(registry, Store(registry))
