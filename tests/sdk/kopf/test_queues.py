"""What waits for kopf, what it works on, and what keeps it from working."""

import asyncio
import inspect
import logging
import threading
from typing import Any

import kopf
import pytest
from kopf._cogs.clients import patching

from tests.sdk.conftest import Value
from tests.sdk.kopf.conftest import KIND, RESIDENTS, Operator, create, until
from tests.support.cluster import Cluster

pytestmark = pytest.mark.usefixtures("instrumented")

QUEUE = {"name": "resident", "controller": "resident"}


def number(found: float | None) -> float:
    """Give the value of a series that is there."""
    assert found is not None
    return found


async def test_the_queue_fills_and_empties(cluster: Cluster, operator: Operator, value: Value) -> None:
    """While passes hold the slots, other objects wait in the queue, and the passes' ages show."""
    go_on = threading.Event()

    @kopf.on.event(*KIND, registry=operator.handlers)
    def seen(**_: Any) -> None:
        go_on.wait(20)

    operator.queueing.worker_limit = 2
    operator.queueing.idle_timeout = 0.05
    await operator.start()
    assert value("workqueue_depth", **QUEUE, priority="") == 0
    assert value("controller_runtime_max_concurrent_reconciles", controller="resident") == 2
    await create(cluster, "a", "b", "c", "d", "e")
    await until(lambda: value("workqueue_adds_total", **QUEUE) == 5)
    await until(lambda: value("workqueue_depth", **QUEUE, priority="") == 3)
    await until(lambda: number(value("workqueue_longest_running_processor_seconds", **QUEUE)) > 0.1)
    longest = number(value("workqueue_longest_running_processor_seconds", **QUEUE))
    assert longest < number(value("workqueue_unfinished_work_seconds", **QUEUE)) < 2 * longest + 0.5
    go_on.set()
    await until(lambda: value("workqueue_depth", **QUEUE, priority="") == 0)
    await until(lambda: value("workqueue_work_duration_seconds_count", **QUEUE) == 5)
    assert value("workqueue_queue_duration_seconds_count", **QUEUE) == 5
    assert value("workqueue_unfinished_work_seconds", **QUEUE) == 0


async def test_workers_that_idle_are_not_active(cluster: Cluster, operator: Operator, value: Value) -> None:
    """A worker holds its slot for seconds after its pass: that is no work."""

    @kopf.on.create(*KIND, registry=operator.handlers)
    def created(**_: Any) -> None:
        pass

    await operator.start()
    await create(cluster, "blue")
    await until(lambda: number(value("workqueue_work_duration_seconds_count", **QUEUE)) >= 2)
    assert value("controller_runtime_active_workers", controller="resident") == 0
    assert value("workqueue_unfinished_work_seconds", **QUEUE) == 0
    assert value("controller_runtime_max_concurrent_reconciles", controller="resident") == float("inf")


async def test_a_pass_that_sleeps_is_not_unfinished_work(cluster: Cluster, operator: Operator, value: Value) -> None:
    """While kopf waits to try a handler again, nothing is being worked on."""

    @kopf.on.create(*KIND, registry=operator.handlers)
    def created(**_: Any) -> None:
        raise kopf.TemporaryError("later", delay=30)

    await operator.start()
    await create(cluster, "blue")
    await until(lambda: value("workqueue_work_duration_seconds_count", **QUEUE) == 1)
    await asyncio.sleep(0.5)  # the second pass sleeps by now, and a clock that ran on would show
    assert number(value("workqueue_longest_running_processor_seconds", **QUEUE)) < 0.2


async def test_retries_are_attempts_that_will_be_made_again(cluster: Cluster, operator: Operator, value: Value) -> None:
    """An attempt that is not final comes back with a delay, which Go counts as a retry."""

    @kopf.on.create(*KIND, registry=operator.handlers)
    def created(retry: int, **_: Any) -> None:
        if retry < 2:
            raise kopf.TemporaryError("later", delay=0.05)

    await operator.start()
    await create(cluster, "blue")
    await until(lambda: value("controller_runtime_reconcile_total", controller="resident", result="success") == 1)
    assert value("workqueue_retries_total", **QUEUE) == 2


async def test_a_worker_limit_that_starves_is_reported_once(
    cluster: Cluster, operator: Operator, caplog: pytest.LogCaptureFixture
) -> None:
    """A worker_limit with a long idle_timeout handles one object per slot and timeout; the log says what to set."""
    seen: list[str] = []

    @kopf.on.event(*KIND, registry=operator.handlers)
    def event(name: str, **_: Any) -> None:
        seen.append(name)

    operator.queueing.worker_limit = 1
    operator.queueing.idle_timeout = 1.2
    await operator.start()
    with caplog.at_level(logging.WARNING, "sloctl"):
        await create(cluster, "a", "b", "c")
        await until(lambda: len(seen) == 3)
    (record,) = [record for record in caplog.records if record.name == "sloctl"]
    assert "idle_timeout" in record.getMessage()
    assert "resident" in record.getMessage()


async def test_a_worker_limit_that_is_used_is_not_reported(
    cluster: Cluster, operator: Operator, caplog: pytest.LogCaptureFixture
) -> None:
    """Objects that wait because the slots are busy wait for a reason."""
    seen: list[str] = []

    @kopf.on.event(*KIND, registry=operator.handlers)
    async def event(name: str, **_: Any) -> None:
        await asyncio.sleep(0.6)
        seen.append(name)

    operator.queueing.worker_limit = 1
    operator.queueing.idle_timeout = 0.05
    await operator.start()
    with caplog.at_level(logging.WARNING, "sloctl"):
        await create(cluster, "a", "b", "c", "d", "e")
        await until(lambda: len(seen) == 5)
    assert not [record for record in caplog.records if record.name == "sloctl"]


async def test_patches_are_counted(cluster: Cluster, operator: Operator, value: Value) -> None:
    """Each patch of kopf's own counts; where nobody else writes, none is a conflict."""

    @kopf.on.delete(*KIND, registry=operator.handlers)
    def deleted(**_: Any) -> None:
        pass

    await operator.start()
    await create(cluster, "blue")
    await cluster.eventually(f"{RESIDENTS}/blue", lambda answer: answer.body["metadata"].get("finalizers"))
    await until(lambda: number(value("sloctl_patches_total", controller="resident")) >= 1)
    assert value("sloctl_patch_conflicts_total", controller="resident") == 0


async def test_a_patch_that_meets_a_newer_object_is_a_conflict(
    cluster: Cluster, operator: Operator, value: Value
) -> None:
    """What kopf writes with a test of the version is refused when somebody was faster; kopf tries again."""
    if "Unprocessable" not in inspect.getsource(inspect.unwrap(patching.patch_obj)):
        pytest.skip("this kopf tests no version")
    changed: list[bool] = []
    loop = asyncio.get_running_loop()

    @kopf.on.event(*KIND, registry=operator.handlers)
    def event(**_: Any) -> None:  # before kopf adds its finalizer, in the same pass
        if not changed:
            change = cluster.patch(f"{RESIDENTS}/blue", {"spec": {"owner": "eve"}})
            changed.append(asyncio.run_coroutine_threadsafe(change, loop).result(10).ok)

    @kopf.on.delete(*KIND, registry=operator.handlers)
    def deleted(**_: Any) -> None:
        pass

    await operator.start()
    await create(cluster, "blue")
    await until(lambda: value("sloctl_patch_conflicts_total", controller="resident") == 1)
    await cluster.eventually(f"{RESIDENTS}/blue", lambda answer: answer.body["metadata"].get("finalizers"))
    assert number(value("sloctl_patches_total", controller="resident")) >= 2


async def test_kinds_of_one_name_are_told_apart_by_their_groups(
    cluster: Cluster, operator: Operator, value: Value
) -> None:
    """The label is the kind in lower case, and the group is added to both where two groups have that kind."""
    other = {"names": {"kind": "Resident", "plural": "residents"}, "group": "example.org", "scope": "Namespaced"}
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    versions = [{"name": "v1", "served": True, "storage": True, "schema": schema}]
    await cluster.install(
        {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": "residents.example.org"},
            "spec": {**other, "versions": versions},
        }
    )
    for group in ("example.com", "example.org"):

        @kopf.on.event(group, "v1", "residents", registry=operator.handlers)
        def event(**_: Any) -> None:
            pass

    await operator.start()
    await create(cluster, "blue")
    labels = {"name": "resident.example.com", "controller": "resident.example.com"}
    await until(lambda: value("workqueue_work_duration_seconds_count", **labels) == 1)
    labels = {"name": "resident.example.org", "controller": "resident.example.org"}
    assert value("workqueue_work_duration_seconds_count", **labels) == 0
