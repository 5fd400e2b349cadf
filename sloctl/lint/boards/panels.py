"""
Checks of a dashboard's panels.

Source of the checks and their names: grafana/dashboard-linter, docs/rules; here they hold for every panel that shows
data.
"""

from collections.abc import Iterator
from typing import Final

from sloctl.lint.boards.board import Board
from sloctl.lint.boards.check import Problem, check
from sloctl.lint.boards.parts import Panel, source_uid

_UNITLESS: Final = frozenset({"logs", "nodeGraph", "traces", "flamegraph", "table", "state-timeline", "status-history"})
"""Whose values are texts, or of many units."""
_MIXED: Final = "-- Mixed --"
_DASHBOARD: Final = "-- Dashboard --"


@check("panel-datasource-rule")
def panel_datasource(board: Board) -> Iterator[Problem]:
    """Find panels that read one data source, whichever is chosen."""
    names = {str(data.get("name")) for _, data in board.variables if data.get("type") == "datasource"}
    for panel in _with_data(board):
        uid = source_uid(panel.data)
        if uid in {_MIXED, _DASHBOARD} or (uid.startswith("$") and uid.strip("${}") in names):
            continue
        hint = 'write {"type": "prometheus", "uid": "${datasource}"}'
        yield Problem((*panel.path, "datasource"), "it does not read the data source that is chosen", hint, panel)


@check("panel-title-description-rule")
def panel_title_description(board: Board) -> Iterator[Problem]:
    """Find panels that do not say what they show."""
    for panel in _with_data(board):
        for what in ("title", "description"):
            if not panel.data.get(what):
                hint = (
                    "say what it shows, when to worry and what to do" if what == "description" else "name what it shows"
                )
                yield Problem(panel.path, f"a {panel.kind} has no {what}", hint, panel)


@check("panel-units-rule")
def panel_units(board: Board) -> Iterator[Problem]:
    """Find panels whose numbers have no unit."""
    for panel in _with_data(board):
        fields = panel.options.get("reduceOptions", {}).get("fields")
        shows_text = panel.defaults.get("mappings") or fields or panel.options.get("textMode") == "name"
        if not panel.defaults.get("unit") and panel.kind not in _UNITLESS and not shows_text:
            hint = "choose one of Grafana's; 'short' for a plain number, 'none' for one that is written out"
            yield Problem(panel.path, "its values have no unit", hint, panel)


@check("panel-no-targets-rule")
def panel_no_targets(board: Board) -> Iterator[Problem]:
    """Find panels without a query."""
    for panel in _with_data(board):
        if not panel.data.get("targets") and "libraryPanel" not in panel.data:
            yield Problem(panel.path, "it has no query", "give it one, or take it away", panel)


def _with_data(board: Board) -> Iterator[Panel]:
    return (panel for panel in board.panels if panel.shows_data)
