"""The graph for AngularJS, which became the time series."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sloctl.dashgen.fields import Json
from sloctl.dashgen.lift.fields import fixed, number, override, parts
from sloctl.dashgen.lift.singles import aliases

_FIGURES: Final[Mapping[str, tuple[str, str]]] = {
    "min": ("min", "Min"),
    "max": ("max", "Max"),
    "avg": ("mean", "Mean"),
    "current": ("lastNotNull", "Last *"),
    "total": ("sum", "Total"),
}
"""Of a legend, by their old names: today's, and what stands above the column."""
_SORTS: Final = ("none", "asc", "desc")
_COLOURS: Final[Mapping[str, str]] = {"ok": "green", "warning": "orange", "critical": "red"}
_OPAQUE: Final = 10
"""The most that an area was filled; today it is 100."""
_RIGHT: Final = 2
_SERIES: Final = (
    ("legend", False, "custom.hideFrom", {"legend": True, "tooltip": False, "viz": False}),
    ("nullPointMode", "connected", "custom.spanNulls", True),
    ("points", True, "custom.showPoints", "always"),
    ("stack", False, "custom.stacking", {"mode": "none", "group": "A"}),
    ("steppedLine", True, "custom.lineInterpolation", "stepAfter"),
    ("transform", "negative-Y", "custom.transform", "negative-Y"),
)
"""What could be said of a single series: the setting, what it said, and the property of today with its value."""
_RENAMED: Final[Mapping[str, str]] = {"linewidth": "custom.lineWidth", "pointradius": "custom.pointSize"}


def lift_graph(panel: Json) -> None:
    """
    Make it a time series.

    Raises:
        ValueError: It has an alert, or shows something else than time from left to right.
    """
    if "alert" in panel:
        raise ValueError("Grafana does not evaluate alerts of panels any more; make it a rule, and take it out here")
    if panel.get("xaxis", {}).get("mode", "time") != "time":
        raise ValueError("a time series has the time on its x axis; use 'barchart' for values by series")
    options, defaults = parts(panel)
    left, right = [*panel.get("yaxes", ()), {}, {}][:2]
    panel["type"] = "timeseries"
    defaults.pop("thresholds", None)  # stock grafanalib puts those of the graph here too
    field = {f"custom.{key}": value for key, value in _lines(panel).items()}
    field |= _axis(left) | ({"unit": defaults["unit"]} if defaults.get("unit") else {})
    field["color"] = {"mode": "palette-classic"}
    field |= _limits(panel)
    if links := options.pop("dataLinks", ()):
        field["links"] = links
    _write(defaults, field)
    drawn = field["custom.drawStyle"]
    overrides = [
        override(each["alias"], dict(_series(each, right, drawn))) for each in panel.get("seriesOverrides", ())
    ]
    if panel.get("xaxis", {}).get("show") is False:
        overrides.append(override("Time", {"custom.axisPlacement": "hidden"}))
    panel["fieldConfig"]["overrides"] += [*aliases(panel.get("aliasColors", {})), *overrides]
    tooltip = panel.get("tooltip", {})
    panel["options"] = {
        "legend": _legend(panel.get("legend", {})),
        "tooltip": {
            "mode": "multi" if tooltip.get("shared", True) else "single",
            "sort": _SORTS[tooltip.get("sort", 0)],
        },
    }


def _write(defaults: Json, field: Mapping[str, Any]) -> None:
    """Set properties of fields by the names that overrides have for them."""
    custom = defaults.setdefault("custom", {})
    for key, value in field.items():
        (custom if key.startswith("custom.") else defaults)[key.removeprefix("custom.")] = value


def _lines(panel: Json) -> Json:
    """Say how the values are drawn."""
    drawn = "bars" if panel.get("bars") else "line" if panel.get("lines", True) else "points"
    lines: dict[str, Any] = {
        "drawStyle": drawn,
        "fillOpacity": panel.get("fill", 1) * _OPAQUE,
        "lineInterpolation": "stepAfter" if panel.get("steppedLine") else "linear",
        "lineWidth": panel.get("linewidth", 1),
        "pointSize": panel.get("pointradius", 5),
        "showPoints": "always" if panel.get("points") else "never",
        "spanNulls": panel.get("nullPointMode") == "connected",
    }
    if panel.get("fillGradient"):
        lines["gradientMode"] = "opacity"
    if panel.get("stack"):
        lines["stacking"] = {"mode": "percent" if panel.get("percentage") else "normal", "group": "A"}
    return lines


def _axis(axis: Json) -> Json:
    """Give the properties of fields on an axis."""
    found: dict[str, Any] = {key: number(axis[key]) for key in ("decimals", "max", "min") if key in axis}
    if axis.get("format"):
        found["unit"] = axis["format"]
    if axis.get("label"):
        found["custom.axisLabel"] = axis["label"]
    if axis.get("logBase", 1) != 1:
        found["custom.scaleDistribution"] = {"type": "log", "log": axis["logBase"]}
    if axis.get("show") is False:
        found["custom.axisPlacement"] = "hidden"
    return found


def _series(old: Json, right: Json, drawn: str) -> Iterator[tuple[str, Any]]:
    """Give the properties of single series, on a panel whose values are drawn as told."""
    for key, said, name, value in _SERIES:
        if old.get(key) == said:
            yield name, value
    for key, name in _RENAMED.items():
        if key in old:
            yield name, old[key]
    if old.get("yaxis") == _RIGHT:
        yield from (_axis(right) | {"custom.axisPlacement": "right"}).items()
    if old.get("bars"):
        yield "custom.drawStyle", "bars"
    elif not old.get("lines", True):
        yield "custom.lineWidth", 0
    elif old.get("lines") and drawn != "line":
        yield "custom.drawStyle", "line"
    if "fill" in old:
        yield "custom.fillOpacity", old["fill"] * _OPAQUE
    if isinstance(old.get("stack"), str):
        yield "custom.stacking", {"mode": "normal", "group": old["stack"]}
    if old.get("fillBelowTo"):
        yield "custom.fillBelowTo", old["fillBelowTo"]
    if old.get("dashes"):
        dash = [old.get("dashLength", _OPAQUE), old.get("spaceLength", _OPAQUE)]
        yield "custom.lineStyle", {"fill": "dash", "dash": dash}
    if old.get("color"):
        yield "color", fixed(old["color"])


def _limits(panel: Json) -> Json:
    """Give thresholds: from each limit up its colour, or below it for those that ask for less."""
    old = sorted(panel.get("thresholds", ()), key=lambda each: float(each["value"]))
    if not old:
        return {}
    below = [each for each in old if each.get("op") == "lt"]
    steps = [{"color": _colour(below[0]) if below else "transparent", "value": None}]
    for each in old:
        later = [other for other in below if other["value"] > each["value"]]
        colour = _colour(each) if each.get("op") != "lt" else _colour(later[0]) if later else "transparent"
        steps.append({"color": colour, "value": number(each["value"])})
    shown = [name for name, key in (("line", "line"), ("area", "fill")) if any(each.get(key) for each in old)]
    return {
        "custom.thresholdsStyle": {"mode": "+".join(shown) or "off"},
        "thresholds": {"mode": "absolute", "steps": steps},
    }


def _colour(limit: Json) -> str:
    mode = limit.get("colorMode", "critical")
    return _COLOURS.get(mode) or str(limit.get("fillColor") or limit.get("lineColor") or "red")


def _legend(old: Json) -> Json:
    figures = [_FIGURES[key] for key in _FIGURES if old.get(key)] if old.get("values") else []
    legend: dict[str, Any] = {
        "calcs": [name for name, _ in figures],
        "displayMode": "table" if old.get("alignAsTable") else "list",
        "placement": "right" if old.get("rightSide") else "bottom",
        "showLegend": bool(old.get("show", True)),
    }
    if old.get("sort") in _FIGURES:
        legend |= {"sortBy": _FIGURES[old["sort"]][1], "sortDesc": bool(old.get("sortDesc"))}
    return legend
