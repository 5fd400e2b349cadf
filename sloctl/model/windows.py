"""The windows over which burn is watched, and the pairs of them that the SRE Workbook recommends."""

from dataclasses import dataclass
from typing import Final

from sloctl.model.names import Tier

HOUR_S: Final = 3600
DAY_S: Final = 24 * HOUR_S

SLICE_S: Final = 60
"""Seconds of a slice, unless the user says otherwise."""

SLICE_WINDOWS_S: Final = (300, 1800, HOUR_S, 2 * HOUR_S, 6 * HOUR_S)
"""Windows that are sums of slices, in seconds."""
HOUR_WINDOWS_S: Final = (DAY_S, 3 * DAY_S)
"""Windows that are sums of whole hours and the running hour, in seconds; the SLO's period joins them."""


@dataclass(frozen=True, slots=True)
class BurnWindow:
    """
    A pair of windows that must both burn too fast for an alert.

    Args:
        tier: How urgent it is.
        long_s: The window that makes sure enough of the budget is gone, in seconds.
        short_s: The window that makes sure it is still going, in seconds.
        budget_share: Share of the period's budget that is spent when the long window alerts, 0 to 1.
        burn: The burn rate above which the pair alerts, where that is given and not the share.
    """

    tier: Tier
    long_s: int
    short_s: int
    budget_share: float = 0
    burn: float = 0

    def threshold(self, period_s: int) -> float:
        """
        Give the burn rate above which this pair alerts.

        Args:
            period_s: Length of the SLO's period in seconds.

        Returns:
            How many times faster than sustainable, no unit; at least 1 where it comes from a share, for below that the
            objective is met.

        Source: SRE Workbook, "Alerting on SLOs": budget consumed = burn rate x window / period.

        >>> BurnWindow("page", 3600, 300, 0.02).threshold(30 * 86400)
        14.4
        >>> BurnWindow("ticket", 3 * 86400, 21600, 0.10).threshold(7 * 86400)
        1.0
        """
        return self.burn or max(1.0, round(self.budget_share * period_s / self.long_s, 6))


WORKBOOK: Final = (
    BurnWindow("page", HOUR_S, 300, 0.02),
    BurnWindow("page", 6 * HOUR_S, 1800, 0.05),
    BurnWindow("ticket", DAY_S, 2 * HOUR_S, 0.10),
    BurnWindow("ticket", 3 * DAY_S, 6 * HOUR_S, 0.10),
)
"""
The recommended parameters. Source: SRE Workbook, "Alerting on SLOs", table 5-8, and the rule listing beside it for the
pair of one day and two hours.
"""
