"""Lists and watches of kopf's."""

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import kopf
import pytest

import sloctl
from sloctl.kubesim import KubeSim
from tests.sdk.conftest import Value
from tests.sdk.kopf.conftest import KIND, NAME, RESIDENTS, Operator, create, until
from tests.support.cluster import Cluster
from tests.support.residents import RESIDENT, resident

pytestmark = pytest.mark.usefixtures("instrumented")

INFORMER = {"name": NAME, "group": "example.com", "version": "v1", "resource": "residents"}


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[Cluster]:
    """Give an API server with a short memory, so that a watch can lose its place."""
    with KubeSim(history=3) as sim:
        cluster = Cluster("kubesim", sim.url, sim.kubeconfig(tmp_path / "kubesim.kubeconfig"))
        await cluster.install(RESIDENT)
        yield cluster
        await cluster.close()


async def test_events_count_by_type_and_listed_ones_have_one_of_their_own(
    cluster: Cluster, operator: Operator, value: Value
) -> None:
    """What a list brings has no type in kopf; the newest resource version and the queue of the informer are known."""
    await create(cluster, "old")

    @kopf.on.event(*KIND, registry=operator.handlers)
    def event(**_: Any) -> None:
        pass

    await operator.start()
    await create(cluster, "new")
    await until(lambda: value("informer_processing_latency_seconds_count", **INFORMER) == 2)  # or they are one batch
    (await cluster.delete(f"{RESIDENTS}/new")).ok  # noqa: B018
    await until(lambda: value("sloctl_watch_events_total", resource=NAME, type="DELETED") == 1)
    assert value("sloctl_watch_events_total", resource=NAME, type="LISTED") == 1
    assert value("sloctl_watch_events_total", resource=NAME, type="ADDED") == 1
    assert value("sloctl_watch_list_duration_seconds_count", resource=NAME) == 1
    assert value("sloctl_watch_relists_total", resource=NAME) == 0
    assert value("sloctl_watch_expired_total", resource=NAME) == 0
    await until(lambda: value("informer_queued_items", **INFORMER) == 0)
    assert value("informer_processing_latency_seconds_count", **INFORMER) == 3
    listed = (await cluster.get(RESIDENTS)).body["metadata"]["resourceVersion"]
    assert value("informer_store_resource_version", **INFORMER) == float(listed)
    assert (value("sloctl_watch_stream_age_seconds", resource=NAME) or 0) < 20


@pytest.mark.parametrize("streaming", [False, True])
async def test_a_bookmark_is_news_and_nothing_to_handle(
    cluster: Cluster, operator: Operator, value: Value, streaming: bool
) -> None:
    """It says how far the watch has come, or that a list that was streamed is complete; nothing is queued for it."""
    if not hasattr(kopf.OperatorSettings().watching, "initial_streaming"):
        pytest.skip("this kopf asks for no bookmarks")

    @kopf.on.event(*KIND, registry=operator.handlers)
    def event(**_: Any) -> None:
        pass

    await create(cluster, "old")
    operator.settings.watching.server_timeout = 3
    operator.settings.watching.initial_streaming = streaming
    await operator.start()
    assert value("sloctl_watch_events_total", resource=NAME, type="LISTED") == 1
    assert value("sloctl_watch_list_duration_seconds_count", resource=NAME) == 1
    await until(lambda: (value("sloctl_watch_events_total", resource=NAME, type="BOOKMARK") or 0) >= 1)
    assert value("workqueue_adds_total", name="resident", controller="resident") == 1
    assert value("informer_queued_items", **INFORMER) == 0


async def test_a_watch_that_loses_its_place_is_seen_to_expire_and_to_list_anew(
    cluster: Cluster, obs: sloctl.Instrumentation, operator: Operator, value: Value
) -> None:
    """
    An operator that was blocked for longer than the server remembers gets a 410, and lists everything again.

    What that list lacks was deleted meanwhile: nothing that belongs to it stays, and no duration is made up for it.
    """
    blocked = []
    size = obs.gauge("resident_size", "Size.", labels={"resident": sloctl.PerObject()})
    age = {"controller": "resident", "finalizer": "example.com/slow"}

    @kopf.on.event(*KIND, registry=operator.handlers)
    async def event(body: Any, **_: Any) -> None:
        size.labels(resident=body).set(1)
        if body["metadata"]["name"] == "first" and not blocked:
            blocked.append(True)
            time.sleep(3)  # noqa: ASYNC251 # to block the operator is the point

    operator.settings.watching.server_timeout = 1
    await operator.start()
    held = resident("lost")
    held["metadata"]["finalizers"] = ["example.com/slow"]
    (await cluster.post(RESIDENTS, held)).ok  # noqa: B018
    (await cluster.delete(f"{RESIDENTS}/lost")).ok  # noqa: B018
    await until(lambda: (value("sloctl_finalizer_age_seconds", **age) or 0) > 0)
    await until(lambda: value("resident_size", resident="default/lost") == 1)
    await create(cluster, "first")
    await until(lambda: blocked)
    time.sleep(1.5)  # noqa: ASYNC251 # until the server has ended the watch
    (await cluster.patch(f"{RESIDENTS}/lost", {"metadata": {"finalizers": []}})).ok  # noqa: B018
    await create(cluster, *(f"more-{number}" for number in range(9)))
    await until(lambda: value("sloctl_watch_expired_total", resource=NAME) == 1)
    await until(lambda: value("sloctl_watch_relists_total", resource=NAME) == 1)
    assert (value("sloctl_watch_reconnects_total", resource=NAME) or 0) >= 1
    await until(lambda: (value("sloctl_watch_events_total", resource=NAME, type="LISTED") or 0) >= 9)
    await until(lambda: value("sloctl_finalizer_age_seconds", **age) == 0)
    assert value("sloctl_deletion_seconds_count", **age) is None
    assert value("resident_size", resident="default/lost") is None
    assert value("resident_size", resident="default/first") == 1


async def test_a_blocked_event_loop_shows_while_it_is_blocked(
    cluster: Cluster, operator: Operator, value: Value
) -> None:
    """The lag is that of this moment when the loop does not answer, and stays visible for a while afterwards."""
    blocked = []

    @kopf.on.event(*KIND, registry=operator.handlers)
    async def event(**_: Any) -> None:
        blocked.append(True)
        time.sleep(1.5)  # noqa: ASYNC251 # to block the operator is the point

    await operator.start()
    await until(lambda: value("sloctl_event_loop_lag_seconds") is not None)
    await create(cluster, "blue")
    await until(lambda: blocked)
    await until(lambda: (value("sloctl_event_loop_lag_seconds") or 0) > 0.7)
    time.sleep(1.5)  # noqa: ASYNC251 # the loop is free again
    assert (value("sloctl_event_loop_lag_seconds") or 0) > 0.7
