"""Checks of how panels are told apart, of their kinds and of where they stand."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from sloctl.lint.boards.board import Board
from sloctl.lint.boards.check import Problem, check
from sloctl.lint.boards.parts import Panel
from sloctl.lint.boards.registry import PANELS
from sloctl.model.findings import Severity

_WIDTH: Final = 24
_GONE: Final = {
    "graph": "timeseries",
    "singlestat": "stat",
    "table-old": "table",
    "heatmap-old": "heatmap",
    "grafana-piechart-panel": "piechart",
    "grafana-worldmap-panel": "geomap",
    "natel-discrete-panel": "state-timeline",
    "flant-statusmap-panel": "status-history",
}
"""Panels that Grafana 12 does not draw, by what takes their place. Source: Grafana's notice on the end of AngularJS."""


@check("panel-ids", Severity.ERROR)
def panel_ids(board: Board) -> Iterator[Problem]:
    """Find panels that share an id, and queries of a panel that share a letter."""
    ids = Counter(panel.data.get("id") for panel in board.panels)
    for panel in board.panels:
        number = panel.data.get("id")
        if number is None or ids[number] > 1:
            yield Problem(panel.path, f"its id is {number or 'missing'}, and not its own", "number the panels", panel)
    letters = Counter((target.panel.path, target.data.get("refId")) for target in board.targets)
    for target in board.targets:
        letter = target.data.get("refId")
        if letter is None or letters[target.panel.path, letter] > 1:
            summary = f"a query has the refId {letter}, and not alone" if letter else "a query has no refId"
            yield Problem(target.path, summary, "name them A, B, C", target)


@check("panel-overlap")
def panel_overlap(board: Board) -> Iterator[Problem]:
    """Find panels that cover each other, or stand beyond the 24 columns."""
    seen: list[tuple[Panel, tuple[int, int, int, int]]] = []
    for panel in board.panels:
        if len(panel.path) > len(("panels", 0)):  # inside a collapsed row, which opens below itself
            continue
        at = panel.data.get("gridPos", {})
        if not at.keys() >= {*"xywh"}:
            yield Problem(panel.path, "it has no place", "give it a gridPos of x, y, w and h", panel)
            continue
        left, top, right, bottom = at["x"], at["y"], at["x"] + at["w"], at["y"] + at["h"]
        if left < 0 or right > _WIDTH:
            yield Problem(panel.path, f"it stands beyond the {_WIDTH} columns", "make it narrower", panel)
        for other, (x, y, end, below) in seen:
            if left < end and x < right and top < below and y < bottom:
                yield Problem(panel.path, f"it covers {other.name}", "move one of them", panel)
        seen.append((panel, (left, top, right, bottom)))


@check("panel-plugin", Severity.ERROR)
def panel_plugin(board: Board) -> Iterator[Problem]:
    """Find panels that Grafana does not draw any more, or only with a plugin."""
    for panel in board.panels:
        if instead := _GONE.get(panel.kind):
            yield Problem(panel.path, f"'{panel.kind}' has gone from Grafana", f"use '{instead}'", panel)
        elif panel.kind not in PANELS and "libraryPanel" not in panel.data:
            summary = f"Grafana brings no panel '{panel.kind}'"
            hint = "mend its name, or see that every Grafana has the plugin"
            yield Problem(panel.path, summary, hint, panel, Severity.WARNING)


@check("row-panels")
def row_panels(board: Board) -> Iterator[Problem]:
    """Find open rows that hold panels, which are not drawn then, and closed ones that hold none."""
    for panel in board.panels:
        if panel.kind != "row":
            continue
        is_closed, inside = panel.data.get("collapsed", False), panel.data.get("panels", ())
        if inside and not is_closed:
            hint = "put them behind the row, or close it"
            yield Problem(panel.path, "an open row holds panels, and Grafana does not draw them", hint, panel)
        elif is_closed and not inside:
            yield Problem(panel.path, "a closed row holds no panels", "put the panels that it is for inside", panel)
