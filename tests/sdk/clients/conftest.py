"""A simulated API server that remembers what it was asked, and clients of every library."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from aiohttp import web

import sloctl
from sloctl.kubesim import KubeSim, server
from sloctl.kubesim.handlers import Handlers
from sloctl.sdk.hooks import clients
from tests.sdk.clients.libraries import LIBRARIES, Open


class Asked(NamedTuple):
    """A request that the server saw."""

    method: str
    path: str
    agent: str
    traceparent: str | None
    body: bytes


class Server(NamedTuple):
    """The server, and what it was asked."""

    url: str
    kubeconfig: Path
    asked: list[Asked]


@pytest.fixture
def api_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Run a server."""
    asked: list[Asked] = []

    class Remembering(Handlers):
        async def handle(self, request: web.Request) -> web.StreamResponse:
            agent, traceparent = request.headers.get("User-Agent", ""), request.headers.get("traceparent")
            asked.append(Asked(request.method, request.path, agent, traceparent, await request.read()))
            return await super().handle(request)

    monkeypatch.setattr(server, "Handlers", Remembering)
    with KubeSim() as sim:
        yield Server(sim.url, sim.kubeconfig(tmp_path / "kubeconfig"), asked)


@pytest.fixture(params=LIBRARIES.values(), ids=LIBRARIES)
def open_client(request: pytest.FixtureRequest) -> Open:
    """Give what opens a client; for each library."""
    return request.param


@pytest.fixture
def instrumented(obs: sloctl.Instrumentation) -> Iterator[sloctl.Instrumentation]:
    """Record the requests of the clients that the test makes."""
    obs.instrument_clients()
    yield obs
    clients.uninstrument()
