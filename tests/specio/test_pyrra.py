"""Pyrra in."""

import pytest

from sloctl.model.alerting import Alerting, TierAlert
from sloctl.model.indicators import (
    Counter,
    Expression,
    Indicator,
    Matcher,
    NativeHistogramIndicator,
    RatioIndicator,
    ThresholdIndicator,
)
from sloctl.model.periods import RollingPeriod
from sloctl.model.slo import Objective, Slo
from tests.specio.reading import only, said

SPEC = """\
apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata:
  name: prometheus.api-errors
  namespace: monitoring
  labels: {prometheus: k8s, pyrra.dev/team: backend}
spec:
  target: "99"
  window: 2w
  description: Text.
  indicator:
    ratio:
      errors: {metric: 'requests_total{job="a",code=~"5.."}'}
      total: {metric: 'requests_total{job="a"}'}
      grouping: [handler]
  alerting: {name: Burn, absent: false}
"""
JOB = Matcher("job", "=", "a")


def test_a_resource_becomes_an_slo() -> None:
    """The namespace is the service, and labels that Pyrra would propagate are kept."""
    indicator = RatioIndicator(
        Counter("requests_total", (JOB,)),
        Counter("requests_total", (JOB, Matcher("code", "=~", "5.."))),
        part_is_good=False,
        group_by=("handler",),
    )
    alerting = Alerting(name="Burn", absent=False)
    period = RollingPeriod(14 * 86400)

    assert only(SPEC) == Slo(
        "prometheus.api-errors",
        "monitoring",
        indicator,
        (Objective(0.99),),
        period,
        description="Text.",
        labels={"team": ("backend",)},
        alerting=alerting,
    )


INDICATORS = [
    (
        "{latency: {success: {metric: 'd_bucket{le=\"1\"}'}, total: {metric: d_count}}}",
        RatioIndicator(Counter("d_count"), Counter("d_bucket", (Matcher("le", "=~", r"1|1\.0"),)), part_is_good=True),
    ),
    (
        "{latencyNative: {total: {metric: 'd{job=\"a\"}'}, latency: 500ms, grouping: [b]}}",
        NativeHistogramIndicator(Counter("d", (JOB,)), "lte", 0.5, ("b",)),
    ),
    (
        "{bool_gauge: {metric: probe_success, grouping: [b]}}",
        ThresholdIndicator(Expression("probe_success"), "gte", 1, ("b",)),
    ),
]


@pytest.mark.parametrize(("text", "expected"), INDICATORS)
def test_every_kind_of_indicator_is_read(text: str, expected: Indicator) -> None:
    """A latency is a bucket in every spelling of its bound; a yes-or-no gauge is at least 1 when it is good."""
    start, end = SPEC.index("    ratio:"), SPEC.index("  alerting:")

    assert expected == only(f"{SPEC[:start].rstrip()} {text}\n{SPEC[end:]}").indicator


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{disabled: true}", Alerting(tiers=dict.fromkeys(("page", "ticket"), TierAlert(enabled=False)), absent=False)),
        ("{burnrates: false}", Alerting(tiers=dict.fromkeys(("page", "ticket"), TierAlert(enabled=False)))),
        ("{}", Alerting()),
    ],
)
def test_alerts_may_be_switched_off(text: str, expected: Alerting) -> None:
    """Both ways of having no burn-rate alerts are read."""
    assert expected == only(SPEC.replace("{name: Burn, absent: false}", text)).alerting


FAULTS = [
    ('"99"', '"100"', "8:11: error: target must be at least 0 and below 100 [wrong-value]"),
    ('"99"', "99", "8:11: error: spec.target must be text, not a whole number [wrong-type]"),
    ('"99"', '"most"', "8:11: error: spec.target cannot be 'most' [wrong-value]"),
    ("2w", "2 weeks", "9:11: error: '2 weeks' is not a duration: write for example 1h30m or 4w [wrong-value]"),
    ("    ratio:", "    ratios:", "12:5: error: spec.indicator has no field 'ratios' [unknown-field]"),
    ("[handler]", "[le]", "15:17: error: 'le' cannot be grouped by: rules and dashboards use it [group-label]"),
    ("  name: prometheus.api-errors\n", "", "4:3: error: metadata needs 'name' [missing-field]"),
    ("ServiceLevelObjective", "Objective", "2:7: error: kind cannot be 'Objective' [wrong-value]"),
    (
        "  window:",
        "  performanceOverAccuracy: true\n  window:",
        "9:28: warning: spec.performanceOverAccuracy is passed over",
    ),
    (
        "}'}\n      grouping",
        "}[5m]'}\n      groping",
        "15:7: error: spec.indicator.ratio has no field 'groping' [unknown-field]",
    ),
]


@pytest.mark.parametrize(("part", "other", "expected"), FAULTS)
def test_a_fault_is_found_where_it_stands(part: str, other: str, expected: str) -> None:
    """One fault gives one finding, with its line and column."""
    assert part in SPEC

    (found,) = said(SPEC.replace(part, other, 1))

    assert found.startswith(expected)
