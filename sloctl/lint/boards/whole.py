"""Checks of a dashboard as a whole: what Grafana needs to keep it, and to draw it as it was meant."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from sloctl.lint.boards.board import Board, Panel, Problem, check
from sloctl.model.findings import Severity

_UID: Final = re.compile(r"[a-zA-Z0-9_-]{1,40}")
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


@check("uneditable-dashboard")
def uneditable_dashboard(board: Board) -> Iterator[Problem]:
    """Find dashboards that invite to changes which the next load undoes."""
    if board.data.get("editable") is not False:
        yield Problem((), "it can be edited in Grafana, and the next load undoes that", '"editable": false')


@check("dashboard-uid", Severity.ERROR)
def dashboard_uid(board: Board) -> Iterator[Problem]:
    """Find dashboards to which no link lasts."""
    if not _UID.fullmatch(str(board.data.get("uid") or "")):
        yield Problem((), "it has no uid that Grafana keeps", "give it 1 to 40 of a-z A-Z 0-9 _ -")


@check("panel-ids", Severity.ERROR)
def panel_ids(board: Board) -> Iterator[Problem]:
    """Find panels that share an id, and queries of a panel that share a letter."""
    ids = Counter(panel.data.get("id") for panel in board.panels)
    for panel in board.panels:
        number = panel.data.get("id")
        if number is None or ids[number] > 1:
            yield Problem(panel.path, f"its id is {number or 'missing'}, and not its own", "number the panels", panel)
        letters = Counter(target.data.get("refId") for target in panel.targets)
        for target in panel.targets:
            letter = target.data.get("refId")
            if letter is None or letters[letter] > 1:
                summary = f"a query has the refId {letter}, and not alone" if letter else "a query has no refId"
                yield Problem(target.path, summary, "name them A, B, C", target)


@check("panel-overlap")
def panel_overlap(board: Board) -> Iterator[Problem]:
    """Find panels that cover each other, or stand beyond the 24 columns."""
    seen: list[tuple[Panel, tuple[int, int, int, int]]] = []
    for panel in board.panels:
        if len(panel.path) > len(("panels", 0)):  # inside a collapsed row, which opens below itself
            continue
        at = panel.data.get("gridPos")
        if not isinstance(at, dict) or not all(isinstance(at.get(key), int) for key in "xywh"):
            yield Problem(panel.path, "it has no place", "give it a gridPos of x, y, w and h", panel)
            continue
        left, top, right, bottom = at["x"], at["y"], at["x"] + at["w"], at["y"] + at["h"]
        if left < 0 or right > _WIDTH:
            yield Problem(panel.path, f"it stands beyond the {_WIDTH} columns", "make it narrower", panel)
        for other, (x, y, end, below) in seen:
            if left < end and x < right and top < below and y < bottom:
                yield Problem(panel.path, f"it covers '{other.title}'", "move one of them", panel)
        seen.append((panel, (left, top, right, bottom)))


@check("panel-plugin", Severity.ERROR)
def panel_plugin(board: Board) -> Iterator[Problem]:
    """Find panels that Grafana does not draw any more."""
    for panel in board.panels:
        if instead := _GONE.get(panel.kind):
            yield Problem(panel.path, f"'{panel.kind}' has gone from Grafana", f"use '{instead}'", panel)
