"""How the alerts of an SLO are wanted; nothing said means the policy of the SRE Workbook."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sloctl.model.indicators import Comparison
from sloctl.model.names import Tier
from sloctl.model.windows import BurnWindow


@dataclass(frozen=True, slots=True)
class AlertCondition:
    """
    When a burn rate is too high.

    Args:
        name: Of the condition.
        severity: As the organisation calls it, for example ``page``.
        op: How a burn rate that is too high compares with *threshold*.
        threshold: A burn rate, in multiples of what the budget sustains.
        lookback_s: The window over which the burn rate is taken, in seconds.
        alert_after_s: How long it must hold, in seconds.
        display_name: For people.
        description: For people.
    """

    name: str
    severity: str
    op: Comparison
    threshold: float
    lookback_s: int
    alert_after_s: int = 0
    display_name: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class NotificationTarget:
    """
    Whom an alert goes to.

    Args:
        name: What Alertmanager routes by.
        target: The kind of receiver, for example ``email``.
        display_name: For people.
        description: For people.
    """

    name: str
    target: str
    display_name: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class AlertRequest:
    """
    An alert that a spec asks for: one condition and whom it concerns. OpenSLO calls it an alert policy.

    Args:
        name: Of the request.
        condition: When.
        targets: Whom.
        when_breaching: Alert while the condition holds.
        when_resolved: Tell when it no longer does.
        when_no_data: Alert while the burn rate is unknown.
        display_name: For people.
        description: For people.
    """

    name: str
    condition: AlertCondition
    targets: tuple[NotificationTarget, ...]
    when_breaching: bool = False
    when_resolved: bool = False
    when_no_data: bool = False
    display_name: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class TierAlert:
    """
    What is special about the alert of one tier.

    Args:
        enabled: False for no such alert.
        labels: Added to it.
        annotations: Added to it.
    """

    enabled: bool = True
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Alerting:
    """
    Everything that a spec says about alerts.

    Args:
        requests: Of OpenSLO; where there are any, they take the place of the pairs of windows.
        pairs: Pairs of windows; empty for those of the Workbook.
        name: Of the alerts, where it is not the usual one.
        labels: Added to every alert.
        annotations: Added to every alert.
        tiers: What is special about a tier.
        absent: Whether an alert is wanted while there is nothing to measure.
        policy: A policy by its name, which takes the place of requests and pairs; empty for none.
        for_s: How long burn must last before an alert fires, in seconds, where a request does not say so.
        keep_firing_s: How long an alert goes on firing afterwards, in seconds.
    """

    requests: tuple[AlertRequest, ...] = ()
    pairs: tuple[BurnWindow, ...] = ()
    name: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    tiers: Mapping[Tier, TierAlert] = field(default_factory=dict)
    absent: bool = True
    policy: str = ""
    for_s: int = 0
    keep_firing_s: int = 0
