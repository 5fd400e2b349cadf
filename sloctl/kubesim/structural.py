"""What a CRD's schema itself must be: keywords of the right type, and a structure that can be pruned and defaulted."""

import re
from collections.abc import Iterator
from typing import Any, Final

from sloctl.kubesim.errors import Cause, Obj, required, unsupported, wrong
from sloctl.kubesim.schema import INT_OR_STRING, LIST_KEYS, LIST_TYPE, OBJECT_FIELDS, PRESERVE, validate

TYPES: Final = ("array", "boolean", "integer", "number", "object", "string")
_TEXT: Final[Obj] = {"type": "string"}
_TEXTS: Final[Obj] = {"type": "array", "items": _TEXT}
_NUMBER: Final[Obj] = {"type": "number"}
_BOOLEAN: Final[Obj] = {"type": "boolean"}
_COUNT: Final[Obj] = {"type": "integer", "minimum": 0}
_SCHEMAS: Final[Obj] = {"type": "array", "items": {"type": "object"}}
_KEYWORDS: Final[Obj] = {
    "type": "object",
    "properties": {
        "allOf": _SCHEMAS,
        "anyOf": _SCHEMAS,
        "description": _TEXT,
        "enum": {"type": "array"},
        "exclusiveMaximum": _BOOLEAN,
        "exclusiveMinimum": _BOOLEAN,
        "format": _TEXT,
        "items": {"type": "object"},
        "maxItems": _COUNT,
        "maxLength": _COUNT,
        "maxProperties": _COUNT,
        "maximum": _NUMBER,
        "minItems": _COUNT,
        "minLength": _COUNT,
        "minProperties": _COUNT,
        "minimum": _NUMBER,
        "multipleOf": _NUMBER | {"minimum": 0, "exclusiveMinimum": True},
        "not": {"type": "object"},
        "nullable": _BOOLEAN,
        "oneOf": _SCHEMAS,
        "pattern": _TEXT,
        "properties": {"type": "object", "additionalProperties": {"type": "object"}},
        "required": _TEXTS,
        "type": _TEXT,
        LIST_KEYS: _TEXTS,
        LIST_TYPE: _TEXT,
        PRESERVE: _BOOLEAN,
    },
}


def check_schema(schema: Any, path: str) -> Iterator[Cause]:
    """Find what is wrong with the schema of a version."""
    yield from list(_check_keywords(schema, path)) or _check_structure(schema, path, root=True)


def _check_keywords(schema: Any, path: str) -> Iterator[Cause]:
    if faults := validate(schema, _KEYWORDS, path):
        yield from faults
        return
    try:
        re.compile(schema.get("pattern", ""))
    except re.error as error:
        yield wrong(f"{path}.pattern", schema["pattern"], f"must be a valid regular expression: {error}")
    for below, place in _below(schema, path):
        yield from _check_keywords(below, place)
    for name in ("allOf", "anyOf", "oneOf"):
        for index, below in enumerate(schema.get(name, [])):
            yield from _check_keywords(below, f"{path}.{name}[{index}]")
    if "not" in schema:
        yield from _check_keywords(schema["not"], f"{path}.not")


def _check_structure(schema: Obj, path: str, *, root: bool = False) -> Iterator[Cause]:
    kind = schema.get("type", "")
    if root and kind != "object":
        yield wrong(f"{path}.type", kind, "must be object at the root")
    elif not kind and not (schema.get(INT_OR_STRING) or schema.get(PRESERVE)):
        yield required(f"{path}.type", "must not be empty for specified object fields")
    elif kind and kind not in TYPES:
        yield unsupported(f"{path}.type", kind, TYPES)
    if kind == "array" and "items" not in schema:
        yield required(f"{path}.items", "must be specified")
    own = {f"{path}.properties[{name}]" for name in OBJECT_FIELDS} if root else set()
    for below, place in _below(schema, path):
        if place not in own:
            yield from _check_structure(below, place)


def _below(schema: Obj, path: str) -> Iterator[tuple[Obj, str]]:
    """Give the schemas of an object's fields and of a list's entries, with their paths."""
    for name, below in schema.get("properties", {}).items():
        yield below, f"{path}.properties[{name}]"
    if "items" in schema:
        yield schema["items"], f"{path}.items"
    if isinstance(extra := schema.get("additionalProperties"), dict):
        yield extra, f"{path}.additionalProperties"
