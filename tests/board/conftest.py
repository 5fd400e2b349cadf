"""A Prometheus that holds what rules record, and boards on it."""

import time
from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest

from sloctl.board import Board, serving
from sloctl.clients.prometheus import Prometheus
from tests.board.browser import Browser, chromium, connected
from tests.board.recorded import ONLY_SPEC, SLOS, recorded
from tests.support.prometheus import Server, blocks_from, prometheus


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a Prometheus with hours of samples, which reach a little past now."""
    folder = tmp_path_factory.mktemp("board")
    data = blocks_from(recorded(int(time.time()) + 600), folder / "data")
    with prometheus("{}", folder, data) as running:
        yield running


@pytest.fixture
async def client(server: Server) -> AsyncIterator[Prometheus]:
    """Ask it."""
    async with Prometheus(server.url) as client:
        yield client


@pytest.fixture
def specs() -> list[object]:
    """Give the SLOs that are recorded, and one that is not, as their specs have them."""
    from dataclasses import replace

    known = {(slo.service, slo.name): replace(ONLY_SPEC, service=slo.service, name=slo.name) for slo in SLOS}
    return [*known.values(), ONLY_SPEC]


@pytest.fixture
async def board(client: Prometheus) -> AsyncIterator[str]:
    """Serve what is recorded; gives the address."""
    async with serving(Board(client)) as address:
        yield address


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """Give a client of pages."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture(scope="session")
def chromium_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run Chromium for the session (with xdist: one for each worker)."""
    with chromium(tmp_path_factory.mktemp("chromium")) as address:
        yield address


@pytest.fixture
async def browser(chromium_address: str) -> AsyncIterator[Browser]:
    """Give a browser whose tabs are closed afterwards."""
    async with connected(chromium_address) as browser:
        yield browser
