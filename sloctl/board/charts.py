"""
Where the lines, axes and labels of a graph go. Templates write it as SVG.

The plot is 1000 by 1000 and is stretched to the place that a page has; its labels stand outside of it, unstretched.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final

from sloctl.app.wording import UNKNOWN, percent, times
from sloctl.board.graphs import Graph, Line, Points, Span, Unit
from sloctl.model.windows import DAY_S, HOUR_S

SIZE: Final = 1000
_GAP_STEPS: Final = 1.5
"""A line is broken where the next value is later than so many steps."""
_MOST_TICKS: Final = 6
_STYLES: Final = 8
_MINUTE_S: Final = 60
_TIME_STEPS_S: Final = tuple(
    step * unit_s
    for unit_s, steps in (
        (1, (5, 10, 30)),
        (_MINUTE_S, (1, 2, 5, 10, 30)),
        (HOUR_S, (1, 2, 3, 6)),
        (DAY_S, (1, 2, 7, 30)),
    )
    for step in steps
)
_BURN_TICKS: Final = (0, 1, 3, 10, 30, 100, 300, 1000)
_LEAST_SPREAD: Final = {"ratio": 0.001, "times": 1.0, "events": 5.0}
_HEADROOM: Final = 0.05


@dataclass(frozen=True, slots=True)
class Tick:
    """A label of an axis, *at* a place from 0 to 1000."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Stroke:
    """
    A line as it is drawn.

    Args:
        line: What is drawn.
        style: How it looks: each line of a kind differently, up to eight.
        path: Of SVG.
        latest: Its last value, in words.
    """

    line: Line
    style: str
    path: str
    latest: str


@dataclass(frozen=True, slots=True)
class Chart:
    """
    A graph, ready to be drawn.

    Args:
        graph: What is drawn.
        strokes: Its lines.
        times: Labels below, from left to right.
        values: Labels at the left.
        summary: What can be seen, in words.
    """

    graph: Graph
    strokes: Sequence[Stroke]
    times: Sequence[Tick]
    values: Sequence[Tick]
    summary: str

    @property
    def rows(self) -> Iterator[tuple[float, list[float | None]]]:
        """Give the values of all lines but limits, by their Unix times in seconds."""
        columns = [dict(stroke.line.points) for stroke in self.strokes if not stroke.line.is_limit]
        for at_s in sorted({at_s for column in columns for at_s in column}):
            yield at_s, [column.get(at_s) for column in columns]


@dataclass(frozen=True, slots=True)
class _Scale:
    """Burn rates are spread near 0 and pressed together above; all else is even."""

    low: float
    high: float
    unit: Unit

    def place(self, value: float) -> float:
        low, high, at = (math.asinh(each) if self.unit == "times" else each for each in (self.low, self.high, value))
        return round(SIZE * (1 - (at - low) / (high - low)), 1)

    def ticks(self) -> Iterator[Tick]:
        if self.unit == "times":
            for value in _BURN_TICKS:
                if value <= self.high:
                    yield Tick(self.place(value), f"{value}x")
            return
        step = _round_step((self.high - self.low) / _MOST_TICKS)
        for number in range(math.ceil(self.low / step), math.floor(self.high / step) + 1):
            yield Tick(self.place(number * step), _axis_label(number * step, step, self.unit))


def chart(graph: Graph) -> Chart:
    """Lay a graph out."""
    values = [value for line in graph.lines for _, value in line.points]
    scale = _scale(values, graph.unit)
    strokes = []
    for is_limit in (False, True):
        lines = [line for line in graph.lines if line.is_limit is is_limit]
        for number, line in enumerate(lines):
            style = f"{'limit' if is_limit else 'line'}-{number % _STYLES}"
            latest = in_words(_last(line.points), graph.unit)
            strokes.append(Stroke(line, style, _path(line, graph.span, scale), latest))
    return Chart(graph, strokes, list(_time_ticks(graph.span)), list(scale.ticks()), _summary(graph))


def in_words(value: float | None, unit: Unit) -> str:
    """
    Write a value with its unit.

    >>> in_words(0.995, "ratio"), in_words(14.4, "times"), in_words(1234, "events"), in_words(None, "ratio")
    ('99.5 %', '14.4x', '1234', '-')
    """
    if value is None:
        return UNKNOWN
    match unit:
        case "ratio":
            return percent(value)
        case "times":
            return times(value)
        case "events":
            return f"{value:.6g}"


def _scale(values: Sequence[float], unit: Unit) -> _Scale:
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    if unit != "ratio":
        low = 0.0
    margin = _HEADROOM * (high - low)
    top = min(high + margin, 1.0) if unit == "ratio" and high <= 1 else high + margin
    bottom = low - margin if low else 0.0
    if top - bottom < _LEAST_SPREAD[unit]:
        bottom, top = (top - _LEAST_SPREAD[unit], top) if low else (0.0, _LEAST_SPREAD[unit])
    return _Scale(bottom, top, unit)


def _path(line: Line, span: Span, scale: _Scale) -> str:
    if not line.points:
        return ""
    places = [
        (at_s, f"{SIZE * (at_s - span.since_s) / (span.until_s - span.since_s):.1f} {scale.place(value)}")
        for at_s, value in line.points
    ]
    _, first = places[0]
    pieces = [f"M{first}L{first}"]
    for (before_s, _), (at_s, place) in pairwise(places):
        is_gap = not line.is_limit and at_s - before_s > _GAP_STEPS * span.step_s
        pieces.append(f"M{place}L{place}" if is_gap else f"L{place}")
    return "".join(pieces)


def _time_ticks(span: Span) -> Iterator[Tick]:
    length_s = span.until_s - span.since_s
    step_s = next((step_s for step_s in _TIME_STEPS_S if length_s / step_s <= _MOST_TICKS), _TIME_STEPS_S[-1])
    for number in range(math.ceil(span.since_s / step_s), math.floor(span.until_s / step_s) + 1):
        at = datetime.fromtimestamp(number * step_s, UTC)
        label = f"{at:%b} {at.day}" if step_s >= DAY_S else f"{at:%H:%M}" if step_s >= _MINUTE_S else f"{at:%H:%M:%S}"
        yield Tick(round(SIZE * (number * step_s - span.since_s) / length_s, 1), label)


def _round_step(least: float) -> float:
    """
    Give the next 1, 2 or 5 times a power of ten.

    >>> _round_step(0.0013), _round_step(3)
    (0.002, 5.0)
    """
    power = 10.0 ** math.floor(math.log10(least))
    return float(f"{next(factor for factor in (1, 2, 5, 10) if factor * power >= least) * power:.1g}")


def _axis_label(value: float, step: float, unit: Unit) -> str:
    if unit == "ratio":
        return f"{value * 100:.{max(-math.floor(math.log10(step * 100)), 0)}f} %"
    return f"{value:g}"


def _last(points: Points) -> float | None:
    return points[-1][1] if points else None


def _summary(graph: Graph) -> str:
    """Say what the lines do, for those who do not see them."""
    if graph.is_empty:
        return graph.empty
    said = []
    for line in graph.lines:
        if line.points and not line.is_limit:
            low, high = (in_words(pick(value for _, value in line.points), graph.unit) for pick in (min, max))
            said.append(f"{line.name}: {in_words(_last(line.points), graph.unit)} at the end, between {low} and {high}")
    return "; ".join(said)
