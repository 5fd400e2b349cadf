"""
Writes a dashboard as the classic JSON that Grafana keeps today.

Whatever a dashboard was made with, it is finished here: ids, places, references and names are given, what has gone is
dropped, what has changed its shape is [lifted][sloctl.dashgen.lift], and what Grafana would fill in by itself is not
written. So a dashboard of stock grafanalib panels comes out as clean as one of ours. The shapes are those of the
`@grafana/schema` package, version 13.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, count, product
from string import ascii_uppercase
from typing import Any, Final

from sloctl.dashgen.dashboards import DATASOURCE, source_choice
from sloctl.dashgen.faults import WRONG, fault, finish_part
from sloctl.dashgen.fields import Json
from sloctl.dashgen.layout import flow
from sloctl.dashgen.lift import DATALESS, lift
from sloctl.dashgen.lift.fields import drop_empty
from sloctl.dashgen.lift.sizes import opened, unrolled
from sloctl.dashgen.sources import kinds_of, reference
from sloctl.dashgen.variables import finish_variable
from sloctl.model.delivery import UID

SCHEMA_VERSION: Final = 42
"""What Grafana 12 writes; newer ones migrate it by themselves."""

_WRITERS: Final = ("to_json_data", "to_json", "build")
"""Methods by which objects give their data: grafanalib's, and those of Grafana's foundation SDK and its builders."""

_DASHBOARD_JUNK: Final = ("__inputs", "gnetId", "hideControls", "id", "rows", "sharedCrosshair", "style", "version")
_REPEAT: Final = ("repeat", "repeatDirection", "maxPerRow")
_TARGET_JUNK: Final = ("intervalFactor", "metric", "query", "step", "target")
_STOCK_MAX_DATA_POINTS: Final = 100  # grafanalib's default; it makes lines coarse on any screen
_USUAL_REFRESHES: Final = ["5s", "10s", "30s", "1m", "5m", "15m", "30m", "1h", "2h", "1d"]
_LINK: Final = {
    "asDropdown": False,
    "icon": "external link",
    "includeVars": False,
    "keepTime": False,
    "tags": [],
    "targetBlank": False,
    "tooltip": "",
}
_MARK: Final = {"enable": True, "iconColor": "rgba(0, 211, 255, 1)"}


def render(dashboard: object, uid: str = "") -> str:
    """
    Write a dashboard as JSON text: sorted keys, and a line break at the end.

    Args:
        dashboard: A dashboard of grafanalib or of Grafana's foundation SDK, a builder of one, or the data itself.
        uid: Names the dashboard in links where it has no uid of its own.

    Raises:
        ValueError: Grafana could not keep it; the message says what is wrong, and with which panel.
    """
    return as_text(finished(dashboard, uid))


def as_text(board: Json) -> str:
    """Write a finished dashboard: sorted keys, and a line break at the end."""
    return json.dumps(board, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def finished(dashboard: object, uid: str = "") -> Json:
    """
    Give a dashboard as plain data in its final form: with ids, places, current shapes, and nothing that has gone.

    Args:
        dashboard: As for [`render`][sloctl.dashgen.render.render].
        uid: As for `render`.

    Raises:
        ValueError: Grafana could not keep it; the message says what is wrong, and with which panel.
    """
    board = _plain(dashboard)
    if not isinstance(board, dict) or not board.get("title"):
        raise ValueError("a dashboard needs a title")
    board["uid"] = board.get("uid") or uid
    if not UID.fullmatch(str(board["uid"])):
        raise ValueError("a dashboard needs a uid of 1 to 40 of a-z A-Z 0-9 _ -, so that links to it last")
    try:
        return _completed(board)
    except WRONG as error:
        raise ValueError(fault(_plain(dashboard), _completed, error)) from error


def _completed(board: Json) -> Json:
    """Finish what has a title and a uid."""
    found = unrolled(board.get("rows", ())) or board.get("panels", [])
    if not all(isinstance(panel, dict) for panel in found):
        raise ValueError("a dashboard's panels are objects")
    board["panels"] = opened(found)
    _drop(board, _DASHBOARD_JUNK)
    variables = board.setdefault("templating", {}).setdefault("list", [])
    chosen = kinds_of(variables)
    _finish_frame(board, chosen)
    panels = list(_each(board["panels"]))
    for panel in panels:
        finish_part("panel", panel, partial(_finish_panel, chosen=chosen))
    for variable in variables:
        finish_part("variable", variable, partial(finish_variable, chosen=chosen))
    _let_choose(board)
    _number(panels)
    if any(not {"x", "y"} <= panel.get("gridPos", {}).keys() for panel in panels):
        flow(board["panels"])
    return board


def _plain(value: Any, inside: str = "a dashboard") -> Any:
    """Give what objects hold as plain data without nulls."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{inside} cannot hold {value}")
        return value
    if isinstance(value, dict):
        inside = f"'{value['title']}'" if value.get("title") else inside
        return {str(key): _plain(item, inside) for key, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)):
        return [_plain(item, inside) for item in value]
    for method in _WRITERS:
        if hasattr(value, method):
            return _plain(getattr(value, method)(), inside)
    raise ValueError(f"{inside} cannot hold a {type(value).__name__}")


def _drop(data: Json, keys: Sequence[str]) -> None:
    for key in keys:
        data.pop(key, None)


def _finish_frame(board: Json, chosen: Mapping[str, str]) -> None:
    """Finish what stands around the panels: time, links, annotations, and the choice of a data source."""
    board |= {"schemaVersion": SCHEMA_VERSION, "fiscalYearStartMonth": 0}
    picker = board.setdefault("timepicker", {})
    _drop(picker, ("time_options",))
    drop_empty(picker, "hidden", "refresh_intervals")
    if picker.get("refresh_intervals") == _USUAL_REFRESHES:
        del picker["refresh_intervals"]
    drop_empty(board, "refresh")
    board["links"] = [_LINK | link for link in board.get("links", ())]
    marks = board.setdefault("annotations", {})
    marks["list"] = [_MARK | mark for mark in marks.get("list", ())]
    for mark in marks["list"]:
        if "datasource" in mark:
            mark["datasource"] = reference(mark["datasource"], chosen, "prometheus" if "expr" in mark else "")


def _let_choose(board: Json) -> None:
    """Let the viewer choose the data source that panels read which name none."""
    name = DATASOURCE.strip("${}")
    variables = board["templating"]["list"]
    if DATASOURCE in json.dumps(board) and not any(variable["name"] == name for variable in variables):
        choice = _plain(source_choice(name, "Data source", "prometheus"))
        finish_variable(choice, {})
        variables.insert(0, choice)


def _each(panels: Sequence[Json]) -> Iterator[Json]:
    """Give every panel, also those inside a collapsed row."""
    for panel in panels:
        yield panel
        yield from _each(panel.get("panels", ()))


def _finish_panel(panel: Json, chosen: Mapping[str, str]) -> None:
    lift(panel)
    drop_empty(panel, "description", "hideTimeOverride", "links", "targets", "transformations", "transparent")
    if not panel.get("repeat"):
        _drop(panel, _REPEAT)
    if panel.get("maxDataPoints") == _STOCK_MAX_DATA_POINTS:
        del panel["maxDataPoints"]
    if panel.get("type") in DATALESS:
        return
    targets = panel.get("targets", [])
    kind = "loki" if panel.get("type") == "logs" else "prometheus"
    usual = kind if any(target.get("expr") for target in targets) else ""
    if not panel.get("datasource") and usual == "prometheus":
        panel["datasource"] = DATASOURCE
    for reader in (panel, *targets):
        drop_empty(reader, "datasource")
        if "datasource" in reader:
            reader["datasource"] = reference(reader["datasource"], chosen, usual)
        if reader.get("datasource", panel.get("datasource", {})).get("type") == "loki":
            reader.pop("format", None)  # its queries have one only
    _finish_targets(targets)


def _finish_targets(targets: Sequence[Json]) -> None:
    taken = [target["refId"] for target in targets if target.get("refId")]
    if len(taken) > len(set(taken)):
        raise ValueError("two queries have one refId")
    names = chain(ascii_uppercase, map("".join, product(ascii_uppercase, repeat=2)))
    free = (name for name in names if name not in taken)
    for target in targets:
        target["refId"] = target.get("refId") or next(free)
        if target.get("expr"):
            _drop(target, _TARGET_JUNK)
            drop_empty(target, "exemplar", "hide", "interval")
            target["legendFormat"] = target.get("legendFormat") or "__auto"
            target["instant"] = bool(target.get("instant"))
            target["range"] = not target["instant"]
            target["editorMode"] = "code"
        elif "intervalFactor" in target:  # stock grafanalib, for another data source than Prometheus
            drop_empty(target, *target)
            _drop(target, ("intervalFactor", "step"))


def _number(panels: Sequence[Json]) -> None:
    taken = [panel["id"] for panel in panels if panel.get("id")]
    if len(taken) > len(set(taken)):
        raise ValueError("two panels have one id")
    free = (number for number in count(1) if number not in taken)
    for panel in panels:
        panel["id"] = panel.get("id") or next(free)
