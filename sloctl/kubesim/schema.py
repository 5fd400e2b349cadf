"""Structural schemas, as CRDs carry them: prune what is unknown, fill in defaults, check the rest."""

import copy
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final

from sloctl.kubesim.errors import Cause, Obj, required, unsupported, wrong

PRESERVE: Final = "x-kubernetes-preserve-unknown-fields"
EMBEDDED: Final = "x-kubernetes-embedded-resource"
INT_OR_STRING: Final = "x-kubernetes-int-or-string"
LIST_TYPE: Final = "x-kubernetes-list-type"
LIST_KEYS: Final = "x-kubernetes-list-map-keys"

OBJECT_FIELDS: Final = ("apiVersion", "kind", "metadata")
"""What every object has, whatever its schema says; checked elsewhere."""

TYPE_INVALID: Final = "FieldValueTypeInvalid"
"""The reason of a cause that is about a value's type or format."""

_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:?\d\d)")


def prune(value: Any, schema: Obj, path: str = "") -> tuple[Any, list[str]]:
    """
    Drop the fields that the schema does not know; gives the rest and the paths of what was dropped.

    >>> prune({"a": 1, "b": {"c": 2}}, {"properties": {"b": {"properties": {}}}})
    ({'b': {}}, ['a', 'b.c'])
    """
    if isinstance(value, list):
        pruned = [prune(entry, schema.get("items", {}), f"{path}[{index}]") for index, entry in enumerate(value)]
        return [entry for entry, _ in pruned], [name for _, dropped in pruned for name in dropped]
    if not isinstance(value, dict):
        return value, []
    properties, extra = schema.get("properties", {}), schema.get("additionalProperties")
    keep_all = schema.get(PRESERVE) or (extra is True)
    kept, dropped = {}, []
    for name, entry in value.items():
        place = _join(path, name)
        below = properties.get(name) or (extra if isinstance(extra, dict) else None)
        if schema.get(EMBEDDED) and name in OBJECT_FIELDS:
            kept[name] = entry
        elif below is not None:
            kept[name], lost = prune(entry, below, place)
            dropped += lost
        elif name in properties or keep_all:
            kept[name] = entry
        else:
            dropped.append(place)
    return kept, dropped


def fill_defaults(value: Any, schema: Obj) -> Any:
    """
    Fill in defaults, at every depth that is there; a null that the schema forbids makes way for its default.

    >>> fill_defaults({"a": {}}, {"properties": {"a": {"properties": {"b": {"default": 1}}}}})
    {'a': {'b': 1}}
    """
    if isinstance(value, list):
        below = schema.get("items", {})
        return [fill_defaults(entry, below) for entry in value]
    if not isinstance(value, dict):
        return value
    result = dict(value)
    for name, below in schema.get("properties", {}).items():
        missing = name not in result or (result[name] is None and not below.get("nullable"))
        if missing and "default" in below:
            result[name] = copy.deepcopy(below["default"])
        if name in result:
            result[name] = fill_defaults(result[name], below)
    if isinstance(extra := schema.get("additionalProperties"), dict):
        known = schema.get("properties", {})
        result |= {name: fill_defaults(entry, extra) for name, entry in result.items() if name not in known}
    return result


def without_nulls(value: Any) -> Any:
    """Leave out every null in maps: a built-in type does not tell it from a missing field."""
    if isinstance(value, list):
        return [without_nulls(entry) for entry in value]
    if isinstance(value, dict):
        return {name: without_nulls(entry) for name, entry in value.items() if entry is not None}
    return value


def validate(value: Any, schema: Obj, path: str = "") -> list[Cause]:
    """
    Check a value against everything that a structural schema can demand.

    Args:
        value: The value.
        schema: Its schema, an OpenAPI v3 subset.
        path: Where the value stands, for the causes.
    """
    if value is None and schema.get("nullable"):
        return []
    expected = "integer,string" if schema.get(INT_OR_STRING) else schema.get("type", "")
    if expected and not any(_TYPES[name](value) for name in expected.split(",")):
        actual = quoted_type(value)
        told = wrong(path, actual, f'{path} in body must be of type {expected}: "{actual}"')
        return [replace(told, reason=TYPE_INVALID)]
    return [*_check_value(value, schema, path), *_check_children(value, schema, path)]


def quoted_type(value: Any) -> str:
    """Name the JSON type of a value."""
    if isinstance(value, float) and value.is_integer():
        return "integer"
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return names.get(type(value), "null")


_TYPES: dict[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: quoted_type(value) == "integer",
    "number": lambda value: quoted_type(value) in ("integer", "number"),
}


def _check_value(value: Any, schema: Obj, path: str) -> Iterator[Cause]:
    if "enum" in schema and value not in schema["enum"]:
        yield unsupported(path, value, schema["enum"])
    if isinstance(value, str):
        yield from _check_string(value, schema, path)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _check_number(value, schema, path)
    elif isinstance(value, list):
        yield from _check_size(len(value), schema, path, "Items", "items")
        yield from _check_unique(value, schema, path)
    elif isinstance(value, dict):
        yield from _check_size(len(value), schema, path, "Properties", "properties")
    yield from _check_junctors(value, schema, path)


def _check_string(value: str, schema: Obj, path: str) -> Iterator[Cause]:
    if len(value) < schema.get("minLength", 0):
        yield wrong(path, value, f"{path} in body should be at least {schema['minLength']} chars long")
    if "maxLength" in schema and len(value) > schema["maxLength"]:
        yield Cause(path, "FieldValueTooLong", f"Too long: may not be more than {schema['maxLength']} bytes")
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield wrong(path, value, f"{path} in body should match '{schema['pattern']}'")
    if schema.get("format") == "date-time" and not _DATE_TIME.fullmatch(value):
        yield replace(wrong(path, value, f'{path} in body must be of type date-time: "{value}"'), reason=TYPE_INVALID)


def _check_number(value: float, schema: Obj, path: str) -> Iterator[Cause]:
    if "minimum" in schema:
        limit, strict = schema["minimum"], schema.get("exclusiveMinimum", False)
        if value < limit or (strict and value == limit):
            yield wrong(path, value, f"{path} in body should be greater than {'' if strict else 'or equal to '}{limit}")
    if "maximum" in schema:
        limit, strict = schema["maximum"], schema.get("exclusiveMaximum", False)
        if value > limit or (strict and value == limit):
            yield wrong(path, value, f"{path} in body should be less than {'' if strict else 'or equal to '}{limit}")
    if (step := schema.get("multipleOf")) and not (value / step).is_integer():
        yield wrong(path, value, f"{path} in body should be a multiple of {step}")


def _check_size(size: int, schema: Obj, path: str, suffix: str, noun: str) -> Iterator[Cause]:
    if size < schema.get(f"min{suffix}", 0):
        yield wrong(path, size, f"{path} in body should have at least {schema[f'min{suffix}']} {noun}")
    if f"max{suffix}" in schema and size > schema[f"max{suffix}"]:
        limit = schema[f"max{suffix}"]
        yield Cause(path, "FieldValueTooMany", f"Too many: {size}: must have at most {limit} items")


def _check_unique(value: list[Any], schema: Obj, path: str) -> Iterator[Cause]:
    kind = schema.get(LIST_TYPE)
    if kind not in ("set", "map"):
        return
    seen: set[str] = set()
    for index, entry in enumerate(value):
        keys = schema.get(LIST_KEYS, [])
        identity = {key: entry.get(key) for key in keys} if kind == "map" and isinstance(entry, dict) else entry
        text = json.dumps(identity, sort_keys=True)
        if text in seen:
            yield Cause(f"{path}[{index}]", "FieldValueDuplicate", f"Duplicate value: {text}")
        seen.add(text)


def _check_junctors(value: Any, schema: Obj, path: str) -> Iterator[Cause]:
    for below in schema.get("allOf", []):
        yield from validate(value, below, path)
    if "anyOf" in schema and not any(not validate(value, below, path) for below in schema["anyOf"]):
        yield wrong(path, "", f'"{path}" must validate at least one schema (anyOf)')
    if "oneOf" in schema:
        fitting = sum(not validate(value, below, path) for below in schema["oneOf"])
        if fitting != 1:
            found = "none valid" if not fitting else f"{fitting} valid alternatives"
            yield wrong(path, "", f'"{path}" must validate one and only one schema (oneOf). Found {found}')
    if "not" in schema and not validate(value, schema["not"], path):
        yield wrong(path, "", f'"{path}" must not validate the schema (not)')


def _check_children(value: Any, schema: Obj, path: str) -> Iterator[Cause]:
    if isinstance(value, list):
        for index, entry in enumerate(value):
            yield from validate(entry, schema.get("items", {}), f"{path}[{index}]")
    if not isinstance(value, dict):
        return
    properties, extra = schema.get("properties", {}), schema.get("additionalProperties")
    for name in schema.get("required", []):
        if value.get(name) is None and not (name in value and properties.get(name, {}).get("nullable")):
            yield required(_join(path, name))
    for name, entry in value.items():
        below = properties.get(name) or (extra if isinstance(extra, dict) else None)
        missing = entry is None and name in schema.get("required", [])
        if below is not None and not missing:
            yield from validate(entry, below, _join(path, name))


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
