"""What panels of all kinds have in common: thresholds, words for values, colours, legends, names of calculations."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sloctl.dashgen.fields import Json

_CALCULATIONS: Final[Mapping[str, str]] = {
    "avg": "mean",
    "current": "lastNotNull",
    "difference": "diff",
    "total": "sum",
}
_NOTHING: Final = "null"
"""How old mappings and thresholds spell that there is no value."""


def calculation(name: str) -> str:
    """
    Give today's name of what makes one value of many.

    >>> calculation("avg"), calculation("p95")
    ('mean', 'p95')
    """
    return _CALCULATIONS.get(name, name)


def reduced(old: Json) -> Json:
    """
    Read in old settings how one value is made of many.

    >>> reduced({"calcs": ["current"], "values": False})
    {'calcs': ['lastNotNull'], 'fields': '', 'values': False}
    """
    calcs = [calculation(name) for name in old.get("calcs", ())] or ["lastNotNull"]
    limit = {"limit": old["limit"]} if "limit" in old else {}
    return {"calcs": calcs, "fields": "", "values": bool(old.get("values")), **limit}


def number(value: Any) -> Any:
    """
    Read a number that may be written as text.

    >>> number("0.5"), number(3)
    (0.5, 3)

    Raises:
        ValueError: It is none.
    """
    if not isinstance(value, str):
        return value
    try:
        return float(value)
    except ValueError:
        raise ValueError(f"'{value}' is no number") from None


def thresholds(steps: Sequence[Json]) -> list[Json]:
    """
    Give steps that rise from a base without a lower end, which old ones spell as a word or as a number.

    >>> thresholds([{"color": "green", "value": "null", "op": "gt"}, {"color": "red", "value": 80}])
    [{'color': 'green', 'value': None}, {'color': 'red', 'value': 80}]
    """
    return [{"color": step["color"], "value": number(step["value"]) if i else None} for i, step in enumerate(steps)]


def mappings(old: Sequence[Json]) -> list[Json]:
    """
    Give words for values in today's shape; those that have it are kept.

    >>> mappings([{"op": "=", "text": "down", "value": "0"}])
    [{'type': 'value', 'options': {'0': {'text': 'down', 'index': 0}}}]
    """
    return [each if isinstance(each.get("type"), str) else _mapping(each, i) for i, each in enumerate(old)]


def _mapping(old: Json, index: int) -> Json:
    result = {"text": str(old["text"]), "index": index}
    value, start = str(old.get("value", "")), old.get("from")
    if _NOTHING in (value, start):
        return {"type": "special", "options": {"match": "null", "result": result}}
    if value:
        return {"type": "value", "options": {value: result}}
    return {"type": "range", "options": {"from": number(start), "to": number(old.get("to")), "result": result}}


def fixed(colour: str) -> Json:
    """Give a colour that does not depend on the value."""
    return {"mode": "fixed", "fixedColor": colour}


def override(name: str, properties: Mapping[str, Any]) -> Json:
    """
    Style what has a name; a name between slashes is a regular expression.

    >>> override("/p9.*/", {"unit": "s"})["matcher"]
    {'id': 'byRegexp', 'options': '/p9.*/'}
    """
    is_pattern = len(name) > 1 and name[0] == name[-1] == "/"
    return {
        "matcher": {"id": "byRegexp" if is_pattern else "byName", "options": name},
        "properties": [{"id": key, "value": value} for key, value in properties.items()],
    }


def parts(panel: Json) -> tuple[Json, Json]:
    """Give a panel's options and the defaults of its fields; both may be written to."""
    if not isinstance(panel.get("options"), dict):
        panel["options"] = {}
    field = panel.setdefault("fieldConfig", {})
    field.setdefault("overrides", [])
    return panel["options"], field.setdefault("defaults", {})


def finish_field(field: Json) -> None:
    """Bring the settings of fields to today's shape; what says nothing goes."""
    field.setdefault("overrides", [])
    defaults = field.setdefault("defaults", {})
    if isinstance(defaults.get("color"), str):
        defaults["color"] = fixed(defaults["color"])
    if defaults.get("color", {}).get("fixedColor") == "none":
        del defaults["color"]["fixedColor"]
    steps = defaults.get("thresholds", {}).get("steps")
    if steps:
        defaults["thresholds"]["steps"] = thresholds(steps)
    else:
        defaults.pop("thresholds", None)
    if "mappings" in defaults:
        defaults["mappings"] = mappings(defaults["mappings"])
    for each in (each for override in field["overrides"] for each in override.get("properties", ())):
        if each.get("id") == "thresholds":
            each["value"]["steps"] = thresholds(each["value"]["steps"])
        elif each.get("id") == "mappings":
            each["value"] = mappings(each["value"])
    if custom := defaults.get("custom"):
        drop_empty(custom, "stacking")
    drop_empty(defaults, "custom", "links", "mappings", "unit")


def finish_legend(legend: Json) -> None:
    """
    Say in words whether a legend is shown, since Grafana hides one that does not.

    >>> legend = {"displayMode": "hidden", "calcs": ["avg"]}
    >>> finish_legend(legend)
    >>> legend
    {'displayMode': 'list', 'calcs': ['mean'], 'showLegend': False}
    """
    legend.setdefault("showLegend", legend.get("displayMode") != "hidden")
    if legend.get("displayMode") == "hidden":
        legend["displayMode"] = "list"
    if legend.get("placement") == "top":
        legend["placement"] = "bottom"
    if "calcs" in legend:
        legend["calcs"] = [calculation(name) for name in legend["calcs"]]


def drop_empty(data: Json, *keys: str) -> None:
    """Take away what says nothing."""
    for key in keys:
        if not data.get(key):
            data.pop(key, None)
