"""
Reads Grafana dashboards in which every part knows its place, and the `.lint` file beside them.

Sources: the classic dashboard JSON of the `@grafana/schema` package; Grafana's "Dashboard HTTP API" for what stands
around it; grafana/dashboard-linter, "Exclusions and Warnings", for the `.lint` file.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sloctl.lint.boards.board import Board, Path, Problem, Target
from sloctl.model.findings import Finding
from sloctl.specio.reader import Fields, Reader
from sloctl.specio.tree import Value, documents

_SIGNS: Final = ("schemaVersion", "panels", "rows", "templating")
"""What of these a mapping with a title has makes it a dashboard."""
_LINT_FILE: Final = Fields([], ["exclusions", "warnings"])
_RULE: Final = Fields([], ["reason", "entries"])
_ENTRY: Final = Fields([], ["reason", "dashboard", "panel", "targetIdx"])


@dataclass(frozen=True, slots=True)
class Exclusion:
    """
    What a `.lint` file leaves out.

    Args:
        check: The id of a check.
        dashboard: The title of a dashboard; empty for all.
        panel: The title of a panel; empty for all.
        target: The number of a query in its panel, from 0; `None` for all.
    """

    check: str
    dashboard: str = ""
    panel: str = ""
    target: int | None = None

    def covers(self, board: Board, problem: Problem, check: str) -> bool:
        """Tell whether a problem is one that it leaves out."""
        part = problem.part
        panel = part.panel if isinstance(part, Target) else part
        return (
            check == self.check
            and self.dashboard in {"", board.title}
            and (not self.panel or (panel is not None and panel.title == self.panel))
            and (self.target is None or (isinstance(part, Target) and part.index == self.target))
        )


def boards_in(values: Sequence[Value]) -> list[Board]:
    """Give the dashboards that documents hold: as they are, as the API exports them, or as Kubernetes' resources."""
    return [board for value in values if (board := _board(value, ())) is not None]


def read_exclusions(text: str, path: str, checks: Collection[str]) -> tuple[list[Exclusion], list[Finding]]:
    """
    Read a `.lint` file.

    Args:
        text: What it holds.
        path: How findings name it.
        checks: The ids of the checks that there are.

    Returns:
        What is to be left out, and what is wrong with the file.
    """
    values, findings = documents(text, path)
    reader = Reader()
    found = [exclusion for value in values for exclusion in _exclusions(value, reader, checks)]
    return found, [*findings, *reader.findings]


def _board(value: Value, path: Path) -> Board | None:
    data = value.data
    if not isinstance(data, dict):
        return None
    if "title" in data and any(sign in data for sign in _SIGNS):
        return _Placed(value).board
    for key in ("dashboard", "spec"):
        if key in data and (inner := _board(data[key], (*path, key))) is not None:
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


def _exclusions(value: Value, reader: Reader, checks: Collection[str]) -> Iterator[Exclusion]:
    file = reader.fields(value, "the file", _LINT_FILE)
    for kind in file:
        for check, rule in (reader.mapping(file[kind], kind) or {}).items():
            if check not in checks:
                reader.fault(rule, "lint-file", f"there is no check '{check}'", f"checks: {', '.join(checks)}")
                continue
            entries = reader.fields(rule, check, _RULE).get("entries") if rule.data is not None else None
            if entries is None:
                yield Exclusion(check)
                continue
            for entry in reader.items(entries, f"{check}.entries"):
                said = reader.fields(entry, f"{check}.entries", _ENTRY)
                target = reader.number(said["targetIdx"], f"{check}.targetIdx") if "targetIdx" in said else None
                yield Exclusion(
                    check,
                    reader.optional(said, "dashboard", check),
                    reader.optional(said, "panel", check),
                    int(target) if target is not None else None,
                )
