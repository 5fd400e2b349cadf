"""What `kubectl get` prints: objects as rows of a Table, with cells found by a small JSONPath."""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

from sloctl.kubesim.errors import Obj
from sloctl.kubesim.resources import Column, Version

META_GROUP_VERSION: Final = "meta.k8s.io/v1"
NAME: Final = Column("Name", ".metadata.name", format="name", description="Name must be unique within a namespace.")

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_YEAR = 365 * _DAY
_STEP = re.compile(
    r"""\.?(?P<name>[\w-]+(?:\\\.[\w-]+)*) | \[(?P<index>-?\d+)\] | \[\*\] | \['(?P<quoted>[^']+)'\]
    | \[\?\(@\.(?P<key>[\w.]+)\s*==\s*(?P<quote>["'])(?P<value>.*?)(?P=quote)\)\]""",
    re.VERBOSE,
)


def table(version: Version, objects: Iterable[Obj], metadata: Obj, include: str) -> Obj:
    """
    Give the Table of some objects.

    Args:
        version: The version whose columns are wanted.
        objects: The rows.
        metadata: The metadata of the list.
        include: What each row carries along: "Metadata", "Object" or "None".
    """
    columns = (NAME, *version.columns)
    return {
        "kind": "Table",
        "apiVersion": META_GROUP_VERSION,
        "metadata": metadata,
        "columnDefinitions": [_definition(column) for column in columns],
        "rows": [
            {"cells": [_cell(column, obj) for column in columns], "object": _along(obj, include)} for obj in objects
        ],
    }


def partial(obj: Obj) -> Obj:
    """Give the metadata of an object alone."""
    return {"kind": "PartialObjectMetadata", "apiVersion": META_GROUP_VERSION, "metadata": obj["metadata"]}


def _along(obj: Obj, include: str) -> Obj | None:
    return {"None": None, "Object": obj}.get(include, partial(obj))


def _definition(column: Column) -> Obj:
    return {
        "name": column.name,
        "type": column.type,
        "format": column.format,
        "description": column.description,
        "priority": column.priority,
    }


def _cell(column: Column, obj: Obj) -> object:
    if not isinstance(column.value, str):
        return column.value(obj)
    found = next(find(obj, column.value), None)
    if found is None:
        return None
    match column.type:
        case "date":
            return age(found)
        case "string":
            return found if isinstance(found, str) else json.dumps(found)
        case "integer":
            return int(found) if isinstance(found, int | float) else None
        case _:
            return found


def find(value: Any, path: str) -> Iterator[Any]:
    """
    Give what a JSONPath selects; what it cannot follow selects nothing.

    >>> obj = {"conditions": [{"type": "Ready", "status": "True"}]}
    >>> list(find(obj, '.conditions[?(@.type=="Ready")].status'))
    ['True']
    """
    step = _STEP.match(path) if path else None
    if step is None:
        if not path:
            yield value
        return
    for below in _follow(value, step):
        yield from find(below, path[step.end() :])


def _follow(value: Any, step: re.Match[str]) -> Iterator[Any]:
    if name := step["name"] or step["quoted"]:
        name = name.replace("\\.", ".")
        if isinstance(value, dict) and name in value:
            yield value[name]
    elif not isinstance(value, list):
        return
    elif index := step["index"]:
        if -len(value) <= int(index) < len(value):
            yield value[int(index)]
    elif key := step["key"]:
        yield from (entry for entry in value if step["value"] in map(str, find(entry, f".{key}")))
    else:
        yield from value


def age(timestamp: object) -> str:
    """
    Give the time since a timestamp as kubectl writes it: "47s", "3m12s", "5h", "2d4h".

    The bounds are those of k8s.io/apimachinery/pkg/util/duration.HumanDuration.
    """
    try:
        then = datetime.fromisoformat(str(timestamp))
    except ValueError:
        return "<invalid>"
    return human_duration(int((datetime.now(UTC) - then).total_seconds()))


def human_duration(seconds: int) -> str:
    """
    Write a duration with at most two units.

    >>> [human_duration(s) for s in (-5, 119, 120, 599, 660, 3 * 3600 + 60, 9 * 3600, 50 * 3600, 9 * 86400)]
    ['<invalid>', '119s', '2m', '9m59s', '11m', '3h1m', '9h', '2d2h', '9d']
    """
    if seconds < -1:
        return "<invalid>"
    seconds = max(seconds, 0)
    if seconds < 2 * _MINUTE:
        return f"{seconds}s"
    if seconds < 10 * _MINUTE:
        return _two(seconds, _MINUTE, "m", 1, "s")
    if seconds < 3 * _HOUR:
        return f"{seconds // _MINUTE}m"
    if seconds < 8 * _HOUR:
        return _two(seconds, _HOUR, "h", _MINUTE, "m")
    if seconds < 2 * _DAY:
        return f"{seconds // _HOUR}h"
    if seconds < 8 * _DAY:
        return _two(seconds, _DAY, "d", _HOUR, "h")
    if seconds < 2 * _YEAR:
        return f"{seconds // _DAY}d"
    if seconds < 8 * _YEAR:
        return _two(seconds, _YEAR, "y", _DAY, "d")
    return f"{seconds // _YEAR}y"


def _two(seconds: int, major: int, major_name: str, minor: int, minor_name: str) -> str:
    rest = seconds % major // minor
    return f"{seconds // major}{major_name}" + (f"{rest}{minor_name}" if rest else "")
