"""Admission webhooks, and operators that stand by for each other."""

import asyncio
from typing import Any

import kopf
import pytest

from tests.sdk.conftest import Value
from tests.sdk.kopf.conftest import KIND, Operator, create, until
from tests.support.cluster import Cluster

pytestmark = pytest.mark.usefixtures("instrumented")

RESOURCE = {"group": "example.com", "version": "v1", "resource": "residents"}
LABELS = ("200", "400", "404", "500")


class Server:
    """A webhook server that hands its function to the test instead of listening."""

    def __init__(self) -> None:
        self.answer: Any = None

    async def __call__(self, answer: Any) -> Any:
        self.answer = answer
        yield {"url": "https://127.0.0.1:9/"}
        await asyncio.Event().wait()


def review(**request: Any) -> dict[str, Any]:
    """Give a review of a resident that is created."""
    body = {"metadata": {"name": "blue", "uid": "7"}, "spec": {}}
    whole = {"uid": "1", "resource": RESOURCE, "operation": "CREATE", "userInfo": {}, "object": body, "oldObject": None}
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": whole | request}


async def test_webhooks_count_by_path_and_code(cluster: Cluster, operator: Operator, value: Value) -> None:
    """A refusal is an answer like any other; what cannot be answered has a code, and a fault of the operator panics."""
    server = Server()
    operator.settings.admission.server = server

    @kopf.on.validate(*KIND, registry=operator.handlers, id="check")
    async def check(spec: Any, **_: Any) -> None:
        if "owner" not in spec:
            raise kopf.AdmissionError("no owner", code=403)

    await operator.start(watching=False)
    await until(lambda: server.answer is not None)
    path = {"webhook": "/check"}
    offered = [value("controller_runtime_webhook_requests_total", **path, code=code) for code in ("200", "500")]
    assert offered == [0, 0]  # before anybody asks

    async def ask(review: dict[str, Any], webhook: str = "check") -> Any:
        asked = asyncio.run_coroutine_threadsafe(server.answer(review, webhook=webhook), operator.loop)
        return await asyncio.wrap_future(asked)

    answer = await ask(review())
    assert answer["response"]["status"]["code"] == 403
    assert value("controller_runtime_webhook_requests_total", **path, code="200") == 1
    assert value("controller_runtime_webhook_requests_total", **path, code="500") == 0
    assert value("controller_runtime_webhook_latency_seconds_count", **path) == 1
    assert value("controller_runtime_webhook_requests_in_flight", **path) == 0
    labels = {"controller": "resident", "handler": "check", "attempt": "first"}
    assert value("sloctl_handler_outcomes_total", **labels, outcome="terminal") == 1

    with pytest.raises(Exception, match="no handlers"):
        await ask(review(resource=RESOURCE | {"resource": "unknowns"}))
    assert value("controller_runtime_webhook_requests_total", **path, code="404") == 1
    with pytest.raises(Exception, match="User info"):
        await ask(review(userInfo=None))
    assert value("controller_runtime_webhook_requests_total", **path, code="400") == 1
    assert value("controller_runtime_webhook_panics_total") == 0
    with pytest.raises(AttributeError):
        await ask(review(object=7))
    assert value("controller_runtime_webhook_panics_total") == 1
    assert value("controller_runtime_webhook_requests_total", **path, code="500") == 1

    await ask(review(), webhook="no-such-path")
    assert value("controller_runtime_webhook_requests_total", webhook="other", code="200") == 1


PEERING = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "clusterkopfpeerings.kopf.dev"},
    "spec": {
        "group": "kopf.dev",
        "scope": "Cluster",
        "names": {"kind": "ClusterKopfPeering", "plural": "clusterkopfpeerings"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
            }
        ],
    },
}


async def test_peering_is_leader_election(cluster: Cluster, operator: Operator, value: Value) -> None:
    """A peer with a higher priority leads; with two equals nobody does, and that time is counted."""
    await cluster.install(PEERING)
    path = "/apis/kopf.dev/v1/clusterkopfpeerings"
    body = {"apiVersion": "kopf.dev/v1", "kind": "ClusterKopfPeering", "metadata": {"name": "ours"}}
    (await cluster.post(path, body)).ok  # noqa: B018
    operator.peering = "ours"

    @kopf.on.event(*KIND, registry=operator.handlers)
    def event(**_: Any) -> None:
        pass

    async def peer(priority: int | None) -> None:
        status = {"other": None if priority is None else {"priority": priority, "lifetime": 600}}
        (await cluster.patch(f"{path}/ours", {"status": status})).ok  # noqa: B018

    await operator.start(watching=False)
    await until(lambda: value("leader_election_master_status", name="ours") == 1)
    await peer(100)
    await until(lambda: value("leader_election_master_status", name="ours") == 0)
    assert value("sloctl_leaderless_seconds_total", name="ours") == 0
    await peer(0)
    await until(lambda: (value("sloctl_leaderless_seconds_total", name="ours") or 0) > 0.1)
    await peer(None)
    await until(lambda: value("leader_election_master_status", name="ours") == 1)
    stopped = value("sloctl_leaderless_seconds_total", name="ours")
    await create(cluster, "blue")
    assert value("sloctl_leaderless_seconds_total", name="ours") == stopped
