"""Writes the pages as files, which need no server."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from sloctl.app.outputs import Output, State, write_all
from sloctl.board.api import snapshot_json
from sloctl.board.history import read_past, usual_range_s
from sloctl.board.months import as_csv, as_markdown, read_report
from sloctl.board.pages import ASSETS, Site, asset
from sloctl.board.reading import Board, Snapshot
from sloctl.board.view import View
from sloctl.model.errors import BackendError, UsageError
from sloctl.specio.files import remove

INDEX: Final = "index.html"
_OURS: Final = b'<meta name="generator" content="sloctl board">'
_HEAD_BYTES: Final = 1000
_LICENCE: Final = "uPlot.LICENSE"


async def write_static(board: Board, folder: Path) -> list[Output]:
    """
    Write the list, a page for each SLO, and what they load; pages of SLOs that are gone are deleted.

    Args:
        board: What is shown.
        folder: Where; it is made when missing.

    Raises:
        BackendError: Prometheus does not answer, or has recorded no SLO. Nothing is written then.
        UsageError: The folder cannot be written, or holds files of these names that are no board's.
    """
    snapshot = await board.look()
    if snapshot.error:
        raise snapshot.error
    if not snapshot.rows:
        raise BackendError(
            f"Prometheus at {board.prometheus.url} has recorded no SLO",
            "does it load what sloctl generate rules wrote?",
        )
    texts = {folder / name: text async for name, text in _texts(board, snapshot)}
    foreign = [path for path in texts if path.exists()] if not _is_ours(folder / INDEX) else []
    if foreign:
        raise UsageError(f"{foreign[0]} is there and was not written by sloctl board", "choose another folder")
    outputs = write_all(texts.items())
    stale = [path for path in sorted((folder / "slo").glob("*.html")) if path not in texts and _is_ours(path)]
    for path in stale:
        remove(path)
    return outputs + [Output(path, State.REMOVED) for path in stale]


async def _texts(board: Board, snapshot: Snapshot) -> AsyncIterator[tuple[str, str]]:
    site = Site(board.prometheus.url)
    yield INDEX, site.list_page(snapshot, View())
    yield "slos.json", f"{json.dumps(snapshot_json(snapshot), indent=1)}\n"
    report = await read_report(board.prometheus, snapshot.rows, snapshot.as_of_s)
    yield site.months, site.months_page(snapshot, report)
    yield "months.csv", as_csv(report)
    yield "months.md", as_markdown(report)
    for name in (*ASSETS, _LICENCE):
        yield f"assets/{name}", asset(name)
    for row in snapshot.rows:
        past = await read_past(board.prometheus, row, snapshot.as_of_s, usual_range_s(row))
        yield site.page(row), site.detail_page(snapshot, row, past)


def _is_ours(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return _OURS in file.read(_HEAD_BYTES)
