"""
The types of what checks read in a dashboard.

Source: the types of the `@grafana/schema` package, and what older dashboards have in the same places.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

Json = Mapping[str, Any]
Path = tuple[str | int, ...]
"""The keys and indices that lead from a dashboard to a part of it."""
Shape = Any
"""A type, a list of one shape, a mapping of shapes by key, or a tuple of shapes to choose from."""

_SOURCE: Final = (str, {"type": str, "uid": str})
_LINK: Final = {"title": str, "url": str, "type": str, "keepTime": bool, "includeVars": bool}
_TARGET: Final = {
    "datasource": _SOURCE,
    "expr": str,
    "hide": bool,
    "instant": bool,
    "legendFormat": str,
    "panelId": int,
    "refId": str,
}
_FIELD: Final = {
    "custom": {"stacking": {"mode": str}},
    "links": [_LINK],
    "mappings": [{}],
    "noValue": str,
    "thresholds": {"steps": [{"value": float}]},
    "unit": str,
}
_OPTIONS: Final = {
    "colorMode": str,
    "graphMode": str,
    "legend": {"showLegend": bool, "calcs": [str]},
    "reduceOptions": {"calcs": [str], "fields": str},
    "showValue": str,
    "textMode": str,
    "valueMode": str,
}
_PANEL: Final[dict[str, Shape]] = {
    "collapsed": bool,
    "datasource": _SOURCE,
    "description": str,
    "fieldConfig": {
        "defaults": _FIELD,
        "overrides": [{"matcher": {"id": str}, "properties": [{"id": str}]}],
    },
    "gridPos": {"x": int, "y": int, "w": int, "h": int},
    "id": int,
    "links": [_LINK],
    "options": _OPTIONS,
    "repeat": str,
    "stack": bool,
    "targets": [_TARGET],
    "title": str,
    "transformations": [{"id": str, "options": {}}],
    "type": str,
}
_PANEL["panels"] = [_PANEL]
_VARIABLE: Final = {
    "allValue": str,
    "current": ({}, [object]),
    "datasource": _SOURCE,
    "includeAll": bool,
    "label": str,
    "multi": bool,
    "name": str,
    "query": (str, {"query": str}),
    "refresh": (int, bool),
    "type": str,
}
_ANNOTATION: Final = {
    "datasource": _SOURCE,
    "enable": bool,
    "expr": str,
    "name": str,
    "target": {"expr": str},
}
DASHBOARD: Final = {
    "__inputs": [object],
    "annotations": {"list": [_ANNOTATION]},
    "editable": bool,
    "links": [_LINK],
    "panels": [_PANEL],
    "rows": [{"panels": [_PANEL]}],
    "schemaVersion": int,
    "templating": {"list": [_VARIABLE]},
    "title": str,
    "uid": str,
}
_NAMES: Final[Mapping[object, str]] = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    type(None): "null",
    dict: "a mapping",
    list: "a list",
}

Fault = tuple[Path, str, str]
"""Where something is of a wrong type, what it should be, and what it is."""


def shaped(data: Any, shape: Shape, path: Path, faults: list[Fault]) -> Any:
    """
    Give data in which everything that a shape names has its type.

    Args:
        data: JSON.
        shape: What it should be. Keys that it does not name are left as they are.
        path: Where the data stands.
        faults: Takes what is wrong; that is left out, and in a list becomes `None`.

    >>> faults: list[Fault] = []
    >>> shaped({"title": 1, "panels": [{"id": 1}, "x"], "editable": None}, DASHBOARD, (), faults)
    {'panels': [{'id': 1}, None]}
    >>> faults
    [(('title',), 'text', 'a whole number'), (('panels', 1), 'a mapping', 'text')]
    """
    if isinstance(shape, tuple):
        shape = next((each for each in shape if _is(data, each)), shape[0])
    if not _is(data, shape):
        faults.append((path, _name(shape), _NAMES.get(type(data), "something else")))
        return None
    if isinstance(shape, dict):
        return dict(_items(data, shape, path, faults))
    if isinstance(shape, list):
        return [shaped(each, shape[0], (*path, index), faults) for index, each in enumerate(data)]
    return data


def reached(data: Any, keys: Sequence[str], path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """
    Give the parts of a tree that some keys lead to, each with its path.

    Args:
        data: Mappings and lists; what is neither ends a way.
        keys: From the outside in; ``*`` stands for any key of a mapping and any index of a list.
        path: Where the tree stands.

    >>> list(reached({"a": [{"b": 1}, {}, 5]}, ("a", "*", "b")))
    [(('a', 0, 'b'), 1)]
    """
    if not keys:
        yield path, data
        return
    key, *rest = keys
    found: Iterable[tuple[str | int, Any]] = ()
    if isinstance(data, Mapping):
        found = data.items() if key == "*" else [(key, data[key])] if key in data else []
    elif key == "*" and isinstance(data, list):
        found = enumerate(data)
    for each, value in found:
        yield from reached(value, rest, (*path, each))


def numbered(items: Iterable[Any]) -> Iterator[tuple[int, Any]]:
    """Give the items of a list with their indices, but for those that are left out."""
    return ((index, item) for index, item in enumerate(items) if item is not None)


def _items(data: Json, shape: Json, path: Path, faults: list[Fault]) -> Iterator[tuple[str, Any]]:
    for key, value in data.items():
        if value is None:
            continue
        if key not in shape:
            yield key, value
            continue
        kept = shaped(value, shape[key], (*path, key), faults)
        if kept is not None:
            yield key, kept


def _is(data: Any, shape: Shape) -> bool:
    if isinstance(shape, dict | list):
        return isinstance(data, type(shape))
    if isinstance(data, bool):
        return shape in {bool, object}
    if isinstance(data, float):
        return shape in {float, object} or (shape is int and data.is_integer())
    return isinstance(data, int if shape is float else shape)


def _name(shape: Shape) -> str:
    return _NAMES[shape if isinstance(shape, type) else type(shape)]
