"""What happened to an SLO, slice by slice: made up, or recorded."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sloctl.simulate.incidents import Incident, find
from sloctl.simulate.traffic import Floats


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """
    Slices of a minute, the first of them at a whole hour, as a Prometheus records them that knew nothing before.

    Args:
        bad: Bad events of each slice.
        total: All events of each slice.
        present: 1 where a slice was recorded; where it is 0, so are the counts.
        incidents: What went wrong, by their start.
        start_s: Unix time of the first slice; 0 where it was made up.
    """

    bad: Floats
    total: Floats
    present: Floats
    incidents: tuple[Incident, ...]
    start_s: float = 0

    def __len__(self) -> int:
        """Count the slices."""
        return len(self.total)


def synthesise(
    expected: Floats, incidents: Sequence[Incident], background_ratio: float, rng: np.random.Generator
) -> History:
    """
    Make up a history. Good and bad events come independently of each other, as Poisson processes.

    Args:
        expected: Expected events of each slice.
        incidents: What goes wrong.
        background_ratio: Share of events that are bad at any other time.
        rng: Where chance comes from.
    """
    ratio = np.full(len(expected), background_ratio)
    for incident in incidents:
        within = ratio[incident.start : incident.end]
        np.maximum(within, incident.error_ratio, out=within)
    bad = rng.poisson(expected * ratio).astype(float)
    good = rng.poisson(expected * (1 - ratio))
    return History(bad, bad + good, np.ones(len(expected)), tuple(incidents))


def recorded(
    bad: Floats, total: Floats, budget_ratio: float, start_s: float, incidents: Sequence[Incident] | None = None
) -> History:
    """
    Take a history as it was.

    Args:
        bad: Bad events of each slice; not a number where none was recorded.
        total: All events of each slice, likewise.
        budget_ratio: Share of events that may be bad.
        start_s: Unix time of the first slice, a whole hour.
        incidents: What is known to have gone wrong; `None` to find out.
    """
    present = (~np.isnan(bad) & ~np.isnan(total)).astype(float)
    bad, total = np.where(present > 0, bad, 0), np.where(present > 0, total, 0)
    return History(
        bad, total, present, tuple(find(bad, total, budget_ratio) if incidents is None else incidents), start_s
    )
