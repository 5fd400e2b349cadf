"""The dashboards that are to be pushed."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sloctl.app.dashboards import generate_dashboards, refuse_twins
from sloctl.clients.grafana import Json, classic
from sloctl.dashgen.context import Context
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


def read_boards(inputs: Sequence[Path], context: Context | None = None) -> list[Board]:
    """
    Read or generate dashboards.

    Args:
        inputs: What `generate_dashboards` takes, and files of classic Grafana JSON, or folders that hold some.
        context: As for `generate_dashboards`.

    Raises:
        UsageError: A file cannot be read or is none, or two dashboards would take each other's place.
        SpecError: A source does not run, or does not give dashboards that Grafana could keep.
    """
    written = {path: found for path in inputs if (found := _written(path))}
    boards = [board for found in written.values() for board in found]
    if len(written) < len(inputs) or not inputs:
        sources = [path for path in inputs if path not in written]
        files = generate_dashboards(sources, context=context)
        boards += [_board(file.name, json.loads(file.text)) for file in files]
    refuse_twins("uid", (board.uid for board in boards))
    return boards


def _written(path: Path) -> list[Board]:
    """Read the dashboards of an input, if it is a file of JSON with a title, which catalogues have not, or a folder."""
    if path.is_dir() and not any(path.glob(f"*{SUFFIX}")):
        return [_board(str(file), _json(file)) for file in sorted(path.glob("*.json"))]
    if path.suffix != ".json":
        return []
    data = _json(path)
    return [_board(str(path), data)] if isinstance(data, dict) and "title" in data else []


def _json(path: Path) -> Any:
    try:
        return json.loads(read_text(path))
    except ValueError as error:
        raise UsageError(f"{path} is no JSON: {error}", "export the dashboard anew") from error


def _board(name: str, data: Any) -> Board:
    fields = data if isinstance(data, dict) else {}
    uid, title = fields.get("uid"), fields.get("title")
    if not (isinstance(uid, str) and uid and isinstance(title, str) and title):
        raise UsageError(f"{name} is no classic dashboard with a uid and a title", "sloctl lint says more")
    return Board(uid, title, classic(fields))
