"""An operator on stock kopf, with its requests recorded and without."""

import asyncio
from collections import Counter

import kopf

import sloctl
from sloctl.sdk.hooks import clients
from tests.sdk.clients.conftest import Server
from tests.sdk.clients.test_metrics import samples
from tests.support.cluster import Cluster
from tests.support.residents import RESIDENT, resident

KIND = ("example.com", "v1", "residents")
PATH = "/apis/example.com/v1/namespaces/default/residents"


async def carry(api_server: Server, obs: sloctl.Instrumentation) -> Counter[tuple[str, str]]:
    """Let an operator carry an object from its creation to its deletion; give the requests that it sent."""
    registry = kopf.OperatorRegistry()
    settings = kopf.OperatorSettings()
    settings.persistence.finalizer = "example.com/kopf"
    settings.watching.server_timeout = 60

    @kopf.on.login(registry=registry)
    def login(**_: object) -> kopf.ConnectionInfo:
        return kopf.ConnectionInfo(server=api_server.url)

    @kopf.on.create(*KIND, registry=registry)
    @obs.reconcile("resident")
    async def create(patch: kopf.Patch, **_: object) -> None:
        patch.status["phase"] = "Active"

    @kopf.on.delete(*KIND, registry=registry)
    @obs.reconcile("resident")
    async def delete(**_: object) -> None:
        """Have a reason for a finalizer."""

    cluster = Cluster("kubesim", api_server.url, api_server.kubeconfig)
    await cluster.install(RESIDENT)
    api_server.asked.clear()
    stop = asyncio.Event()
    operator = asyncio.create_task(
        kopf.operator(registry=registry, settings=settings, namespaces=["default"], standalone=True, stop_flag=stop)
    )
    try:
        (await cluster.post(PATH, resident("blue"))).ok  # noqa: B018
        await cluster.eventually(f"{PATH}/blue", lambda answer: answer.body.get("status", {}).get("phase") == "Active")
        await cluster.delete(f"{PATH}/blue")
        await cluster.eventually(f"{PATH}/blue", lambda answer: answer.status == 404)
    finally:
        stop.set()
        await asyncio.wait_for(operator, 30)
        await cluster.close()
    return Counter((asked.method, asked.path) for asked in api_server.asked if asked.agent.startswith("kopf/"))


async def test_an_operator_sends_as_many_requests_as_without_the_hooks(
    api_server: Server, obs: sloctl.Instrumentation
) -> None:
    """The requests of an operator that creates nothing are the same, one by one, and all of them are counted."""
    without = await carry(api_server, obs)
    obs.instrument_clients()
    try:
        recorded = await carry(api_server, obs)
    finally:
        clients.uninstrument()
    assert recorded == without
    counted: Counter[str] = Counter()
    for (method, _), count in samples(obs.registry, "rest_client_requests_total", "method", "code").items():
        counted[method] += int(count)
    asked: Counter[str] = Counter()
    for (method, _), count in recorded.items():
        asked[method] += count
    assert counted == asked
