"""What the numbers of an SLO come to: one word, why, and what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from sloctl.app.status import SloStatus
from sloctl.app.wording import duration, percent, times
from sloctl.model import names
from sloctl.model.errors import BackendError
from sloctl.promql.sloqueries import AT_RISK_BELOW, LATEST_WINDOW, NOW_WINDOW


class State(StrEnum):
    """How an SLO is doing, the most urgent first."""

    BURNING = "burning"
    BREACHED = "breached"
    QUERY_FAILED = "query failed"
    RULE_MISSING = "rule missing"
    NO_DATA = "no data"
    AT_RISK = "at risk"
    NO_TRAFFIC = "no traffic"
    OK = "ok"


@dataclass(frozen=True, slots=True)
class Health:
    """
    How an SLO is doing.

    Args:
        state: In a word.
        cause: What that is concluded from, in a sentence.
        advice: What to do about it.
    """

    state: State
    cause: str
    advice: str = ""

    @classmethod
    def failed(cls, error: BackendError) -> Self:
        """Tell of an SLO that could not be asked about."""
        return cls(State.QUERY_FAILED, str(error), error.hint or "See the log of Prometheus.")


def health(slo: SloStatus) -> Health:
    """
    Judge an SLO by the first of these that is so: its rules are missing, an alert fires, nothing is counted, more than
    the budget is spent, the last hour spent more than the budget sustains, little is left, nothing happened.

    >>> print(health(SloStatus("shop", "errors", is_known=False)).state)
    rule missing
    """
    if not slo.is_known:
        return Health(
            State.RULE_MISSING,
            "Prometheus has recorded nothing of this SLO.",
            "Load what sloctl generate rules writes into the Prometheus that is asked here.",
        )
    burn, left = slo.burn.get(NOW_WINDOW), slo.budget_left_ratio
    if slo.tiers:
        return Health(
            State.BURNING,
            f"{_fires(slo.tiers)}{_burnt(burn)}.",
            "Act now: find what changed when it began, and take it back."
            if "page" in slo.tiers
            else "Plan the repair within days.",
        )
    if left is None:
        return Health(
            State.NO_DATA,
            "The rules have recorded no budget.",
            "Where they were loaded just now, wait a minute; else look for errors at the rules of Prometheus.",
        )
    if names.ALERT_NO_DATA in slo.alerts or (slo.age_s is None and LATEST_WINDOW not in slo.burn):
        return Health(
            State.NO_DATA,
            f"Nothing has been counted for some minutes; the last that is known is {percent(left)} of the budget left.",
            "Is what it measures scraped? Look at the targets of Prometheus, and run the queries of the spec by hand.",
        )
    if left < 0:
        return Health(
            State.BREACHED,
            f"The objective is missed: {percent(-left)} more than the budget is spent.",
            "Hold risky changes back until the budget has recovered; mend what spent most of it.",
        )
    if burn is not None and burn > 1:
        return Health(
            State.BURNING,
            f"No alert fires yet{_burnt(burn)}{_lasts(slo)}.",
            "Watch it, and look for what changed: it does not last like this.",
        )
    if left < AT_RISK_BELOW:
        return Health(
            State.AT_RISK,
            f"Only {percent(left)} of the budget is left.",
            "Go easy on risky changes: there is little room for another incident.",
        )
    if burn is None:
        return Health(
            State.NO_TRAFFIC,
            f"No events in the last {NOW_WINDOW}, so that there is nothing to judge.",
            "If there should be some, look at the callers, and at whether the spec still selects what runs.",
        )
    return Health(State.OK, f"{percent(left)} of the budget is left, and it lasts.")


def _fires(tiers: Sequence[str]) -> str:
    return f"The {' and '.join(tiers)} {'alert fires' if len(tiers) == 1 else 'alerts fire'}"


def _burnt(burn: float | None) -> str:
    return "" if burn is None else f"; the last hour burnt at {times(burn)} what the budget sustains"


def _lasts(slo: SloStatus) -> str:
    return "" if slo.exhaustion_s is None else f", and the budget is spent in {duration(slo.exhaustion_s)}"
