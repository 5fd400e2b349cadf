"""YAML and JSON documents in which every value knows its place."""

from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from typing import Any, Final

import yaml

from sloctl.model.findings import Finding, Severity

HAS_LIBYAML: Final = yaml.__with_libyaml__
"""Without it, reading takes twenty times as long."""

_MAX_DEPTH: Final = 64
_MAX_ALIASED: Final = 100_000
"""Values that the aliases of a document may stand for."""
_SYNTAX_HINT: Final = "check indentation, quotes, brackets and anchors, here and in the lines above"
_YAML_TAG: Final = "tag:yaml.org,2002:"
_PLAIN: Final = "?"
_STR: Final = f"{_YAML_TAG}str"
_SCALARS: Final = {"null", "bool", "int", "float", "str"}
_RESOLVER: Final = yaml.SafeLoader("")
"""Knows what a plain scalar means."""
_Scalar: Final = yaml.ScalarNode
_IMPLICIT: Final = frozenset(_RESOLVER.yaml_implicit_resolvers)
"""First characters of plain scalars that may be something else than text."""

UNREADABLE: Final = object()
"""The data of a value whose fault has been reported already."""


class Value:
    """
    A value and where it stands.

    Args:
        data: A ``dict[str, Value]``, a ``list[Value]``, or a plain scalar.
        path: The file.
        node: PyYAML's node; it knows the place.
        has_null: Whether any field of a mapping is null.
    """

    __slots__ = ("data", "has_null", "node", "path")

    def __init__(self, data: Any, path: str, node: yaml.Node) -> None:
        self.data = data
        self.path = path
        self.node = node
        self.has_null = False

    @property
    def place(self) -> tuple[int, int]:
        """Give line and column, from 1."""
        return self.node.start_mark.line + 1, self.node.start_mark.column + 1

    def key(self, name: str) -> "Value":
        """Give a key of a mapping as a value, to point at; the value itself where a merge key brought it."""
        keys = (key for key, _ in self.node.value if key.value == name)
        return Value(name, self.path, next(keys, self.data[name].node))

    def fault(self, check: str, summary: str, hint: str = "", severity: Severity = Severity.ERROR) -> Finding:
        """Report a fault in this place."""
        return Finding(self.path, *self.place, check, severity, summary, hint)


class _Hooks:
    """Keeps the composer from what it would do slowly, and from going so deep that the C stack ends."""

    depth = 0

    def resolve(self, kind: type, _value: object, implicit: Any) -> str:
        """Name the kind of a node without a tag; what a plain scalar means is seen when it is needed."""
        if kind is yaml.ScalarNode:
            return _PLAIN if implicit[0] else _STR
        return "map" if kind is yaml.MappingNode else "seq"

    def descend_resolver(self, parent: yaml.Node | None, _index: object) -> None:
        """Enter a node."""
        self.depth += 1
        if self.depth > _MAX_DEPTH and parent is not None:
            raise yaml.composer.ComposerError(
                problem=f"more than {_MAX_DEPTH} levels deep", problem_mark=parent.start_mark
            )

    def ascend_resolver(self) -> None:
        """Leave a node."""
        self.depth -= 1


if HAS_LIBYAML:

    class _Loader(_Hooks, yaml.cyaml.CParser):  # type: ignore[name-defined, misc]
        def dispose(self) -> None:
            """Have nothing to dispose of."""

else:

    class _Loader(  # type: ignore[no-redef]
        _Hooks, yaml.reader.Reader, yaml.scanner.Scanner, yaml.parser.Parser, yaml.composer.Composer
    ):
        def __init__(self, text: str) -> None:
            yaml.reader.Reader.__init__(self, text)
            yaml.scanner.Scanner.__init__(self)
            yaml.parser.Parser.__init__(self)
            yaml.composer.Composer.__init__(self)


def documents(text: str, path: str) -> tuple[list[Value], list[Finding]]:
    """Read all documents at once, and what is wrong with them; see [`stream`][sloctl.specio.tree.stream]."""
    findings: list[Finding] = []
    return list(stream(text, path, findings)), findings


def stream(text: str, path: str, findings: list[Finding]) -> Iterator[Value]:
    """
    Read documents one after the other, up to the first syntax error.

    Args:
        text: YAML or JSON; empty documents are passed over.
        path: How findings name the file.
        findings: Takes what is wrong with the stream.
    """
    try:
        for node in _nodes(text):
            value = _Builder(path, findings).build(node)
            if value.data is not None:
                yield value
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        summary = " ".join(filter(None, (error.context, error.problem)))
        findings.append(Finding(path, *place, "syntax", Severity.ERROR, summary or "not YAML", _SYNTAX_HINT))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        summary = f"character {error.character!r} is not allowed in YAML"
        hint = "remove it, or write it as an escape in double quotes"
        findings.append(Finding(path, line, 1, "syntax", Severity.ERROR, summary, hint))


def _nodes(text: str) -> Iterator[yaml.Node]:
    loader = _Loader(text)
    try:
        while loader.check_node():
            yield loader.get_node()
    finally:
        loader.dispose()


class _Builder:
    """Turns the nodes of one document into values; a node that is aliased is turned once."""

    def __init__(self, path: str, findings: list[Finding]) -> None:
        self._path = path
        self._findings = findings
        self._done: dict[int, tuple[Value, int] | None] = {}
        self._size = 0
        self._aliased = 0

    def build(self, node: yaml.Node) -> Value:
        if type(node) is _Scalar:
            return Value(self._scalar(node), self._path, node)
        if id(node) in self._done:
            return self._alias(node)
        before = self._size
        value = Value(None, self._path, node)
        self._done[id(node)] = None
        if type(node) is yaml.MappingNode:
            self._mapping(node, value)
        else:
            value.data = [self.build(child) for child in node.value]
            self._size += len(value.data)
        self._done[id(node)] = (value, self._size - before)
        return value

    def _alias(self, node: yaml.Node) -> Value:
        done = self._done[id(node)]
        if done is None:
            raise yaml.composer.ComposerError(
                problem="an alias stands for what it is a part of", problem_mark=node.start_mark
            )
        value, size = done
        self._size += size
        self._aliased += size
        if self._aliased > _MAX_ALIASED:
            raise yaml.composer.ComposerError(
                problem=f"aliases stand for more than {_MAX_ALIASED:,} values", problem_mark=node.start_mark
            )
        return value

    def _mapping(self, node: yaml.MappingNode, value: Value) -> None:
        data: dict[str, Value] = {}
        merged: list[yaml.Node] = []
        for key, child in node.value:
            name = key.value
            if type(key) is not _Scalar:
                self._fault(key, "syntax", "a key must be a plain word", "put it in quotes")
            elif name == "<<" and key.tag is _PLAIN:
                merged += child.value if isinstance(child, yaml.SequenceNode) else [child]
            elif name in data:
                self._fault(key, "duplicate-key", f"'{name}' is given twice", "keep one of the two")
            elif type(child) is _Scalar:  # the short way, for most values are scalars in a mapping
                data[name] = scalar = Value(self._scalar(child), self._path, child)
                if scalar.data is None:
                    value.has_null = True
            else:
                data[name] = self.build(child)
        self._size += len(data)
        value.data = data
        for source in merged:
            self._merge(self.build(source), value)

    def _merge(self, source: Value, into: Value) -> None:
        """Take over the fields of a merge key (``<<``) that the mapping does not have itself."""
        if not isinstance(source.data, dict):
            self._findings.append(source.fault("syntax", "only mappings can be merged", "name a mapping after <<:"))
            return
        into.data = source.data | into.data
        into.has_null = into.has_null or source.has_null

    def _scalar(self, node: yaml.ScalarNode) -> object:
        text: str = node.value
        tag = node.tag
        if tag is _PLAIN:
            if text[:1] not in _IMPLICIT:
                return text
            tag = _plain_tag(text)
        if tag == _STR:
            return text
        kind = tag.removeprefix(_YAML_TAG)
        if kind == "timestamp":
            return text  # a date means what its field says it means
        if kind in _SCALARS:
            with suppress(LookupError, ValueError):  # what "!!int -" and "!!bool maybe" end in
                return _RESOLVER.yaml_constructors[tag](_RESOLVER, yaml.ScalarNode(tag, text))
        self._fault(node, "syntax", f"'{text}' cannot be read as {kind}", "leave out the tag before it")
        return UNREADABLE

    def _fault(self, node: yaml.Node, check: str, summary: str, hint: str = "") -> None:
        self._findings.append(Value(None, self._path, node).fault(check, summary, hint))


@lru_cache(4096)
def _plain_tag(text: str) -> str:
    tag: str = _RESOLVER.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    return tag
