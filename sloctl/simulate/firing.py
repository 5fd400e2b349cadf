"""When alerts fire over a history, found as Prometheus finds it from the generated rules."""

from collections.abc import Callable
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sloctl.model.policies import AlertPolicy, BurnAlert
from sloctl.model.windows import SLICE_S
from sloctl.simulate.chance import significant_events
from sloctl.simulate.traffic import Floats
from sloctl.simulate.windows import Windows

Bools = NDArray[np.bool_]
Firing = list[tuple[int, int]]
"""Times in which an alert fires, one after the other: the first slice, and the slice after the last."""

_STRETCH: Final = 1 << 15
"""Slices that are worked on at once: their arrays stay in the processor's cache."""


def firing(windows: Windows, policy: AlertPolicy, budget_ratio: float) -> list[Firing]:
    """
    Find out when each alert of a policy fires.

    Args:
        windows: Of the history.
        policy: What alerts.
        budget_ratio: Share of events that may be bad.
    """
    conditions = [np.zeros(windows.slices, dtype=bool) for _ in policy.alerts]
    for start in range(0, windows.slices, _STRETCH):
        stretch = _Stretch(windows, policy, budget_ratio, start)
        for alert, condition in zip(policy.alerts, conditions, strict=True):
            condition[start : stretch.stop] = stretch.holds(alert)
    return [_fires(condition, alert) for alert, condition in zip(policy.alerts, conditions, strict=True)]


def _fires(condition: Bools, alert: BurnAlert) -> Firing:
    """Let an alert wait before it fires, and go on afterwards."""
    wait, keep = (-(-seconds // SLICE_S) for seconds in (alert.for_s, alert.keep_firing_s))
    edges = np.flatnonzero(np.diff(condition, prepend=False, append=False)).tolist()
    fires: Firing = []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if fires and start <= fires[-1][1]:
            fires[-1] = (fires[-1][0], end + keep)
        elif start + wait < end:
            fires.append((start + wait, end + keep))
    return [(start, min(end, len(condition))) for start, end in fires]


class _Stretch:
    """A part of a history, and what the rules record there."""

    def __init__(self, windows: Windows, policy: AlertPolicy, budget_ratio: float, start: int) -> None:
        self.windows, self.budget_ratio, self.start = windows, budget_ratio, start
        self.stop = min(start + _STRETCH, windows.slices)
        self.burn: Callable[[int], Floats] = cache(self._weighted() if policy.weighted else self._plain)

    def holds(self, alert: BurnAlert) -> Bools:
        """Tell at which slices the alert's condition holds."""
        holds = np.zeros(self.stop - self.start, dtype=bool)
        for pair in alert.pairs:
            threshold = pair.threshold(self.windows.period_s)
            held = self.burn(pair.long_s) > threshold
            if held.any():
                held &= self.burn(pair.short_s) > threshold
            if alert.guarded:
                where = np.flatnonzero(held)
                bad, total = (counts[where] for counts in self._counts(pair.long_s))
                held[where] = bad >= significant_events(self.budget_ratio * total)
            holds |= held
        return holds

    def _counts(self, window_s: int) -> tuple[Floats, Floats]:
        bad, total = (self.windows.sum(count, window_s, self.start, self.stop) for count in ("bad", "total"))
        return bad, total

    def _plain(self, window_s: int) -> Floats:
        """Give burn rates; where there is no traffic they are not a number, which is above no threshold."""
        bad, total = self._counts(window_s)
        with np.errstate(divide="ignore", invalid="ignore"):
            return bad / total / self.budget_ratio

    def _weighted(self) -> Callable[[int], Floats]:
        """Give a function that weights burn rates by traffic."""
        period_s = self.windows.period_s
        total, present = (self.windows.sum(count, period_s, self.start, self.stop) for count in ("total", "present"))
        seen = np.where(total > 0, total, np.nan)
        coverage = np.minimum(present / (period_s / SLICE_S), 1)

        def burn(window_s: int) -> Floats:
            bad, total = self._counts(window_s)
            known = np.maximum(coverage * (period_s / window_s), 1)
            surplus = np.maximum(total / seen * known - 1, 0)
            return bad / (self.budget_ratio * seen) * known - surplus

        return burn
