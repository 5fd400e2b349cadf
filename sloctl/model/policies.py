"""Alert policies: which windows alert, and how their burn is judged."""

from dataclasses import dataclass, replace
from typing import Final

from sloctl.model.alerting import Alerting, AlertRequest
from sloctl.model.names import Tier
from sloctl.model.windows import WORKBOOK, BurnWindow

PAGING: Final = frozenset({"page", "critical"})
"""Severities that wake somebody up, in lower case; any other is a ticket."""


@dataclass(frozen=True, slots=True)
class BurnAlert:
    """
    An alert on burn rates.

    Args:
        tier: How urgent it is.
        pairs: Any of them alerts.
        guarded: Whether it needs more errors than chance brings while the objective is met.
        for_s: How long any pair must burn before the alert fires, in seconds.
        keep_firing_s: How long it goes on firing afterwards, in seconds.
        request: The part of the spec that asks for it; `None` where the policy does.
    """

    tier: Tier
    pairs: tuple[BurnWindow, ...]
    guarded: bool = False
    for_s: int = 0
    keep_firing_s: int = 0
    request: AlertRequest | None = None


@dataclass(frozen=True, slots=True)
class AlertPolicy:
    """
    What alerts, and how burn is judged.

    Args:
        name: For people.
        alerts: One for each tier, or for each request of the spec.
        weighted: Compare errors with the period's average traffic, not the window's: an error at night costs the budget
            no more than one by day.
    """

    name: str
    alerts: tuple[BurnAlert, ...]
    weighted: bool = True

    @property
    def windows_s(self) -> tuple[int, ...]:
        """Give the windows that are watched, in seconds, short ones first."""
        pairs = [pair for alert in self.alerts for pair in alert.pairs]
        return tuple(sorted({window_s for pair in pairs for window_s in (pair.long_s, pair.short_s)}))


def _by_tier(pairs: tuple[BurnWindow, ...], *, guard_pages: bool) -> tuple[BurnAlert, ...]:
    """Give one alert for each tier, so that it keeps its state when one pair takes over from the other."""
    return tuple(
        BurnAlert(tier, tuple(pair for pair in pairs if pair.tier == tier), guarded=guard_pages and tier == "page")
        for tier in dict.fromkeys(pair.tier for pair in pairs)
    )


STANDARD: Final = AlertPolicy("standard", _by_tier(WORKBOOK, guard_pages=True))
"""The Workbook's pairs, weighted by traffic, pages guarded; docs/simulate.md has its measured quality."""
PLAIN: Final = AlertPolicy("workbook", _by_tier(WORKBOOK, guard_pages=False), weighted=False)
"""The Workbook's pairs as it prints them."""

POLICIES: Final = {policy.name: policy for policy in (STANDARD, PLAIN)}
"""Those that have a name, by it."""


def policy_of(alerting: Alerting) -> AlertPolicy:
    """
    Give the policy that is asked for, or the standard one.

    A request of OpenSLO is taken by its word: one window, its own threshold, neither weighted nor guarded.

    >>> policy_of(Alerting()).name
    'standard'
    >>> [alert.keep_firing_s for alert in policy_of(Alerting(policy="workbook", keep_firing_s=300)).alerts]
    [300, 300]
    """
    policy = _policy(alerting)
    off = {tier for tier, special in alerting.tiers.items() if not special.enabled}
    alerts = tuple(
        replace(alert, for_s=alert.for_s or alerting.for_s, keep_firing_s=alerting.keep_firing_s)
        for alert in policy.alerts
        if alert.request or alert.tier not in off
    )
    return replace(policy, alerts=alerts)


def _policy(alerting: Alerting) -> AlertPolicy:
    if alerting.policy:
        return POLICIES[alerting.policy]
    if alerting.requests:
        asked = tuple(_requested(request) for request in alerting.requests if request.when_breaching)
        return AlertPolicy("spec", asked, weighted=False)
    return AlertPolicy("spec", _by_tier(alerting.pairs, guard_pages=True)) if alerting.pairs else STANDARD


def _requested(request: AlertRequest) -> BurnAlert:
    condition = request.condition
    tier: Tier = "page" if condition.severity.lower() in PAGING else "ticket"
    pair = BurnWindow(tier, condition.lookback_s, condition.lookback_s, burn=condition.threshold)
    return BurnAlert(tier, (pair,), for_s=condition.alert_after_s, request=request)
