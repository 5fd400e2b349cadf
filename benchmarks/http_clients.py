"""
What recording a request costs: the CPU time of one PATCH, bare and recorded, in one run.

The server is another process. Requests of all kinds take turns, one by one in random order, and what is compared are
medians. So every request finds cold caches, as it does in an operator; the same in a tight loop costs a fraction.
Medians leave out that requests are added up, many at a time, which is printed apart.
"""

import asyncio
import multiprocessing
import random
import time
from contextlib import nullcontext
from multiprocessing.connection import Connection
from statistics import median
from time import perf_counter
from typing import Any, Final

import aiohttp
import httpx2
import urllib3
from aiohttp import web
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import CollectorRegistry

from sloctl.sdk.guard import Guard
from sloctl.sdk.hooks.clients import aiohttp as aiohttp_hook
from sloctl.sdk.hooks.clients import httpx as httpx_hook
from sloctl.sdk.hooks.clients import urllib3 as urllib3_hook
from sloctl.sdk.hooks.clients.patches import Patches
from sloctl.sdk.hooks.clients.recorder import Recorder
from sloctl.sdk.hooks.clients.rest import BATCH, requests_of
from sloctl.sdk.store import store_of
from sloctl.sdk.tracing import Tracing

ROUNDS: Final = 2000
WARM_UP: Final = 200
METRICS: Final = "recorded"
SPANS: Final = "recorded, below a recorded span"
PATCH: Final = {"status": {"phase": "Active"}}
PATH = "/apis/example.com/v1/namespaces/team-a/tenants/acme"
TENANT = {
    "apiVersion": "example.com/v1",
    "kind": "Tenant",
    "metadata": {"name": "acme", "namespace": "team-a", "resourceVersion": "242", "uid": "460705ba"},
    "spec": {"tier": "gold", "databases": ["orders", "users"]},
}


def serve(port: Connection) -> None:
    """Answer every request with the same object."""

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return web.json_response(TENANT)

    async def run() -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port.send(runner.addresses[0][1])
        await asyncio.Event().wait()

    asyncio.run(run())


def trace_config() -> aiohttp.TraceConfig:
    """Give the least that a trace config can do: take the time."""
    config = aiohttp.TraceConfig()

    async def start(_session: Any, context: Any, _params: Any) -> None:
        context.started = perf_counter()

    async def end(_session: Any, context: Any, _params: Any) -> None:
        context.seconds = perf_counter() - context.started

    config.on_request_start.append(start)
    config.on_request_end.append(end)
    config.on_request_exception.append(end)
    return config


async def middleware(request: aiohttp.ClientRequest, handler: Any) -> aiohttp.ClientResponse:
    """Do the same as a client middleware."""
    started = perf_counter()
    response: aiohttp.ClientResponse = await handler(request)
    response.seconds = perf_counter() - started  # type: ignore[attr-defined] # as a measurement would
    return response


def recorder(provider: TracerProvider, registry: CollectorRegistry) -> Recorder:
    """Record into a registry, which is to be kept."""
    store = store_of(registry)
    guard = Guard(store)
    return Recorder(store, guard, Tracing("benchmark", store, guard, provider))


async def measure(url: str) -> dict[str, dict[str, float]]:
    """Send requests of each kind in turns; give the median microseconds of CPU time by library and kind."""
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(InMemorySpanExporter()))
    tracer, registry, patches = provider.get_tracer("benchmark"), CollectorRegistry(), Patches()
    ours = recorder(provider, registry)

    sessions = {
        "bare": aiohttp.ClientSession(),
        "a middleware that takes the time": aiohttp.ClientSession(middlewares=[middleware]),
        "a trace config that takes the time": aiohttp.ClientSession(trace_configs=[trace_config()]),
        METRICS: aiohttp.ClientSession(),
        SPANS: aiohttp.ClientSession(),
    }
    clients = {"bare": httpx2.Client(), METRICS: httpx2.Client(), SPANS: httpx2.Client()}
    managers = {"bare": urllib3.PoolManager(), METRICS: urllib3.PoolManager(), SPANS: urllib3.PoolManager()}
    for kind in (METRICS, SPANS):
        aiohttp_hook.attach(sessions[kind], ours, patches)
        httpx_hook.attach(clients[kind], ours, patches)
        urllib3_hook.attach(managers[kind], ours, patches)

    async def by_aiohttp(kind: str) -> None:
        async with sessions[kind].request("patch", url, json=PATCH) as response:
            await response.json()

    async def by_httpx2(kind: str) -> None:
        clients[kind].patch(url, json=PATCH).json()

    async def by_urllib3(kind: str) -> None:
        managers[kind].request("PATCH", url, json=PATCH).json()

    turns = [("aiohttp", by_aiohttp, kind) for kind in sessions]
    turns += [("httpx2", by_httpx2, kind) for kind in clients]
    turns += [("urllib3", by_urllib3, kind) for kind in managers]
    times: dict[str, dict[str, list[float]]] = {}
    for turn in range(ROUNDS + WARM_UP):
        for library, send, kind in random.sample(turns, len(turns)):
            with trace.use_span(tracer.start_span("reconcile Tenant")) if kind == SPANS else nullcontext():
                started = time.thread_time_ns()
                await send(kind)
                took = time.thread_time_ns() - started
            if turn >= WARM_UP:
                times.setdefault(library, {}).setdefault(kind, []).append(took / 1000)
    for session in sessions.values():
        await session.close()
    return {
        library: {kind: median(found[kind]) for name, _, kind in turns if name == library}
        for library, found in times.items()
    }


def adding_up_us() -> float:
    """Give the microseconds that it takes to add up one request among many."""
    registry = CollectorRegistry()
    ours = recorder(TracerProvider(), registry)
    rounds = []
    for _ in range(200):
        for number in range(BATCH):
            ours.answered("PATCH", f"https://10.96.0.1:443{PATH}-{number}", 200, 0.004, 33.0, 800.0, None)
        started = time.thread_time_ns()
        requests_of(store_of(registry)).add_up()
        rounds.append((time.thread_time_ns() - started) / 1000 / BATCH)
    return median(rounds)


def main() -> None:
    """Print one line for each kind."""
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs,), daemon=True)
    server.start()
    found = asyncio.run(measure(f"http://127.0.0.1:{ours.recv()}{PATH}"))
    server.terminate()
    print(f"{'a PATCH':48}{'CPU':>11}{'added':>12}")
    for library, costs in sorted(found.items()):
        for kind, us in costs.items():
            print(f"{library + ', ' + kind:48}{us:>8.1f} us{us - costs['bare']:>9.1f} us")
    print(f"{'each recorded, later':48}{adding_up_us():>8.1f} us")


if __name__ == "__main__":
    main()
