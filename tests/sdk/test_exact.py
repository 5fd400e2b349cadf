"""Additions without a lock lose nothing."""

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from prometheus_client import CollectorRegistry

import sloctl

THREADS, CALLS = 8, 300_000


@pytest.fixture(autouse=True)
def _eager_switching() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def _hammer(call: Callable[[], object], calls: int) -> None:
    barrier = Barrier(THREADS)

    def run() -> None:
        barrier.wait()
        for _ in range(calls):
            call()

    with ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(run) for _ in range(THREADS)]:
            done.result()


def test_no_reconciliation_is_lost() -> None:
    """Eight threads that are switched a million times a second make exact totals."""
    obs = sloctl.Instrumentation("test", registry=CollectorRegistry(), tracing=False)
    _hammer(obs.reconcile("tenant")(lambda: None), CALLS)
    value = obs.registry.get_sample_value
    labels = {"controller": "tenant"}
    assert value("controller_runtime_reconcile_total", {**labels, "result": "success"}) == THREADS * CALLS
    assert value("controller_runtime_reconcile_time_seconds_count", labels) == THREADS * CALLS
    assert value("controller_runtime_active_workers", labels) == 0


def test_no_count_is_lost() -> None:
    """A declared counter is exact too."""
    obs = sloctl.Instrumentation("test", registry=CollectorRegistry())
    _hammer(obs.counter("jobs", "Jobs done.").inc, CALLS // 10)
    assert obs.registry.get_sample_value("jobs_total") == THREADS * (CALLS // 10)


def test_no_observation_is_lost() -> None:
    """A declared histogram is exact, and its sum agrees with its count."""
    obs = sloctl.Instrumentation("test", registry=CollectorRegistry())
    wait = obs.histogram("wait_seconds", "Time waited.", buckets="controller-runtime")
    _hammer(lambda: wait.observe(0.25), CALLS // 10)
    assert obs.registry.get_sample_value("wait_seconds_bucket", {"le": "0.25"}) == THREADS * (CALLS // 10)
    assert obs.registry.get_sample_value("wait_seconds_sum") == THREADS * (CALLS // 10) * 0.25


def test_a_read_modify_write_with_a_call_in_it_does_lose() -> None:
    """The test would see a loss: an addition that calls something between its read and its store has some."""

    class Cell:
        value = 0

    def add() -> None:
        value = Cell.value
        id(value)
        Cell.value = value + 1

    _hammer(add, CALLS // 10)
    assert Cell.value < THREADS * (CALLS // 10)
