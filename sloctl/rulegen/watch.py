"""Which alert policy an SLO is watched by."""

from dataclasses import replace

from sloctl.model.policies import AlertPolicy, policy_of
from sloctl.model.slo import Slo
from sloctl.model.windows import HOUR_WINDOWS_S, SLICE_WINDOWS_S, BurnWindow
from sloctl.rulegen.level0 import counts_events


def watched(slo: Slo) -> AlertPolicy:
    """
    Give the policy of an SLO, fitted to its budget.

    A budget that is kept in slices has no window shorter than one of them. A guard needs events to count.
    """
    policy = policy_of(slo.alerting)
    slice_s = max(objective.slice_s for objective in slo.objectives)
    is_counted = slo.budgeting == "Occurrences" and counts_events(slo.indicator)
    alerts = (
        replace(
            alert,
            guarded=alert.guarded and is_counted,
            pairs=tuple(_fitted(pair, slice_s) for pair in alert.pairs if pair.long_s >= slice_s),
        )
        for alert in policy.alerts
    )
    return replace(policy, alerts=tuple(alert for alert in alerts if alert.pairs))


def _fitted(pair: BurnWindow, slice_s: int) -> BurnWindow:
    """Take the next window that is long enough for the short one, which is the long one at most."""
    if pair.short_s >= slice_s:
        return pair
    windows_s = (*SLICE_WINDOWS_S, *HOUR_WINDOWS_S, pair.long_s)
    return replace(pair, short_s=min(window_s for window_s in windows_s if slice_s <= window_s <= pair.long_s))
