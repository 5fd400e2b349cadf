"""
What an SLO measures.

PromQL is named here, not computed: a counter by its metric and matchers, anything else as text that `sloctl.promql` has
printed.
"""

from dataclasses import dataclass
from typing import Final, Literal

WINDOW: Final = "{{.window}}"
"""Stands in an expression where the length of the window goes; Sloth's spelling, which other tools read too."""

Comparison = Literal["lt", "lte", "gt", "gte"]


@dataclass(frozen=True, slots=True)
class Matcher:
    """
    A label matcher.

    Args:
        label: The label's name.
        op: One of ``=``, ``!=``, ``=~``, ``!~``.
        value: The value or pattern, unescaped.
    """

    label: str
    op: str
    value: str


@dataclass(frozen=True, slots=True)
class Counter:
    """The counter series whose increases are the events: a metric and its matchers."""

    metric: str
    matchers: tuple[Matcher, ...] = ()


@dataclass(frozen=True, slots=True)
class Expression:
    """
    A query that is more than a counter.

    Args:
        promql: Valid PromQL but for [`WINDOW`][sloctl.model.indicators.WINDOW], which `sloctl.promql.window` fills in.
    """

    promql: str

    @property
    def has_window(self) -> bool:
        """Whether it looks back over a window, rather than at one instant."""
        return WINDOW in self.promql


@dataclass(frozen=True, slots=True)
class RatioIndicator:
    """
    A ratio of events that are counted.

    Args:
        total: All events.
        part: The good or the bad ones among them.
        part_is_good: Whether *part* counts the good ones; the bad ones are the rest then.
        group_by: Labels by which both are kept apart; each combination has a budget of its own.
    """

    total: Counter
    part: Counter
    part_is_good: bool
    group_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QueryRatioIndicator:
    """
    A ratio of amounts that are queried: gauges, or expressions over a window.

    Args:
        total: The whole amount.
        part: The good or the bad share of it.
        part_is_good: Whether *part* is the good share.
        group_by: As for a ratio of counters.
    """

    total: Expression
    part: Expression
    part_is_good: bool
    group_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RawIndicator:
    """
    A ratio that something else has computed, 0 to 1.

    Args:
        ratio: The query.
        is_good: Whether it is the share of good events, rather than of bad ones.
        group_by: As for a ratio of counters.
    """

    ratio: Expression
    is_good: bool
    group_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ThresholdIndicator:
    """
    A gauge that is good while it compares well, such as one that is 1 while all is well.

    Args:
        value: The gauge.
        op: How a good value compares with *threshold*.
        threshold: In the gauge's own unit.
        group_by: As for a ratio of counters.
    """

    value: Expression
    op: Comparison
    threshold: float
    group_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NativeHistogramIndicator:
    """
    The observations of a native histogram that compare well. A classic histogram is a ratio of its counters.

    Args:
        histogram: The histogram.
        op: How a good observation compares with *threshold*.
        threshold: In the histogram's own unit.
        group_by: As for a ratio of counters.
    """

    histogram: Counter
    op: Comparison
    threshold: float
    group_by: tuple[str, ...] = ()


Indicator = RatioIndicator | QueryRatioIndicator | RawIndicator | ThresholdIndicator | NativeHistogramIndicator
