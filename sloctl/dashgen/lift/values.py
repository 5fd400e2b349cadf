"""Panels that kept their kind and changed where their settings stand."""

from collections.abc import Mapping
from typing import Any, Final

from sloctl.dashgen.fields import Json
from sloctl.dashgen.lift.fields import calculation, parts, reduced

_STOCK_NO_VALUE: Final = "none"
"""What stock grafanalib writes in place of a value that is missing, which reads like a value."""
_MARKS: Final = ("showThresholdLabels", "showThresholdMarkers")
_CELLS: Final[Mapping[str, Json]] = {
    "basic": {"type": "gauge", "mode": "basic"},
    "color-background": {"type": "color-background", "mode": "gradient"},
    "color-background-solid": {"type": "color-background", "mode": "basic"},
    "gradient-gauge": {"type": "gauge", "mode": "gradient"},
    "lcd-gauge": {"type": "gauge", "mode": "lcd"},
}
"""Kinds of cells, by their old names; the others kept theirs."""


def lift_gauge(panel: Json) -> None:
    """Put a gauge's calculation among its options, from among its values' settings."""
    options, defaults = parts(panel)
    _take_reduced(options, defaults)
    options |= {key: panel["fieldConfig"].pop(key) for key in _MARKS if key in panel["fieldConfig"]}


def lift_bar_gauge(panel: Json) -> None:
    """Put the settings of a bar gauge's values where all panels have them."""
    options, defaults = parts(panel)
    old = options.pop("fieldOptions", {})
    if limits := old.pop("thresholds", ()):
        defaults["thresholds"] = {"mode": "absolute", "steps": limits}
    defaults |= old.pop("defaults", {}) | old
    _take_reduced(options, defaults)
    for key in _MARKS:
        options.pop(key, None)


def lift_stat(panel: Json) -> None:
    """Drop what stock grafanalib says for no value, and say which value is shown."""
    options, defaults = parts(panel)
    if defaults.get("noValue") == _STOCK_NO_VALUE:
        del defaults["noValue"]
    if options.get("justifyMode") == "centre":
        options["justifyMode"] = "center"
    reducing = options.setdefault("reduceOptions", {})
    reducing["calcs"] = [calculation(name) for name in reducing.get("calcs", ())] or ["lastNotNull"]


def lift_table(panel: Json) -> None:
    """Put a table's settings where all panels have them, and name kinds of cells as today."""
    options, defaults = parts(panel)
    for key in ("color", "mappings"):
        if key in panel:
            defaults.setdefault(key, panel[key])
    custom = defaults.setdefault("custom", {})
    if (mode := custom.pop("displayMode", None)) is not None:
        custom.setdefault("cellOptions", _cells(mode))
    footer = options.pop("footer", {})
    if footer.get("show"):
        custom["footer"] = {"reducers": footer.get("reducer", [])}
    for override in panel["fieldConfig"]["overrides"]:
        for each in override.get("properties", ()):
            if each.get("id") == "custom.displayMode":
                each |= {"id": "custom.cellOptions", "value": _cells(each.get("value"))}
    if (columns := panel.get("columns")) and not panel.get("transformations"):
        reducers = [calculation(column["value"]) for column in columns]
        panel["transformations"] = [{"id": "reduce", "options": {"reducers": reducers}}]


def _take_reduced(options: Json, old: Json) -> None:
    """Move how one value is made of many, and the name, to where they stand today."""
    options.setdefault("reduceOptions", reduced(old))
    for key in ("calcs", "limit", "override", "values"):
        old.pop(key, None)
    if "title" in old:
        old["displayName"] = old.pop("title")


def _cells(mode: Any) -> Json:
    return _CELLS.get(mode, {"type": mode})
