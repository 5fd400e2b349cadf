"""Sloth in: its own specs, their Kubernetes form, and alert windows."""

import pytest

from sloctl.model.alerting import Alerting, TierAlert
from sloctl.model.indicators import (
    Counter,
    Expression,
    Indicator,
    Matcher,
    QueryRatioIndicator,
    RatioIndicator,
    RawIndicator,
)
from sloctl.model.periods import RollingPeriod
from sloctl.model.slo import Objective, Slo
from sloctl.model.windows import BurnWindow
from sloctl.specio.specs import read_specs
from tests.specio.reading import only, said, sound

SPEC = """\
version: prometheus/v1
service: myservice
labels: {owner: myteam, tier: "2"}
slos:
  - name: requests_availability
    objective: 99.9
    description: Text.
    labels: {tier: "1"}
    infoLabels: {more: x}
    sli:
      events:
        error_query: sum(rate(requests_total{code=~"(5..|429)"}[{{.window}}]))
        total_query: sum(rate(requests_total[{{.window}}]))
    alerting:
      name: High
      labels: {category: availability}
      annotations: {runbook: 'https://example.com/"x"'}
      page_alert: {labels: {severity: page}}
      ticket_alert: {disable: true}
"""
RESOURCE = """\
apiVersion: sloth.slok.dev/v1
kind: PrometheusServiceLevel
metadata: {name: any, namespace: monitoring, uid: 1}
spec:
  service: myservice
  labels: {owner: myteam, tier: "2"}
  slos:
    - name: requests_availability
      objective: 99.9
      description: Text.
      labels: {tier: "1"}
      infoLabels: {more: x}
      sli:
        events:
          errorQuery: sum(rate(requests_total{code=~"(5..|429)"}[{{.window}}]))
          totalQuery: sum(rate(requests_total[{{.window}}]))
      alerting:
        name: High
        labels: {category: availability}
        annotations: {runbook: 'https://example.com/"x"'}
        pageAlert: {labels: {severity: page}}
        ticketAlert: {disable: true}
status: {processedSLOs: 1}
"""
SLO = Slo(
    "requests_availability",
    "myservice",
    RatioIndicator(
        Counter("requests_total"), Counter("requests_total", (Matcher("code", "=~", "(5..|429)"),)), part_is_good=False
    ),
    (Objective(0.999),),
    RollingPeriod(30 * 86400),
    description="Text.",
    labels={"owner": ("myteam",), "tier": ("1",), "more": ("x",)},
    alerting=Alerting(
        name="High",
        labels={"category": "availability"},
        annotations={"runbook": 'https://example.com/"x"'},
        tiers={"page": TierAlert(labels={"severity": "page"}), "ticket": TierAlert(enabled=False)},
    ),
)


@pytest.mark.parametrize(
    "text", [SPEC, RESOURCE, f"apiVersion: v1\nkind: List\nitems: [{{version: 1}}]\n---\n{SPEC}"][:2]
)
def test_both_forms_say_the_same(text: str) -> None:
    """A spec and the Kubernetes resource become the same SLO, labels of the SLO before those of the service."""
    assert SLO == only(text)


def events(error: str, total: str) -> str:
    """Write an SLI of events."""
    return f"{{events: {{error_query: '{error}', total_query: '{total}'}}}}"


SLIS = [
    (
        events(
            'sum(rate(d_count[{{.window}}])) - sum(rate(d_bucket{le="0.4"}[{{.window}}]))',
            "sum(rate(d_count[{{.window}}]))",
        ),
        RatioIndicator(Counter("d_count"), Counter("d_bucket", (Matcher("le", "=", "0.4"),)), part_is_good=True),
    ),
    (
        events(
            "sum_over_time((count(s < 0.75))[{{.window}}:]) OR on() vector(0)",
            "sum_over_time((count(s))[{{ .window }}:])",
        ),
        QueryRatioIndicator(
            Expression("sum_over_time(count(s)[{{.window}}:])"),
            Expression("sum_over_time(count(s < 0.75)[{{.window}}:])"),
            part_is_good=False,
        ),
    ),
    (
        "{raw: {error_ratio_query: 'sum(rate(a[{{.window}}])) / sum(rate(b[{{.window}}]))'}}",
        RawIndicator(Expression("sum(rate(a[{{.window}}])) / sum(rate(b[{{.window}}]))"), is_good=False),
    ),
]


@pytest.mark.parametrize(("text", "expected"), SLIS)
def test_any_query_is_taken(text: str, expected: Indicator) -> None:
    """What a total loses to good events is a ratio of counters; what is none is kept over a window."""
    head = SPEC[: SPEC.index("    sli:")]

    assert expected == only(f"{head}    sli: {text}\n").indicator


FAULTS = [
    ("objective: 99.9", "objective: 100", "6:16: error: objective must be at least 0 and below 100 [wrong-value]"),
    ("objective: 99.9", "objectve: 99.9", "6:5: error: slos[0] has no field 'objectve' [unknown-field]"),
    ("prometheus/v1", "prometheus/v2", "1:10: error: version cannot be 'prometheus/v2' [wrong-value]"),
    ("requests_availability", "'a b'", "5:11: error: slos[0].name cannot be 'a b' [wrong-value]"),
    (
        "error_query: sum(",
        "error_query: sum((",
        "12:22: error: the query cannot be used: unclosed left parenthesis [query]",
    ),
    ('{tier: "1"}', "{tier: 1}", "8:20: error: slos[0].labels.tier must be text, not a whole number [wrong-type]"),
    (
        "    sli:\n      events:\n",
        "    sli:\n      plugin:\n",
        "12:9: error: slos[0].sli.plugin is a program for Sloth alone [not-read]",
    ),
    (
        "labels: {owner",
        "slo_plugins: {}\nlabels: {owner",
        "3:14: error: slo_plugins are programs for Sloth alone [not-read]",
    ),
    ("    sli:", "    interval: {all: 1m}\n    sli:", "10:15: warning: slos[0].interval is passed over [not-read]"),
]


@pytest.mark.parametrize(("part", "other", "expected"), FAULTS)
def test_a_fault_is_found_where_it_stands(part: str, other: str, expected: str) -> None:
    """One fault gives one finding, with its line and column."""
    assert part in SPEC

    assert [expected] == said(SPEC.replace(part, other, 1))


WINDOWS = """\
apiVersion: sloth.slok.dev/v1
kind: AlertWindows
spec:
  sloPeriod: 30d
  page:
    quick: {errorBudgetPercent: 1, shortWindow: 2m, longWindow: 30m}
    slow: {errorBudgetPercent: 2, shortWindow: 15m, longWindow: 3h}
  ticket:
    quick: {errorBudgetPercent: 5, shortWindow: 1h, longWindow: 12h}
    slow: {errorBudgetPercent: 5, shortWindow: 3h, longWindow: 1d12h}
"""


def test_alert_windows_are_for_slos_of_their_period() -> None:
    """They apply to every SLO with that period, whichever comes first, and are reported when there is none."""
    pairs = (
        BurnWindow("page", 1800, 120, 0.01),
        BurnWindow("page", 3 * 3600, 900, 0.02),
        BurnWindow("ticket", 12 * 3600, 3600, 0.05),
        BurnWindow("ticket", 36 * 3600, 3 * 3600, 0.05),
    )

    for text in (f"{WINDOWS}---\n{SPEC}", f"{SPEC}---\n{WINDOWS}"):
        assert pairs == only(text).alerting.pairs
    _, findings = read_specs([("a.yaml", f"{WINDOWS}---\n{SPEC}")], period=RollingPeriod(28 * 86400))
    assert ["a.yaml:1:1: warning: no SLO has the period 30d of these alert windows [unused]"] == list(
        map(str, findings)
    )
    assert len(sound(SPEC).slos) == 1


@pytest.mark.parametrize(
    ("part", "other", "expected"),
    [
        (
            "Percent: 1,",
            "Percent: 0,",
            "6:33: error: spec.page.quick.errorBudgetPercent must be above 0 and at most 100",
        ),
        ("2m", "2h", "6:49: error: spec.page.quick.shortWindow must be shorter than its longWindow"),
        ("30d", "30 days", "4:14: error: '30 days' is not a duration: write for example 1h30m or 4w"),
        ("  ticket:", "  tickets:", "8:3: error: spec has no field 'tickets'"),
    ],
)
def test_alert_windows_have_faults_too(part: str, other: str, expected: str) -> None:
    """One fault gives one finding, with its line and column."""
    (found,) = said(WINDOWS.replace(part, other, 1))

    assert found.startswith(expected)


def test_alert_windows_of_a_period_come_once() -> None:
    """Two files for the same period are a fault."""
    assert ["12:1: error: there are other alert windows for 30d [duplicate-name]"] == said(
        f"{WINDOWS}---\n{WINDOWS}---\n{SPEC}"
    )
