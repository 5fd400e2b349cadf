"""Arranges the rules of an SLO in groups."""

from sloctl.model.policies import policy_of
from sloctl.model.rules import Rule, RuleGroup
from sloctl.model.slo import Slo
from sloctl.model.windows import HOUR_WINDOWS_S, SLICE_S, SLICE_WINDOWS_S
from sloctl.rulegen.alerts import alerts, judgements
from sloctl.rulegen.slices import SliceScheme

_HOURLY_SLICES = 2


def rule_groups(slo: Slo, slice_s: float = SLICE_S) -> tuple[RuleGroup, RuleGroup]:
    """
    Write the rules of one SLO.

    Args:
        slo: The SLO.
        slice_s: Seconds between two evaluations of the counts; it divides a minute.

    Returns:
        A group for slices, the windows made of them, and the alerts; and a group for the long windows, which is
        evaluated half as often because it reads more.
    """
    scheme, policy = SliceScheme(slo, slice_s), policy_of(slo.alerting)
    short: tuple[Rule, ...] = (
        *scheme.level0(),
        *scheme.slice_windows(),
        *scheme.ratios(SLICE_WINDOWS_S),
        *judgements(slo, policy, SLICE_WINDOWS_S),
        *alerts(slo, policy),
    )
    long: tuple[Rule, ...] = (
        *scheme.hour_windows(),
        *scheme.ratios((*HOUR_WINDOWS_S, slo.period_s)),
        *scheme.budget(),
        *judgements(slo, policy, HOUR_WINDOWS_S),
        *scheme.facts(),
    )
    return (
        RuleGroup(f"{slo.id} slices", slice_s, short),
        RuleGroup(f"{slo.id} hours", _HOURLY_SLICES * slice_s, long),
    )
