"""Every name that sloctl records, labels or alerts with; nothing else spells them.

The scheme is explained in docs/rules.md. Identities (`slo_id`, `slo`, `service`) never change for an SLO;
what may change (its display name, its description) stands on [`INFO`][sloctl.model.names.INFO] alone.
"""

import re
from typing import Final, Literal

Count = Literal["bad", "total"]

METRIC: Final = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
"""How a metric may be called where its name stands without quotes."""

BAD_SLICE: Final = "slo:bad:slice"
"""Bad events since the last slice, per SLO and grouping labels."""
TOTAL_SLICE: Final = "slo:total:slice"
"""All events since the last slice, per SLO and grouping labels."""
PERIOD_ID: Final = "slo:period:id"
"""Numbers the running period of an SLO that follows the calendar."""
PERIOD_LOCAL: Final = "slo:period:local_seconds"
"""When that period started, in seconds since 1970 by the clocks of its zone."""
PERIOD_NEXT: Final = "slo:period:next_local_seconds"
"""When the next period starts, in seconds since 1970 by the clocks of its zone."""
PERIOD_START: Final = "slo:period:start_seconds"
"""When that period started, as a Unix time in seconds."""
ZONE_OFFSET: Final = "slo:zone:offset_seconds"
"""How far the clocks of the period's zone are ahead of UTC, in seconds."""
COVERAGE: Final = "slo:coverage:ratio"
"""Share of the period's slices that are present, 0 to 1."""
BUDGET_CORRECTED: Final = "slo:budget_left:corrected"
"""As the budget that is left, of the slices that are not excluded."""
MASK: Final = "slo:mask:slice"
"""1 where a slice counts for the corrected budget, 0 where it is excluded."""
BUDGET_LEFT: Final = "slo:budget_left:ratio"
"""Share of the period's error budget that is left; 1 is untouched, below 0 is overspent."""
OBJECTIVE: Final = "slo:objective:ratio"
"""The objective, 0 to 1, as a value, so that a query can compute with it."""
PERIOD: Final = "slo:period:seconds"
"""The length of the period in seconds, of the calendar's running one where it follows that, to compute with."""
INFO: Final = "slo_info"
"""Always 1; its labels hold what may change: objective, period, display_name, description."""

LABEL_ID: Final = "slo_id"
LABEL_SLO: Final = "slo"
LABEL_SERVICE: Final = "service"
IDENTITY: Final = (LABEL_ID, LABEL_SERVICE, LABEL_SLO)
"""The labels that every recorded series of an SLO carries."""

LABEL_CLUSTER: Final = "cluster"
"""Tells clusters apart on servers that gather several; no rule records it."""
LABEL_PERIOD: Final = "period"
"""Of `INFO`: the window that is the SLO's own period."""
LABEL_TERM: Final = "slo_term"
"""Tells the terms of a sum apart while it is being made."""

ALERT: Final = "SLOBurn"
LABEL_TIER: Final = "slo_tier"
Tier = Literal["page", "ticket"]
LABEL_REQUEST: Final = "slo_request"
"""Tells the alerts apart that a spec asks for itself."""

ALERT_NO_DATA: Final = "SLONoData"
LABEL_CAUSE: Final = "slo_cause"
Cause = Literal["target-down", "never-matched"]
"""Why there are no slices: what an SLO measures is gone, or its selectors have found nothing for a whole period."""
RUNBOOK: Final = "docs/runbook.md"
"""What to do about each alert, where users have no page of their own."""
RESERVED_LABELS: Final = frozenset(
    {*IDENTITY, LABEL_CLUSTER, LABEL_PERIOD, LABEL_TIER, LABEL_TERM, LABEL_REQUEST, LABEL_CAUSE}
    | {"__name__", "alertname", "alertstate", "le"}
)
"""Labels that an SLO cannot be grouped by, because the rules, and what reads them, give them a meaning of their own."""


def slice_name(count: Count) -> str:
    """
    Name the recorded series of one slice's events.

    >>> slice_name("bad")
    'slo:bad:slice'
    """
    return f"slo:{count}:slice"


def events_name(count: Count) -> str:
    """
    Name the recorded series of one evaluation's events, where the budget is kept in slices of a length of their own.

    >>> events_name("bad")
    'slo:bad:events'
    """
    return f"slo:{count}:events"


def kept_name(count: Count, window: str = "") -> str:
    """
    Name the recorded series of the events that are not excluded, of a slice or of a window.

    >>> kept_name("bad"), kept_name("bad", "30d")
    ('slo:bad:kept', 'slo:bad:kept30d')
    """
    return f"slo:{count}:kept{window}"


def slices_name(window: str) -> str:
    """
    Name the recorded number of slices that a window has.

    >>> slices_name("1h")
    'slo:slices:sum1h'
    """
    return f"slo:slices:sum{window}"


def sum_name(count: Count, window: str) -> str:
    """
    Name the recorded series of a window's events.

    >>> sum_name("total", "1h")
    'slo:total:sum1h'
    """
    return f"slo:{count}:sum{window}"


def running_name(sums: str) -> str:
    """
    Name the recorded part of a sum that came since its last whole window, such as the running hour.

    Args:
        sums: The recorded sums of that window.

    >>> running_name("slo:bad:sum1h")
    'slo:bad:sum1h_running'
    """
    return f"{sums}_running"


def error_name(window: str) -> str:
    """
    Name the recorded error ratio of a window: bad events / all events, 0 to 1.

    >>> error_name("5m")
    'slo:error:ratio5m'
    """
    return f"slo:error:ratio{window}"


def burn_name(window: str) -> str:
    """
    Name the recorded burn rate of a window: error ratio / (1 - objective).

    >>> burn_name("3d")
    'slo:burn:ratio3d'
    """
    return f"slo:burn:ratio{window}"


def weighted_name(window: str) -> str:
    """
    Name the recorded burn rate of a window, weighted by traffic.

    >>> weighted_name("1h")
    'slo:burn:weighted1h'
    """
    return f"slo:burn:weighted{window}"


def limit_name(window: str) -> str:
    """
    Name the recorded number of bad events from which a window's errors are no chance.

    >>> limit_name("1h")
    'slo:bad:limit1h'
    """
    return f"slo:bad:limit{window}"
