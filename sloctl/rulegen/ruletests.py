"""
Tests for the rules of an SLO, to be run by `promtool test rules`.

What windows and alerts make of slices is tested for every SLO, with slices given. How slices are counted is tested
where the SLO reads counters for whose matchers series can be found.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby, product

from sloctl.model import names
from sloctl.model.durations import window_name
from sloctl.model.names import Cause, Count
from sloctl.model.periods import CalendarPeriod
from sloctl.model.policies import BurnAlert
from sloctl.model.rules import Scheme
from sloctl.model.ruletests import Expected, RuleTest
from sloctl.model.slo import Slo
from sloctl.model.windows import DAY_S, HOUR_S, HOUR_WINDOWS_S, SLICE_WINDOWS_S, BurnWindow
from sloctl.promql.tree import Selector, quote
from sloctl.rulegen.absence import FOR_S, counted, wants_alerts
from sloctl.rulegen.calendar import starts_with_unix_time
from sloctl.rulegen.composite import Composite
from sloctl.rulegen.countertests import counter_tests
from sloctl.rulegen.own import own
from sloctl.rulegen.scenario import Scenario
from sloctl.rulegen.slicetests import measure_tests, time_slice_tests
from sloctl.rulegen.watch import watched

_PER_SLICE = 1000.0
_ABOVE, _BELOW = 1.05, 0.95
"""Where an alert must fire and where it must not, in thresholds."""
_SIDES = (("above", _ABOVE, _ABOVE), ("long below", _BELOW, _ABOVE), ("short below", _ABOVE, _BELOW))
_LONGEST_S = 31 * DAY_S
"""Longer windows take promtool too long."""
_COUNTS: tuple[Count, ...] = ("bad", "total")
_SEEN_S = 600
"""How long there is something to measure before it is gone."""
_NOTHING: dict[str, float] = {}
_GIVEN = "given"
"""A label that keeps given slices apart, from each other and from what the rules make of no counters."""


def rule_tests(slo: Slo, slice_s: float, scheme: Scheme = "slices") -> Iterator[RuleTest]:
    """
    Write the tests of an SLO's rules.

    Args:
        slo: With one objective, or a composite.
        slice_s: Seconds between two evaluations, as the rules have it.
        scheme: How they read counters; what rates make of them is Prometheus's own, and left untested.
    """
    tests = _Tests(slo, slice_s)
    yield from tests.of_windows()
    yield from tests.without_events()
    if not isinstance(slo.time_window, CalendarPeriod) or starts_with_unix_time(slo.time_window):
        yield from tests.of_alerts()
    yield from tests.of_slices(scheme)


class _Tests:
    def __init__(self, slo: Slo, slice_s: float) -> None:
        self._slo = slo
        self._slice_s = slice_s
        self._policy = watched(slo)
        composite = Composite(slo) if slo.is_composite else None
        self._whole = composite.whole if composite else slo
        is_of_members = composite is not None and slo.budgeting != "Timeslices"
        members = [member for member, _ in composite.members] if composite else []
        self._fed = members if is_of_members else [self._whole]
        """The SLOs whose slices the rules read."""
        self._measured = composite.members if composite else [(slo, slo.indicator)] if slo.indicator else []
        """What the slices come from."""
        _, first = self._measured[0]
        self._group = dict.fromkeys(first.group_by, "x")

    def of_windows(self) -> Iterator[RuleTest]:
        """Test that each window holds as many slices as its name says."""
        longest = self._count(max(SLICE_WINDOWS_S)) + 1
        yield self._sums("windows of slices", self._slice_s, SLICE_WINDOWS_S, longest)
        hours_s = [*HOUR_WINDOWS_S]
        if not isinstance(self._slo.time_window, CalendarPeriod) and self._slo.period_s <= _LONGEST_S:
            hours_s.append(self._slo.period_s)
        yield self._sums("windows of hours", HOUR_S, hours_s, max(hours_s) // HOUR_S + 1)

    def _sums(self, given: str, step_s: float, windows_s: Sequence[int], steps: int) -> RuleTest:
        values = list(map(float, range(1, steps + 1)))
        expected = []
        for slo, window_s in product(self._fed, dict.fromkeys(windows_s)):
            for count in _COUNTS if window_s >= slo.objectives[0].slice_s else ():
                series = own(slo, names.sum_name(count, window_name(window_s)))
                held = sum(values[-round(window_s / step_s) :])
                expected.append(self._expected(series.where(_GIVEN, given), steps * step_s, held))
            ratios = {names.error_name: 1, names.burn_name: 1 / slo.budget_ratio}
            for name, value in ratios.items() if window_s >= slo.objectives[0].slice_s else ():
                series = own(slo, name(window_name(window_s)))
                expected.append(self._expected(series.where(_GIVEN, given), steps * step_s, value))
        return self._test(given, step_s, [values] * len(self._fed), values, expected)

    def of_slices(self, scheme: Scheme) -> Iterator[RuleTest]:
        """Test what becomes of what is measured."""
        for slo, indicator in self._measured:
            if scheme == "slices":
                yield from counter_tests(slo, indicator, self._slice_s)
            yield from measure_tests(slo, indicator, self._slice_s)
            yield from time_slice_tests(slo, dict.fromkeys(indicator.group_by, "x"), self._slice_s)

    def without_events(self) -> Iterator[RuleTest]:
        """Test that nothing is made of nothing."""
        slices = self._count(HOUR_S)
        until_s = slices * self._slice_s
        zeros = [0.0] * slices
        left = own(self._whole, names.BUDGET_LEFT)
        of_idle = [
            self._expected(left if self._slo.is_composite else left.where(_GIVEN, "no traffic"), until_s, 1),
            self._nothing("no traffic", until_s),
            *(self._firing(alert, "no traffic", until_s, is_firing=False) for alert in self._policy.alerts),
        ]
        yield self._test("no traffic", self._slice_s, [zeros] * len(self._fed), zeros, of_idle)
        absent = [Expected(str(left), until_s, _NOTHING), self._nothing("", until_s)]
        absent += self._blind("never-matched", until_s + self._slice_s)
        yield RuleTest("Without data nothing else is said", self._slice_s, {}, tuple(absent))
        seen = self._count(_SEEN_S)
        series = {f"{counted(slo).metric}{_written({**slo.identity, **self._group})}" for slo, _ in self._measured}
        gone_s = _SEEN_S + FOR_S["target-down"] + 2 * self._slice_s
        blind = tuple(self._blind("target-down", gone_s))
        name = f"{self._slo.id}: what was measured is gone"
        yield RuleTest(name, self._slice_s, dict.fromkeys(sorted(series), f"1x{seen} stale"), blind)

    def _blind(self, cause: Cause, at_s: float) -> Iterator[Expected]:
        """Expect an alert for each part that is not measured, and its cause alone."""
        for slo, _ in self._measured if wants_alerts(self._slo) else []:
            matchers = {"alertname": names.ALERT_NO_DATA, "alertstate": "firing", names.LABEL_ID: slo.id}
            by_cause = f"count by ({names.LABEL_CAUSE}) (ALERTS{_written(matchers)})"
            yield Expected(by_cause, at_s, {_written({names.LABEL_CAUSE: cause}): 1})

    def of_alerts(self) -> Iterator[RuleTest]:
        """Test that alerts fire just beyond their thresholds and not just below, and end when the errors do."""
        for alert in self._policy.alerts:
            for pair in alert.pairs:
                threshold = pair.threshold(self._slo.period_s)
                if threshold * _ABOVE * max(slo.budget_ratio for slo in self._fed) > 1:
                    continue
                request = f" {alert.request.name}" if alert.request else ""
                name = f"{alert.tier}{request} over {window_name(pair.long_s)}"
                for side, long, short in _SIDES:
                    yield self._burning(f"{name}: {side}", pair, long * threshold, short * threshold)

    def _burning(self, given: str, pair: BurnWindow, long: float, short: float) -> RuleTest:
        """
        Burn so that both windows of a pair have the burn rates asked for.

        Where the long one is an hour, it follows a calm so long that windows of hours hardly notice. Any longer one
        holds all there is, which is longer than the short one and than other long ones that are shorter.
        """
        is_hour = pair.long_s <= HOUR_S
        calm = self._count(2.5 * pair.long_s) if is_hour else 0
        burning = self._count(pair.long_s if is_hour else max(2 * HOUR_S, pair.short_s + HOUR_S))
        last = min(self._count(pair.short_s), burning)
        first = [(long * burning - short * last) / (burning - last)] * (burning - last) if last < burning else []
        after = self._count(min(pair.short_s, 2 * HOUR_S)) + 3
        burns = [0.0] * calm + first + [short] * last + [0.0] * after
        scenario = Scenario(self._whole, self._slice_s, _PER_SLICE, burns)
        expected = []
        for slices, alert in product((calm + burning, len(burns)), self._policy.alerts):
            is_firing = scenario.fires(self._policy, alert, slices)
            keeps_firing = slices == len(burns) and alert.keep_firing_s
            if is_firing is not None and not keeps_firing:
                expected.append(self._firing(alert, given, slices * self._slice_s, is_firing=is_firing))
        bad = [[each * slo.budget_ratio * _PER_SLICE for each in burns] for slo in self._fed]
        return self._test(given, self._slice_s, bad, [_PER_SLICE] * len(burns), expected)

    def _count(self, seconds: float) -> int:
        return round(seconds / self._slice_s)

    def _test(
        self,
        given: str,
        step_s: float,
        bad: Sequence[Sequence[float]],
        total: Sequence[float],
        expected: Sequence[Expected],
    ) -> RuleTest:
        """
        Give slices, the first one a step after the start.

        They are a part of the SLO of their own, so that many can be tested at once; composites have no parts.
        """
        series = {}
        for slo, numbers in zip(self._fed, bad, strict=True):
            labels = _written({**slo.identity, **self._group, _GIVEN: given})
            series[f"{names.BAD_SLICE}{labels}"] = _values(numbers)
            series[f"{names.TOTAL_SLICE}{labels}"] = _values(total)
        name = f"{self._slo.id}: {given}" if self._slo.is_composite else "Slices become windows, budgets and alerts"
        return RuleTest(name, step_s, series, tuple(expected))

    def _expected(self, series: Selector, at_s: float, value: float) -> Expected:
        by = f" by ({', '.join(self._group)}) " if self._group else ""
        return Expected(f"sum{by}({series})", at_s, {_written(self._group): value})

    def _nothing(self, given: str, at_s: float) -> Expected:
        """Expect no ratio, whose total would be 0."""
        matchers = {"__name__": ("=~", "slo:(error|burn):.*"), **self._of(given)}
        return Expected(f"count({_matching(matchers)})", at_s, _NOTHING)

    def _firing(self, alert: BurnAlert, given: str, at_s: float, *, is_firing: bool) -> Expected:
        request = {names.LABEL_REQUEST: ("=", alert.request.name)} if alert.request else {}
        matchers = {**self._of(given), names.LABEL_TIER: ("=", alert.tier), **request}
        return Expected(f"count(ALERTS{_matching(matchers)})", at_s, {"{}": 1} if is_firing else _NOTHING)

    def _of(self, given: str) -> dict[str, tuple[str, str]]:
        part = {} if self._slo.is_composite or not given else {_GIVEN: ("=", given)}
        return {names.LABEL_ID: ("=", self._slo.id), **part}


def _matching(matchers: dict[str, tuple[str, str]]) -> str:
    return "{" + ", ".join(f"{label}{op}{quote(value)}" for label, (op, value) in matchers.items()) + "}"


def _written(labels: dict[str, str]) -> str:
    return _matching({label: ("=", value) for label, value in labels.items()})


def _values(numbers: Sequence[float]) -> str:
    """Write values in promtool's notation, runs of one value shortened."""
    runs = [(number, len(list(run))) for number, run in groupby(numbers)]
    return " ".join(["_", *(f"{number:.15g}x{count - 1}" if count > 1 else f"{number:.15g}" for number, count in runs)])
