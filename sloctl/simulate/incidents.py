"""What goes wrong: drawn from a mix, or found in a recorded history."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from sloctl.simulate.chance import significant_events
from sloctl.simulate.traffic import Floats

MONTH_SLICES: Final = 30 * 24 * 60
"""Slices of a month, which is 30 days here."""

_NEAR: Final = 15


@dataclass(frozen=True, slots=True)
class Kind:
    """
    A kind of incident.

    Args:
        slices: How many slices of a minute one lasts.
        error_ratio: Share of events that are bad meanwhile, 0 to 1.
        per_month: How many there are in a month, as a mean.
    """

    slices: int
    error_ratio: float
    per_month: float


@dataclass(frozen=True, slots=True)
class Incident:
    """
    A time when something was wrong.

    Args:
        start: Its first slice.
        end: The slice after its last.
        error_ratio: Share of events that are bad meanwhile, 0 to 1.
        cost: Bad events that are expected of it, or that were counted in it.
    """

    start: int
    end: int
    error_ratio: float
    cost: float


MIX: Final = tuple(
    Kind(minutes, ratio, 0.5) for minutes, ratio in ((1, 1), (5, 0.5), (10, 1), (60, 0.05), (360, 0.02), (60, 0.01))
)
"""Three incidents a month. At even traffic they cost from 1.4 % (1 % of errors for an hour) to 23 % (an outage of ten
minutes) of the monthly budget of a 99.9 % SLO."""


def draw(mix: Sequence[Kind], expected: Floats, rng: np.random.Generator) -> tuple[Incident, ...]:
    """
    Draw incidents, which start at any slice with the same probability, whatever the traffic.

    Args:
        mix: The kinds.
        expected: Expected events of each slice.
        rng: Where chance comes from.
    """
    so_far = np.concatenate(([0.0], np.cumsum(expected)))
    drawn = []
    for kind in mix:
        count = rng.poisson(kind.per_month * len(expected) / MONTH_SLICES)
        for start in rng.integers(0, len(expected), count).tolist():
            end = min(start + kind.slices, len(expected))
            cost = float(so_far[end] - so_far[start]) * kind.error_ratio
            drawn.append(Incident(start, end, kind.error_ratio, cost))
    return tuple(sorted(drawn, key=lambda incident: incident.start))


def find(bad: Floats, total: Floats, budget_ratio: float) -> tuple[Incident, ...]:
    """
    Find incidents in hindsight: times with more bad events a quarter of an hour around them than chance brings.

    Args:
        bad: Bad events of each slice.
        total: All events of each slice.
        budget_ratio: Share of events that may be bad.

    >>> bad = np.zeros(60); bad[[20, 21]] = 5
    >>> find(bad, np.full(60, 10.0), 0.001)
    (Incident(start=20, end=22, error_ratio=0.5, cost=10.0),)
    """
    bad_so_far, total_so_far = (np.concatenate(([0.0], np.cumsum(counts))) for counts in (bad, total))
    at = np.arange(-_NEAR, len(bad) + _NEAR)
    first, after = np.maximum(at - _NEAR, 0), np.minimum(at + _NEAR + 1, len(bad))
    near_bad, near_total = (sums[after] - sums[first] for sums in (bad_so_far, total_so_far))
    wrong = near_bad >= significant_events(budget_ratio * near_total)
    spans = []
    for left, right in np.flatnonzero(np.diff(wrong, prepend=False, append=False)).reshape(-1, 2).tolist():
        # The neighbours of the first and the last bad slice are wrong, too; these are the two slices themselves.
        end = right - 2 * _NEAR
        spans.append((min(left, end - 1), max(end, left + 1)))
    return known(bad, total, spans)


def known(bad: Floats, total: Floats, spans: Sequence[tuple[int, int]]) -> tuple[Incident, ...]:
    """
    Count what incidents cost.

    Args:
        bad: Bad events of each slice.
        total: All events of each slice.
        spans: The first slice of each, and the slice after its last; what lies outside the history is left out.
    """
    incidents = []
    for left, right in spans:
        start, end = max(left, 0), min(right, len(bad))
        if start < end:
            cost, events = float(bad[start:end].sum()), float(total[start:end].sum())
            incidents.append(Incident(start, end, cost / events if events else 0, cost))
    return tuple(sorted(incidents, key=lambda incident: incident.start))
