"""The little protobuf that kubectl insists on: for what it creates of built-in kinds, and for OpenAPI v2."""

import base64
from collections.abc import Iterator
from typing import Any, Final

from sloctl.kubesim.errors import Obj, bad_request

PROTOBUF: Final = "application/vnd.kubernetes.protobuf"
MAGIC: Final = b"k8s\x00"
"""What stands before the envelope (k8s.io/apimachinery/pkg/runtime/serializer/protobuf)."""

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5

Message = dict[int, tuple[str, Any]]
"""Fields by number: the name, and either how it is written or the message in it."""

# Numbers as in the generated.proto of k8s.io/api/core/v1 and k8s.io/apimachinery; what clients do not set is left out.
_META: Final[Message] = {
    1: ("name", "string"),
    2: ("generateName", "string"),
    3: ("namespace", "string"),
    11: ("labels", "strings by key"),
    12: ("annotations", "strings by key"),
    14: ("finalizers", "strings"),
}
_MESSAGES: Final[dict[str, Message]] = {
    "Namespace": {1: ("metadata", _META)},
    "ServiceAccount": {1: ("metadata", _META)},
    "ConfigMap": {
        1: ("metadata", _META),
        2: ("data", "strings by key"),
        3: ("binaryData", "bytes by key"),
        4: ("immutable", "bool"),
    },
    "Secret": {
        1: ("metadata", _META),
        2: ("data", "bytes by key"),
        3: ("type", "string"),
        4: ("stringData", "strings by key"),
        5: ("immutable", "bool"),
    },
}
KINDS: Final = frozenset(_MESSAGES)
"""The kinds that can be read."""
_TYPE_META: Final[Message] = {1: ("apiVersion", "string"), 2: ("kind", "string")}
_ENVELOPE: Final[Message] = {1: ("type", _TYPE_META), 2: ("raw", "bytes")}


def decode_object(data: bytes) -> Obj:
    """
    Read an object of one of the KINDS.

    Raises:
        ApiError: 400, when it is none.
    """
    if not data.startswith(MAGIC):
        raise bad_request("the body is no Kubernetes protobuf: its first four bytes are others")
    try:
        envelope = _decode(data[len(MAGIC) :], _ENVELOPE)
        kind = envelope["type"]["kind"]
        content = _decode(base64.b64decode(envelope["raw"]), _MESSAGES[kind])
    except (KeyError, IndexError, ValueError, AttributeError, TypeError) as error:
        raise bad_request(f"the protobuf body cannot be read: {error!r}") from None
    return {**content, **envelope["type"]}


def _decode(data: bytes, message: Message) -> Obj:
    result: Obj = {}
    for number, value in _fields(data):
        if number not in message:
            continue
        name, kind = message[number]
        if isinstance(kind, dict):
            result[name] = _decode(value, kind)
        elif kind == "strings":
            result.setdefault(name, []).append(value.decode())
        elif kind.endswith("by key"):
            entry = dict(_fields(value))
            result.setdefault(name, {})[entry[1].decode()] = _scalar(entry.get(2, b""), kind)
        else:
            result[name] = _scalar(value, kind)
    return result


def _scalar(value: Any, kind: str) -> Any:
    if kind == "bool":
        return bool(value)
    return base64.b64encode(value).decode() if kind.startswith("bytes") else value.decode()


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    position = 0
    while position < len(data):
        key, position = _read_varint(data, position)
        number, wire = key >> 3, key & 7
        if wire == _VARINT:
            value, position = _read_varint(data, position)
            yield number, value
            continue
        size, position = (
            _read_varint(data, position) if wire == _BYTES else ({_FIXED64: 8, _FIXED32: 4}[wire], position)
        )
        if position + size > len(data):
            raise ValueError("it ends too early")
        yield number, data[position : position + size]
        position += size


def _read_varint(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[position]
        value |= (byte & 0x7F) << shift
        position += 1
        shift += 7
        if byte < 0x80:
            return value, position


def encode(number: int, value: bytes | str) -> bytes:
    """Write one field that holds text or a message."""
    if isinstance(value, str):
        value = value.encode()
    return _varint(number << 3 | _BYTES) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value >= 0x80:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
