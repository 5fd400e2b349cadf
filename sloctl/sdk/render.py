"""
The lines of the text formats, and what is kept of them.

A family is written in chunks of about a thousand lines. A chunk keeps what it wrote, so that the next scrape writes
those lines anew whose values have changed and joins them with the others. It is apart from the series: it is made from
them, and thrown away when the family has others.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, chain, compress, count
from math import isfinite
from operator import ne
from sys import getsizeof
from typing import Any, Final, Protocol

from prometheus_client.utils import floatToGoString

from sloctl.model.catalogue import Declaration
from sloctl.sdk.store import Buckets, Value, bound_text

LINES: Final = 1024
"""Of a chunk: less than half a millisecond of work."""


class Chunk(Protocol):
    """The lines of some series of one family."""

    @property
    def members(self) -> Sequence[Any]:
        """The series."""

    def lines(self) -> list[str]:
        """Write what has changed; give the pieces of all lines."""

    def size(self) -> int:
        """Give the bytes that it keeps."""


def chunks_of(declaration: Declaration) -> tuple[int, Callable[[Sequence[Any]], Chunk]]:
    """Give how many series of a family fit into a chunk, and what makes a chunk of them."""
    labels = ",".join(f'{label.name}="%s"' for label in declaration.labels)
    if declaration.kind != "histogram":
        form = f"\n{declaration.name}{{{labels}}} " if labels else f"\n{declaration.name} "
        return LINES, lambda members: _Values(form, members)
    bounds = (*map(bound_text, declaration.buckets), "+Inf")
    form = (
        "".join(f'{declaration.name}_bucket{{%sle="{bound}"}} %d.0\n' for bound in bounds)
        + f"{declaration.name}_count%s %d.0\n{declaration.name}_sum%s %s\n"
    )
    return max(1, LINES // (len(bounds) + 2)), lambda members: _Histograms(form, labels, members)


class _Values:
    """Lines of a counter, a gauge or a state set: alternately what a line begins with, and its value."""

    __slots__ = ("_parts", "_seen", "members")

    def __init__(self, form: str, members: Sequence[Value]) -> None:
        self.members = members
        beginnings = [form % escaped(series.labels) for series in members]
        beginnings[0] = beginnings[0].removeprefix("\n")
        self._parts = ["\n"] * (2 * len(members) + 1)
        self._parts[:-1:2] = beginnings
        self._seen: list[float | None] = [None] * len(members)

    def lines(self) -> list[str]:
        values = [series.value for series in self.members]
        changed = list(compress(count(), map(ne, values, self._seen)))
        if 2 * len(changed) > len(values):
            self._parts[1::2] = numbers(values)
        else:
            for position in changed:
                self._parts[2 * position + 1] = number(values[position])
        self._seen[:] = values
        return self._parts

    def size(self) -> int:
        return _size(self._parts) + _size(self._seen)


class _Histograms:
    """Lines of a histogram: one text for each series."""

    __slots__ = ("_form", "_labels", "_seen", "_texts", "members")

    def __init__(self, form: str, labels: str, members: Sequence[Buckets]) -> None:
        self.members = members
        self._form = form
        self._labels = labels
        self._texts = [""] * len(members)
        self._seen: list[Any] = [None] * len(members)

    def lines(self) -> list[str]:
        read = [series.read() for series in self.members]
        for position in compress(count(), map(ne, read, self._seen)):
            self._texts[position] = self._text(self.members[position].labels, *read[position])
        self._seen = read
        return self._texts

    def _text(self, values: tuple[str, ...], counts: Sequence[int], total: float) -> str:
        labels = self._labels % escaped(values)
        inner, outer = (f"{labels},", f"{{{labels}}}") if labels else ("", "")
        arguments: list[object] = [inner] * (2 * len(counts))
        arguments[1::2] = accumulate(counts)
        return self._form % (*arguments, outer, arguments[-1], outer, number(total))

    def size(self) -> int:
        return _size(self._texts) + sum(getsizeof(counts) + _SEEN for counts, _ in self._seen)


_SEEN: Final = getsizeof((None, None)) + getsizeof(0.0)


def _size(kept: list[Any]) -> int:
    return getsizeof(kept) + sum(map(getsizeof, kept))


def escaped(values: tuple[str, ...]) -> tuple[str, ...]:
    """Give the values of labels as they stand between quotes."""
    text = "".join(values)
    if "\\" in text or '"' in text or "\n" in text:
        return tuple(value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"") for value in values)
    return values


def number(value: float) -> str:
    """
    Write a number as Prometheus does.

    >>> number(1), number(0.25), number(float("inf")), number(float("nan"))
    ('1.0', '0.25', '+Inf', 'NaN')
    """
    return repr(float(value)) if isfinite(value) else floatToGoString(value)


def numbers(values: Sequence[float]) -> Iterator[str]:
    """Write many numbers: all of them are finite when their sum is."""
    return map(repr, map(float, values)) if isfinite(sum(values)) else map(number, values)
