"""YAML and JSON documents in which every value knows its place."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Final

import yaml

from sloctl.model.findings import Finding, Severity

_Loader: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MAX_DEPTH: Final = 64
_YAML_TAG: Final = "tag:yaml.org,2002:"
_SCALARS: Final = {"null", "bool", "int", "float", "str"}

UNREADABLE: Final = object()
"""The data of a value whose fault has been reported already."""


@dataclass(frozen=True, slots=True)
class Value:
    """
    A value and where it stands.

    Args:
        data: A ``dict[str, Value]``, a ``list[Value]``, or a plain scalar.
        path: The file.
        line: From 1.
        column: From 1.
        keys: Where the keys of a mapping stand.
    """

    data: Any
    path: str
    line: int
    column: int
    keys: Mapping[str, "Value"] = field(default_factory=dict)

    def fault(self, check: str, summary: str, hint: str = "", severity: Severity = Severity.ERROR) -> Finding:
        """Report a fault in this place."""
        return Finding(self.path, self.line, self.column, check, severity, summary, hint)


def documents(text: str, path: str) -> tuple[list[Value], list[Finding]]:
    """
    Read a stream of documents.

    Args:
        text: YAML or JSON; empty documents are passed over.
        path: How findings name the file.

    Returns:
        The documents up to the first syntax error, and what is wrong with the stream.
    """
    values: list[Value] = []
    findings: list[Finding] = []
    try:
        for node in yaml.compose_all(text, Loader=_Loader):
            if not _is_empty(node):
                values.append(_Builder(path, findings).build(node))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        summary = " ".join(filter(None, (error.context, error.problem)))
        findings.append(Finding(path, *place, "syntax", Severity.ERROR, summary or "not YAML"))
    except RecursionError:
        findings.append(Finding(path, 1, 1, "syntax", Severity.ERROR, f"more than {_MAX_DEPTH} levels deep"))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        findings.append(
            Finding(path, line, 1, "syntax", Severity.ERROR, f"character {error.character!r} is not allowed in YAML")
        )
    return values, findings


def _is_empty(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == f"{_YAML_TAG}null"


class _Builder:
    """Turns the nodes of one document into values; a node that is aliased is turned once."""

    def __init__(self, path: str, findings: list[Finding]) -> None:
        self._path = path
        self._findings = findings
        self._done: dict[int, Value] = {}
        self._scalars = yaml.constructor.SafeConstructor()

    def build(self, node: yaml.Node, depth: int = 0) -> Value:
        if id(node) not in self._done:
            self._done[id(node)] = self._value(node, None)  # what an alias to its own parent finds
            self._done[id(node)] = self._build(node, depth)
        return self._done[id(node)]

    def _value(self, node: yaml.Node, data: object) -> Value:
        return Value(data, self._path, node.start_mark.line + 1, node.start_mark.column + 1)

    def _build(self, node: yaml.Node, depth: int) -> Value:
        if depth > _MAX_DEPTH:
            self._fault(node, "syntax", f"more than {_MAX_DEPTH} levels deep")
            return self._value(node, UNREADABLE)
        match node:
            case yaml.MappingNode():
                return self._mapping(node, depth)
            case yaml.SequenceNode():
                return self._value(node, [self.build(child, depth + 1) for child in node.value])
            case _:
                return self._value(node, self._scalar(node))

    def _mapping(self, node: yaml.MappingNode, depth: int) -> Value:
        data: dict[str, Value] = {}
        keys: dict[str, Value] = {}
        merged: list[yaml.Node] = []
        for key, child in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._fault(key, "syntax", "a key must be a plain word")
            elif key.tag == f"{_YAML_TAG}merge":
                merged += child.value if isinstance(child, yaml.SequenceNode) else [child]
            elif key.value in data:
                self._fault(key, "duplicate-key", f"'{key.value}' is given twice", "keep one of the two")
            else:
                keys[key.value] = self._value(key, key.value)
                data[key.value] = self.build(child, depth + 1)
        for source in merged:
            self._merge(self.build(source, depth + 1), data, keys)
        return replace(self._value(node, data), keys=keys)

    def _merge(self, source: Value, data: dict[str, Value], keys: dict[str, Value]) -> None:
        """Take over the fields of a merge key (``<<``) that the mapping does not have itself."""
        if not isinstance(source.data, dict):
            self._findings.append(source.fault("syntax", "only mappings can be merged"))
            return
        for name in source.data.keys() - data.keys():
            data[name], keys[name] = source.data[name], source.keys[name]

    def _scalar(self, node: yaml.Node) -> object:
        kind = node.tag.removeprefix(_YAML_TAG)
        if kind == "timestamp":
            return node.value  # a date means what its field says it means
        if kind in _SCALARS:
            with suppress(LookupError, ValueError):  # what "!!int -" and "!!bool maybe" end in
                return self._scalars.construct_object(node)
        self._fault(node, "syntax", f"'{node.value}' cannot be read as {kind}")
        return UNREADABLE

    def _fault(self, node: yaml.Node, check: str, summary: str, hint: str = "") -> None:
        self._findings.append(self._value(node, None).fault(check, summary, hint))
