"""
Reads Grafana dashboards in which every part knows its place.

Sources: the classic dashboard JSON of the `@grafana/schema` package; Grafana's "Dashboard HTTP API" for what stands
around it; the grafana-operator's reference of GrafanaDashboard; the sidecar of Grafana's charts for ConfigMaps.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

from sloctl.lint.boards.board import Board
from sloctl.lint.boards.shape import Path
from sloctl.model.findings import Finding
from sloctl.specio.jsontree import read_json
from sloctl.specio.tree import Value

_V2: Final = "dashboard.grafana.app/v2"
_SIGNS: Final = ("schemaVersion", "panels", "rows", "templating")
"""What of these a mapping with a title has makes it a dashboard."""


def boards_in(values: Sequence[Value]) -> tuple[list[Board], list[Finding]]:
    """
    Give the dashboards that documents hold, and what is wrong with their form.

    They stand there as they are, as the API exports them, as Grafana's own resources, or as a text in a ConfigMap or in
    the resource of the grafana-operator. Inside a text, parts have no place of their own.
    """
    boards: list[Board] = []
    findings: list[Finding] = []
    for value in values:
        board = _board(value)
        if board is not None:
            boards.append(board)
            continue
        if _is_v2(value):
            hint = "export it in the classic form, which Grafana's API has under v1"
            findings.append(value.fault("dashboard-schema", "it is of schema v2, which is not read", hint))
        for text in _texts(value):
            read, faults = read_json(text.data, text.path)
            inside = _board(read) if read is not None else None
            if inside is not None:
                boards.append(replace(inside, place=partial(_at, text)))
            findings += [replace(fault, line=text.place[0], column=text.place[1]) for fault in faults]
    return boards, findings


def _texts(value: Value) -> Iterator[Value]:
    """Give the texts of an object that should be JSON."""
    for part in ("data", "spec"):
        held = value.data.get(part) if isinstance(value.data, dict) else None
        for key, text in held.data.items() if held is not None and isinstance(held.data, dict) else ():
            if isinstance(text.data, str) and (key == "json" or key.endswith(".json")):
                yield text


def _at(text: Value, _path: Path) -> tuple[str, int, int]:
    return (text.path, *text.place)


def _is_v2(value: Value) -> bool:
    version = value.data.get("apiVersion") if isinstance(value.data, dict) else None
    return version is not None and str(version.data).startswith(_V2)


def _board(value: Value) -> Board | None:
    data = value.data
    if not isinstance(data, dict):
        return None
    if "title" in data and any(sign in data for sign in _SIGNS):
        return _Placed(value).board
    for key in ("dashboard", "spec"):
        if key in data and (inner := _board(data[key])) is not None:
            return replace(inner, raw={**_named(data), **inner.raw})
    return None


def _named(resource: dict[str, Value]) -> dict[str, Any]:
    """Give the uid of a dashboard that is one of Grafana's resources: its name."""
    metadata = resource.get("metadata")
    name = metadata.data.get("name") if metadata is not None and isinstance(metadata.data, dict) else None
    return {"uid": name.data} if name is not None else {}


class _Placed:
    """A dashboard as plain data, beside the values that know the places of its parts."""

    def __init__(self, value: Value) -> None:
        self._value = value
        self.board = Board(_plain(value), self._place)

    def _place(self, path: Path) -> tuple[str, int, int]:
        """Give the place of a part, or of what would hold it."""
        value = self._value
        for key in path:
            try:
                value = value.data[key]
            except (LookupError, TypeError):
                break
        return (value.path, *value.place)


def _plain(value: Value) -> Any:
    if isinstance(value.data, dict):
        return {key: _plain(child) for key, child in value.data.items()}
    if isinstance(value.data, list):
        return [_plain(child) for child in value.data]
    return value.data
