"""Checks of what a panel looks like: its steps, colours and legend, and what it shows when there is nothing."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

from sloctl.lint.boards.board import Board
from sloctl.lint.boards.check import Problem, check
from sloctl.lint.boards.shape import Path, reached
from sloctl.lint.checks.nan_division import kept_divisions, may_be_zero
from sloctl.lint.known import Known
from sloctl.model.findings import Severity
from sloctl.promql.tree import Call, Expr, Selector

_WITH_LEGEND: Final = frozenset(
    {"timeseries", "barchart", "piechart", "state-timeline", "status-history", "histogram", "trend", "xychart"}
)
_LEGEND_SINCE: Final = 37
"""Older dashboards are given `showLegend` when Grafana brings them up to date. Source: Grafana's migrations."""
_WITHOUT_FIELDS: Final = frozenset({"logs", "nodeGraph", "traces", "flamegraph"})
_FIGURES: Final = frozenset({"stat", "gauge", "bargauge", "table", "piechart"})
"""Kinds of panels that show single values; in a graph NaN is a gap."""
_NAN: Final = ("nan", "null+nan")
_TIMES: Final = frozenset({"state-timeline", "status-history"})


@check("threshold-steps")
def threshold_steps(board: Board) -> Iterator[Problem]:
    """Find thresholds without a first step for all that is below the others, and steps that do not ascend."""
    for panel in board.panels:
        found: list[tuple[Path, Any]] = [
            ((*panel.path, "fieldConfig", "defaults", "thresholds"), panel.defaults.get("thresholds"))
        ]
        found += [((*path, "value"), value) for path, name, value in panel.properties if name == "thresholds"]
        for path, thresholds in found:
            steps = thresholds.get("steps") if isinstance(thresholds, dict) else None
            if not isinstance(steps, list) or not steps:
                continue
            first, *values = (step.get("value") if isinstance(step, dict) else None for step in steps)
            if first is not None:
                hint = '"value": null in the first step, which is for everything below the second'
                yield Problem((*path, "steps", 0), f"its first threshold begins at {first}", hint, panel)
            numbers = [value for value in values if isinstance(value, int | float)]
            if numbers != values or any(a >= b for a, b in pairwise(numbers)):
                yield Problem((*path, "steps"), "its thresholds do not ascend", "order them, the lowest first", panel)


@check("legend-shown", Severity.INFO)
def legend_shown(board: Board) -> Iterator[Problem]:
    """Find legends of which it is not said whether they are shown."""
    for panel in board.panels:
        legend = panel.options.get("legend", {})
        if panel.kind in _WITH_LEGEND and "showLegend" not in legend and _version(board) >= _LEGEND_SINCE:
            hint = '"legend": {"showLegend": true}, or false'
            yield Problem(panel.path, "it does not say whether it has a legend", hint, panel)


@check("no-value", Severity.INFO)
def no_value(board: Board) -> Iterator[Problem]:
    """Find panels that do not say why they are empty when they are."""
    for panel in board.panels:
        if panel.shows_data and panel.kind not in _WITHOUT_FIELDS and not panel.defaults.get("noValue"):
            hint = 'say why in "noValue": no traffic, rules not loaded, nothing scraped'
            yield Problem(panel.path, "it does not say why when it is empty", hint, panel)


@check("nan-shown")
def nan_shown(board: Board) -> Iterator[Problem]:
    """Find figures that are NaN while nothing happens."""
    known = Known()
    for target in board.targets:
        matches = reached(target.panel.defaults, ("mappings", "*", "options", "match"))
        if (
            target.panel.kind not in _FIGURES
            or any(match in _NAN for _, match in matches)
            or not isinstance(target.read, Expr)
        ):
            continue
        if any(may_be_zero(division.rhs, known) for division in kept_divisions(target.read)):
            hint = "divide only where there is something: / (total > 0), and say in noValue that there was no traffic"
            yield Problem(target.text_path, "without traffic it shows 0 / 0, which is NaN", hint, target)


@check("stacked-quantiles")
def stacked_quantiles(board: Board) -> Iterator[Problem]:
    """Find percentiles that are drawn on top of each other, where each seems to be the sum of those below."""
    for panel in board.panels:
        mode = panel.defaults.get("custom", {}).get("stacking", {}).get("mode", "none")
        if mode == "none" and not panel.data.get("stack"):
            continue
        for target in board.targets:
            if target.panel == panel and any(_is_quantile(node) for node in target.nodes):
                hint = '"stacking": {"mode": "none"}'
                yield Problem(panel.path, "its percentiles are stacked on each other", hint, panel)
                break


@check("colour-alone")
def colour_alone(board: Board) -> Iterator[Problem]:
    """Find panels in which nothing but a colour tells a state."""
    for panel in board.panels:
        options = panel.options
        has_steps = len(panel.defaults.get("thresholds", {}).get("steps", ())) > 1
        names_only = options.get("textMode") == "name" and options.get("colorMode") != "none" and has_steps
        key = ""
        if panel.kind == "stat" and (options.get("textMode") == "none" or names_only):
            key = "textMode"
        elif panel.kind in _TIMES and options.get("showValue") == "never":
            key = "showValue"
        elif panel.kind == "bargauge" and options.get("valueMode") == "hidden":
            key = "valueMode"
        if key:
            summary = f"only its colour tells a state: {key} is '{options[key]}'"
            yield Problem(
                (*panel.path, "options", key), summary, "show the value, or a text that is mapped to it", panel
            )


def _version(board: Board) -> int:
    return int(board.data.get("schemaVersion", 0))


def _is_quantile(node: Expr) -> bool:
    is_call = isinstance(node, Call) and node.function in {"histogram_quantile", "quantile_over_time"}
    return is_call or (isinstance(node, Selector) and any(each.label == "quantile" for each in node.matchers))
