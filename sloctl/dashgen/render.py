"""
Writes a dashboard as the classic JSON that Grafana keeps today.

grafanalib still writes what Grafana had in its version 5. What has gone is dropped here, what has changed its shape is
put right, and what Grafana would fill in by itself is not written; so a dashboard of stock grafanalib panels comes out
as clean as one of ours. The shapes are those of the `@grafana/schema` package, version 13.
"""

import json
import re
import string
from collections.abc import Iterator, Sequence
from typing import Any, Final

from sloctl.dashgen.dashboards import DATASOURCE
from sloctl.dashgen.fields import Json
from sloctl.dashgen.layout import flow

SCHEMA_VERSION: Final = 42
"""What Grafana 12 writes; newer ones migrate it by themselves."""

_UID: Final = re.compile(r"[a-zA-Z0-9_-]{1,40}")
_GONE: Final = {"graph": "timeseries", "singlestat": "stat", "table-old": "table", "grafana-piechart-panel": "piechart"}

_DASHBOARD_JUNK: Final = ("__inputs", "gnetId", "hideControls", "id", "rows", "sharedCrosshair", "style", "version")
_PANEL_JUNK: Final = ("cacheTimeout", "editable", "error", "height", "minSpan", "span")
_REPEAT: Final = ("maxPerRow", "repeatDirection")
_TARGET_JUNK: Final = ("intervalFactor", "metric", "query", "step", "target")
_VARIABLE_JUNK: Final = ("auto", "auto_count", "auto_min", "tagValuesQuery", "tagsQuery", "useTags")
_STOCK_MAX_DATA_POINTS: Final = 100  # grafanalib's default; it makes lines coarse on any screen

# How Grafana's editor of Prometheus variables numbers the kinds of queries.
_QUERY_KINDS: Final = {"label_names": 0, "label_values": 1, "metrics": 2, "query_result": 3}
_OTHER_KIND: Final = 5


def render(dashboard: object) -> str:
    """
    Write a dashboard as JSON text: sorted keys, and a line break at the end.

    Args:
        dashboard: A grafanalib dashboard; anything with `to_json_data`, or the data itself.

    Raises:
        ValueError: Grafana could not keep it; the message says what is wrong.
    """
    return json.dumps(finished(dashboard), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def finished(dashboard: object) -> Json:
    """
    Give a dashboard as plain data in its final form: with ids, places, current shapes, and nothing that has gone.

    Args:
        dashboard: As for [`render`][sloctl.dashgen.render.render].

    Raises:
        ValueError: Grafana could not keep it; the message says what is wrong.
    """
    board = _pruned(json.loads(json.dumps(dashboard, default=_plain)))
    if not isinstance(board, dict) or not board.get("title"):
        raise ValueError("a dashboard needs a title")
    if not _UID.fullmatch(str(board.get("uid", ""))):
        raise ValueError("a dashboard needs a uid of 1 to 40 of a-z A-Z 0-9 _ -, so that links to it last")
    if board.get("rows"):
        raise ValueError("`rows` have gone from Grafana; list the panels, with a RowPanel to head them")
    _drop(board, _DASHBOARD_JUNK)
    _drop_empty(board.get("timepicker", {}), "hidden", "refresh_intervals", "time_options")
    board |= {"schemaVersion": SCHEMA_VERSION, "fiscalYearStartMonth": 0}
    for variable in board.get("templating", {}).get("list", ()):
        _finish_variable(variable)
    for panel in (panels := list(_each(board.get("panels", ())))):
        _finish_panel(panel)
    _number(panels)
    _place(board.get("panels", ()))
    return board


def _plain(value: Any) -> Any:
    if hasattr(value, "to_json_data"):
        return value.to_json_data()
    raise ValueError(f"a dashboard cannot hold a {type(value).__name__}")


def _pruned(value: Any) -> Any:
    """Drop what is null; the first threshold's null is its meaning (no lower end) and is kept."""
    if isinstance(value, list):
        return [_pruned(item) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {key: _pruned(item) for key, item in value.items() if item is not None}
    steps = kept.get("steps")
    if isinstance(steps, list) and steps:
        steps[0]["value"] = None  # stock grafanalib writes the word "null"
    return kept


def _drop(data: Json, keys: Sequence[str]) -> None:
    for key in keys:
        data.pop(key, None)


def _drop_empty(data: Json, *keys: str) -> None:
    for key in keys:
        if not data.get(key):
            data.pop(key, None)


def _each(panels: Sequence[Json]) -> Iterator[Json]:
    """Give every panel, also those inside a collapsed row."""
    for panel in panels:
        yield panel
        yield from _each(panel.get("panels", ()))


def _finish_panel(panel: Json) -> None:
    kind = panel.get("type")
    if instead := _GONE.get(str(kind)):
        raise ValueError(f"panel '{panel.get('title', '')}': '{kind}' has gone from Grafana; use '{instead}'")
    _drop(panel, _PANEL_JUNK)
    _drop_empty(panel, "description", "hideTimeOverride", "links", "targets", "transformations", "transparent")
    if not panel.get("repeat"):
        _drop(panel, ("repeat", *_REPEAT))
    if panel.get("maxDataPoints") == _STOCK_MAX_DATA_POINTS:
        del panel["maxDataPoints"]
    if kind == "row":
        _drop(panel, ("fieldConfig", "maxDataPoints", "options"))
        return
    _finish_field(panel.get("fieldConfig", {}))
    legend = panel.get("options", {}).get("legend")
    if isinstance(legend, dict) and kind != "heatmap":
        legend.setdefault("showLegend", True)
    if targets := panel.get("targets", []):
        panel["datasource"] = _datasource(panel.get("datasource", DATASOURCE))
        _finish_targets(targets, panel.get("title", ""))


def _finish_field(field: Json) -> None:
    defaults = field.get("defaults", {})
    if not defaults.get("thresholds", {}).get("steps"):
        defaults.pop("thresholds", None)
    _drop_empty(defaults, "links", "mappings")


def _finish_targets(targets: Sequence[Json], title: str) -> None:
    taken = [target["refId"] for target in targets if target.get("refId")]
    if len(taken) > len(set(taken)):
        raise ValueError(f"panel '{title}': two queries have one refId")
    free = (letter for letter in string.ascii_uppercase if letter not in taken)
    for target in targets:
        _drop(target, _TARGET_JUNK)
        _drop_empty(target, "hide", "interval")
        target["refId"] = target.get("refId") or next(free)
        target["legendFormat"] = target.get("legendFormat") or "__auto"
        target["instant"] = bool(target.get("instant"))
        target["range"] = not target["instant"]
        target["editorMode"] = "code"
        if "datasource" in target:
            target["datasource"] = _datasource(target["datasource"])


def _finish_variable(variable: Json) -> None:
    _drop(variable, _VARIABLE_JUNK)
    all_chosen = variable.get("includeAll") and not variable.get("current", {}).get("value")
    chosen = {"text": "All", "value": "$__all"} if all_chosen else variable.get("current", {})
    variable["current"] = {key: chosen[key] for key in ("text", "value") if key in chosen}
    variable.setdefault("regex", "")
    if variable.get("type") == "query":
        query = variable["query"]
        kind = _QUERY_KINDS.get(str(query).partition("(")[0], _OTHER_KIND)
        variable |= {
            "datasource": _datasource(variable.get("datasource", DATASOURCE)),
            "definition": query,
            "query": {"qryType": kind, "query": query, "refId": "Variable"},
            "refresh": 2,  # values come and go with the time range
        }


def _datasource(reference: str | Json) -> Json:
    if isinstance(reference, dict):
        return reference
    return {"type": "prometheus", "uid": reference} if reference == DATASOURCE else {"uid": reference}


def _number(panels: Sequence[Json]) -> None:
    taken = [panel["id"] for panel in panels if panel.get("id")]
    if len(taken) > len(set(taken)):
        raise ValueError("two panels have one id")
    free = (number for number in range(1, len(panels) + 1 + len(taken)) if number not in taken)
    for panel in panels:
        panel["id"] = panel.get("id") or next(free)


def _place(panels: Sequence[Json]) -> None:
    if any(not {"x", "y"} <= panel.get("gridPos", {}).keys() for panel in panels):
        flow(panels)
