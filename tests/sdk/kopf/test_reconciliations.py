"""Passes of kopf's are the reconciliations of a controller."""

import asyncio
from typing import Any

import kopf
import pytest

import sloctl
from tests.sdk.conftest import Value
from tests.sdk.kopf.conftest import KIND, RESIDENTS, Operator, create, until
from tests.support.cluster import Cluster

pytestmark = pytest.mark.usefixtures("instrumented")

RESULTS = ("success", "requeue", "requeue_after", "error")


def results(value: Value) -> dict[str, float | None]:
    """Give the counts that are not 0."""
    found = {each: value("controller_runtime_reconcile_total", controller="resident", result=each) for each in RESULTS}
    return {result: count for result, count in found.items() if count}


@pytest.mark.parametrize(
    ("errors", "expected", "more"),
    [
        ([], {"success": 1}, {}),
        ([kopf.TemporaryError("later", delay=0.1)], {"success": 1, "requeue_after": 1}, {}),
        ([kopf.TemporaryError("now", delay=0)], {"success": 1, "requeue": 1}, {}),
        ([ValueError("bad")], {"success": 1, "error": 1}, {"reconcile_errors": 1}),
        ([kopf.PermanentError("no")], {"error": 1}, {"reconcile_errors": 1, "terminal_reconcile_errors": 1}),
    ],
)
async def test_a_pass_counts_by_what_its_handlers_came_to(
    cluster: Cluster,
    operator: Operator,
    value: Value,
    errors: list[Exception],
    expected: dict[str, int],
    more: dict[str, int],
) -> None:
    """What a handler raises decides the result; what is not tried again is terminal."""
    left = list(errors)

    @kopf.on.create(*KIND, registry=operator.handlers, backoff=0.1)
    async def created(**_: Any) -> None:
        if left:
            raise left.pop()

    await operator.start()
    await create(cluster, "blue")
    await until(lambda: results(value) == expected)
    for family in ("reconcile_errors", "terminal_reconcile_errors", "reconcile_panics", "reconcile_timeouts"):
        assert value(f"controller_runtime_{family}_total", controller="resident") == more.get(family, 0)
    assert value("controller_runtime_reconcile_time_seconds_count", controller="resident") == sum(expected.values())
    assert value("controller_runtime_active_workers", controller="resident") == 0


async def test_handlers_that_are_left_for_the_next_pass_make_a_requeue(
    cluster: Cluster, operator: Operator, value: Value
) -> None:
    """kopf calls one handler in each pass: all passes but the last ask to come back."""
    for name in ("one", "two", "three"):

        @kopf.on.create(*KIND, registry=operator.handlers, id=name)
        def created(**_: Any) -> None:
            pass

    await operator.start()
    await create(cluster, "blue")
    await until(lambda: results(value) == {"requeue": 2, "success": 1})


async def test_sleep_inside_a_pass_is_no_work(cluster: Cluster, operator: Operator, value: Value) -> None:
    """The time for which kopf waits to try again is in the sleep, by reason, and in no duration."""

    @kopf.on.create(*KIND, registry=operator.handlers)
    def created(retry: int, **_: Any) -> None:
        if not retry:
            raise kopf.TemporaryError("later", delay=3)

    await operator.start()
    await create(cluster, "blue")
    await until(lambda: results(value).get("success"))
    slept = value("sloctl_sleep_seconds_total", controller="resident", reason="retry") or 0.0
    assert 2 < slept < 10
    labels = {"name": "resident", "controller": "resident"}
    assert (value("workqueue_work_duration_seconds_sum", **labels) or 0.0) < 2
    assert (value("controller_runtime_reconcile_time_seconds_sum", controller="resident") or 0.0) < 2


async def test_a_pass_that_waits_for_the_indices_does_no_work(
    cluster: Cluster, operator: Operator, value: Value
) -> None:
    """At an operator's start no object is handled before all are indexed; the time of those that wait is no work."""

    @kopf.index(*KIND, registry=operator.handlers)
    async def index(name: str, **_: Any) -> None:
        if name == "slow":
            await asyncio.sleep(3)

    @kopf.on.create(*KIND, registry=operator.handlers)
    async def created(**_: Any) -> None:
        pass

    await create(cluster, "a", "b", "c", "slow")
    await operator.start()
    await until(lambda: results(value).get("success") == 4)
    assert (value("sloctl_sleep_seconds_total", controller="resident", reason="index") or 0) > 7
    labels = {"name": "resident", "controller": "resident"}
    assert 3 <= (value("workqueue_work_duration_seconds_sum", **labels) or 0) < 6
    assert (value("controller_runtime_reconcile_time_seconds_sum", controller="resident") or 0) < 6


async def test_a_pass_that_waits_for_its_own_patch_does_no_work(
    cluster: Cluster, operator: Operator, value: Value
) -> None:
    """Until the event of its last patch arrives, kopf 1.42 and later keep an object from being handled."""
    if not hasattr(operator.settings.persistence, "consistency_timeout"):
        pytest.skip("this kopf does not wait")
    changed: list[bool] = []
    loop = asyncio.get_running_loop()

    @kopf.on.event(*KIND, registry=operator.handlers)
    def event(patch: kopf.Patch, **_: Any) -> None:
        if not changed:  # somebody else's event comes before that of kopf's own patch
            patch.status["note"] = "seen"
            change = cluster.patch(f"{RESIDENTS}/blue", {"spec": {"owner": "eve"}})
            changed.append(asyncio.run_coroutine_threadsafe(change, loop).result(10).ok)

    @kopf.on.update(*KIND, registry=operator.handlers)
    async def updated(**_: Any) -> None:
        pass

    await operator.start()
    await create(cluster, "blue")
    await until(lambda: (value("sloctl_sleep_seconds_total", controller="resident", reason="consistency") or 0) > 0)


async def test_a_timeout_counts_as_one_and_as_terminal(cluster: Cluster, operator: Operator, value: Value) -> None:
    """A handler that kopf gives up on for its time raises three counters."""

    @kopf.on.create(*KIND, registry=operator.handlers, timeout=0.1)
    def created(**_: Any) -> None:
        raise kopf.TemporaryError("later", delay=1)

    await operator.start()
    await create(cluster, "blue")
    await until(lambda: value("controller_runtime_reconcile_timeouts_total", controller="resident") == 1)
    await until(lambda: value("controller_runtime_terminal_reconcile_errors_total", controller="resident") == 1)
    assert results(value)["error"] == 1


async def test_an_error_outside_handlers_is_a_panic(cluster: Cluster, operator: Operator, value: Value) -> None:
    """What kopf answers with throttling is counted as Go counts a panic: among the errors as well."""

    @kopf.on.create(*KIND, registry=operator.handlers, when=lambda spec, **_: spec["absent"])
    def created(**_: Any) -> None:
        pass

    operator.queueing.error_delays = [2]
    await operator.start()
    await create(cluster, "blue")
    await until(lambda: (value("controller_runtime_reconcile_panics_total", controller="resident") or 0) >= 1)
    await until(lambda: (value("sloctl_sleep_seconds_total", controller="resident", reason="throttle") or 0) > 0.05)
    assert value("controller_runtime_reconcile_errors_total", controller="resident") == results(value)["error"]


@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_the_decorator_below_counts_nothing_twice(
    cluster: Cluster, operator: Operator, obs: sloctl.Instrumentation, value: Value, kind: str
) -> None:
    """Under the instrumentor a reconciliation is its pass; the decorator's call is a part of it."""
    called = []

    if kind == "async":

        @kopf.on.create(*KIND, registry=operator.handlers)
        @obs.reconcile("resident")
        async def created(**_: Any) -> None:
            called.append(kind)

    else:

        @kopf.on.create(*KIND, registry=operator.handlers)
        @obs.reconcile("resident")
        def created(**_: Any) -> None:
            called.append(kind)

    await operator.start()
    await create(cluster, "blue")
    await until(lambda: results(value).get("success"))
    assert called == [kind]
    assert results(value) == {"success": 1}


async def test_the_decorator_on_a_timer_counts_for_itself(
    cluster: Cluster, operator: Operator, obs: sloctl.Instrumentation, value: Value
) -> None:
    """A tick belongs to no pass, so nobody else counts it."""
    ticks: list[int] = []

    @kopf.timer(*KIND, registry=operator.handlers, interval=0.1)
    @obs.reconcile("ticker")
    def tick(**_: Any) -> None:
        ticks.append(1)

    await operator.start()
    await create(cluster, "blue")
    await until(lambda: len(ticks) >= 2)
    counted = value("controller_runtime_reconcile_total", controller="ticker", result="success")
    assert counted is not None
    assert counted >= 2
    assert results(value) == {}
