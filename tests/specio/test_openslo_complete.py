"""All that OpenSLO v1 can say arrives in the model."""

from datetime import datetime

import pytest

from sloctl.model.alerting import AlertCondition, AlertRequest, NotificationTarget
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
from sloctl.model.periods import CalendarPeriod, Period, RollingPeriod
from sloctl.model.specs import DataSource, Service
from sloctl.specio.specs import read_specs
from tests.specio.reading import only, said, sound

HEAD = """\
apiVersion: openslo/v1
kind: SLO
metadata: {name: served}
spec:
  service: shop
"""
METHOD = "  budgetingMethod: Occurrences\n"
WINDOW = "  timeWindow: [{duration: 30d, isRolling: true}]\n"
OBJECTIVE = "  objectives: [{target: 0.99}]\n"


def metric(query: str, more: str = "") -> str:
    """Write a metric source of Prometheus."""
    return f"{{metricSource: {{type: Prometheus, spec: {{query: '{query}'{more}}}}}}}"


def indicator(spec: str) -> str:
    """Write an inline indicator."""
    return f"  indicator: {{metadata: {{name: sli}}, spec: {{{spec}}}}}\n"


def ratio(part: str, total: str, *, name: str = "bad", counter: str = "true") -> str:
    """Write a ratio of two queries."""
    return f"ratioMetric: {{counter: {counter}, {name}: {metric(part)}, total: {metric(total)}}}"


RATIO = indicator(ratio("sum(bad_total)", "sum(all_total)"))
COUNTERS = RatioIndicator(Counter("all_total"), Counter("bad_total"), part_is_good=False)

SPECS = [
    (
        ratio("sum(good_total)", "all_total", name="good"),
        RatioIndicator(Counter("all_total"), Counter("good_total"), True),
    ),
    (
        ratio("sum(all_total) - sum(good_total)", "sum(all_total)"),
        RatioIndicator(Counter("all_total"), Counter("good_total"), True),
    ),
    (ratio("(sum(rate(all_total[5m])) - sum(rate(bad_total[5m])))", "sum(rate(all_total[5m]))", name="good"), COUNTERS),
    (ratio("sum(rate(bad_total[5m])) or vector(0)", "sum(increase(all_total[1h])) or on() vector(0)"), COUNTERS),
    (
        ratio("sum(rate(a[5m])) + sum(rate(b[5m]))", "sum(rate(c[5m]))"),
        QueryRatioIndicator(
            Expression("sum(rate(c[{{.window}}]))"),
            Expression("sum(rate(a[{{.window}}])) + sum(rate(b[{{.window}}]))"),
            False,
        ),
    ),
    (
        ratio("count_over_time((a > 1)[{{ .window }}:30s])", "count_over_time(a[{{.window}}])"),
        QueryRatioIndicator(
            Expression("count_over_time(a[{{.window}}])"),
            Expression("count_over_time((a > 1)[{{.window}}:30s])"),
            False,
        ),
    ),
    (
        ratio("sum by (job) (busy)", "sum by (job) (workers)", counter="false"),
        QueryRatioIndicator(Expression("sum by (job) (workers)"), Expression("sum by (job) (busy)"), False, ("job",)),
    ),
    (
        f"ratioMetric: {{raw: {metric('job:errors:ratio')}, rawType: failure}}",
        RawIndicator(Expression("job:errors:ratio"), is_good=False),
    ),
    (
        f"ratioMetric: {{counter: true, raw: {metric('avg by (job) (ok)')}, rawType: success}}",
        RawIndicator(Expression("avg by (job) (ok)"), True, ("job",)),
    ),
]


@pytest.mark.parametrize(("text", "expected"), SPECS, ids=lambda case: str(case)[:60])
def test_a_ratio_is_read(text: str, expected: Indicator) -> None:
    """Counters are told apart from what has to be computed, and ranges become the window."""
    assert expected == only(HEAD + METHOD + WINDOW + OBJECTIVE + indicator(text)).indicator


BUCKET = RatioIndicator(
    Counter("d_seconds_count", (Matcher("job", "=", "a"),)),
    Counter("d_seconds_bucket", (Matcher("job", "=", "a"), Matcher("le", "=~", r"2|2\.0"))),
    part_is_good=True,
    group_by=("route",),
)
HISTOGRAM = 'sum by (route) (d_seconds{job="a"})'
THRESHOLDS = [
    (HISTOGRAM, "histogram", "lte", BUCKET),
    (HISTOGRAM, "histogram", "gt", RatioIndicator(BUCKET.total, BUCKET.part, False, ("route",))),
    (
        HISTOGRAM,
        "native-histogram",
        "lt",
        NativeHistogramIndicator(Counter("d_seconds", (Matcher("job", "=", "a"),)), "lt", 2, ("route",)),
    ),
    ("queue", "gauge", "lt", ThresholdIndicator(Expression("queue"), "lt", 2)),
    ("job:queue:max", "", "lte", ThresholdIndicator(Expression("job:queue:max"), "lte", 2)),
    (
        "histogram_quantile(0.9, sum by (le, job) (rate(b[5m])))",
        "",
        "gte",
        ThresholdIndicator(Expression("histogram_quantile(0.9, sum by (le, job) (rate(b[5m])))"), "gte", 2, ("job",)),
    ),
]


@pytest.mark.parametrize(("query", "kind", "op", "expected"), THRESHOLDS)
def test_a_threshold_is_read(query: str, kind: str, op: str, expected: Indicator) -> None:
    """A classic histogram becomes a bucket, in either spelling, and its count; what is recorded is a gauge."""
    source = metric(query, f", metricType: {kind}" if kind else "")
    objective = f"  objectives: [{{target: 0.99, op: {op}, value: 2}}]\n"

    slo = only(HEAD + METHOD + WINDOW + objective + indicator(f"thresholdMetric: {source}"))

    assert expected == slo.indicator


PERIODS = [
    ("{duration: 4w, isRolling: true}", RollingPeriod(28 * 86400)),
    ("{duration: 1Q, isRolling: true}", RollingPeriod(90 * 86400)),
    (
        "{duration: 1M, calendar: {startTime: 2024-01-31 12:30:00, timeZone: America/New_York}}",
        CalendarPeriod(1, "M", datetime(2024, 1, 31, 12, 30), "America/New_York"),
    ),
    (
        "{duration: 2w, isRolling: false, calendar: {startTime: '2024-01-01 00:00:00', timeZone: UTC}}",
        CalendarPeriod(2, "w", datetime(2024, 1, 1), "UTC"),
    ),
]


@pytest.mark.parametrize(("text", "expected"), PERIODS)
def test_a_period_is_read(text: str, expected: Period) -> None:
    """Rolling and calendar windows are told apart; months, quarters and years have their nominal length."""
    slo = only(HEAD + METHOD + OBJECTIVE + RATIO + f"  timeWindow: [{text}]\n")

    assert expected == slo.time_window
    assert {28, 90, 30, 14} >= {slo.period_s // 86400}


def test_slices_are_read() -> None:
    """Both budgets that are kept by slices say how long these are, and one of them when they are good."""
    objective = "  objectives: [{target: 0.99, timeSliceWindow: 5m, timeSliceTarget: 0.95}]\n"
    slices = only(HEAD + "  budgetingMethod: Timeslices\n" + WINDOW + RATIO + objective)
    ratios = only(
        HEAD
        + "  budgetingMethod: RatioTimeslices\n"
        + WINDOW
        + RATIO
        + objective.replace(", timeSliceTarget: 0.95", "")
    )

    assert ("Timeslices", 300, 0.95) == (
        slices.budgeting,
        slices.objectives[0].slice_s,
        slices.objectives[0].slice_ratio,
    )
    assert ("RatioTimeslices", 300, 0) == (
        ratios.budgeting,
        ratios.objectives[0].slice_s,
        ratios.objectives[0].slice_ratio,
    )


@pytest.mark.parametrize(
    ("names", "ids"),
    [
        (["Internal", "Our SLA"], ["shop/served-internal", "shop/served-our-sla"]),
        (["", "Our SLA"], ["shop/served-1", "shop/served-our-sla"]),
        (["SLA", "sla"], ["shop/served-1", "shop/served-2"]),
        (["§", "99 %"], ["shop/served-1", "shop/served-2"]),
        (["SLA"], ["shop/served"]),
    ],
)
def test_each_of_several_objectives_has_an_id(names: list[str], ids: list[str]) -> None:
    """An id depends on the objective's display name, not on what is promised; the only objective has the SLO's own."""
    for target in ("0.9", "0.99"):
        objectives = ", ".join(f"{{target: {target}, displayName: {name or 'null'}}}" for name in names)
        slo = only(HEAD + METHOD + WINDOW + RATIO + f"  objectives: [{objectives}]\n")

        assert ids == [part.id for part in slo.split()]
        assert {("shop", COUNTERS)} == {(part.service, part.indicator) for part in slo.split()}


def test_a_composite_is_read() -> None:
    """The objectives of a composite bring indicators and weights; it stays one SLO."""
    other = indicator(ratio("x", "y")).strip().removeprefix("indicator: ")
    text = f"""\
  objectives:
    - {{displayName: A, target: 0.98, indicatorRef: shared, compositeWeight: 2}}
    - {{displayName: B, target: 0.99, op: lt, value: 3, indicatorRef: gauge}}
    - {{displayName: C, target: 0.99, indicator: {other}}}
---
{{apiVersion: openslo/v1, kind: SLI, metadata: {{name: shared}}, spec: {{{ratio("sum(bad_total)", "sum(all_total)")}}}}}
---
apiVersion: openslo/v1
kind: SLI
metadata: {{name: gauge}}
spec: {{thresholdMetric: {metric("a:b")}}}
"""
    slo = only(HEAD + METHOD + WINDOW + text)

    assert slo.is_composite
    assert (slo,) == slo.split()
    assert [("a", 2, COUNTERS), ("b", 1, ThresholdIndicator(Expression("a:b"), "lt", 3))] == [
        (objective.key, objective.weight, objective.indicator) for objective in slo.objectives[:2]
    ]
    assert RatioIndicator(Counter("y"), Counter("x"), False) == slo.objectives[2].indicator


TARGET = NotificationTarget("devs", "slack", "Developers", "All of them.")
CONDITION = AlertCondition("fast", "page", "gt", 14.4, 3600, 300, "Fast burn", "Why.")
REQUEST = AlertRequest("urgent", CONDITION, (TARGET,), when_breaching=True, display_name="Urgent", description="Text.")
INLINE = """\
  alertPolicies:
    - kind: AlertPolicy
      metadata: {name: urgent, displayName: Urgent}
      spec:
        description: Text.
        alertWhenBreaching: true
        conditions:
          - kind: AlertCondition
            metadata: {name: fast, displayName: Fast burn}
            spec:
              description: Why.
              severity: page
              condition: {kind: burnrate, op: gt, threshold: 14.4, lookbackWindow: 1h, alertAfter: 5m}
        notificationTargets:
          - kind: AlertNotificationTarget
            metadata: {name: devs, displayName: Developers}
            spec: {target: slack, description: All of them.}
"""
REFERRED = """\
  alertPolicies: [{alertPolicyRef: urgent}]
"""
OBJECTS = """\
- apiVersion: openslo/v1
  kind: AlertPolicy
  metadata: {name: urgent, displayName: Urgent}
  spec:
    description: Text.
    alertWhenBreaching: true
    alertWhenResolved: false
    conditions: [{conditionRef: fast}]
    notificationTargets: [{targetRef: devs}]
- apiVersion: openslo/v1
  kind: AlertCondition
  metadata: {name: fast, displayName: Fast burn}
  spec:
    description: Why.
    severity: page
    condition: {op: gt, threshold: 14.4, lookbackWindow: 1h, alertAfter: 5m}
- apiVersion: openslo/v1
  kind: AlertNotificationTarget
  metadata: {name: devs, displayName: Developers}
  spec: {target: slack, description: All of them.}
"""


def test_alert_policies_are_read() -> None:
    """A policy, its condition and its targets may stand inline or be referred to, in a list of objects too."""
    head = HEAD + METHOD + WINDOW + OBJECTIVE + RATIO
    specs, findings = read_specs([("slo.yaml", head + REFERRED), ("objects.yaml", OBJECTS)])

    assert [] == findings
    assert (REQUEST,) == only(head + INLINE).alerting.requests
    assert (REQUEST,) == specs.slos[0].alerting.requests


def test_services_and_data_sources_are_read() -> None:
    """They are kept beside the SLOs, with a data source's type taken over by the metrics that refer to it."""
    source = "{metricSource: {metricSourceRef: main, spec: {query: q}}}"
    slo = (
        HEAD
        + METHOD
        + WINDOW
        + OBJECTIVE
        + indicator(f"ratioMetric: {{counter: true, bad: {source}, total: {source}}}")
    )
    specs = sound(
        slo
        + """\
---
{apiVersion: openslo/v1, kind: Service, metadata: {name: shop, displayName: The shop}, spec: {description: Sells.}}
---
apiVersion: openslo/v1
kind: DataSource
metadata: {name: main}
spec: {type: Mimir, connectionDetails: {url: http://mimir, keys: [1, x]}}
"""
    )

    assert "main" == specs.slos[0].data_source
    assert (Service("shop", "The shop", "Sells."),) == specs.services
    assert (DataSource("main", "Mimir", {"url": "http://mimir", "keys": [1, "x"]}),) == specs.data_sources
    assert "http" not in repr(specs.data_sources)


FAULTS = [
    (
        RATIO,
        indicator(f"ratioMetric: {{rawType: success, raw: {metric('a')}, good: {metric('b')}}}"),
        ["has either 'raw' or 'good'"],
    ),
    (
        RATIO,
        RATIO.replace("counter: true", "counter: true, rawType: success"),
        ["rawType belongs to 'raw'"],
    ),
    (RATIO, indicator(f"ratioMetric: {{raw: {metric('a')}}}"), ["needs 'rawType' beside 'raw'"]),
    (RATIO, indicator(""), ["needs either 'ratioMetric' or 'thresholdMetric'"]),
    (RATIO, "", ["spec needs either 'indicator' or 'indicatorRef'"]),
    (RATIO, RATIO.replace("type: Prometheus, ", ""), ["needs 'type' or 'metricSourceRef'"] * 2),
    (RATIO, RATIO.replace("Prometheus", "Datadog"), ["a data source of type 'Datadog' is not asked in PromQL"] * 2),
    (RATIO, RATIO.replace("type: Prometheus", "metricSourceRef: no"), ["there is no DataSource named 'no'"] * 2),
    (RATIO, indicator(ratio("sum(a) + b", "sum(c)")), ["a counter is selected by its name and labels"]),
    (RATIO, indicator(ratio("rate(a[5m]) + rate(b[1m])", "rate(c[5m])")), ["its ranges differ"]),
    (RATIO, indicator(ratio("max(rate(a[5m]))", "sum(c)")), ["what is more than a counter needs a range"]),
    (
        OBJECTIVE,
        "  objectives: [{target: 0.9, compositeWeight: 2}]\n",
        ["belongs to an objective with an indicator of its own"],
    ),
    (
        OBJECTIVE,
        "  objectives: [{target: 0.9, indicatorRef: x}]\n",
        ["the objectives of a composite bring", "there is no SLI"],
    ),
    (
        WINDOW,
        "  timeWindow: [{duration: 1h, calendar: {startTime: 2024-01-01 00:00:00, timeZone: UTC}}]\n",
        ["in steps of 'h'"],
    ),
    (
        WINDOW,
        "  timeWindow: [{duration: 1M, isRolling: true, calendar: {startTime: '2024-13-01', timeZone: Mars/Base}}]\n",
        ["is rolling, and so follows no calendar"],
    ),
    (
        WINDOW,
        "  timeWindow: [{duration: 1M, calendar: {startTime: 2024-13-01, timeZone: Mars/Base}}]\n",
        ["startTime cannot be '2024-13-01'", "there is no time zone 'Mars/Base'"],
    ),
    (INLINE, INLINE.replace("14.4", "-1"), ["threshold must be above 0"]),
    (INLINE, INLINE.replace("gt,", "above,"), ["op cannot be 'above'"]),
    (INLINE, INLINE.replace("kind: AlertCondition", "kind: AlertPolicy"), ["kind cannot be 'AlertPolicy'"]),
    (INLINE, REFERRED, ["there is no AlertPolicy named 'urgent'"]),
    (INLINE, INLINE.replace("alertWhenBreaching: true", "alertWhenBreaching: false"), ["spec never alerts"]),
    (INLINE, INLINE.replace("Text.", "x" * 1051), ["description is longer than 1050 characters"]),
    (
        "{name: served}",
        "{name: served, labels: {-a: b, c: [1]}}",
        ["cannot have the key '-a'", "labels.c must be text"],
    ),
    ("{name: served}", "{name: served, annotations: {a/b/c: d}}", ["annotations cannot have the key 'a/b/c'"]),
]


@pytest.mark.parametrize(("part", "other", "expected"), FAULTS)
def test_what_does_not_go_together_is_said(part: str, other: str, expected: list[str]) -> None:
    """A fault is said once, in words that name the place."""
    text = HEAD + METHOD + WINDOW + OBJECTIVE + RATIO + INLINE
    assert part in text

    findings = said(text.replace(part, other))

    assert len(expected) == len(findings), findings
    for finding in findings:
        assert any(words.partition(": ")[2] in finding or words in finding for words in expected), finding


def test_a_threshold_has_one_objective() -> None:
    """Several objectives of one threshold are refused, as the specification has it."""
    objectives = "  objectives: [{target: 0.9, op: lt, value: 1}, {target: 0.99, op: lt, value: 2}]\n"
    text = HEAD + METHOD + WINDOW + objectives + indicator(f"thresholdMetric: {metric('a:b')}")

    assert ["8:15: error: spec.objectives of a threshold needs exactly one objective [wrong-value]"] == said(text)


def test_objects_come_in_any_order_and_form() -> None:
    """A stream, a list, a Kubernetes list and JSON hold the same objects."""
    spec = ratio("sum(bad_total)", "sum(all_total)")
    sli = f"{{apiVersion: openslo/v1, kind: SLI, metadata: {{name: s}}, spec: {{{spec}}}}}"
    slo = HEAD + METHOD + WINDOW + OBJECTIVE + "  indicatorRef: s\n"
    indented = "  " + slo.replace("\n", "\n  ").rstrip() + "\n"

    for text in (
        f"{slo}---\n{sli}\n",
        f"{sli}\n---\n{slo}",
        f"- {sli}\n-\n{indented}",
        f"apiVersion: v1\nkind: List\nitems:\n- {sli}\n-\n{indented}",
    ):
        assert COUNTERS == only(text).indicator


def test_names_are_unique_by_kind() -> None:
    """Objects of one kind, and all that SLOs are split into, have names of their own."""
    service = "{apiVersion: openslo/v1, kind: Service, metadata: {name: shop}, spec: {}}\n"
    two = (
        HEAD
        + METHOD
        + WINDOW
        + RATIO
        + "  objectives: [{target: 0.9, displayName: a}, {target: 0.99, displayName: b}]\n"
    )
    clash = two.replace("served", "served-a", 1).replace(", {target: 0.99, displayName: b}", "")

    assert "there is another Service named 'shop'" in said(f"{service}---\n{service}")[0]
    assert ["15:3: error: there is another SLO 'shop/served-a' [duplicate-name]"] == said(f"{two}---\n{clash}")
