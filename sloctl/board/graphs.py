"""Values over time, before they are drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Unit = Literal["ratio", "times", "events"]
Points = Sequence[tuple[float, float]]
"""Unix times in seconds and values, in order."""


@dataclass(frozen=True, slots=True)
class Line:
    """
    A line of a graph.

    Args:
        name: For the legend.
        points: What is drawn.
        is_limit: Whether it is what others are compared with.
    """

    name: str
    points: Points
    is_limit: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """
    A range of time.

    Args:
        since_s: Where it begins, in Unix seconds.
        until_s: Where it ends, in Unix seconds.
        step_s: Seconds between two values.
    """

    since_s: float
    until_s: float
    step_s: float

    def level(self, name: str, value: float) -> Line:
        """Draw a limit that is the same all the time."""
        return Line(name, [(self.since_s, value), (self.until_s, value)], is_limit=True)


@dataclass(frozen=True, slots=True)
class Graph:
    """
    A graph.

    Args:
        id: Unique on its page.
        title: What it shows.
        text: What it tells, and when to worry.
        unit: Of the values: a share, a burn rate, or a number of events.
        span: When.
        empty: Why nothing may be there to be drawn.
        lines: What is drawn.
        error: Why its question was not answered; empty where it was.
    """

    id: str
    title: str
    text: str
    unit: Unit
    span: Span
    empty: str
    lines: Sequence[Line] = ()
    error: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing but limits."""
        return not any(line.points for line in self.lines if not line.is_limit)
