"""Burn-rate alerts: a long window proves that much of the budget is gone, a short one that it is still going."""

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce

from sloctl.model import names
from sloctl.model.alerting import TierAlert
from sloctl.model.durations import window_name
from sloctl.model.periods import CalendarPeriod
from sloctl.model.policies import AlertPolicy, BurnAlert
from sloctl.model.rules import AlertingRule, RecordingRule
from sloctl.model.slo import Slo
from sloctl.model.windows import BurnWindow
from sloctl.promql.tree import Binary, Expr, Matching, Number, call
from sloctl.rulegen.guard import limit
from sloctl.rulegen.own import own, record

_SUMMARY = "{{ $labels.service }} spends the error budget of {{ $labels.slo }} too fast"
_DESCRIPTION = (
    "Errors burn the {period} budget of {name} (objective {objective:.6g} %) at "
    '{{{{ $value | printf "%.1f" }}}} times the rate that it can sustain.'
)


def judgements(slo: Slo, policy: AlertPolicy, windows_s: Iterable[int]) -> list[RecordingRule]:
    """
    Record what the alerts compare: burn weighted by traffic, and the limits of the guard.

    Args:
        slo: The SLO.
        policy: What alerts.
        windows_s: Which windows, in seconds; those that the policy does not watch are passed over.
    """
    guarded = {pair.long_s for alert in policy.alerts if alert.guarded for pair in alert.pairs}
    rules = []
    for window_s in windows_s:
        if policy.weighted and window_s in policy.windows_s:
            rules.append(record(slo, names.weighted_name(window_name(window_s)), _weighted(slo, window_s)))
        if window_s in guarded:
            rules.append(record(slo, names.limit_name(window_name(window_s)), limit(_sustained(slo, window_s))))
    return rules


def conditions(slo: Slo, policy: AlertPolicy) -> list[str]:
    """
    Write when each alert of a policy fires.

    Source: SRE Workbook, "Alerting on SLOs", approach 6, "Multiwindow, Multi-Burn-Rate Alerts".
    """
    return [
        reduce(Expr.__or__, (_pair(slo, policy, alert, pair) for pair in alert.pairs)).pretty()
        for alert in policy.alerts
    ]


def alerts(slo: Slo, policy: AlertPolicy, exprs: Sequence[str], annotations: Mapping[str, str]) -> list[AlertingRule]:
    """
    Write the alerts of a policy.

    Args:
        slo: The SLO.
        policy: What alerts.
        exprs: When, as [`conditions`][sloctl.rulegen.alerts.conditions] gives it.
        annotations: What all alerts say.
    """
    return [_alert(slo, alert, expr, annotations) for alert, expr in zip(policy.alerts, exprs, strict=True)]


def _alert(slo: Slo, alert: BurnAlert, expr: str, annotations: Mapping[str, str]) -> AlertingRule:
    description = _DESCRIPTION.format(
        period=slo.period,
        name=literal(slo.display_name or slo.name),
        objective=slo.objective_ratio * 100,
    )
    special = slo.alerting.tiers.get(alert.tier, TierAlert())
    asked = (
        {names.LABEL_REQUEST: alert.request.name, "severity": alert.request.condition.severity} if alert.request else {}
    )
    texts = {"summary": _SUMMARY, "description": description, **annotations}
    return AlertingRule(
        names.ALERT,
        expr,
        {**slo.alerting.labels, **special.labels, **asked, **slo.identity, names.LABEL_TIER: alert.tier},
        {**texts, **slo.alerting.annotations, **special.annotations},
        alert.for_s,
        alert.keep_firing_s,
    )


def _pair(slo: Slo, policy: AlertPolicy, alert: BurnAlert, pair: BurnWindow) -> Expr:
    burn = names.weighted_name if policy.weighted else names.burn_name
    windows = dict.fromkeys(map(window_name, (pair.long_s, pair.short_s)))
    compared = ">=" if alert.request and alert.request.condition.op == "gte" else ">"
    threshold = Number(pair.threshold(slo.period_s))
    conditions: list[Expr] = [Binary(compared, own(slo, burn(window)), threshold) for window in windows]
    if alert.guarded:
        window = window_name(pair.long_s)
        conditions.append(own(slo, names.sum_name("bad", window)) >= own(slo, names.limit_name(window)))
    return reduce(Expr.__and__, conditions)


def _weighted(slo: Slo, window_s: int) -> Expr:
    """
    Compare a window's bad events with what the budget sustains at the period's average traffic.

    What traffic above the average sustains by itself is taken off, so that the burn is above 1 only where the objective
    is missed, however much the traffic grows. The period counts as far as it is known, which is as many windows as
    *known* says; while all is younger than the window, this is the plain burn rate. A period of the calendar may be
    younger than what its windows hold: then they count themselves.
    """
    bad, total = (own(slo, names.sum_name(count, window_name(window_s))) for count in ("bad", "total"))
    seen: Expr = own(slo, names.sum_name("total", slo.period))
    windows: Expr = own(slo, names.COVERAGE) * (slo.period_s / window_s)
    if isinstance(slo.time_window, CalendarPeriod):
        seen = (seen > total) | total
        length = own(slo, names.PERIOD) / window_s
        windows = Binary("*", own(slo, names.COVERAGE), length, Matching("on", (), "left"))
    known = call("clamp_min", windows, 1)
    surplus = call("clamp_min", total / seen * known - 1, 0)
    return bad / (slo.budget_ratio * seen > 0) * known - surplus


def _sustained(slo: Slo, window_s: int) -> Expr:
    return slo.budget_ratio * own(slo, names.sum_name("total", window_name(window_s)))


def literal(text: str) -> str:
    """Keep Prometheus from taking a user's text for a template."""
    return text.replace("{{", '{{ "{{" }}')
