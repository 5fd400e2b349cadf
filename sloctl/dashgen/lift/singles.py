"""Panels for AngularJS that show single values: `singlestat`, and the first pie chart."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sloctl.dashgen.fields import Json
from sloctl.dashgen.lift.fields import calculation, fixed, mappings, number, override, parts

_TEXT: Final = 1
_RANGES: Final = 2
_UNITLESS: Final = frozenset({"", "none", "short"})
_LEGENDS: Final[Mapping[str, str]] = {"Right side": "right", "Under graph": "bottom"}


def lift_single_stat(panel: Json) -> None:
    """
    Make it a stat, or a gauge where it drew one.

    Raises:
        ValueError: It writes texts around a value that has a unit.
    """
    options, defaults = parts(panel)
    shown = panel.get("valueName", "avg")
    defaults |= {"unit": _unit(panel), "mappings": _words(panel)}
    defaults["thresholds"] = {"mode": "absolute", "steps": _steps(panel)}
    defaults |= {new: panel[old] for old, new in (("nullText", "noValue"), ("decimals", "decimals")) if old in panel}
    calc = "lastNotNull" if shown == "name" else calculation(shown)
    options["reduceOptions"] = {"calcs": [calc], "fields": "", "values": False}
    dial = panel.get("gauge", {})
    if dial.get("show"):
        panel["type"] = "gauge"
        defaults |= {"min": dial.get("minValue", 0), "max": dial.get("maxValue", 100)}
        options["showThresholdLabels"] = dial.get("thresholdLabels", False)
        options["showThresholdMarkers"] = dial.get("thresholdMarkers", True)
        return
    panel["type"] = "stat"
    filled, coloured = panel.get("colorBackground"), panel.get("colorValue")
    options["colorMode"] = "background" if filled else "value" if coloured else "none"
    options["graphMode"] = "area" if panel.get("sparkline", {}).get("show") else "none"
    options["textMode"] = "name" if shown == "name" else "auto"


def lift_pie_chart(panel: Json) -> None:
    """Make it the pie chart that Grafana brings along."""
    options, defaults = parts(panel)
    panel["type"] = "piechart"
    legend, place = panel.get("legend", {}), panel.get("legendType", "")
    values = [name for name, key in (("value", "values"), ("percent", "percentage")) if legend.get(key)]
    is_shown = bool(legend.get("show")) and place in _LEGENDS
    defaults["unit"] = panel.get("format", "")
    panel["fieldConfig"]["overrides"] += aliases(panel.get("aliasColors", {}))
    options |= {
        "displayLabels": ["name", *values] if legend.get("show") and not is_shown else [],
        "legend": {
            "calcs": [],
            "displayMode": "table" if values else "list",
            "placement": _LEGENDS.get(place, "right"),
            "showLegend": is_shown,
            "values": values,
        },
        "pieType": panel.get("pieType", "pie"),
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
    }


def aliases(colours: Mapping[str, str]) -> list[Json]:
    """Give series the colours that they have by name."""
    return [override(name, {"color": fixed(colour)}) for name, colour in colours.items()]


def _unit(panel: Json) -> str:
    unit, before, after = (str(panel.get(key, "")) for key in ("format", "prefix", "postfix"))
    if not (before or after):
        return unit
    if unit not in _UNITLESS or (before and after):
        raise ValueError("a stat writes no texts around a value with a unit; leave out prefix and postfix")
    return f"prefix:{before}" if before else f"suffix:{after}"


def _words(panel: Json) -> list[Json]:
    ranges = panel.get("mappingType", _TEXT) == _RANGES
    return mappings(panel.get("rangeMaps" if ranges else "valueMaps", ()))


def _steps(panel: Json) -> list[Json]:
    limits: Sequence[Any] = [text for text in str(panel.get("thresholds", "")).split(",") if text.strip()]
    colours = panel.get("colors", ())[: len(limits) + 1] if limits else ()
    return [{"color": colour, "value": number(limits[i - 1]) if i else None} for i, colour in enumerate(colours)]
