"""Checks of the links of a dashboard, of its panels and of their values."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from sloctl.lint.boards.board import Board
from sloctl.lint.boards.check import Problem, check
from sloctl.lint.boards.parts import Panel
from sloctl.lint.boards.shape import Json, Path, numbered

_TO_BOARD: Final = re.compile(r"(?:\.{0,2}/)*d/(?P<uid>[\w-]+)(?=[/?#]|$)")
_SETS: Final = re.compile(r"[?&]var-(?P<name>\w+)=")
_KEPT: Final = (
    ("time range", "keepTime", ("__url_time_range", "__url.params", "from=")),
    ("choice of variables", "includeVars", ("__all_variables", "__url.params", "var-", ":queryparam")),
)
"""What a link should hand over, the field of a dashboard's link that says so, and how an address does."""


class _Link(NamedTuple):
    path: Path
    data: Json
    panel: Panel | None

    @property
    def url(self) -> str:
        return str(self.data.get("url", ""))

    @property
    def uid(self) -> str:
        """Give the uid of the dashboard that it leads to; empty where it leads elsewhere."""
        found = _TO_BOARD.match(self.url)
        return found["uid"] if found else ""

    def problem(self, summary: str, hint: str) -> Problem:
        return Problem(self.path, f"the link '{self.data.get('title', '')}' {summary}", hint, self.panel)


@check("link-target")
def link_target(board: Board) -> Iterator[Problem]:
    """Find links to dashboards that are not among those that are checked, or do not have what the link sets."""
    boards = {each.uid: each for each in (*board.beside, board)}
    for link in _links(board):
        if not link.uid:
            continue
        if link.uid not in boards:
            if len(boards) > 1:
                uids = ", ".join(sorted(filter(None, boards)))
                yield link.problem(f"leads to '{link.uid}', which is not there", f"there are: {uids}")
            continue
        target = boards[link.uid]
        for name in dict.fromkeys(_SETS.findall(link.url)):
            if target.variable(name) is None:
                hint = "leave it out, or mend its name"
                yield link.problem(f"sets '{name}', which '{target.title}' does not have", hint)


@check("link-state")
def link_state(board: Board) -> Iterator[Problem]:
    """Find links to dashboards that forget the time range, or what is chosen."""
    for link in _links(board):
        if not link.uid and link.data.get("type") != "dashboards":
            continue
        lost = [
            what
            for what, field, marks in _KEPT[: 2 if board.variables else 1]
            if not any(mark in link.url for mark in marks) and (link.panel is not None or not link.data.get(field))
        ]
        if lost:
            hint = (
                "end it with ?${__url_time_range}&${__all_variables}" if link.panel else "set keepTime and includeVars"
            )
            yield link.problem(f"forgets the {' and the '.join(lost)}", hint)


def _links(board: Board) -> Iterator[_Link]:
    for index, data in numbered(board.data.get("links", ())):
        yield _Link(("links", index), data, None)
    for panel in board.panels:
        found = [
            ((*panel.path, "links"), panel.data.get("links")),
            ((*panel.path, "fieldConfig", "defaults", "links"), panel.defaults.get("links")),
            *(((*path, "value"), value) for path, name, value in panel.properties if name == "links"),
        ]
        for path, links in found:
            for index, data in numbered(links if isinstance(links, list) else ()):
                if isinstance(data, dict):
                    yield _Link((*path, index), data, panel)
