"""
Reads Grafana dashboards in which every part knows its place.

Sources: the classic dashboard JSON of the `@grafana/schema` package; Grafana's "Dashboard HTTP API" for what stands
around it.
"""

from collections.abc import Sequence
from typing import Any, Final

from sloctl.lint.boards.board import Board
from sloctl.lint.boards.shape import Path
from sloctl.specio.tree import Value

_SIGNS: Final = ("schemaVersion", "panels", "rows", "templating")
"""What of these a mapping with a title has makes it a dashboard."""


def boards_in(values: Sequence[Value]) -> list[Board]:
    """Give the dashboards that documents hold: as they are, as the API exports them, or as Kubernetes' resources."""
    return [board for value in values if (board := _board(value)) is not None]


def _board(value: Value) -> Board | None:
    data = value.data
    if not isinstance(data, dict):
        return None
    if "title" in data and any(sign in data for sign in _SIGNS):
        return _Placed(value).board
    for key in ("dashboard", "spec"):
        if key in data and (inner := _board(data[key])) is not None:
            return inner
    return None


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
