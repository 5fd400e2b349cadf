"""The heatmap for AngularJS, whose settings all have another name or place today."""

from collections.abc import Mapping
from typing import Any, Final

from sloctl.dashgen.fields import Json
from sloctl.dashgen.lift.fields import number, parts

_BOUNDS: Final[Mapping[str, str]] = {"auto": "auto", "lower": "ge", "middle": "unknown", "upper": "le"}
_SQUARE_ROOT: Final = 0.5


def lift_heatmap(panel: Json) -> None:
    """Give a heatmap of buckets, or of values that it counts itself, today's options."""
    if "dataFormat" not in panel:
        return
    own, defaults = parts(panel)
    axis, cards = panel.get("yAxis", {}), panel.get("cards", {})
    of_buckets = panel["dataFormat"] == "tsbuckets"
    options: dict[str, Any] = {
        "calculate": not of_buckets,
        "cellGap": number(cards.get("cardPadding", 1)),
        "color": _colour(panel.get("color", {})),
        "exemplars": {"color": "rgba(255,0,255,0.7)"},
        "legend": {"show": bool(panel.get("legend", {}).get("show"))},
        "showValue": "never",
        "tooltip": {"mode": "single", "showColorScale": True, "yHistogram": True},
        "yAxis": _axis(axis, reverse=bool(panel.get("reverseYBuckets"))),
    }
    if of_buckets:
        options["rowsFrame"] = {"layout": _BOUNDS[panel.get("yBucketBound", "auto")]}
    elif calculation := _calculation(panel, axis):
        options["calculation"] = calculation
    if "cardRound" in cards:
        options["cellRadius"] = number(cards["cardRound"])
    if panel.get("hideZeroBuckets"):
        options["filterValues"] = {"le": 1e-9}
    panel["options"] = options | own
    defaults["unit"] = axis.get("format", "")


def _axis(old: Json, *, reverse: bool) -> Json:
    shown = {"axisPlacement": "left" if old.get("show", True) else "hidden", "reverse": reverse}
    renamed = {"unit": old.get("format"), "axisLabel": old.get("label"), "decimals": old.get("decimals")}
    limits: Json = {key: number(old[key]) for key in ("min", "max") if key in old}
    return {**shown, **{key: value for key, value in renamed.items() if value is not None}, **limits}


def _colour(old: Json) -> Json:
    scale = old.get("colorScale", "sqrt")
    colour = {
        "exponent": _SQUARE_ROOT if scale == "sqrt" else old.get("exponent", _SQUARE_ROOT),
        "fill": old.get("cardColor", "dark-orange"),
        "mode": "opacity" if old.get("mode") == "opacity" else "scheme",
        "reverse": False,
        "scale": "linear" if scale == "linear" else "exponential",
        "scheme": old.get("colorScheme", "Oranges").removeprefix("interpolate"),
        "steps": 128,
    }
    return colour | {key: number(old[key]) for key in ("min", "max") if key in old}


def _calculation(panel: Json, axis: Json) -> Json:
    """Say into which buckets values are put, where that is not left to Grafana."""
    found: dict[str, Json] = {}
    for which in ("x", "y"):
        for suffix, mode in (("BucketNumber", "count"), ("BucketSize", "size")):
            if value := panel.get(f"{which}{suffix}"):
                found[f"{which}Buckets"] = {"mode": mode, "value": str(value)}
    base = axis.get("logBase", 1)
    if base != 1:
        found.setdefault("yBuckets", {})["scale"] = {"type": "log", "log": base}
    return found
