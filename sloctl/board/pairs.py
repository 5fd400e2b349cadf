"""The pairs of windows whose burn rates raise alerts, and how near they are to it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sloctl.app.wording import UNKNOWN
from sloctl.board.reading import Row
from sloctl.clients.prometheus import Prometheus
from sloctl.model.durations import parse_shorthand, window_name
from sloctl.model.errors import BackendError
from sloctl.model.names import Tier
from sloctl.model.policies import STANDARD, policy_of
from sloctl.model.windows import BurnWindow


@dataclass(frozen=True, slots=True)
class Pair:
    """
    A pair of windows that must both burn too fast for an alert.

    Args:
        tier: How urgent it is.
        long: The window that makes sure enough of the budget is gone.
        short: The window that makes sure it is still going.
        threshold: The burn rate above which both alert.
        long_burn: What the alert compares with it over the long window; `None` where that is not known.
        short_burn: What the alert compares with it over the short window; `None` where that is not known.
        is_firing: Whether an alert of this tier fires.
    """

    tier: Tier
    long: str
    short: str
    threshold: float
    long_burn: float | None
    short_burn: float | None
    is_firing: bool

    @property
    def limit(self) -> str:
        """Name its limit."""
        return f"{self.tier} limit {self.long}, {self.short}"

    @property
    def passed(self) -> str:
        """Say which of its windows burn above its limit."""
        burns = {self.long: self.long_burn, self.short: self.short_burn}
        above = [window for window, burn in burns.items() if burn is not None and burn > self.threshold]
        return " and ".join(above) or (UNKNOWN if None in burns.values() else "neither")


async def read_pairs(prometheus: Prometheus, row: Row, at_s: float) -> list[Pair]:
    """
    Read the pairs that a spec asks for, or those of the standard policy where no spec was given.

    Args:
        prometheus: Where to ask how traffic weighs burn, where the policy has it do so; without an answer, burn is not
            known.
        row: The SLO, or the part of one.
        at_s: When, in Unix seconds.
    """
    status = row.status
    if not status.period:
        return []
    policy = policy_of(row.spec.alerting) if row.spec else STANDARD
    windows = [window_name(window_s) for window_s in policy.windows_s] if policy.weighted else []
    try:
        found = await asyncio.gather(*(prometheus.query(row.queries.weighted(window), at_s) for window in windows))
    except BackendError:
        burns: dict[str, float] = {}
    else:
        weighted = {window: samples[0].value for window, samples in zip(windows, found, strict=True) if samples}
        burns = {**status.burn, **weighted}
    return [
        _pair(pair, parse_shorthand(status.period), burns, status.tiers)
        for alert in policy.alerts
        for pair in alert.pairs
    ]


def _pair(pair: BurnWindow, period_s: int, burns: Mapping[str, float], firing: Sequence[str]) -> Pair:
    long, short = window_name(pair.long_s), window_name(pair.short_s)
    return Pair(
        pair.tier, long, short, pair.threshold(period_s), burns.get(long), burns.get(short), pair.tier in firing
    )
