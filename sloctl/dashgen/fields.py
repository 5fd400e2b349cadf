"""How values look: colours, thresholds, words for states, and styles of single series."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

Json = dict[str, Any]
Steps = list[Json]


class Colour(StrEnum):
    """Colours by what they say; a word or a name always says it too."""

    GOOD = "green"
    WATCH = "orange"
    BAD = "red"
    FACT = "blue"
    PLAIN = "text"


def steps(base: Colour, *above: tuple[float, Colour]) -> Steps:
    """
    Give thresholds: the colour below the first limit, then each limit and the colour from there on.

    >>> steps(Colour.BAD, (0.0, Colour.WATCH), (0.25, Colour.GOOD))[1]
    {'color': 'orange', 'value': 0.0}
    """
    return [{"color": base.value, "value": None}, *({"color": c.value, "value": v} for v, c in above)]


def states(words: Mapping[int, tuple[str, Colour]]) -> list[Json]:
    """
    Put a word and a colour in place of each number.

    >>> states({0: ("Quiet", Colour.GOOD)})
    [{'type': 'value', 'options': {'0': {'text': 'Quiet', 'color': 'green', 'index': 0}}}]
    """
    options = {
        str(number): {"text": text, "color": colour.value, "index": index}
        for index, (number, (text, colour)) in enumerate(words.items())
    }
    return [{"type": "value", "options": options}]


def above(limit: float, word: str, colour: Colour) -> Json:
    """
    Put a word and a colour in place of every number from a limit on.

    >>> above(100, "Lots", Colour.GOOD)["options"]["from"]
    100
    """
    return {"type": "range", "options": {"from": limit, "result": {"text": word, "color": colour.value, "index": 9}}}


def link(title: str, uid: str, kept: Sequence[str] = (), **chosen: str) -> Json:
    """
    Lead to another dashboard, at the same time range.

    Args:
        title: What the viewer sees.
        uid: Of the dashboard.
        kept: Variables that keep their values.
        **chosen: Variables with a value of their own, such as ``${__value.text}``.

    >>> link("Alone", "shops", ["job"], shop="${__value.text}")["url"]
    '/d/shops?${__url_time_range}&${job:queryparam}&var-shop=${__value.text}'
    """
    choices = [
        *(f"${{{name}:queryparam}}" for name in kept),
        *(f"var-{name}={value}" for name, value in chosen.items()),
    ]
    return {"title": title, "url": "&".join([f"/d/{uid}?${{__url_time_range}}", *choices])}


def style(name: str, /, *, pattern: bool = False, **properties: Any) -> Json:
    """
    Style one series or column.

    Args:
        name: Its displayed name; with *pattern*, a regular expression over names.
        pattern: Whether *name* is a regular expression.
        **properties: Grafana's field properties. ``colour`` fixes the colour; a name that Grafana does not give a
            field itself, such as ``lineWidth``, is the panel's own (``custom.lineWidth``).

    >>> style("objective", colour=Colour.FACT, lineWidth=2)["properties"][1]
    {'id': 'custom.lineWidth', 'value': 2}
    """
    matcher = "byRegexp" if pattern else "byName"
    return {
        "matcher": {"id": matcher, "options": f"/{name}/" if pattern else name},
        "properties": [_property(key, value) for key, value in properties.items()],
    }


_STANDARD = frozenset({"decimals", "displayName", "links", "mappings", "max", "min", "noValue", "thresholds", "unit"})


def _property(key: str, value: Any) -> Json:
    if key == "colour":
        return {"id": "color", "value": {"mode": "fixed", "fixedColor": str(value)}}
    if key == "thresholds":
        return {"id": key, "value": {"mode": "absolute", "steps": value}}
    return {"id": key if key in _STANDARD else f"custom.{key}", "value": value}
