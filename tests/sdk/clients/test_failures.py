"""Requests that fail, and hooks that do."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import kopf
import prometheus_client
import pytest
from aiohttp import web
from kopf._cogs.clients import auth
from kr8s._api import Api

import sloctl
from sloctl.kubesim import server
from sloctl.kubesim.handlers import Handlers
from sloctl.sdk.hooks import clients
from sloctl.sdk.hooks.clients.recorder import Recorder
from sloctl.sdk.hooks.clients.tracing import RequestSpans, Traced
from tests.sdk.clients import libraries
from tests.sdk.clients.conftest import Server
from tests.sdk.clients.libraries import Open, live
from tests.sdk.clients.test_metrics import samples


@pytest.fixture
def refusing(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Give a URL where nobody listens, and a kubeconfig for it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        sim = server.KubeSim(taken.getsockname()[1])
        yield url, sim.kubeconfig(tmp_path / "kubeconfig")


ATTEMPTS = {"kopf": 2, "kubernetes": 4}
"""How often a library sends a request that is refused; once if it is not named."""


async def test_a_refused_connection_is_an_error_of_each_attempt(
    refusing: tuple[str, Path], open_client: Open, instrumented: sloctl.Instrumentation
) -> None:
    """Every attempt counts under `<error>`, and all but the first as retries; the library's exception comes out."""
    url, kubeconfig = refusing
    with pytest.raises(Exception, match=r"(?i)connect|refused|max retries"):
        async with open_client(url, kubeconfig) as client:
            await client.get("acme")

    attempts, host = ATTEMPTS.get(open_client.__name__, 1), url.removeprefix("http://")
    counted = samples(instrumented.registry, "rest_client_requests_total", "method", "code", "host")
    assert counted == {("GET", "<error>", host): attempts}
    seconds = samples(instrumented.registry, "rest_client_request_duration_seconds_count", "verb", "host")
    assert seconds == {("GET", host): attempts}
    retries = samples(instrumented.registry, "rest_client_request_retries_total", "code", "verb", "host")
    assert retries == ({("<error>", "GET", host): attempts - 1} if attempts > 1 else {})


async def test_another_request_after_one_that_failed_is_no_retry(
    api_server: Server, instrumented: sloctl.Instrumentation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the same method and URL count as sent again, and an answer that says no is no reason for it."""
    answer = Handlers.handle

    async def fail_at_acme(self: Handlers, request: web.Request) -> web.StreamResponse:
        if request.path.endswith("/acme"):
            return web.json_response({"kind": "Status", "code": 500}, status=500)
        return await answer(self, request)

    monkeypatch.setattr(Handlers, "handle", fail_at_acme)
    async with libraries.kubernetes_asyncio(api_server.url, api_server.kubeconfig) as client:
        for name in ("acme", "nobody", "acme", "nobody", "nobody"):
            with pytest.raises(Exception, match=r"500|404"):
                await client.get(name)
    counted = samples(instrumented.registry, "rest_client_requests_total", "code")
    assert counted == {("500",): 2, ("404",): 3}
    assert not samples(instrumented.registry, "rest_client_request_retries_total", "code")


async def test_a_server_that_is_busy_makes_a_request_wait(
    api_server: Server, instrumented: sloctl.Instrumentation, value: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request that is sent again after a 429 counts as a retry, and the time between as waited for its turn."""
    answer, busy = Handlers.handle, [True]

    async def busy_once(self: Handlers, request: web.Request) -> web.StreamResponse:
        if busy:
            busy.pop()
            return web.json_response({"kind": "Status", "code": 429}, status=429, headers={"Retry-After": "0"})
        return await answer(self, request)

    monkeypatch.setattr(Handlers, "handle", busy_once)
    async with libraries.kopf(api_server.url, api_server.kubeconfig) as client:
        assert await client.names() == []

    host = api_server.url.removeprefix("http://")
    assert value("rest_client_requests_total", method="GET", code="429", host=host) == 1
    assert value("rest_client_requests_total", method="GET", code="200", host=host) == 1
    assert value("rest_client_request_retries_total", verb="GET", code="429", host=host) == 1
    assert value("rest_client_rate_limiter_duration_seconds_count", verb="GET", host=host) == 2
    assert value("rest_client_rate_limiter_duration_seconds_sum", verb="GET", host=host) >= 0.01


async def test_a_full_pool_makes_a_request_wait(
    api_server: Server, instrumented: sloctl.Instrumentation, value: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a session has connections for two, the third request waits, and says how long."""
    answer, let_go, held = Handlers.handle, asyncio.Event(), asyncio.Semaphore(0)
    loop = asyncio.get_running_loop()

    async def hold(self: Handlers, request: web.Request) -> web.StreamResponse:
        loop.call_soon_threadsafe(held.release)
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(let_go.wait(), loop))
        return await answer(self, request)

    monkeypatch.setattr(Handlers, "handle", hold)
    async with libraries.kubernetes_asyncio(api_server.url, api_server.kubeconfig) as client:
        client._client.rest_client.pool_manager.connector._limit = 2  # type: ignore[attr-defined]
        tasks = [asyncio.create_task(client.names()) for _ in range(3)]
        for _ in range(2):
            await asyncio.wait_for(held.acquire(), 10)
        await asyncio.sleep(0.05)  # what is waited at least
        let_go.set()
        await asyncio.gather(*tasks)

    labels = {"verb": "GET", "host": api_server.url.removeprefix("http://")}
    assert value("rest_client_rate_limiter_duration_seconds_count", **labels) == 3
    assert value("rest_client_rate_limiter_duration_seconds_bucket", le="0.025", **labels) == 2
    assert value("rest_client_rate_limiter_duration_seconds_sum", **labels) >= 0.05


async def test_an_answer_that_the_session_refuses_counts_by_its_code(
    api_server: Server, instrumented: sloctl.Instrumentation, value: Any
) -> None:
    """A user's session for kopf may raise for itself: the server has answered all the same."""
    session = aiohttp.ClientSession(raise_for_status=True)
    context = auth.APIContext(kopf.AiohttpSession(server=api_server.url, aiohttp_session=session))
    with pytest.raises(aiohttp.ClientResponseError):
        await context.session.get(f"{api_server.url}/api/v1/nothings")
    await context.close()
    host = api_server.url.removeprefix("http://")
    assert value("rest_client_requests_total", method="GET", code="404", host=host) == 1


async def test_a_request_that_is_cancelled_has_no_answer(
    api_server: Server, instrumented: sloctl.Instrumentation, value: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cancellation is passed on, and the request counts under `<error>`, as in client-go."""
    arrived = asyncio.Event()
    loop = asyncio.get_running_loop()

    async def never(self: Handlers, request: web.Request) -> web.StreamResponse:
        loop.call_soon_threadsafe(arrived.set)
        await asyncio.sleep(3600)
        raise AssertionError

    monkeypatch.setattr(Handlers, "handle", never)
    async with libraries.kubernetes_asyncio(api_server.url, api_server.kubeconfig) as client:
        task = asyncio.create_task(client.get("acme"))
        await asyncio.wait_for(arrived.wait(), 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    host = api_server.url.removeprefix("http://")
    assert value("rest_client_requests_total", method="GET", code="<error>", host=host) == 1


async def test_requests_to_other_servers_are_not_recorded(
    api_server: Server, instrumented: sloctl.Instrumentation
) -> None:
    """What an operator asks with a session of its own is not a request of a Kubernetes client, whatever its path is."""
    async with (
        libraries.kubernetes_asyncio(api_server.url, api_server.kubeconfig),
        aiohttp.ClientSession() as own,
        own.get(f"{api_server.url}/api/v1/namespaces") as response,
    ):
        assert response.status == 200
    assert not samples(instrumented.registry, "rest_client_requests_total", "method")


async def test_names_that_are_resolved_are_timed(
    api_server: Server, instrumented: sloctl.Instrumentation, value: Any
) -> None:
    """Resolving a host's name is one observation; an address needs none."""
    url = api_server.url.replace("127.0.0.1", "localhost")
    for server_url in (api_server.url, url):
        async with libraries.kopf(server_url, api_server.kubeconfig) as client:
            await client.names()
    assert samples(instrumented.registry, "rest_client_dns_resolution_duration_seconds_count", "host") == {
        ("localhost",): 1
    }


MISFITS = {
    "kr8s._api.Api._create_session": (Api, "_create_session"),
    "kopf._cogs.clients.auth.APIContext.__init__": (aiohttp.ClientSession, "_request"),
}
"""Hooks, and what a later release may no longer have, so that they are left out."""


@pytest.mark.parametrize("hook", MISFITS)
async def test_a_library_that_has_changed_is_left_alone(
    api_server: Server, obs: sloctl.Instrumentation, value: Any, hook: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its requests are not recorded, a gauge and one warning say so, and the other libraries' requests are recorded."""
    with monkeypatch.context() as changed:
        changed.delattr(*MISFITS[hook])
        obs.instrument_clients()
        session = aiohttp.ClientSession()
        auth.APIContext(kopf.AiohttpSession(server=api_server.url, aiohttp_session=session))
        await session.close()
    try:
        assert value("sloctl_instrumentation_degraded", hook=hook) == 1
        async with libraries.kubernetes(api_server.url, api_server.kubeconfig) as client:
            assert await client.names() == []
    finally:
        clients.uninstrument()
    host = api_server.url.removeprefix("http://")
    assert value("rest_client_requests_total", method="GET", code="200", host=host) == 1


async def test_a_name_that_the_operator_takes_stays_the_operators(
    api_server: Server, obs: sloctl.Instrumentation, value: Any
) -> None:
    """A metric of a family's name may be declared until the first client is made; requests are then not recorded."""
    obs.instrument_clients()
    try:
        mine = prometheus_client.Counter("rest_client_requests", "The operator's own.", registry=obs.registry)
        mine.inc()
        async with libraries.kubernetes(api_server.url, api_server.kubeconfig) as client:
            assert await client.names() == []
    finally:
        clients.uninstrument()
    assert value("rest_client_requests_total") == 1
    assert value("sloctl_instrumentation_degraded", hook="kubernetes.client.rest.RESTClientObject.__init__") == 1


FAULTS = [(Traced, "answered"), (Recorder, "_failed"), (RequestSpans, "open")]


@pytest.mark.parametrize(("owner", "name"), FAULTS, ids=[name for _, name in FAULTS])
async def test_a_fault_of_ours_costs_the_caller_nothing(
    api_server: Server,
    open_client: Open,
    instrumented: sloctl.Instrumentation,
    provider: Any,
    value: Any,
    owner: type,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever breaks inside the hooks is counted, and the client works as ever."""

    def broken(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(owner, name, broken)
    with provider.get_tracer("test").start_as_current_span("reconcile Tenant"):
        async with open_client(api_server.url, api_server.kubeconfig) as client:
            if owner is Recorder:
                await _fail(api_server, client, monkeypatch)
            else:
                assert (await live(client))[4] == ["acme"]
    assert value("sloctl_internal_errors_total", kind="hook") > 0


async def _fail(api_server: Server, client: libraries.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(self: Handlers, request: web.Request) -> web.StreamResponse:
        return web.json_response({"kind": "Status", "code": 500, "message": "no"}, status=500)

    monkeypatch.setattr(Handlers, "handle", fail)
    with pytest.raises(Exception, match=r"(?i)500|internal server error|no"):
        await client.get("acme")
