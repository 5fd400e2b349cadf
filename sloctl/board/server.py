"""Serves the pages on the loopback interface."""

import errno
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlsplit

from aiohttp import web

from sloctl.board.api import row_json, snapshot_json
from sloctl.board.history import RANGES_S, Past, read_past, usual_range_s
from sloctl.board.months import Report, as_csv, as_markdown, read_report
from sloctl.board.pages import ASSETS, POLICY, Site, asset
from sloctl.board.reading import Board, Row, Snapshot
from sloctl.board.view import View
from sloctl.model.errors import BackendError

HOST: Final = "127.0.0.1"
_NAMES: Final = {HOST, "localhost", "::1"}
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": f"{POLICY}; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(board: Board, port: int = 0, refresh_s: int = 15) -> AsyncIterator[str]:
    """
    Serve the board for the time of the block.

    Args:
        board: What is shown.
        port: Where to listen on the loopback interface; 0 picks a free port.
        refresh_s: How often an open page is brought up to date, in seconds.

    Yields:
        The address of the list.

    Raises:
        BackendError: The port is taken, or may not be used.
    """
    handlers = _Handlers(board, Site(board.prometheus.url, refresh_s))
    app = web.Application(middlewares=[_own_names_only])
    app.on_response_prepare.append(_add_headers)
    app.router.add_get("/", handlers.show_list)
    app.router.add_get("/slo/{key}", handlers.show_detail)
    app.router.add_get("/months", handlers.show_months)
    app.router.add_get("/months.csv", handlers.give_months)
    app.router.add_get("/months.md", handlers.give_months)
    app.router.add_get("/api/v1/slos", handlers.give_list)
    app.router.add_get("/api/v1/slos/{key}", handlers.give_detail)
    app.router.add_get("/assets/{name}", _give_asset)
    app.router.add_get("/{path:.*}", handlers.show_missing)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.5)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, HOST, port).start()
        except OSError as error:
            why = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
            raise BackendError(
                f"port {port} {why}, so the board cannot listen there", "choose another with --port"
            ) from None
        yield f"http://{HOST}:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


class _Handlers:
    def __init__(self, board: Board, site: Site) -> None:
        self._board = board
        self._site = site

    async def show_list(self, request: web.Request) -> web.Response:
        snapshot = await self._board.look()
        return _page(self._site.list_page(snapshot, View.of(request.query)), snapshot)

    async def show_detail(self, request: web.Request) -> web.Response:
        snapshot, row = await self._find(request)
        if row is None:
            return _missing(self._site.missing_page("../"))
        range_s = _range_s(request, row)
        past = Past() if snapshot.error else await read_past(self._board.prometheus, row, snapshot.as_of_s, range_s)
        return _page(self._site.detail_page(snapshot, row, past), snapshot)

    async def show_months(self, _request: web.Request) -> web.Response:
        snapshot, report = await self._months()
        return _page(self._site.months_page(snapshot, report), snapshot)

    async def give_months(self, request: web.Request) -> web.Response:
        snapshot, report = await self._months()
        if snapshot.error:
            return web.Response(text=f"{snapshot.error}\n", status=503)
        if request.path.endswith(".csv"):
            return web.Response(text=as_csv(report), content_type="text/csv")
        return web.Response(text=as_markdown(report), content_type="text/markdown")

    async def show_missing(self, request: web.Request) -> web.Response:
        return _missing(self._site.missing_page("../" * (request.path.count("/") - 1)))

    async def give_list(self, _request: web.Request) -> web.Response:
        snapshot = await self._board.look()
        return _data(snapshot_json(snapshot), snapshot)

    async def give_detail(self, request: web.Request) -> web.Response:
        snapshot, row = await self._find(request)
        if row is None:
            return web.json_response({"error": "no such SLO", "hint": "/api/v1/slos lists them"}, status=404)
        if snapshot.error:
            return _data(row_json(row), snapshot)
        past = await read_past(self._board.prometheus, row, snapshot.as_of_s, _range_s(request, row))
        return _data(row_json(row, past), snapshot)

    async def _months(self) -> tuple[Snapshot, Report]:
        snapshot = await self._board.look()
        if snapshot.error is None:
            try:
                return snapshot, await read_report(self._board.prometheus, snapshot.rows, snapshot.as_of_s)
            except BackendError as error:
                snapshot = replace(snapshot, error=error)
        return snapshot, Report((), ())

    async def _find(self, request: web.Request) -> tuple[Snapshot, Row | None]:
        snapshot = await self._board.look()
        return snapshot, snapshot.find(request.match_info["key"])


def _range_s(request: web.Request, row: Row) -> int:
    """Read how far back to look; what is not offered is passed over."""
    chosen = {str(range_s): range_s for range_s in RANGES_S}
    return chosen.get(request.query.get("range", ""), usual_range_s(row))


def _page(text: str, snapshot: Snapshot) -> web.Response:
    return web.Response(text=text, content_type="text/html", status=503 if snapshot.error else 200)


def _data(data: dict[str, Any], snapshot: Snapshot) -> web.Response:
    return web.json_response(data, status=503 if snapshot.error else 200)


def _missing(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/html", status=404)


async def _give_asset(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    if name not in ASSETS:
        raise web.HTTPNotFound
    return web.Response(text=asset(name), content_type=ASSETS[name])


@web.middleware
async def _own_names_only(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Answer under the names of this machine alone, so that a page of others cannot read what is here."""
    try:
        host = urlsplit(f"//{request.headers.get('Host', '')}").hostname
    except ValueError:
        host = None
    if host not in _NAMES:
        raise web.HTTPMisdirectedRequest(text=f"The board answers as {HOST} or localhost; have a proxy ask it so.\n")
    return await handler(request)


async def _add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)
    response.headers.popall("Server", None)
