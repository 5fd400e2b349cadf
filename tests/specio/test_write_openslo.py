"""OpenSLO out: what was read comes back, and what is lost is said."""

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sloctl.model.alerting import AlertCondition, Alerting, AlertRequest, NotificationTarget, TierAlert
from sloctl.model.indicators import (
    Counter,
    Expression,
    Indicator,
    Matcher,
    NativeHistogramIndicator,
    QueryRatioIndicator,
    RatioIndicator,
    RawIndicator,
    ThresholdIndicator,
)
from sloctl.model.periods import CALENDAR_UNITS, CalendarPeriod, RollingPeriod
from sloctl.model.slo import Objective, Slo
from sloctl.model.specs import DataSource, Service, Specs
from sloctl.model.windows import WORKBOOK
from sloctl.specio.openslo.write import openslo_file
from sloctl.specio.specs import read_specs

names = st.from_regex(r"[a-z][a-z0-9]{0,4}(-[a-z0-9]{1,4})?", fullmatch=True)
texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12).filter(lambda text: not text.isspace())
odd_texts = texts | st.sampled_from(['"', "\\", "\n", '\\"', "a\nb", "'", "`", "{{.window}}", "{{", "#", "5..", r"\d"])
labels = st.lists(st.sampled_from(["job", "route", "code"]), max_size=2, unique=True).map(tuple)
matchers = st.lists(
    st.builds(Matcher, st.sampled_from(["job", "code"]), st.sampled_from(["=", "!="]), odd_texts), max_size=2
)
counters = st.builds(Counter, st.sampled_from(["a_total", "d_count", "job:a:sum"]), matchers.map(tuple))
numbers = st.floats(-1e9, 1e9).map(lambda number: round(number, 6))
ops = st.sampled_from(["lt", "lte", "gt", "gte"])
ratios = st.integers(0, 999_999).map(lambda n: n / 1_000_000)
gauges = st.sampled_from(["sum by (job) (a)", 'max by (job) (a{b="\\"\\\\"})']).map(Expression)
windowed = st.sampled_from(["sum(rate(a[{{.window}}])) + sum(rate(b[{{.window}}]))", "count_over_time(a[{{.window}}])"])

one_window = windowed.map(Expression)
ratio_indicators: st.SearchStrategy[Indicator] = st.one_of(
    st.builds(RatioIndicator, counters, counters, st.booleans(), labels),
    st.builds(QueryRatioIndicator, gauges, gauges, st.booleans(), labels),
    st.builds(QueryRatioIndicator, one_window, one_window, st.booleans(), labels),
    st.builds(RawIndicator, gauges, st.booleans(), labels),
)
thresholds: st.SearchStrategy[Indicator] = st.one_of(
    st.builds(ThresholdIndicator, gauges, ops, numbers, labels),
    st.builds(NativeHistogramIndicator, counters, ops, numbers, labels),
)
minutes = st.integers(1, 5000).map(lambda n: 60 * n)
periods = st.one_of(
    st.integers(1, 9000).map(lambda hours: RollingPeriod(3600 * hours)),
    st.builds(
        CalendarPeriod,
        st.integers(1, 99),
        st.sampled_from(CALENDAR_UNITS),
        st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)).map(lambda time: time.replace(microsecond=0)),
        st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kathmandu"]),
    ),
)
conditions = st.builds(
    AlertCondition,
    names,
    texts,
    st.sampled_from(["gt", "gte"]),
    st.floats(0.1, 1000),
    minutes,
    minutes | st.just(0),
    texts,
)
requests = st.builds(
    AlertRequest,
    names,
    conditions,
    st.lists(st.builds(NotificationTarget, names, texts, texts, texts), min_size=1, max_size=2).map(tuple),
    when_breaching=st.just(True),
    when_resolved=st.booleans(),
    when_no_data=st.booleans(),
    description=texts,
)


@st.composite
def slos(draw: st.DrawFn) -> Slo:
    """Make an SLO that OpenSLO has words for."""
    budgeting = draw(st.sampled_from(["Occurrences", "Timeslices", "RatioTimeslices"]))
    slice_s = 0 if budgeting == "Occurrences" else draw(minutes)
    slice_ratio = draw(st.floats(0.01, 1)) if budgeting == "Timeslices" else 0
    keys = draw(st.lists(names, min_size=1, max_size=3, unique=True))
    composite = draw(st.booleans())
    threshold = not composite and len(keys) == 1 and draw(st.booleans())
    objectives = tuple(
        Objective(
            draw(ratios),
            key if len(keys) > 1 else "",
            key,
            slice_s,
            slice_ratio,
            draw(ratio_indicators | thresholds) if composite else None,
            draw(st.floats(0.1, 9)) if composite else 1,
        )
        for key in keys
    )
    return Slo(
        draw(names),
        draw(names),
        None if composite else draw(thresholds if threshold else ratio_indicators),
        objectives,
        draw(periods),
        budgeting,
        draw(st.just("") | texts),
        draw(st.just("") | texts),
        draw(st.dictionaries(names, st.lists(odd_texts, min_size=1, max_size=2).map(tuple), max_size=2)),
        draw(st.dictionaries(names, odd_texts, max_size=2)),
        Alerting(draw(st.lists(requests, max_size=1).map(tuple))),
        draw(st.sampled_from(["", "main"])),
    )


@settings(max_examples=200, deadline=None)
@given(st.lists(slos(), min_size=1, max_size=2, unique_by=lambda slo: slo.id), odd_texts)
def test_what_is_written_reads_back_equal(found: list[Slo], text: str) -> None:
    """Whatever OpenSLO has words for survives, whatever its texts and label values hold."""
    source = DataSource("main", "Prometheus", {"url": text, "more": [1, True]})
    specs = Specs(tuple(found), (Service("shop", text.strip() or "x", ""),), (source,))

    written, losses = openslo_file(specs, "Written by a test.")
    again, findings = read_specs([("a.yaml", written)])

    assert [] == [*losses, *findings]
    assert specs == again
    assert written == openslo_file(again, "Written by a test.")[0]


SLO = Slo("s", "shop", RawIndicator(Expression("a:b"), is_good=True), (Objective(0.99),), RollingPeriod(86400))
LOSSES = [
    (Alerting(name="High"), "OpenSLO has no words for the alerts' name"),
    (Alerting(labels={"a": "b"}), "OpenSLO has no words for labels of alerts"),
    (Alerting(annotations={"a": "b"}), "OpenSLO has no words for annotations of alerts"),
    (Alerting(tiers={"page": TierAlert(enabled=False)}), "OpenSLO has no words for what is special about a tier"),
    (Alerting(pairs=WORKBOOK), "OpenSLO has no words for pairs of windows"),
    (Alerting(absent=False), "OpenSLO has no words for that nothing is to alert on missing data"),
]


@pytest.mark.parametrize(("alerting", "expected"), LOSSES)
def test_what_is_lost_about_alerts_is_said(alerting: Alerting, expected: str) -> None:
    """Each thing that OpenSLO cannot say about alerts is a warning."""
    _, (finding,) = openslo_file(Specs((replaced(alerting=alerting),)), "")

    assert ("warning", "not-in-openslo", expected) == (finding.severity, finding.check, finding.summary)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": "Some.Name"}, "'Some.Name' becomes 'some-name', and the SLO's id changes with it"),
        ({"labels": {"_a": ("b",)}}, "OpenSLO has no label '_a'"),
        ({"description": "x" * 1051}, "OpenSLO's descriptions end after 1050 characters"),
        ({"time_window": RollingPeriod(5400)}, "a period of 90m would be taken for months"),
    ],
)
def test_what_is_lost_otherwise_is_said(changes: dict[str, object], expected: str) -> None:
    """Names, labels and lengths that OpenSLO does not have are warnings."""
    _, (finding,) = openslo_file(Specs((replaced(**changes),)), "")

    assert expected == finding.summary


def replaced(**changes: object) -> Slo:
    """Give the SLO with some attributes changed."""
    return Slo(**({name: getattr(SLO, name) for name in SLO.__slots__} | changes))
