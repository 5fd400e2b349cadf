"""OpenAPI v2 in the protobuf form of google/gnostic: kubectl before 1.28 applies and explains by nothing else."""

import json
from collections.abc import Iterator
from typing import Any, Final

from sloctl.kubesim.errors import Obj
from sloctl.kubesim.protobuf import encode
from sloctl.kubesim.schema import PRESERVE

OPENAPI_V2: Final = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"

# Field numbers of message Schema in OpenAPIv2.proto.
_TEXTS: Final = {"$ref": 1, "format": 2, "description": 4, "pattern": 13}
_TYPE, _ITEMS, _PROPERTIES, _ADDITIONAL, _REQUIRED, _DEFAULT, _ENUM, _EXTENSION = 22, 23, 25, 21, 19, 5, 20, 31


def encode_document(document: Obj) -> bytes:
    """Write an OpenAPI v2 document; its paths stay out."""
    info = encode(1, document["info"]["title"]) + encode(2, document["info"]["version"])
    definitions = _named(document["definitions"])
    return encode(1, document["swagger"]) + encode(2, info) + encode(8, b"") + encode(9, definitions)


def _named(schemas: Obj) -> bytes:
    return b"".join(encode(1, encode(1, name) + encode(2, _schema(below))) for name, below in schemas.items())


def _schema(schema: Obj) -> bytes:
    return b"".join(_parts(schema))


def _parts(schema: Obj) -> Iterator[bytes]:
    for name, number in _TEXTS.items():
        if name in schema:
            yield encode(number, schema[name])
    if "default" in schema:
        yield encode(_DEFAULT, _any(schema["default"]))
    yield from (encode(_REQUIRED, name) for name in schema.get("required", ()))
    yield from (encode(_ENUM, _any(value)) for value in schema.get("enum", ()))
    # kubectl refuses fields that a schema does not list, so one that keeps unknown fields lists none.
    if not schema.get(PRESERVE):
        yield from _structure(schema)
    for name, value in schema.items():
        if name.startswith("x-"):
            yield encode(_EXTENSION, encode(1, name) + encode(2, _any(value)))


def _structure(schema: Obj) -> Iterator[bytes]:
    if "type" in schema:
        yield encode(_TYPE, encode(1, schema["type"]))
    if "items" in schema:
        yield encode(_ITEMS, encode(1, _schema(schema["items"])))
    if schema.get("properties"):
        yield encode(_PROPERTIES, _named(schema["properties"]))
    if isinstance(extra := schema.get("additionalProperties"), dict):
        yield encode(_ADDITIONAL, encode(1, _schema(extra)))


def _any(value: Any) -> bytes:
    # JSON is YAML.
    return encode(2, json.dumps(value))
