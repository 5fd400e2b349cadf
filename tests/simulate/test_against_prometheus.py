"""The engine against Prometheus's own rule evaluation, on the same events."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sloctl.model import names
from sloctl.model.alerting import AlertCondition, Alerting, AlertRequest
from sloctl.model.rules import RecordingRule, RuleGroup
from sloctl.model.slo import Slo
from sloctl.model.windows import DAY_S
from sloctl.rulegen import rule_groups
from sloctl.rulegen.watch import watched
from sloctl.simulate import History, Setting, watch
from sloctl.simulate.windows import Windows
from tests.rules import samples
from tests.rules.promtool import evaluate, value

MINUTES = 30 * 60
"""More than a day, so that hours leave the window of one."""
GAP = slice(1000, 1003)
OUTAGES = {200: (16, 1.0), 460: (6, 0.5), 700: (90, 0.05), 1105: (2, 1.0), 1500: (12, 1.0)}
"""How many minutes and which share of errors, by the minute when it starts."""


def events() -> History:
    """Make up a day and more of uneven traffic with incidents, and with three slices that were not recorded."""
    rng = np.random.default_rng(7)
    ratio = np.full(MINUTES, 0.0005)
    for start, (length, share) in OUTAGES.items():
        ratio[start : start + length] = share
    total = rng.poisson(12 + 11 * np.cos(np.arange(MINUTES) / 1440 * 2 * np.pi)).astype(float)
    bad, present = rng.binomial(total.astype(int), ratio).astype(float), np.ones(MINUTES)
    bad[0] = total[0] = present[0] = 0  # the first scrape only tells where the counters stand
    for counts in (bad, total):  # what a gap misses comes in with the first scrape after it
        counts[GAP.stop] += counts[GAP].sum()
        counts[GAP] = 0
    present[GAP] = 0
    return History(bad, total, present, ())


def series(history: History) -> dict[str, str]:
    """Write the counters that a target would expose, scraped every minute."""

    def values(counts: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> str:
        texts = [str(int(count)) for count in np.cumsum(counts)]
        texts[GAP] = ["stale", "_", "_"]
        return " ".join(texts)

    target = 'job="shop", instance="a"'
    up = ["1"] * MINUTES
    up[GAP] = ["0"] * 3
    return {
        f"up{{{target}}}": " ".join(up),
        f'requests_total{{{target}, code="200"}}': values(history.total - history.bad),
        f'requests_total{{{target}, code="500"}}': values(history.bad),
    }


def request(name: str, severity: str, threshold: float, lookback_s: int, alert_after_s: int) -> AlertRequest:
    """Ask for an alert as OpenSLO does."""
    condition = AlertCondition(name, severity, "gt", threshold, lookback_s, alert_after_s)
    return AlertRequest(name, condition, (), when_breaching=True)


ASKED = Alerting(requests=(request("fast", "page", 10, 1800, 300), request("slow", "ticket", 2, DAY_S, 3600)))


def groups(slo: Slo) -> list[RuleGroup]:
    """Give an SLO's rules so that promtool, which evaluates all groups every minute, heeds their intervals."""

    def held(rule: RecordingRule, interval_s: float) -> RecordingRule:
        """Record what is recorded already, but where the group's turn has come."""
        phase = f"vector(time()) % {interval_s:g}"
        return replace(
            rule, expr=f"({rule.expr}) and on () ({phase} == 0) or on () ({rule.record} and on () ({phase} > 0))"
        )

    slices, hours = rule_groups(slo)  # of one SLO, so that a name is one series
    rules = (held(rule, hours.interval_s) for rule in hours.rules if isinstance(rule, RecordingRule))
    return [slices, replace(hours, rules=tuple(rules))]


@pytest.mark.parametrize(
    "alerting",
    [Alerting(), pytest.param(ASKED, marks=pytest.mark.long)],
    ids=["the standard policy", "a spec's own conditions"],
)
def test_alerts_fire_in_the_same_minutes(alerting: Alerting, tmp_path: Path) -> None:
    """Minute by minute, over more than a day, the alerts that promtool finds firing are those of the engine."""
    slo, history = replace(samples.slo(), alerting=alerting), events()
    policy = watched(slo)
    run = watch(Setting(slo.objective_ratio, slo.period_s, (policy,)), history)
    expected = {alert.tier: spans(fires) for alert, fires in zip(policy.alerts, run.fires[0], strict=True)}
    queries = [(f'sum by ({names.LABEL_TIER}) (ALERTS{{alertstate="firing"}})', minute) for minute in range(MINUTES)]

    answers = evaluate(groups(slo), series(history), queries, tmp_path)

    found = {
        tier: {minute for minute, answer in enumerate(answers) if frozenset({(names.LABEL_TIER, tier)}) in answer}
        for tier in ("page", "ticket")
    }
    assert expected == found
    assert all(20 < len(minutes) < MINUTES - 20 for minutes in found.values())


def spans(fires: Sequence[tuple[int, int]]) -> set[int]:
    """List every minute in which an alert fires."""
    return {minute for start, end in fires for minute in range(start, end)}


@pytest.mark.long
def test_windows_hold_what_the_rules_record(tmp_path: Path) -> None:
    """Sums over slices and sums over hours are those of the rules, at any minute of the hour."""
    slo, history = samples.slo(), events()
    minutes, windows = range(101, MINUTES, 7), Windows(history, slo.period_s)
    asked = []
    for window, window_s in {"5m": 300, "6h": 21600, "1d": DAY_S, "30d": 30 * DAY_S}.items():
        # Read through an alert's eyes: a long window is seen from the evaluation after its own on.
        late = 0 if window_s < DAY_S else 1
        sums = windows.sum("total", window_s, 0, MINUTES)
        asked += [((names.sum_name("total", window), minute - late), sums[minute]) for minute in minutes]

    answers = evaluate(groups(slo), series(history), [query for query, _ in asked], tmp_path)

    assert [found for _, found in asked] == [value(answer) for answer in answers]
