"""
Rules as Sloth writes them, for dashboards and alerts that know its names.

They keep Sloth's faults too: ratios of rates lose first errors, and the period is a mean of ratios, in which a quiet
minute weighs as much as a busy one, and which is no number where there was a minute without traffic.

Source: https://github.com/slok/sloth, v0.16.0, internal/plugin/slo/core and internal/alert/window.go.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Final

from sloctl.model import names
from sloctl.model.alerting import TierAlert
from sloctl.model.durations import window_name
from sloctl.model.findings import Finding, Severity
from sloctl.model.indicators import Counter, Expression, Matcher, QueryRatioIndicator, RatioIndicator, RawIndicator
from sloctl.model.names import Tier
from sloctl.model.periods import CalendarPeriod
from sloctl.model.rules import AlertingRule, RecordingRule, RuleGroup
from sloctl.model.slo import Slo
from sloctl.model.windows import DAY_S, HOUR_S, WORKBOOK, BurnWindow
from sloctl.promql.tree import Aggregate, Binary, Expr, Matching, Number, Selector, call, sum_by
from sloctl.promql.window import at_window

_VERSION: Final = "v0.16.0"
_SHORTEST_S: Final = 300
"""The window whose ratio the period is the mean of."""
_LABELS: Final = ("sloth_id", "sloth_service", "sloth_slo")
_WINDOW: Final = "sloth_window"
_TITLES: Final[dict[Tier, str]] = {"page": "too fast", "ticket": "over what it sustains"}


def compat_limits(slo: Slo) -> Iterator[Finding]:
    """
    Say what Sloth has no rules for.

    Args:
        slo: As it was read.
    """

    def fault(place: str, summary: str) -> Finding:
        hint = "the rules without --compat can do it"
        return Finding(*slo.origin.place(place), "not-supported", Severity.ERROR, summary, hint)

    if isinstance(slo.time_window, CalendarPeriod):
        yield fault("time_window", "Sloth's periods do not follow the calendar")
    if slo.budgeting != "Occurrences" or slo.is_composite:
        yield fault("objectives", "Sloth counts events, of one indicator")
    elif not isinstance(slo.indicator, RatioIndicator | QueryRatioIndicator | RawIndicator):
        yield fault("indicator", "Sloth measures ratios of queries")
    if slo.alerting.requests:
        yield fault("alerting", "Sloth's alerts watch pairs of windows, not conditions of a spec")


def compat_groups(slo: Slo) -> tuple[RuleGroup, RuleGroup, RuleGroup]:
    """
    Write the rules of one SLO as Sloth does.

    Args:
        slo: With one objective, of a kind that [`compat_limits`][sloctl.rulegen.compat.compat_limits] finds no fault
            with.
    """
    sloth = _Sloth(slo)
    groups = (("sli-recordings", sloth.indicators()), ("meta-recordings", sloth.facts()), ("alerts", sloth.alerts()))
    first, second, third = (RuleGroup(f"sloth-slo-{name}-{sloth.id}", 0, tuple(rules)) for name, rules in groups)
    return first, second, third


@dataclass(frozen=True, slots=True)
class _Sloth:
    slo: Slo

    @property
    def id(self) -> str:
        return f"{self.slo.service}-{self.slo.name}"

    @property
    def _identity(self) -> dict[str, str]:
        return dict(zip(_LABELS, (self.id, self.slo.service, self.slo.name), strict=True))

    @property
    def _labels(self) -> dict[str, str]:
        return {name: ", ".join(texts) for name, texts in self.slo.labels.items()} | self._identity

    @property
    def _percent(self) -> float:
        return round(self.slo.objective_ratio * 100, 10)

    @property
    def _pairs(self) -> tuple[BurnWindow, ...]:
        return self.slo.alerting.pairs or WORKBOOK

    def indicators(self) -> Iterator[RecordingRule]:
        windows_s = {_SHORTEST_S, *(window_s for pair in self._pairs for window_s in (pair.short_s, pair.long_s))}
        for window_s in sorted(windows_s - {self.slo.period_s}):
            yield self._record(_sli(window_s), self._ratio(window_s), window_s)
        shortest = self._own(_sli(_SHORTEST_S)).over(self.slo.period_s)
        summed, counted = call("sum_over_time", shortest), call("count_over_time", shortest)
        mean = Binary("/", summed, counted, Matching("ignoring", (_WINDOW,)))
        yield self._record(_sli(self.slo.period_s), mean, self.slo.period_s)

    def facts(self) -> Iterator[RecordingRule]:
        objective = self._percent / 100
        yield self._record("slo:objective:ratio", call("vector", objective))
        yield self._record("slo:error_budget:ratio", call("vector", 1 - Number(objective)))
        yield self._record("slo:time_period:days", call("vector", self.slo.period_s / DAY_S))
        for name, window_s in (("current", _SHORTEST_S), ("period", self.slo.period_s)):
            ratio, budget = self._own(_sli(window_s)), self._own("slo:error_budget:ratio")
            matching = Matching("on", ("sloth_id", "sloth_slo", "sloth_service"), "left")
            yield self._record(f"slo:{name}_burn_rate:ratio", Binary("/", ratio, budget, matching))
        left = 1 - self._own("slo:period_burn_rate:ratio")
        yield self._record("slo:period_error_budget_remaining:ratio", left)
        info = {
            "sloth_mode": "cli-gen-prom",
            "sloth_objective": f"{self._percent:.12g}",
            "sloth_spec": "prometheus/v1",
            "sloth_version": _VERSION,
        }
        yield RecordingRule("sloth_slo_info", str(call("vector", 1)), self._labels | info)

    def alerts(self) -> Iterator[AlertingRule]:
        alerting = self.slo.alerting
        for tier, title in _TITLES.items():
            special = alerting.tiers.get(tier, TierAlert())
            pairs = [self._burns(pair) for pair in self._pairs if pair.tier == tier]
            if not special.enabled or not pairs:
                continue
            of_slo = "{{$labels.sloth_service}} {{$labels.sloth_slo}}"
            texts = {
                "title": f"({tier}) {of_slo}: the error budget burns {title}",
                "summary": f"{of_slo} burns its error budget faster than expected",
            }
            yield AlertingRule(
                alerting.name or names.ALERT,
                reduce(Expr.__or__, pairs).pretty(),
                {**alerting.labels, **special.labels, "sloth_severity": tier},
                {**texts, **alerting.annotations, **special.annotations},
            )

    def _burns(self, pair: BurnWindow) -> Expr:
        hours = round(pair.budget_share * 100, 9) * self.slo.period_s / HOUR_S / 100
        threshold = Number(hours / (pair.long_s / HOUR_S)) * ((100 - self._percent) / 100)
        short, long = (
            Aggregate("max", self._own(_sli(window_s)) > threshold, (_WINDOW,), "without")
            for window_s in (pair.short_s, pair.long_s)
        )
        return short & long

    def _ratio(self, window_s: int) -> Expr:
        whole: Expr
        some: Expr
        match self.slo.indicator:
            case RatioIndicator(total, part, part_is_good, group_by):
                whole, some = (sum_by(_rate(counter, window_s), group_by) for counter in (total, part))
            case QueryRatioIndicator(all_of_it, share, part_is_good):
                whole, some = at_window(all_of_it, window_s), at_window(share, window_s)
            case RawIndicator(Expression() as ratio, is_good):
                return 1 - at_window(ratio, window_s) if is_good else at_window(ratio, window_s)
            case indicator:
                raise TypeError(f"{self.slo.id} measures {indicator}, which Sloth cannot")
        return (whole - some if part_is_good else some) / whole

    def _own(self, name: str) -> Selector:
        return Selector(name, tuple(Matcher(label, "=", value) for label, value in self._identity.items()))

    def _record(self, name: str, expr: Expr, window_s: int = 0) -> RecordingRule:
        window = {_WINDOW: window_name(window_s)} if window_s else {}
        return RecordingRule(name, expr.pretty(), self._labels | window)


def _sli(window_s: int) -> str:
    return f"slo:sli_error:ratio_rate{window_name(window_s)}"


def _rate(counter: Counter, window_s: int) -> Expr:
    return call("rate", Selector(counter.metric, counter.matchers, window_s))
