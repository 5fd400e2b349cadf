"""The pairs of windows whose burn rates raise alerts, and how near they are to it."""

from collections.abc import Iterator
from dataclasses import dataclass

from sloctl.board.reading import Row
from sloctl.model.durations import parse_shorthand, window_name
from sloctl.model.names import Tier
from sloctl.model.policies import STANDARD, policy_of


@dataclass(frozen=True, slots=True)
class Pair:
    """
    A pair of windows that must both burn too fast for an alert.

    Args:
        tier: How urgent it is.
        long: The window that makes sure enough of the budget is gone.
        short: The window that makes sure it is still going.
        threshold: The burn rate above which both alert.
        long_burn: What it is over the long window; `None` where that is not known.
        short_burn: What it is over the short window; `None` where that is not known.
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
        above = [
            window
            for window, burn in ((self.long, self.long_burn), (self.short, self.short_burn))
            if burn is not None and burn > self.threshold
        ]
        return " and ".join(above) or "neither"


def pairs_of(row: Row) -> Iterator[Pair]:
    """Give the pairs that a spec asks for, or those of the standard policy where no spec was given."""
    status = row.status
    if not status.period:
        return
    policy = policy_of(row.spec.alerting) if row.spec else STANDARD
    for alert in policy.alerts:
        for pair in alert.pairs:
            long, short = window_name(pair.long_s), window_name(pair.short_s)
            yield Pair(
                pair.tier,
                long,
                short,
                pair.threshold(parse_shorthand(status.period)),
                status.burn.get(long),
                status.burn.get(short),
                pair.tier in status.tiers,
            )
