"""Sizes from before the grid: a width of 12, a height in pixels, and rows that hold panels."""

from collections.abc import Sequence
from math import ceil
from typing import Any, Final

from sloctl.dashgen.fields import Json
from sloctl.dashgen.layout import COLUMNS, flow

_OLD_COLUMNS: Final = 12
_CELL_PX: Final = 38
"""Of a row of Grafana's grid with the space below it; its migration counts so."""
_LEAST_HEIGHT: Final = 3
_HEADING: Final = ("showTitle", "collapse", "repeat")
"""What makes the heading of a row seen."""


def size(panel: Json, height: Any = None) -> Json:
    """
    Give the size that a panel has by its old settings; nothing where it has none.

    Args:
        panel: It may have a `span` of 12, and a `height` in pixels.
        height: That of its row.

    >>> size({"span": 6, "height": "250px"})
    {'w': 12, 'h': 7}
    """
    found = {}
    if span := panel.get("span"):
        found["w"] = min(COLUMNS, round(span * COLUMNS / _OLD_COLUMNS))
    if height := panel.get("height") or height:
        found["h"] = max(_LEAST_HEIGHT, ceil(float(str(height).removesuffix("px")) / _CELL_PX))
    return found


def unrolled(rows: Sequence[Json]) -> list[Json]:
    """Give the panels of old rows in their places, each row on a line of its own, below its heading if it has one."""
    found: list[Json] = []
    for row in rows:
        inside = [{**panel, "gridPos": size(panel, row.get("height"))} for panel in row.get("panels", ())]
        line = _headed(row, inside) if any(row.get(key) for key in _HEADING) else inside
        flow(line)
        _move_below(line, max((panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in found), default=0))
        found += line
    return found


def opened(panels: Sequence[Json]) -> list[Json]:
    """Give panels with those that an open row holds behind it, where Grafana looks for them."""
    found = []
    for panel in panels:
        found.append(panel)
        if panel.get("panels") and not panel.get("collapsed"):
            found += panel.pop("panels")
    return found


def _headed(row: Json, inside: list[Json]) -> list[Json]:
    title = row.get("title", "") if row.get("showTitle") else ""
    head = {"type": "row", "title": title, "collapsed": bool(row.get("collapse")), "panels": inside}
    if row.get("repeat"):
        head["repeat"] = row["repeat"]
    return opened([head])


def _move_below(panels: Sequence[Json], y: int) -> None:
    for panel in panels:
        panel["gridPos"]["y"] += y
        _move_below(panel.get("panels", ()), y)
