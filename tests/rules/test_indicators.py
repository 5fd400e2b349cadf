"""What each kind of indicator counts in a slice, as promtool evaluates it."""

from pathlib import Path

import pytest

from sloctl.model.indicators import (
    Counter,
    Indicator,
    Matcher,
    NativeHistogramIndicator,
    QueryRatioIndicator,
    RatioIndicator,
    RawIndicator,
    ThresholdIndicator,
)
from sloctl.model.rules import RuleGroup
from sloctl.promql.buckets import le_matcher
from sloctl.rulegen.budgeting import slices
from tests.rules.promtool import evaluate
from tests.rules.samples import query, slo
from tests.support.prometheus import find_prometheus_3

UP = {'up{job="j", instance="a"}': "1x60"}
A, B = 'job="j", instance="a"', 'job="j", instance="b"'
NAN = "NaN " * 10
Slices = dict[int, tuple[float | None, float | None]]
"""Bad and total by minute; `None` where there is none."""


def measured(
    indicator: Indicator, series: dict[str, str], minutes: list[int], folder: Path, program: Path | None = None
) -> Slices:
    """Evaluate an indicator that is not grouped, and give what its slices hold."""
    rules = RuleGroup("g", 60, tuple(slices(slo(indicator), indicator, 60)))
    queries = [(name, minute) for minute in minutes for name in ("slo:bad:slice", "slo:total:slice")]
    results = evaluate([rules], {**UP, **series}, queries, folder, program)
    values = [next(iter(result.values()), None) for result in results]
    assert all(len(result) <= 1 for result in results)
    return dict(zip(minutes, zip(values[::2], values[1::2], strict=True), strict=True))


@pytest.mark.parametrize("spelling", ["1", "1.0"])
def test_a_histogram_is_bad_beyond_its_threshold_however_le_is_spelt(spelling: str, tmp_path: Path) -> None:
    """Observations above the bound are bad, whether Prometheus 2 or 3 keeps the bucket's label."""
    good = Counter("seconds_bucket", (le_matcher(1),))
    indicator = RatioIndicator(Counter("seconds_count"), good, part_is_good=True)
    series = {f'seconds_bucket{{{A}, le="{spelling}"}}': "0+8x30", f"seconds_count{{{A}}}": "0+10x30"}

    assert measured(indicator, series, [10], tmp_path) == {10: (2, 10)}


@pytest.mark.parametrize(("is_good", "bad"), [(True, 30), (False, 10)])
def test_a_ratio_of_gauges_takes_amounts_as_they_are(is_good: bool, bad: float, tmp_path: Path) -> None:
    """A slice holds the amounts of its moment; a part that is missing is 0, one that is NaN too."""
    indicator = QueryRatioIndicator(query("sum(replicas)"), query("sum(ready)"), is_good)
    series = {"replicas": "40x30", "ready": f"10x9 _x10 {NAN}"}

    expected = {5: (bad, 40), 18: (40 if is_good else 0, 40), 23: (40 if is_good else 0, 40), 40: (None, None)}
    assert measured(indicator, series, list(expected), tmp_path) == expected


def test_counters_in_an_expression_lose_none_of_their_events(tmp_path: Path) -> None:
    """A rate or an increase within an expression counts first errors and resets as a plain counter does."""
    total = query("sum(rate(requests_total[w])) + sum(rate(jobs_total[w]))")
    part = query('sum(rate(requests_total{code="500"}[w]))')
    series = {
        f'requests_total{{{A}, code="200"}}': "0+10x30",
        f'requests_total{{{A}, code="500"}}': "_x9 7 7 7 9 2 2 2",
        f"jobs_total{{{A}}}": "0+5x30",
    }

    found = measured(QueryRatioIndicator(total, part, part_is_good=False), series, [8, 9, 10, 12, 13], tmp_path)

    assert found == {8: (0, 15), 9: (7, 22), 10: (0, 15), 12: (2, 17), 13: (2, 17)}


def test_a_rate_among_increases_stays_a_rate(tmp_path: Path) -> None:
    """What is divided by an increase, or compared with a number, is per second as PromQL has it."""
    ratio = QueryRatioIndicator(query("sum(increase(a[w]))"), query("60 * sum(rate(a[w]))"), part_is_good=False)
    threshold = ThresholdIndicator(query("sum(rate(a[w]))"), "lt", 5)
    series = {f"a{{{A}}}": "0+240x10 2400+360x10"}

    assert measured(ratio, series, [5], tmp_path) == {5: (240, 240)}
    assert measured(threshold, series, [5, 15], tmp_path) == {5: (0, 1), 15: (1, 1)}


@pytest.mark.parametrize(("is_good", "bad"), [(True, 0.25), (False, 0.75)])
def test_a_ready_made_ratio_weighs_each_slice_alike(is_good: bool, bad: float, tmp_path: Path) -> None:
    """A slice holds the bad share of 1, and nothing while the ratio is no number."""
    series = {"ratio": f"0.75x9 {NAN} {'Inf ' * 10}"}

    found = measured(RawIndicator(query("ratio"), is_good), series, [5, 12, 22, 40], tmp_path)

    assert found == {5: (bad, 1), 12: (None, None), 22: (None, None), 40: (None, None)}


@pytest.mark.parametrize(("op", "bad"), [("lt", (0, 1, 1)), ("lte", (0, 0, 1)), ("gt", (1, 1, 0)), ("gte", (1, 0, 0))])
def test_a_gauge_is_bad_unless_it_compares_well(op: str, bad: tuple[int, ...], tmp_path: Path) -> None:
    """Below, at and above the threshold, a slice is good or bad; without a value it is neither."""
    indicator = ThresholdIndicator(query("gauge"), op, 5)  # type: ignore[arg-type]
    series = {"gauge": f"4x9 5x9 {'Inf ' * 10} {NAN}"}

    found = measured(indicator, series, [5, 15, 25, 35], tmp_path)

    assert found == {5: (bad[0], 1), 15: (bad[1], 1), 25: (bad[2], 1), 35: (None, None)}


def test_every_series_of_a_bool_gauge_counts(tmp_path: Path) -> None:
    """Where an indicator returns several series, each of them is a part of the slice."""
    indicator = ThresholdIndicator(query('up{job="j"}'), "gte", 1)
    series = {f"up{{{B}}}": "1x9 0x9"}

    assert measured(indicator, series, [5, 15], tmp_path) == {5: (0, 2), 15: (1, 2)}


def test_parts_of_an_slo_are_kept_apart(tmp_path: Path) -> None:
    """Each combination of the labels of `by` has slices of its own."""
    indicator = ThresholdIndicator(query("depth"), "lt", 5, ("queue",))
    rules = RuleGroup("g", 60, tuple(slices(slo(indicator), indicator, 60)))
    series = {'depth{queue="a"}': "4x9", 'depth{queue="b"}': "6x9"}

    (found,) = evaluate([rules], series, [("slo:bad:slice", 5)], tmp_path)

    assert {dict(labels)["queue"]: value for labels, value in found.items()} == {"a": 0, "b": 1}


@pytest.mark.parametrize(("op", "bad"), [("lte", 6), ("gt", 4)])
def test_a_native_histogram_is_split_at_its_threshold(op: str, bad: float, tmp_path: Path) -> None:
    """Its observations beyond the threshold are counted, also over a reset and from its first one on."""
    # Per minute: 4 in (0.5, 1], 6 in (1, 2].
    step = "{{schema:0 sum:10 count:10 buckets:[4 6]}}"
    start = "{{schema:0 sum:0 count:0 buckets:[0 0]}}"
    histogram = f"{start}+{step}x10 {step}+{step}x10"
    promtool = find_prometheus_3("promtool")  # of version 2 it has no notation for native histograms
    indicator = NativeHistogramIndicator(Counter("seconds", (Matcher("job", "=", "j"),)), op, 1)  # type: ignore[arg-type]

    found = measured(indicator, {f"seconds{{{A}}}": histogram}, [1, 5, 11, 12], tmp_path, promtool)

    assert found == dict.fromkeys((1, 5, 11, 12), (bad, 10))
