"""From a change that was seen until its object is ready, and from a deletion until nothing holds it up."""

import time
from typing import Any

import kopf
import pytest
from prometheus_client import CollectorRegistry

from sloctl.sdk.hooks.kopf.lifetimes import Lifetimes
from sloctl.sdk.store import store_of
from tests.sdk.conftest import Value
from tests.sdk.kopf.conftest import KIND, RESIDENTS, Operator, create, until
from tests.support.cluster import Cluster
from tests.support.residents import resident


@pytest.mark.usefixtures("instrumented")
async def test_each_generation_converges_once(cluster: Cluster, operator: Operator, value: Value) -> None:
    """The time from the first sight of a generation to its Ready status is observed once for each generation."""

    @kopf.on.create(*KIND, registry=operator.handlers)
    @kopf.on.update(*KIND, registry=operator.handlers)
    async def reconcile(meta: Any, patch: Any, **_: Any) -> None:
        ready = {"type": "Ready", "status": "True", "observedGeneration": meta["generation"]}
        patch.status["conditions"] = [ready]

    await operator.start()
    await create(cluster, "blue")
    await until(lambda: value("sloctl_convergence_seconds_count", controller="resident") == 1)
    (await cluster.patch(f"{RESIDENTS}/blue", {"spec": {"owner": "eve"}})).ok  # noqa: B018
    await until(lambda: value("sloctl_convergence_seconds_count", controller="resident") == 2)
    assert 0 < (value("sloctl_convergence_seconds_sum", controller="resident") or 0) < 20


@pytest.mark.usefixtures("instrumented")
async def test_what_was_ready_before_the_operator_came_is_not_measured(
    cluster: Cluster, operator: Operator, value: Value
) -> None:
    """Nobody saw that generation begin; to count it would fill the histogram with zeros at every start."""
    await create(cluster, "blue")
    (await cluster.patch(f"{RESIDENTS}/blue/status", {"status": {"observedGeneration": 1}})).ok  # noqa: B018
    seen = []

    @kopf.on.event(*KIND, registry=operator.handlers)
    def event(**_: Any) -> None:
        seen.append(True)

    await operator.start()
    await until(lambda: seen)
    assert value("sloctl_convergence_seconds_count", controller="resident") == 0


@pytest.mark.usefixtures("instrumented")
async def test_a_finalizer_that_holds_a_deletion_up_has_an_age_and_then_a_duration(
    cluster: Cluster, operator: Operator, value: Value
) -> None:
    """Each finalizer is followed by itself: the oldest wait as a gauge, the whole wait once it is removed."""
    body = resident("blue")
    body["metadata"]["finalizers"] = ["example.com/slow", "example.com/quick"]
    (await cluster.post(RESIDENTS, body)).ok  # noqa: B018

    @kopf.on.event(*KIND, registry=operator.handlers)
    def event(**_: Any) -> None:
        pass

    await operator.start()
    (await cluster.delete(f"{RESIDENTS}/blue")).ok  # noqa: B018
    age = "sloctl_finalizer_age_seconds"
    await until(lambda: value(age, controller="resident", finalizer="example.com/slow") is not None)
    (await cluster.patch(f"{RESIDENTS}/blue", {"metadata": {"finalizers": ["example.com/slow"]}})).ok  # noqa: B018
    count = "sloctl_deletion_seconds_count"
    await until(lambda: value(count, controller="resident", finalizer="example.com/quick") == 1)
    assert value(age, controller="resident", finalizer="example.com/quick") == 0
    assert value(count, controller="resident", finalizer="example.com/slow") is None
    await until(lambda: (value(age, controller="resident", finalizer="example.com/slow") or 0) > 0)
    (await cluster.patch(f"{RESIDENTS}/blue", {"metadata": {"finalizers": []}})).ok  # noqa: B018
    await until(lambda: value(count, controller="resident", finalizer="example.com/slow") == 1)
    assert value(age, controller="resident", finalizer="example.com/slow") == 0


def test_nothing_is_kept_of_objects_that_are_gone() -> None:
    """Ten thousand objects that came and went leave nothing behind."""
    registry = CollectorRegistry()
    lifetimes = Lifetimes(store_of(registry), "resident")
    for number in range(10_000):
        metadata = {"uid": str(number), "generation": 1}
        leaving = metadata | {"deletionTimestamp": "2026-01-01T00:00:00Z", "finalizers": ["example.com/kopf"]}
        lifetimes.seen({"type": "ADDED", "object": {"metadata": metadata}}, time.perf_counter())
        lifetimes.seen({"type": "MODIFIED", "object": {"metadata": leaving}}, time.perf_counter())
        lifetimes.seen({"type": "DELETED", "object": {"metadata": leaving}}, time.perf_counter())
        lifetimes.gone(str(number))
    assert not lifetimes._generations
    assert not lifetimes._pending
    assert not lifetimes._deleting
