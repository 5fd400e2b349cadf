"""What the rules of an SLO must say of given slices, worked out in Python."""

from collections.abc import Sequence
from dataclasses import dataclass

from sloctl.model.alerting_quality import significant_events
from sloctl.model.policies import AlertPolicy, BurnAlert
from sloctl.model.slo import Slo
from sloctl.model.windows import BurnWindow

_UNCLEAR = 0.01
"""So near to a threshold, relative to it, binary fractions decide."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """
    Slices, one for each evaluation, all since the period's start.

    Args:
        slo: With one objective.
        slice_s: Seconds between two evaluations.
        total: What there was in each slice.
        burns: How fast each slice burns the budget.
    """

    slo: Slo
    slice_s: float
    total: float
    burns: Sequence[float]

    def fires(self, policy: AlertPolicy, alert: BurnAlert, slices: int) -> bool | None:
        """
        Tell whether an alert fires after so many slices; `None` where it is too close to tell.

        Source: the formulae of docs/rules.md, "Alerts".
        """
        verdicts = [self._pair(policy, alert, pair, slices) for pair in alert.pairs]
        return True if True in verdicts else None if None in verdicts else False

    def _pair(self, policy: AlertPolicy, alert: BurnAlert, pair: BurnWindow, slices: int) -> bool | None:
        threshold = pair.threshold(self.slo.period_s)
        burns = [self._burn(policy, window_s, slices) for window_s in (pair.long_s, pair.short_s)]
        if any(abs(burn / threshold - 1) < _UNCLEAR for burn in burns):
            return None
        if not all(burn > threshold for burn in burns):
            return False
        seen = self._within(pair.long_s, slices)
        budget = self.slo.budget_ratio * self.total
        return not alert.guarded or sum(seen) * budget >= significant_events(budget * len(seen))

    def _burn(self, policy: AlertPolicy, window_s: float, slices: int) -> float:
        within = self._within(window_s, slices)
        if not policy.weighted:
            return sum(within) / len(within)
        length_s = self.slo.objectives[0].slice_s or self.slice_s
        known = max(min(slices * length_s, self.slo.period_s) / window_s, 1)
        return sum(within) / slices * known - max(len(within) / slices * known - 1, 0)

    def _within(self, window_s: float, slices: int) -> Sequence[float]:
        return self.burns[max(0, slices - round(window_s / self.slice_s)) : slices]
