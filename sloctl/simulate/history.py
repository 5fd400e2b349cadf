"""What happened to an SLO, slice by slice: made up, or recorded."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sloctl.model.windows import HOUR_S, SLICE_S
from sloctl.simulate.incidents import Incident, find, known
from sloctl.simulate.traffic import Floats

Sample = tuple[float, float]
Span = tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """
    Slices of a minute, the first of them at a whole hour, as a Prometheus records them that knew nothing before.

    Args:
        bad: Bad events of each slice.
        total: All events of each slice.
        present: How many slices were recorded there: 1, more where they are longer, 0 where the counts are, too.
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
    return History(bad, bad + good, np.broadcast_to(1.0, len(expected)), tuple(incidents))


def recorded(
    bad: Sequence[Sample],
    total: Sequence[Sample],
    budget_ratio: float,
    incidents: Sequence[Span] | None = None,
    slice_s: int = SLICE_S,
) -> History:
    """
    Take a history as it was recorded.

    Args:
        bad: Bad events: when a slice of any length was recorded, in Unix seconds, and its count.
        total: All events, likewise; at least one.
        budget_ratio: Share of events that may be bad.
        incidents: When something was wrong, from and to, in Unix seconds; `None` to find out.
        slice_s: Seconds of a slice, where the budget is kept in longer ones.

    >>> history = recorded([(3660, 1)], [(3660, 5), (3690, 6)], 0.001)
    >>> history.start_s, history.total.tolist(), history.bad.tolist(), history.present.tolist()
    (3600, [0.0, 11.0], [0.0, 1.0], [0.0, 1.0])
    """
    start_s = int(min(at for at, _ in total)) // HOUR_S * HOUR_S
    slices = _slice(max(at for at, _ in total), start_s) + 1

    def sums(samples: Sequence[Sample], *, ones: bool = False) -> Floats:
        places = [_slice(at, start_s) for at, _ in samples]
        weights = [1 if ones else value for _, value in samples]
        return np.bincount(np.array(places, dtype=int), weights, slices)[:slices].astype(float)

    bads, totals, present = sums(bad), sums(total), np.minimum(sums(total, ones=True), 1) * max(slice_s / SLICE_S, 1)
    if incidents is None:
        found = find(bads, totals, budget_ratio)
    else:
        found = known(
            bads, totals, [(_slice(since, start_s), _slice(until, start_s) + 1) for since, until in incidents]
        )
    return History(bads, totals, present, found, start_s)


def _slice(at: float, start_s: float) -> int:
    return int(at - start_s) // SLICE_S
