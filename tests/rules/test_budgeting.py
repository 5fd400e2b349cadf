"""Budgets in slices, and those of composites, against plain Python on the same slices."""

import random
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

import pytest

from sloctl.model.indicators import Counter, Matcher, RatioIndicator, ThresholdIndicator
from sloctl.model.slo import Budgeting, Objective, Slo
from sloctl.model.windows import BurnWindow
from sloctl.rulegen import rule_groups
from sloctl.rulegen.watch import watched
from tests.rules.promtool import evaluate, value
from tests.rules.reference import Events, budget_left
from tests.rules.samples import ERRORS, member, query, slo

MINUTES = 130
ASKED = (20, 64, 122, 130)
UP = {'up{job="j", instance="a"}': f"1x{MINUTES}"}


def traffic(seed: int) -> list[Events]:
    """Make events minute by minute; a third of the time nothing happens, for a quarter of an hour at least once."""
    rng = random.Random(seed)
    totals = [rng.choice((0, 7, 20)) if not 30 <= minute < 46 else 0 for minute in range(MINUTES)]
    return [Events(rng.randint(0, total) if rng.random() < 0.3 else 0, total) for total in totals]


def counters(metric: str, events: Sequence[Events]) -> dict[str, str]:
    """Write the events as counters, from 0 at minute 0 on."""
    good, bad = (
        " ".join(map(str, accumulate(numbers, initial=0)))
        for numbers in ([e.total - e.bad for e in events], [e.bad for e in events])
    )
    labels = 'job="j", instance="a"'
    return {f'{metric}{{{labels}, code="200"}}': good, f'{metric}{{{labels}, code="500"}}': bad}


def errors_of(metric: str) -> RatioIndicator:
    """Give the ratio of errors among the events of a counter."""
    return RatioIndicator(Counter(metric), Counter(metric, (Matcher("code", "=", "500"),)), part_is_good=False)


def asked(one: Slo, series: dict[str, str], expr: str, folder: Path) -> list[float | None]:
    """Evaluate the rules of an SLO and give what an expression is at the minutes asked for."""
    results = evaluate(rule_groups(one), {**UP, **series}, [(expr, minute) for minute in ASKED], folder)
    return [value(result) for result in results]


@pytest.mark.parametrize("minutes", [1, 5, 15, 60])
@pytest.mark.parametrize("budgeting", ["Timeslices", "RatioTimeslices"])
def test_a_budget_in_slices_is_what_the_specification_says(budgeting: Budgeting, minutes: int, tmp_path: Path) -> None:
    """Slices end on whole multiples of their length, and those without events count neither way."""
    objective = Objective(0.9, slice_s=minutes * 60, slice_ratio=0.8 if budgeting == "Timeslices" else 0)
    one = slo(ERRORS, objective, budgeting=budgeting)
    events = traffic(seed=minutes)

    found = asked(one, counters("requests_total", events), "slo:budget_left:ratio", tmp_path)

    expected = [budget_left(one, [events[:now]]) if now >= minutes else None for now in ASKED]
    assert found == [None if left is None else pytest.approx(left, abs=1e-9) for left in expected]


@pytest.mark.parametrize(("target", "bad"), [(0.71, 0), (0.711, 1)])
def test_a_slice_that_just_meets_its_target_is_good(target: float, bad: int, tmp_path: Path) -> None:
    """71 of 100 are a share of 0.71, whatever binary fractions make of it."""
    one = slo(ERRORS, Objective(0.9, slice_s=60, slice_ratio=target), budgeting="Timeslices")
    series = counters("requests_total", [Events(29, 100)] * MINUTES)

    assert asked(one, series, "slo:bad:slice", tmp_path) == [bad] * len(ASKED)


def test_a_gauge_can_be_kept_in_slices(tmp_path: Path) -> None:
    """A slice of five minutes is good where the gauge is, for the share of it that is asked for."""
    objective = Objective(0.9, slice_s=300, slice_ratio=0.6)
    one = slo(ThresholdIndicator(query("depth"), "lt", 5), objective, budgeting="Timeslices")
    series = {"depth": "0x60 9 9 9 0 0 9 9" + " 0" * 80}  # bad minutes 61 to 63, then 66 and 67

    assert asked(one, series, "sum_over_time(slo:bad:slice[3h])", tmp_path)[-1] == 1


@pytest.mark.parametrize("budgeting", ["Occurrences", "Timeslices", "RatioTimeslices"])
def test_a_composite_is_what_its_members_are(budgeting: Budgeting, tmp_path: Path) -> None:
    """Burn adds up by weight; a time slice is bad where it is for any member; one without events burns nothing."""
    slice_s = 0 if budgeting == "Occurrences" else 300
    slice_ratio = 0.8 if budgeting == "Timeslices" else 0
    names, ratios, weights = ("a_total", "b_total", "idle_total"), (0.9, 0.8, 0.99), (1, 3, 2)
    objectives = [
        member(errors_of(name), name[:-6], Objective(ratio, slice_s=slice_s, slice_ratio=slice_ratio), weight)
        for name, ratio, weight in zip(names, ratios, weights, strict=True)
    ]
    one = slo(None, *objectives, budgeting=budgeting)
    events = [traffic(1), traffic(2), [Events(0, 0)] * MINUTES]
    series = {
        key: text for name, those in zip(names, events, strict=True) for key, text in counters(name, those).items()
    }

    found = asked(one, series, 'slo:budget_left:ratio{slo_id="service/s"}', tmp_path)

    expected = [budget_left(one, [those[:now] for those in events]) for now in ASKED]
    assert found == [pytest.approx(left, abs=1e-9) for left in expected]


def test_no_window_is_shorter_than_a_slice_of_the_budget() -> None:
    """A short window takes the next one that holds a slice; what cannot hold one does not alert."""
    objective = Objective(0.9, slice_s=7200, slice_ratio=0.9)
    policy = watched(slo(ERRORS, objective, budgeting="Timeslices"))

    pairs = [(pair.long_s, pair.short_s) for alert in policy.alerts for pair in alert.pairs]
    assert pairs == [(6 * 3600, 7200), (86400, 7200), (3 * 86400, 6 * 3600)]
    assert all(isinstance(pair, BurnWindow) for alert in policy.alerts for pair in alert.pairs)


@pytest.mark.parametrize(("budgeting", "guarded"), [("Occurrences", True), ("RatioTimeslices", False)])
def test_only_events_are_guarded(budgeting: Budgeting, guarded: bool) -> None:
    """Whether errors are chance is a question of events; slices and gauges have no such limit."""
    objective = Objective(0.9, slice_s=0 if guarded else 60)

    assert next(alert.guarded for alert in watched(slo(ERRORS, objective, budgeting=budgeting)).alerts) is guarded
    assert not any(alert.guarded for alert in watched(slo(ThresholdIndicator(query("a"), "lt", 1), objective)).alerts)
