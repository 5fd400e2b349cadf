"""
The lines of the text formats, and what is kept of them.

A family is written in chunks of about a thousand lines. A chunk keeps what it wrote, so that the next scrape writes
those lines anew whose values have changed and joins them with the others. It is apart from the series: it is made from
them, and thrown away when the family has others.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate, compress, count
from math import isfinite
from operator import ne
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

    def text(self, *, exemplars: bool) -> str:
        """Give all lines, those written anew whose values have changed."""


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
        self._seen: Sequence[float | None] = [None] * len(members)

    def text(self, *, exemplars: bool) -> str:
        values = [series.value for series in self.members]
        changed = list(compress(count(), map(ne, values, self._seen)))
        if 2 * len(changed) > len(values):
            self._parts[1::2] = float_texts(values)
        else:
            for position in changed:
                self._parts[2 * position + 1] = float_text(values[position])
        self._seen = values
        if not (exemplars and any(noted := [series.exemplar for series in self.members])):
            return "".join(self._parts)
        parts = self._parts[:]
        for position, found in enumerate(noted):
            parts[2 * position + 1] += exemplar(found)
        return "".join(parts)


class _Histograms:
    """Lines of a histogram: one text for each series."""

    __slots__ = ("_form", "_labels", "_seen", "_texts", "members")

    def __init__(self, form: str, labels: str, members: Sequence[Buckets]) -> None:
        self.members = members
        self._form = form
        self._labels = labels
        self._texts = [""] * len(members)
        self._seen: list[Any] = [None] * len(members)

    def text(self, *, exemplars: bool) -> str:
        read = [series.read() for series in self.members]
        for position in compress(count(), map(ne, read, self._seen)):
            self._texts[position] = self._text(self.members[position].labels, *read[position])
        self._seen = read
        if not (exemplars and any(noted := [series.exemplars for series in self.members])):
            return "".join(self._texts)
        return "".join(map(_noted, self._texts, noted))

    def _text(self, values: tuple[str, ...], counts: Sequence[int], total: float) -> str:
        labels = self._labels % escaped(values)
        inner, outer = (f"{labels},", f"{{{labels}}}") if labels else ("", "")
        arguments: list[object] = [inner] * (2 * len(counts))
        arguments[1::2] = accumulate(counts)
        return self._form % (*arguments, outer, arguments[-1], outer, float_text(total))


def _noted(text: str, exemplars: Mapping[int, Exemplar] | None) -> str:
    if not exemplars:
        return text
    lines = text.splitlines()  # the first ones are the buckets
    for index, found in list(exemplars.items()):
        lines[index] += exemplar(found)
    return "\n".join(lines) + "\n"


def exemplar(exemplar: Exemplar | None) -> str:
    """Write an exemplar as it stands at the end of a line."""
    if exemplar is None:
        return ""
    labels = ",".join(f'{name}="{value}"' for name, value in exemplar.labels().items())
    return f" # {{{labels}}} {float_text(exemplar.value)} {exemplar.at:.3f}"


def escaped(values: tuple[str, ...]) -> tuple[str, ...]:
    """Give the values of labels as they stand between quotes."""
    text = "".join(values)
    if "\\" in text or '"' in text or "\n" in text:
        return tuple(value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"") for value in values)
    return values


_NOT_FINITE: Final = {"inf": "+Inf", "-inf": "-Inf", "nan": "NaN"}


def float_text(value: float) -> str:
    """
    Write a number as Prometheus does.

    >>> float_text(1), float_text(0.25), float_text(float("inf")), float_text(float("nan"))
    ('1.0', '0.25', '+Inf', 'NaN')
    """
    return repr(float(value)) if isfinite(value) else _NOT_FINITE[repr(value)]


def float_texts(values: Sequence[float]) -> Iterator[str]:
    """Write many numbers: all of them are finite when their sum is."""
    return map(repr, map(float, values)) if isfinite(sum(values)) else map(float_text, values)
