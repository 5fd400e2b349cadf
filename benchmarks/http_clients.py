"""
What recording a request costs: the CPU time of one PATCH by aiohttp, bare and recorded, in one run.

The server is another process. Requests of all kinds take turns, one by one, and what is compared are medians.
"""

import asyncio
import multiprocessing
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from multiprocessing.connection import Connection
from statistics import median
from time import perf_counter
from typing import Any

import aiohttp
from aiohttp import web
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import CollectorRegistry

from sloctl.sdk.guard import Guard
from sloctl.sdk.hooks.clients import aiohttp as hook
from sloctl.sdk.hooks.clients.patches import Patches
from sloctl.sdk.hooks.clients.recorder import Recorder
from sloctl.sdk.spans import Tracing
from sloctl.sdk.store import store_of

ROUNDS = 3000
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


@asynccontextmanager
async def sessions(provider: TracerProvider) -> AsyncIterator[dict[str, aiohttp.ClientSession]]:
    """Open a session of each kind."""
    registry = CollectorRegistry()
    store = store_of(registry)
    guard = Guard(store)
    recorder = Recorder(store, guard, Tracing("benchmark", store, guard, provider))
    patches = Patches()
    found = {
        "bare": aiohttp.ClientSession(),
        "trace config, time only": aiohttp.ClientSession(trace_configs=[trace_config()]),
        "middleware, time only": aiohttp.ClientSession(middlewares=[middleware]),
        "sloctl, metrics": aiohttp.ClientSession(),
        "sloctl, below a recorded span": aiohttp.ClientSession(),
        "not of a Kubernetes client": aiohttp.ClientSession(),
    }
    found["bare"].__dict__["_request"] = found["bare"]._request  # kept from before the class is patched
    for name, session in found.items():
        if name.startswith("sloctl"):
            hook.attach(session, recorder, patches)
    try:
        yield found
    finally:
        patches.restore()
        for session in found.values():
            await session.close()


async def measure(url: str) -> dict[str, float]:
    """Send requests of each kind in turns; give the median microseconds of CPU time of each."""
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(InMemorySpanExporter()))
    tracer = provider.get_tracer("benchmark")
    times: dict[str, list[float]] = {}
    async with sessions(provider) as found:
        for turn in range(ROUNDS):
            for name, session in random.sample(list(found.items()), len(found)):
                span = tracer.start_span("reconcile Tenant") if name.endswith("span") else trace.INVALID_SPAN
                with trace.use_span(span):
                    started = time.thread_time_ns()
                    response = await session.request("patch", url, json={"status": {"phase": "Active"}})
                    async with response:
                        await response.json()
                    took = time.thread_time_ns() - started
                if turn >= ROUNDS // 10:
                    times.setdefault(name, []).append(took / 1000)
    return {name: median(times[name]) for name in found}


def main() -> None:
    """Print one line for each kind."""
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs,), daemon=True)
    server.start()
    cost = asyncio.run(measure(f"http://127.0.0.1:{ours.recv()}{PATH}"))
    server.terminate()
    print(f"{'a PATCH by aiohttp':32}{'CPU':>11}{'added':>12}")
    for name, us in cost.items():
        print(f"{name:32}{us:>8.1f} us{us - cost['bare']:>9.1f} us")


if __name__ == "__main__":
    main()
