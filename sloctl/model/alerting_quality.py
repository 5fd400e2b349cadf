"""What keeps an alert honest: a limit below which errors may be chance, and checks for alerts that cannot work."""

import math
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

from sloctl.model.durations import format_duration, window_name
from sloctl.model.findings import Finding, Severity
from sloctl.model.policies import AlertPolicy

CHANCE: Final = 1e-4
"""How unlikely errors must be, at the rate that the budget sustains, to be no chance."""
LEAST: Final = 2
"""One event alone is never significant."""
STEPS: Final = (0.014209, 0.086176, 0.231797)
"""
Expected bad events up to which 2, 3 and 4 of them are significant: the largest mean, rounded, for which a Poisson
variable reaches that number with a probability of `CHANCE`.
"""
DEVIATIONS: Final = 3.71902
"""The normal quantile of 1 - `CHANCE`, rounded up."""
OFFSET: Final = 2.6386
"""(`DEVIATIONS`^2 + 2) / 6, rounded up."""
FIT: Final = (0.795, 0.8)
"""What is taken off above the last step: the first over the square root plus the second; fitted to the exact limits."""

UNREACHABLE: Final = "unreachable-alert"
SHORT: Final = "short-window"
ALERT_CHECKS: Final = (SHORT, UNREACHABLE)
"""The ids of the checks that alerts are put to."""

_SCRAPES: Final = 4
"""A window should hold as many, or one that is late changes its burn rate."""


def significant_events(expected: float) -> int:
    """
    Say how many bad events are more than chance.

    Up to the last of `STEPS` it is the exact limit of the Poisson distribution. Above, it is the limit's Cornish-Fisher
    expansion with its tail fitted, mu + z sqrt(mu) + (z^2 + 2) / 6 - a / (sqrt(mu) + b), rounded up: never below the
    exact limit, and never more than one event above.

    Args:
        expected: How many the budget sustains for as much traffic; 0 or more.

    >>> significant_events(0.01), significant_events(1), significant_events(100)
    (2, 7, 140)
    """
    if expected <= STEPS[-1]:
        return LEAST + bisect_left(STEPS, expected)
    root = math.sqrt(expected)
    return math.ceil(expected + DEVIATIONS * root + OFFSET - FIT[0] / (root + FIT[1]))


def policy_findings(
    policy: AlertPolicy,
    budget_ratio: float,
    period_s: int,
    *,
    scrape_s: float = 0,
    place: tuple[str, int, int] = ("", 0, 0),
) -> Iterator[Finding]:
    """
    Find alerts that cannot work.

    Args:
        policy: What alerts.
        budget_ratio: Share of events that may be bad.
        period_s: The SLO's period in seconds.
        scrape_s: Seconds between two scrapes of the target, or between two slices if that is longer; 0 when unknown.
        place: Path, line and column of what the policy belongs to.
    """
    if budget_ratio <= 0:
        hint = "an objective below 100 % leaves room for errors, and for telling many of them from few"
        yield Finding(*place, "no-budget", Severity.ERROR, "an objective of 100 % has no error budget to burn", hint)
        return
    for alert in policy.alerts:
        for pair in alert.pairs:
            threshold = pair.threshold(period_s)
            name = f"the {alert.tier} over {window_name(pair.long_s)}"
            reaches = alert.request is not None and alert.request.condition.op == "gte"
            if threshold * budget_ratio > 1 or (threshold * budget_ratio == 1 and not reaches):
                summary = (
                    f"{name} cannot fire: {threshold:g} times the sustainable rate is an error ratio of "
                    f"{threshold * budget_ratio:.0%}"
                )
                hint = f"it can from an objective of {1 - 1 / threshold:.1%} on; below, it takes smaller budget shares"
                yield Finding(*place, UNREACHABLE, Severity.WARNING, summary, hint)
            if pair.short_s < _SCRAPES * scrape_s:
                summary = (
                    f"{name} has a window of {format_duration(pair.short_s)}, which holds less than {_SCRAPES} scrapes"
                )
                hint = f"scrape at least every {format_duration(pair.short_s / _SCRAPES)}"
                yield Finding(*place, SHORT, Severity.WARNING, summary, hint)
