"""The series of a family, and what one of them takes."""

import sys
import threading
from collections.abc import Callable

import pytest
from prometheus_client import CollectorRegistry

from sloctl.model.catalogue import Declaration, Label
from sloctl.sdk.store import Buckets, NativeBuckets, Value, store_of

JOBS = Declaration("jobs_total", "counter", "Jobs done.", (Label("queue"),))


@pytest.fixture
def registry() -> CollectorRegistry:
    """Give an empty registry."""
    return CollectorRegistry()


def _sizes(thing: object) -> int:
    """Give the bytes of an object and of what it alone refers to."""
    slots = [name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ())]
    shared = {"labels", "bounds"}
    return sys.getsizeof(thing) + sum(sys.getsizeof(getattr(thing, name)) for name in slots if name not in shared)


def test_a_histogram_with_41_buckets_takes_less_than_a_kilobyte() -> None:
    """The state of one series stays small: labels and bounds are shared."""
    series = Buckets(("tenant",), tuple(float(bound) for bound in range(40)))
    for number in range(1000):
        series.add(number / 10)
    assert len(series.counts) == 41
    assert _sizes(series) < 700


def test_a_value_takes_less_than_a_hundred_bytes() -> None:
    """The state of one series of a counter stays small."""
    series = Value(("tenant",))
    series.add(0.5)
    assert _sizes(series) < 110


class _Bound(float):
    compared = 0

    def __lt__(self, other: float) -> bool:
        _Bound.compared += 1
        return float(self) < other


def test_a_bucket_is_found_by_halving() -> None:
    """One of 41 buckets is found with 6 comparisons at most."""
    series = Buckets((), tuple(_Bound(bound) for bound in range(40)))
    for amount in (-1.0, 0.0, 17.5, 39.0, 1000.0):
        _Bound.compared = 0
        series.add(amount)
        assert 1 <= _Bound.compared <= 6
    assert [position for position, count in enumerate(series.counts) if count] == [0, 18, 39, 40]


def test_an_amount_at_a_bound_is_within_it() -> None:
    """Upper bounds are part of their bucket, as Prometheus has it."""
    series = Buckets((), (1.0, 2.0))
    for amount in (1.0, 1.5, 2.0, 2.5):
        series.add(amount)
    assert series.snapshot() == ([1, 3, 4], 7.0)


@pytest.mark.parametrize("make", [Buckets, NativeBuckets])
def test_no_addition_is_lost_and_every_reading_agrees(make: Callable[..., Buckets]) -> None:
    """Threads that add at once add up, and each reading's counts and sum are of one moment."""
    series, stopped = make((), (0.5, 1.5)), threading.Event()
    torn: list[object] = []
    added: list[int] = []

    def read() -> None:
        for _ in range(100_000):
            counts, total = series.read()
            if counts[1] != total:
                torn.append((counts, total))

    def add() -> None:
        count = 0
        while not stopped.is_set():
            series.add(1.0)
            count += 1
        added.append(count)

    adding, reading = [threading.Thread(target=add) for _ in range(4)], threading.Thread(target=read)
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in (*adding, reading):
            thread.start()
        reading.join()
    finally:
        stopped.set()
        for thread in adding:
            thread.join()
        sys.setswitchinterval(before)
    assert torn == []
    assert series.snapshot() == ([0, sum(added), sum(added)], sum(added))


def test_a_series_is_made_once(registry: CollectorRegistry) -> None:
    """The same label values give the same series, until it is dropped."""
    family = store_of(registry).values(JOBS)
    first = family.at("a")
    assert family.at("a") is first
    family.drop(("a",))
    family.drop(("a",))
    assert family.at("a") is not first


def test_changes_tell_that_series_appeared_or_went(registry: CollectorRegistry) -> None:
    """Who keeps something of the series sees whether it still holds."""
    family = store_of(registry).values(JOBS)
    seen = [family.changes]
    family.at("a")
    seen.append(family.changes)
    family.at("a").add(1.0)
    assert family.changes == seen[-1]
    family.drop(("a",))
    seen.append(family.changes)
    assert len(set(seen)) == 3


def test_a_dropped_series_is_collected_no_more(registry: CollectorRegistry) -> None:
    """A series that is gone is stale at the next scrape."""
    family = store_of(registry).values(JOBS)
    family.at("a").add(1.0)
    assert registry.get_sample_value("jobs_total", {"queue": "a"}) == 1
    family.drop(("a",))
    assert registry.get_sample_value("jobs_total", {"queue": "a"}) is None


def test_bounds_are_written_as_the_library_writes_them(registry: CollectorRegistry) -> None:
    """The label `le` of a large bound has the exponent that Go gives it, so that both sides' series are the same."""
    declaration = Declaration("size_bytes", "histogram", "A size.", buckets=(0.5, 1024.0, 16777216.0))
    store_of(registry).buckets(declaration).at().add(1.0)
    bounds = [sample.labels.get("le") for metric in registry.collect() for sample in metric.samples]
    assert bounds == ["0.5", "1024.0", "1.6777216e+07", "+Inf", None, None]
