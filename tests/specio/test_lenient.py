"""What OpenSLO leaves open: a fault, or with --lenient a warning that says how it was read."""

from dataclasses import replace

import pytest

from sloctl.model.slo import Slo
from tests.specio.reading import only, said

SPEC = """\
apiVersion: openslo/v1
kind: SLO
metadata: {name: served}
spec:
  service: shop
  budgetingMethod: Timeslices
  timeWindow:
    - duration: 1M
      calendar: {startTime: 2022-01-01 12:00:00, timeZone: UTC}
  objectives: [{target: 0.99, timeSliceTarget: 0.9, timeSliceWindow: 5m}]
  indicator:
    metadata: {name: sli}
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {type: Prometheus, spec: {query: good_total}}}
        total: {metricSource: {type: Prometheus, spec: {query: all_total}}}
  alertPolicies:
    - kind: AlertPolicy
      metadata: {name: policy}
      spec:
        alertWhenBreaching: true
        conditions:
          - kind: AlertCondition
            metadata: {name: fast}
            spec: {severity: page, condition: {op: gte, threshold: 2, lookbackWindow: 1h}}
        notificationTargets:
          - kind: AlertNotificationTarget
            metadata: {name: devs}
            spec: {target: slack}
"""
SOUND = only(SPEC)
NO_WINDOW = SPEC[SPEC.index("  timeWindow") : SPEC.index("  objectives")]

UNCLEAR = [
    ("op: gte", "op: lte", "is 'lte', which alerts while little is burnt; read as 'gte' [unclear]", SOUND),
    (
        "duration: 1M",
        "duration: 1m",
        "8:17: warning: spec.timeWindow[0].duration is 1 minute(s), for a month is M; read as 1M [unclear]",
        SOUND,
    ),
    (
        "target: 0.99, ",
        "target: 0.99, op: gt, ",
        "10:35: warning: spec.objectives[0].op means nothing to a ratio; read as left out [unclear]",
        SOUND,
    ),
    (
        "name: served",
        "name: Served",
        "3:18: warning: metadata.name cannot be 'Served'; read as 'served' [wrong-value]",
        SOUND,
    ),
    ("name: devs", "name: Devs", "metadata.name cannot be 'Devs'; read as 'devs' [wrong-value]", SOUND),
    (
        "timeSliceWindow: 5m",
        "timeSliceWindow: 5",
        "10:70: warning: spec.objectives[0].timeSliceWindow has no unit; read as 5m [unclear]",
        SOUND,
    ),
    (
        "timeSliceTarget: 0.9",
        "timeSliceTarget: 0",
        "spec.objectives[0].timeSliceTarget is 0; read as every slice being good [wrong-value]",
        replace(SOUND, objectives=(replace(SOUND.objectives[0], slice_ratio=0),)),
    ),
    (
        NO_WINDOW,
        "",
        "5:3: warning: spec needs 'timeWindow'; read as 30d rolling [missing-field]",
        replace(SOUND, time_window=type(only(SPEC.replace(NO_WINDOW, ""), lenient=True).time_window)(30 * 86400)),
    ),
    (
        "        counter: true\n",
        "",
        "15:9: warning: spec.indicator.spec.ratioMetric needs 'counter'; read as true",
        SOUND,
    ),
]


@pytest.mark.parametrize(("part", "other", "warning", "expected"), UNCLEAR, ids=lambda case: str(case).strip()[:30])
def test_what_is_open_is_a_fault_or_a_warning(part: str, other: str, warning: str, expected: Slo) -> None:
    """Strictly it is a fault that names the lenient reading; leniently that reading is what arrives."""
    assert part in SPEC
    text = SPEC.replace(part, other)

    (strict,) = said(text)
    (lenient,) = said(text, lenient=True)

    assert warning in lenient
    assert "error" in strict
    assert strict.partition(": ")[0] == lenient.partition(": ")[0]
    assert expected == only(text, lenient=True)


def test_names_are_mended_alike_where_they_are_referred_to() -> None:
    """A reference finds an object by the name that both become."""
    sli = "---\n{apiVersion: openslo/v1, kind: SLI, metadata: {name: TheSli}, spec: {ratioMetric: {counter: true, "
    metric = "{metricSource: {type: Prometheus, spec: {query: a}}}"
    head, _, tail = SPEC.partition("  indicator:\n")
    text = head + "  indicatorRef: The Sli\n" + tail[tail.index("  alertPolicies") :] + sli
    text += f"good: {metric}, total: {metric}}}}}}}\n"

    assert len(said(text, lenient=True)) == 2
    assert only(text, lenient=True).indicator is not None


def test_a_method_that_is_missing_is_occurrences() -> None:
    """Without a budgeting method events are counted, and what belongs to slices is left out."""
    text = SPEC.replace("  budgetingMethod: Timeslices\n", "")
    slo = only(text, lenient=True)

    assert ("Occurrences", 0) == (slo.budgeting, slo.objectives[0].slice_s)
    assert ["Occurrences", "left out", "left out"] == [
        line.partition("read as ")[2].partition(" [")[0] for line in sorted(said(text, lenient=True))
    ]


@pytest.mark.parametrize(("name", "reading"), [("d_seconds", "a histogram"), ("queue", "a gauge")])
def test_a_plain_threshold_metric_may_be_either(name: str, reading: str) -> None:
    """Whether a name is a histogram's or a gauge's is for the spec to say; leniently its unit tells."""
    head, _, tail = SPEC.partition("      ratioMetric:\n")
    metric = f"      thresholdMetric: {{metricSource: {{type: Prometheus, spec: {{query: '{name}{{a=\"b\"}}'}}}}}}\n"
    text = (
        head.replace("target: 0.99", "target: 0.99, op: lt, value: 1") + metric + tail[tail.index("  alertPolicies") :]
    )

    (strict,), (lenient,) = said(text), said(text, lenient=True)

    assert "say so with metricType beside query" in strict
    assert lenient.endswith(f"; read as {reading} [unclear]")
