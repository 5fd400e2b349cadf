"""Pages as files, and what they load."""

import json
import re
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import pytest

from sloctl.app.outputs import State
from sloctl.board import Board, write_static
from sloctl.board.pages import ASSETS
from sloctl.clients.prometheus import Prometheus
from sloctl.model.errors import BackendError, UsageError
from tests.board.recorded import SLOS
from tests.support.prometheus import prometheus


def tree(folder: Path) -> dict[str, bytes]:
    """Read all files of a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


async def test_all_that_pages_name_is_there(client: Prometheus, tmp_path: Path) -> None:
    """Links and assets are relative and lead to files of the same folder, so that any web root, or none, will do."""
    await write_static(Board(client), tmp_path / "out")
    pages = list((tmp_path / "out").rglob("*.html"))

    assert len(pages) == 2 + len(SLOS)
    for page in pages:
        for name in re.findall(r'(?:href|src|action)="([^"#?]+)', page.read_text()):
            assert name == "data:," or (page.parent / name).is_file(), (page.name, name)
        assert "Content-Security-Policy" in page.read_text()
    assert len(json.loads((tmp_path / "out/slos.json").read_text())["slos"]) == len(SLOS)


async def test_pages_of_slos_that_are_gone_go(client: Prometheus, tmp_path: Path) -> None:
    """A second snapshot replaces the first, and leaves what others put there."""
    await write_static(Board(client), tmp_path)
    stale = tmp_path / "slo/gone.html"
    stale.write_text((tmp_path / "index.html").read_text())
    (tmp_path / "slo/notes.html").write_text("<p>Somebody's own</p>")

    outputs = await write_static(Board(client), tmp_path)

    assert [output.path for output in outputs if output.state is State.REMOVED] == [stale]
    assert not stale.exists()
    assert (tmp_path / "slo/notes.html").exists()
    assert {output.state for output in outputs if "assets" in output.path.parts} == {State.UNCHANGED}


async def test_files_of_others_are_not_overwritten(client: Prometheus, tmp_path: Path) -> None:
    """A folder that holds a page of somebody else is refused, and stays as it was."""
    (tmp_path / "index.html").write_text("<h1>My site</h1>")

    with pytest.raises(UsageError, match=r"index\.html is there and was not written by sloctl board"):
        await write_static(Board(client), tmp_path)
    assert tree(tmp_path) == {"index.html": b"<h1>My site</h1>"}


async def test_a_place_that_is_a_file_is_said(client: Prometheus, tmp_path: Path) -> None:
    """Whatever stands in the way is named, and nothing is written."""
    (tmp_path / "slo").write_text("in the way")

    with pytest.raises(UsageError, match="slo"):
        await write_static(Board(client), tmp_path)
    assert tree(tmp_path) == {"slo": b"in the way"}


async def test_without_numbers_nothing_is_written(tmp_path: Path) -> None:
    """A Prometheus that is away, or knows no SLO, leaves no snapshot that looks like one."""
    async with Prometheus("http://127.0.0.1:1") as client:
        with pytest.raises(BackendError, match="no answer"):
            await write_static(Board(client), tmp_path / "out")
    (tmp_path / "empty").mkdir()
    with prometheus("{}", tmp_path / "empty") as server:
        async with Prometheus(server.url) as client:
            with pytest.raises(BackendError, match="has recorded no SLO"):
                await write_static(Board(client), tmp_path / "out")

    assert not (tmp_path / "out").exists()


def test_what_is_from_elsewhere_is_what_it_says() -> None:
    """uPlot's files are those of the version that stands beside them, and its licence is with them."""
    folder = files("sloctl.board") / "assets"
    about = json.loads((folder / "uPlot.json").read_text())

    assert about["sha256"] == {
        name: sha256((folder / name).read_bytes()).hexdigest()
        for name in ("uPlot.LICENSE", "uPlot.iife.min.js", "uPlot.min.css")
    }
    assert f"v{about['version']}" in (folder / "uPlot.iife.min.js").read_text()[:100]
    assert set(ASSETS) | {"uPlot.LICENSE", "uPlot.json"} == {path.name for path in folder.iterdir()}
