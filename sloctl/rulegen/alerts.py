"""Burn-rate alerts: a long window proves that much of the budget is gone, a short one that it is still going."""

from collections.abc import Sequence
from functools import reduce

from sloctl.model import names
from sloctl.model.durations import window_name
from sloctl.model.indicators import Matcher
from sloctl.model.rules import AlertingRule
from sloctl.model.slo import Slo
from sloctl.model.windows import WORKBOOK, BurnWindow
from sloctl.promql.tree import Expr, Selector

_SUMMARY = "{{ $labels.service }} spends the error budget of {{ $labels.slo }} too fast"
_DESCRIPTION = (
    "Errors burn the {period} budget of {name} (objective {objective:.6g} %) at "
    '{{{{ $value | printf "%.1f" }}}} times the rate that it can sustain.'
)


def alerts(slo: Slo, policy: Sequence[BurnWindow] = WORKBOOK) -> list[AlertingRule]:
    """
    Write one alert for each tier of the policy.

    Args:
        slo: The SLO.
        policy: The pairs of windows; pairs of one tier share an alert, so that it keeps its state when one pair takes
            over from the other.

    Source: SRE Workbook, "Alerting on SLOs", approach 6, "Multiwindow, Multi-Burn-Rate Alerts".
    """
    tiers = dict.fromkeys(pair.tier for pair in policy)
    return [_alert(slo, tier, [pair for pair in policy if pair.tier == tier]) for tier in tiers]


def _alert(slo: Slo, tier: names.Tier, pairs: Sequence[BurnWindow]) -> AlertingRule:
    expr = reduce(Expr.__or__, (_pair(slo, pair) for pair in pairs))
    description = _DESCRIPTION.format(
        period=slo.period,
        name=_literal(slo.display_name or slo.name),
        objective=slo.objective_ratio * 100,
    )
    return AlertingRule(
        names.ALERT,
        expr.pretty(),
        {**slo.identity, names.LABEL_TIER: tier},
        {"summary": _SUMMARY, "description": description},
    )


def _pair(slo: Slo, pair: BurnWindow) -> Expr:
    long, short = (
        Selector(names.burn_name(window_name(window_s)), (Matcher(names.LABEL_ID, "=", slo.id),))
        > pair.threshold(slo.period_s)
        for window_s in (pair.long_s, pair.short_s)
    )
    return long & short


def _literal(text: str) -> str:
    """Keep Prometheus from taking a user's text for a template."""
    return text.replace("{{", '{{ "{{" }}')
