"""
JSON documents in which every value knows its place.

YAML's reader does not do for them: it takes what JSON does not allow, and refuses characters that JSON writes as two
escapes.
"""

import json
import re
from typing import Any, Final

from sloctl.model.findings import Finding, Severity
from sloctl.specio.tree import Value

_BLANKS: Final = re.compile(r"[ \t\n\r]*")
_SCALAR: Final = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null")
_TITLE: Final = re.compile(r'"title"\s*:\s*("(?:[^"\\\n]|\\.)*")')
_HALF: Final = re.compile("[\ud800-\udfff]")
_DECODER: Final = json.JSONDecoder()
_MOST_LEVELS: Final = 100


class _Node:
    """Where a value stands, in the way in which nodes of YAML know it."""

    __slots__ = ("column", "line", "start_mark", "value")

    def __init__(self, line: int, column: int, value: Any) -> None:
        self.line = line
        self.column = column
        self.start_mark = self
        self.value = value


def read_json(text: str, path: str) -> tuple[Value | None, list[Finding]]:
    """
    Read a JSON document.

    Args:
        text: The document.
        path: How findings name the file.

    Returns:
        Its value, and what is wrong with it. What is no JSON has none; behind which title it goes wrong is said, since
        a dashboard's parts have those.
    """
    text = text.removeprefix("\ufeff")
    try:
        json.loads(text, parse_constant=_refuse)
        reader = _Reader(text, path)
        return reader.read(), reader.findings
    except json.JSONDecodeError as error:
        before = _TITLE.findall(text, 0, error.pos)
        near = f", behind {before[-1]}" if before else ""
        place = (error.lineno, error.colno)
        summary = f"this is no JSON: {error.msg[:1].lower()}{error.msg[1:]}{near}"
    except RecursionError:
        place, summary = (1, 1), f"this has more than {_MOST_LEVELS} levels"
    except ValueError as error:
        place, summary = (1, 1), f"this is no JSON: {error}"
    hint = "check commas, quotes and brackets, here and before"
    return None, [Finding(path, *place, "syntax", Severity.ERROR, summary, hint)]


def _string(text: str, at: int) -> tuple[str, int]:
    """Read a string, and where it ends; halves of characters that are written alone cannot be printed."""
    data, end = _DECODER.raw_decode(text, at)
    return _HALF.sub("\N{REPLACEMENT CHARACTER}", data), end


def _refuse(name: str) -> None:
    raise ValueError(f"it has no {name}")


class _Reader:
    """Reads what is known to be JSON."""

    def __init__(self, text: str, path: str) -> None:
        self._text = text
        self._path = path
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self._line = 0
        self._levels = 0
        self.findings: list[Finding] = []

    def read(self) -> Value:
        value, _ = self._value(self._skip(0))
        return value

    def _skip(self, at: int) -> int:
        found = _BLANKS.match(self._text, at)
        return found.end() if found else at

    def _node(self, at: int, value: Any) -> _Node:
        while self._line + 1 < len(self._starts) and self._starts[self._line + 1] <= at:
            self._line += 1
        return _Node(self._line, at - self._starts[self._line], value)

    def _value(self, at: int) -> tuple[Value, int]:
        first = self._text[at]
        if first in "{[":
            self._levels += 1
            if self._levels > _MOST_LEVELS:
                raise RecursionError
            value, end = (self._mapping if first == "{" else self._list)(at)
            self._levels -= 1
            return value, end
        if first == '"':
            data, end = _string(self._text, at)
        else:
            found = _SCALAR.match(self._text, at)
            assert found, "the text is known to be JSON"
            data, end = json.loads(found[0]), found.end()
        return self._made(data, self._node(at, data)), end

    def _made(self, data: Any, node: _Node) -> Value:
        return Value(data, self._path, node)  # type: ignore[arg-type]

    def _mapping(self, at: int) -> tuple[Value, int]:
        data: dict[str, Value] = {}
        node = self._node(at, [])
        at = self._skip(at + 1)
        while self._text[at] != "}":
            name, end = _string(self._text, at)
            key = self._node(at, name)
            if name in data:
                fault = self._made(name, key).fault("duplicate-key", f"'{name}' is given twice", "keep one of the two")
                self.findings.append(fault)
            data[name], end = self._value(self._skip(self._skip(end) + 1))
            node.value.append((key, data[name].node))
            at = self._next(end)
        value = self._made(data, node)
        value.has_null = any(child.data is None for child in data.values())
        return value, at + 1

    def _list(self, at: int) -> tuple[Value, int]:
        data = []
        node = self._node(at, [])
        at = self._skip(at + 1)
        while self._text[at] != "]":
            value, end = self._value(at)
            data.append(value)
            at = self._next(end)
        return self._made(data, node), at + 1

    def _next(self, at: int) -> int:
        """Give where the next item begins, or the bracket that closes them."""
        at = self._skip(at)
        return self._skip(at + 1) if self._text[at] == "," else at
