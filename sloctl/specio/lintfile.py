"""
Reads and writes the `.lint` file beside dashboards, which says what is left out and what is taken less seriously.

Source: grafana/dashboard-linter, "Exclusions and Warnings".
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sloctl.lint.boards import Board
from sloctl.lint.boards.parts import Panel, Part, Target
from sloctl.model.findings import Finding, Severity
from sloctl.specio.reader import Fields, Reader
from sloctl.specio.rulefile import heading
from sloctl.specio.tree import Value, documents
from sloctl.specio.yamlblocks import document

CHECK: Final = "lint-file"
_KINDS: Final = ("exclusions", "warnings")
_FILE: Final = Fields([], _KINDS)
_RULE: Final = Fields([], ["reason", "entries"])
_ENTRY: Final = Fields([], ["reason", "dashboard", "panel", "targetIdx"])
_MILDER: Final = {Severity.ERROR: Severity.WARNING, Severity.WARNING: Severity.INFO, Severity.INFO: Severity.INFO}


@dataclass(frozen=True, slots=True)
class Entry:
    """
    What is left out, or turned down.

    Args:
        value: Where it stands.
        check: The id of a check.
        is_excluded: Whether it is left out.
        dashboard: The title of a dashboard; empty for all.
        panel: The title of a panel; empty for all.
        target: The number of a query in its panel, from 0; `None` for all.
        reason: Why.
    """

    value: Value
    check: str
    is_excluded: bool
    dashboard: str = ""
    panel: str = ""
    target: int | None = None
    reason: str = ""

    @property
    def is_narrow(self) -> bool:
        """Tell whether it is about some dashboards or panels, and not about all."""
        return bool(self.dashboard or self.panel)

    def covers(self, board: Board, part: Part | None, check: str) -> bool:
        """Tell whether it is about a check's finding in a part of a dashboard."""
        panel = part.panel if isinstance(part, Target) else part if isinstance(part, Panel) else None
        return (
            check == self.check
            and self.dashboard in {"", board.title}
            and (not self.panel or (panel is not None and panel.title == self.panel))
            and (self.target is None or (isinstance(part, Target) and part.index == self.target))
        )

    def may_cover(self, board: Board) -> bool:
        """Tell whether it is about something that a dashboard has."""
        return board.title == self.dashboard or (not self.dashboard and self._has_panel(board))

    def is_within(self, board: Board) -> bool:
        """Tell whether a dashboard has all that it is about."""
        return self.dashboard in {"", board.title} and self._has_panel(board)

    def written(self) -> dict[str, Any]:
        """Give it as it is written."""
        fields = {"dashboard": self.dashboard, "panel": self.panel, "targetIdx": self.target, "reason": self.reason}
        return {name: value for name, value in fields.items() if value not in ("", None)}

    def _has_panel(self, board: Board) -> bool:
        return not self.panel or any(panel.title == self.panel for panel in board.panels)


def lint_file(entries: Iterable[Entry]) -> str:
    """Write a `.lint` file that says as much as some do; nothing where they say nothing."""
    kinds: dict[str, dict[str, Any]] = {}
    for entry in entries:
        checks = kinds.setdefault(_KINDS[0] if entry.is_excluded else _KINDS[1], {})
        checks.setdefault(entry.check, {"entries": []})["entries"].append(entry.written())
    return heading("the .lint beside the sources") + document(kinds) if kinds else ""


class LintFile:
    """
    What a `.lint` file says.

    Args:
        text: What it holds; an empty one says nothing.
        path: How findings name it.
        checks: The ids of the checks that there are.
    """

    def __init__(self, text: str, path: str, checks: Collection[str]) -> None:
        values, findings = documents(text, path)
        self._reader = Reader()
        self._checks = checks
        self._entries = [entry for value in values for entry in self._read(value)]
        self._used: set[int] = set()
        self.findings = [*findings, *self._reader.findings]

    def entries(self, boards: Sequence[Board]) -> list[Entry]:
        """Give what it says of any of these dashboards."""
        return [entry for entry in self._entries if any(entry.is_within(board) for board in boards)]

    def applied(self, board: Board, part: Part | None, finding: Finding) -> Finding | None:
        """Give what remains of a finding: nothing, the same, or a milder one."""
        severity = finding.severity
        is_excluded = False
        for entry in self._entries:
            if entry.covers(board, part, finding.check):
                self._used.add(id(entry))
                is_excluded = is_excluded or entry.is_excluded
                severity = _MILDER[finding.severity]
        return None if is_excluded else replace(finding, severity=severity)

    def unused(self, boards: Sequence[Board], checks: Collection[str]) -> Iterator[Finding]:
        """
        Find entries about particular parts that nothing was found in.

        Args:
            boards: Those that were checked; entries about others may have their use.
            checks: Those that were made.
        """
        for entry in self._entries:
            is_due = entry.is_narrow and entry.check in checks and any(entry.may_cover(board) for board in boards)
            if is_due and id(entry) not in self._used:
                summary = f"{entry.check} finds nothing here"
                yield entry.value.fault(CHECK, summary, "take the entry away, or mend its names", Severity.WARNING)

    def _read(self, value: Value) -> Iterator[Entry]:
        file = self._reader.fields(value, "the file", _FILE)
        for kind in _KINDS:
            for check, rule in (self._reader.mapping(file[kind], kind) or {}).items() if kind in file else ():
                if check in self._checks:
                    yield from self._rule(file[kind].key(check), rule, kind)
                else:
                    hint = f"checks: {', '.join(self._checks)}"
                    self._reader.fault(file[kind].key(check), CHECK, f"there is no check '{check}'", hint)

    def _rule(self, key: Value, rule: Value, kind: str) -> Iterator[Entry]:
        reader, check, is_excluded = self._reader, str(key.data), kind == _KINDS[0]
        said = reader.fields(rule, check, _RULE) if rule.data is not None else {}
        reason = reader.optional(said, "reason", check)
        if "entries" not in said:
            if not reason:
                self._without_reason(key, check)
            yield Entry(key, check, is_excluded, reason=reason)
            return
        for item in reader.items(said["entries"], f"{check}.entries"):
            entry = reader.fields(item, f"{check}.entries", _ENTRY)
            why = reader.optional(entry, "reason", check) or reason
            if not why:
                self._without_reason(item, check)
            target = reader.number(entry["targetIdx"], f"{check}.targetIdx") if "targetIdx" in entry else None
            yield Entry(
                item,
                check,
                is_excluded,
                reader.optional(entry, "dashboard", check),
                reader.optional(entry, "panel", check),
                int(target) if target is not None else None,
                why,
            )

    def _without_reason(self, value: Value, check: str) -> None:
        self._reader.warn(value, CHECK, f"{check} is left out or turned down for no reason", "say why: reason: ...")
