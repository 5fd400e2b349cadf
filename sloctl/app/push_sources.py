"""The dashboards that are to be pushed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sloctl.app.dashboards import generate_dashboards
from sloctl.clients.grafana import Json, classic
from sloctl.model.errors import UsageError
from sloctl.specio.dashboards import SUFFIX
from sloctl.specio.files import read_text


@dataclass(frozen=True, slots=True)
class Board:
    """
    A dashboard that is to be pushed.

    Args:
        uid: Its own.
        title: What people call it.
        spec: In the classic form, without its uid.
    """

    uid: str
    title: str
    spec: Json


def read_boards(inputs: Sequence[Path]) -> list[Board]:
    """
    Read or generate dashboards.

    Args:
        inputs: What `generate_dashboards` takes, and files of classic Grafana JSON, or folders that hold some.

    Raises:
        UsageError: A file cannot be read or is none, or two dashboards would take each other's place.
        SpecError: A source does not run, or does not give dashboards that Grafana could keep.
    """
    written = [file for path in inputs for file in _written(path)]
    sources = [path for path in inputs if not _written(path)]
    texts = {str(path): read_text(path) for path in written}
    if sources or not inputs:
        texts |= {file.name: file.text for file in generate_dashboards(sources)}
    boards = [_board(name, text) for name, text in texts.items()]
    for board in boards:
        if sum(board.uid == other.uid for other in boards) > 1:
            raise UsageError(f"several dashboards have the uid '{board.uid}'", "give each a uid of its own")
    return boards


def _written(path: Path) -> Sequence[Path]:
    """List the JSON files of an input: the file that it is, or those of a folder."""
    if path.suffix == ".json":
        return [path]
    return sorted(path.glob("*.json")) if path.is_dir() and not any(path.glob(f"*{SUFFIX}")) else ()


def _board(name: str, text: str) -> Board:
    try:
        spec: Any = json.loads(text)
    except ValueError as error:
        raise UsageError(f"{name} is no JSON: {error}", "export the dashboard anew") from error
    fields = spec if isinstance(spec, Mapping) else {}
    uid, title = fields.get("uid"), fields.get("title")
    if not (isinstance(uid, str) and uid and isinstance(title, str) and title):
        raise UsageError(f"{name} is no classic dashboard with a uid and a title", "sloctl lint says more")
    return Board(uid, title, classic(fields))
