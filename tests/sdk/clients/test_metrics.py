"""What `rest_client_*` say of the requests of every client library."""

import asyncio
import json
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry

import sloctl
from sloctl.kubesim.handlers import Handlers
from sloctl.sdk.guard import Guard
from sloctl.sdk.hooks import clients
from sloctl.sdk.hooks.clients.recorder import Recorder
from sloctl.sdk.store import store_of
from tests.sdk.clients.conftest import Server
from tests.sdk.clients.libraries import Open, live


def samples(registry: CollectorRegistry, name: str, *labels: str) -> dict[tuple[str, ...], float]:
    """Give the values of a sample by these labels."""
    return {
        tuple(sample.labels[label] for label in labels): sample.value
        for metric in registry.collect()
        for sample in metric.samples
        if sample.name == name
    }


async def test_every_request_is_counted_once(
    api_server: Server, open_client: Open, instrumented: sloctl.Instrumentation
) -> None:
    """The counts by method, code and host are the requests that the server saw."""
    async with open_client(api_server.url, api_server.kubeconfig) as client:
        await live(client)

    host = api_server.url.removeprefix("http://")
    counted = samples(instrumented.registry, "rest_client_requests_total", "method", "code", "host")
    asked = Counter(request.method for request in api_server.asked)
    assert counted == {
        ("POST", "201", host): 1,
        ("POST", "409", host): 1,
        ("GET", "404", host): 1,
        ("GET", "200", host): asked["GET"] - 1,
        ("PATCH", "200", host): 1,
        ("DELETE", "200", host): 1,
    }
    seconds = samples(instrumented.registry, "rest_client_request_duration_seconds_count", "verb", "host")
    assert seconds == {(method, host): count for method, count in asked.items()}
    assert not samples(instrumented.registry, "rest_client_request_retries_total", "verb")
    assert instrumented.registry.get_sample_value("sloctl_internal_errors_total", {"kind": "hook"}) == 0


async def test_sizes_are_those_of_the_bodies(
    api_server: Server, open_client: Open, instrumented: sloctl.Instrumentation, value: Any
) -> None:
    """A created object is about as long as what created it; what has no body counts as empty; a watch has no size."""
    async with open_client(api_server.url, api_server.kubeconfig) as client:
        await live(client)

    labels = {"host": api_server.url.removeprefix("http://")}
    sent = value("rest_client_request_size_bytes_sum", verb="POST", **labels)
    assert 150 < sent < 400
    assert sent < value("rest_client_response_size_bytes_sum", verb="POST", **labels) < 1500
    assert value("rest_client_request_size_bytes_sum", verb="GET", **labels) == 0
    gets = value("rest_client_request_duration_seconds_count", verb="GET", **labels)
    assert value("rest_client_request_size_bytes_bucket", verb="GET", le="64.0", **labels) == gets
    assert value("rest_client_response_size_bytes_count", verb="GET", **labels) == gets - 1
    assert value("rest_client_rate_limiter_duration_seconds_count", verb="GET", **labels) == gets
    assert value("rest_client_rate_limiter_duration_seconds_sum", verb="GET", **labels) == 0


async def test_an_answer_of_no_stated_length_is_measured_as_it_is_read(
    api_server: Server,
    open_client: Open,
    instrumented: sloctl.Instrumentation,
    value: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What comes in chunks, as long lists do, has the size of all of them."""
    answer = Handlers.handle
    item = {"metadata": {"name": "acme"}, "data": {"key": "v" * 1000}}
    body = json.dumps({"kind": "ConfigMapList", "apiVersion": "v1", "metadata": {}, "items": [item] * 400}).encode()

    async def in_chunks(self: Handlers, request: web.Request) -> web.StreamResponse:
        if not request.path.endswith("/configmaps"):
            return await answer(self, request)
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        response.enable_chunked_encoding()
        await response.prepare(request)
        for start in range(0, len(body), 50_000):
            await response.write(body[start : start + 50_000])
        return response

    monkeypatch.setattr(Handlers, "handle", in_chunks)
    async with open_client(api_server.url, api_server.kubeconfig) as client:
        assert len(await client.names()) == 400

    labels = {"verb": "GET", "host": api_server.url.removeprefix("http://")}
    count = value("rest_client_response_size_bytes_count", **labels)
    assert count == value("rest_client_request_duration_seconds_count", **labels)
    assert value("rest_client_response_size_bytes_bucket", le="262144.0", **labels) == count - 1
    assert value("rest_client_response_size_bytes_sum", **labels) >= len(body)


def test_no_request_is_lost_between_threads(obs: sloctl.Instrumentation, value: Any) -> None:
    """Eight threads that record at once, with scrapes between, count exactly what they recorded."""
    recorder = Recorder(store_of(obs.registry), Guard(store_of(obs.registry)), None)
    threads, calls = 8, 20_000

    def record(number: int) -> None:
        for _ in range(calls):
            recorder.answered("GET", f"https://10.96.0.1/api/v1/pods/{number}", 200, 0.01, 0.0, 100.0, None)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(threads) as executor:
            running = [executor.submit(record, number) for number in range(threads)]
            while not all(future.done() for future in running):
                obs.exposition()
    finally:
        sys.setswitchinterval(interval)
    labels = {"host": "10.96.0.1:443"}
    assert value("rest_client_requests_total", method="GET", code="200", **labels) == threads * calls
    assert value("rest_client_request_duration_seconds_count", verb="GET", **labels) == threads * calls
    assert value("rest_client_response_size_bytes_sum", verb="GET", **labels) == threads * calls * 100


LATER = """
import sys
from prometheus_client import CollectorRegistry
import sloctl

obs = sloctl.Instrumentation("later", registry=CollectorRegistry())
obs.instrument_clients()
assert not {"aiohttp", "httpx2", "urllib3"} & sys.modules.keys()
import lightkube
from lightkube.core import generic_client
from lightkube.resources.core_v1 import ConfigMap

assert type(generic_client.__loader__) is type(generic_client.__spec__.loader) is type(lightkube.__loader__)
client = lightkube.Client(config=lightkube.KubeConfig.from_file(sys.argv[1]))
assert list(client.list(ConfigMap, namespace="default")) == []
host = sys.argv[2]
assert obs.registry.get_sample_value("rest_client_requests_total", {"code": "200", "method": "GET", "host": host}) == 1
"""


async def test_a_library_is_instrumented_when_it_is_imported(api_server: Server) -> None:
    """None is imported for the instrumentation's sake, and one that is imported later is as it would have been."""
    arguments = (str(api_server.kubeconfig), api_server.url.removeprefix("http://"))
    process = await asyncio.create_subprocess_exec(sys.executable, "-W", "error", "-c", LATER, *arguments)
    assert await asyncio.wait_for(process.wait(), 60) == 0


async def test_nothing_changes_for_the_caller(
    api_server: Server, open_client: Open, obs: sloctl.Instrumentation
) -> None:
    """Results, exceptions and the requests that are sent are the same without the hooks, with them, and after them."""

    async def run() -> tuple[list[Any], list[tuple[str, str]]]:
        api_server.asked.clear()
        async with open_client(api_server.url, api_server.kubeconfig) as client:
            found = await live(client)
        return found, [(request.method, request.path) for request in api_server.asked]

    await run()  # from here on, what a library keeps for later is there
    without = await run()
    obs.instrument_clients()
    try:
        assert await run() == without
    finally:
        clients.uninstrument()
    counted = samples(obs.registry, "rest_client_requests_total", "method", "code")
    assert await run() == without
    assert samples(obs.registry, "rest_client_requests_total", "method", "code") == counted


async def test_a_client_in_use_is_let_go(api_server: Server, open_client: Open, obs: sloctl.Instrumentation) -> None:
    """From when the hooks are taken away, a client that was made before is no longer recorded, and works on."""
    obs.instrument_clients()
    async with open_client(api_server.url, api_server.kubeconfig) as client:
        await client.names()
        clients.uninstrument()
        counted = samples(obs.registry, "rest_client_requests_total", "method", "code")
        assert sum(counted.values()) > 0
        await client.names()
        await client.create("acme")
    assert samples(obs.registry, "rest_client_requests_total", "method", "code") == counted


async def test_the_last_one_that_asks_records(
    api_server: Server, open_client: Open, obs: sloctl.Instrumentation, instrumented: sloctl.Instrumentation
) -> None:
    """To instrument twice counts once; another registry takes over from the first."""
    other = sloctl.Instrumentation("other", registry=CollectorRegistry())
    obs.instrument_clients()
    async with open_client(api_server.url, api_server.kubeconfig) as client:
        await client.names()
        first = sum(samples(obs.registry, "rest_client_requests_total", "method", "code").values())
        assert first == len(api_server.asked)
    other.instrument_clients()
    async with open_client(api_server.url, api_server.kubeconfig) as client:
        await client.names()
    second = sum(samples(other.registry, "rest_client_requests_total", "method", "code").values())
    assert first + second == len(api_server.asked)
