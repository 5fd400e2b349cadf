"""
The lines of the text formats, and what is kept of them.

A family is written in chunks of about a thousand lines. A chunk keeps what it wrote, so that the next scrape writes
those lines anew whose values have changed and joins them with the others. It is apart from the series: it is made from
them, and thrown away when the family has others.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate, compress
from math import isfinite
from operator import is_not
from typing import Any, Final, Protocol

from sloctl.model.catalogue import Declaration
from sloctl.sdk.exemplars import Exemplar
from sloctl.sdk.store import Buckets, Value, bound_text

LINES: Final = 1024
"""Of a chunk: less than half a millisecond of work."""


class Chunk(Protocol):
    """The lines of some series of one family."""

    @property
    def members(self) -> Sequence[Any]:
        """The series."""

    def text(self, *, exemplars: bool) -> bytes:
        """Give all lines, those written anew whose values have changed."""


def chunks_of(declaration: Declaration) -> tuple[int, Callable[[Sequence[Any]], Chunk]]:
    """Give how many series of a family fit into a chunk, and what makes a chunk of them."""
    labels = ",".join(f'{label.name}="%s"' for label in declaration.labels)
    if declaration.kind != "histogram":
        form = f"\n{declaration.name}{{{labels}}} " if labels else f"\n{declaration.name} "
        return LINES, lambda members: _Values(form, members)
    bounds = (*map(bound_text, declaration.buckets), "+Inf")
    lines = [f'{declaration.name}_bucket{{%sle="{bound}"}} %d.0\n' for bound in bounds]
    lines += [f"{declaration.name}_count%s %d.0\n", f"{declaration.name}_sum%s %s\n"]
    return max(1, LINES // len(lines)), lambda members: _Histograms("".join(lines).encode(), labels, members)


class _Values:
    """Lines of a counter, a gauge or a state set: alternately what a line begins with, and its value."""

    __slots__ = ("_parts", "_seen", "members")

    def __init__(self, form: str, members: Sequence[Value]) -> None:
        self.members = members
        beginnings = [(form % escaped(series.labels)).encode() for series in members]
        beginnings[0] = beginnings[0].removeprefix(b"\n")
        self._parts = [b"\n"] * (2 * len(members) + 1)
        self._parts[:-1:2] = beginnings
        self._seen: Sequence[float | None] = [None] * len(members)

    def text(self, *, exemplars: bool) -> bytes:
        values = [series.value for series in self.members]
        changed = _others(values, self._seen)
        if len(changed) == len(values):
            self._parts[1::2] = float_texts(values)
        elif changed:
            texts = float_texts([values[position] for position in changed])
            for position, text in zip(changed, texts, strict=True):
                self._parts[2 * position + 1] = text
        self._seen = values
        if not (exemplars and any(noted := [series.exemplar for series in self.members])):
            return b"".join(self._parts)
        parts = self._parts[:]
        for position, found in enumerate(noted):
            parts[2 * position + 1] += exemplar_text(found)
        return b"".join(parts)


class _Histograms:
    """Lines of a histogram: one text for each series."""

    __slots__ = ("_form", "_labels", "_seen", "_texts", "members")

    def __init__(self, form: bytes, labels: str, members: Sequence[Buckets]) -> None:
        self.members = members
        self._form = form
        self._labels = labels
        self._texts = [b""] * len(members)
        self._seen: list[float | None] = [None] * len(members)

    def text(self, *, exemplars: bool) -> bytes:
        for position in _others([series.sum for series in self.members], self._seen):
            series = self.members[position]
            counts, total = series.read()
            self._texts[position] = self._text(series.labels, counts, total)
            self._seen[position] = total
        if not (exemplars and any(noted := [series.exemplars for series in self.members])):
            return b"".join(self._texts)
        return b"".join(map(_noted, self._texts, noted))

    def _text(self, values: tuple[str, ...], counts: Sequence[int], total: float) -> bytes:
        labels = (self._labels % escaped(values)).encode()
        inner, outer = (labels + b",", b"{%b}" % labels) if labels else (b"", b"")
        arguments: list[object] = [inner] * (2 * len(counts))
        arguments[1::2] = accumulate(counts)
        return self._form % (*arguments, outer, arguments[-1], outer, float_text(total))


def _others(values: Sequence[float], seen: Sequence[float | None]) -> list[int]:
    """Say which numbers are other objects than those seen before; each addition makes another one."""
    return list(compress(_POSITIONS, map(is_not, values, seen)))


_POSITIONS: Final = list(range(LINES))


def _noted(text: bytes, exemplars: Mapping[int, Exemplar] | None) -> bytes:
    if not exemplars:
        return text
    lines = text.splitlines()  # the first ones are the buckets
    for index, exemplar in list(exemplars.items()):
        lines[index] += exemplar_text(exemplar)
    return b"\n".join((*lines, b""))


def exemplar_text(exemplar: Exemplar | None) -> bytes:
    """Write an exemplar as it stands at the end of a line."""
    if exemplar is None:
        return b""
    labels = ",".join(f'{name}="{value}"' for name, value in exemplar.labels().items())
    return b" # {%b} %b %.3f" % (labels.encode(), float_text(exemplar.value), exemplar.at)


def escaped(values: tuple[str, ...]) -> tuple[str, ...]:
    """Give the values of labels as they stand between quotes."""
    text = "".join(values)
    if "\\" in text or '"' in text or "\n" in text:
        return tuple(value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"") for value in values)
    return values


_NOT_FINITE: Final = {"inf": b"+Inf", "-inf": b"-Inf", "nan": b"NaN"}


def float_text(value: float) -> bytes:
    """
    Write a number as Prometheus does.

    >>> float_text(1), float_text(0.25), float_text(float("inf")), float_text(float("nan"))
    (b'1.0', b'0.25', b'+Inf', b'NaN')
    """
    return b"%a" % float(value) if isfinite(value) else _NOT_FINITE[repr(value)]


def float_texts(values: Sequence[float]) -> list[bytes]:
    """Write some numbers, at least one."""
    if isfinite(sum(values)):  # then all of them are
        return ",".join(map(repr, map(float, values))).encode().split(b",")
    return list(map(float_text, values))
