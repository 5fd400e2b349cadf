"""Rules that take the place of Sloth's: written by hand after its documents, and compared as expressions."""

from pathlib import Path

import pytest
import yaml

from sloctl.app.rules import RuleOptions, generate_rule_tests, generate_rules
from sloctl.model.errors import SpecError, UsageError
from sloctl.promql.parse import parse
from tests.support.prometheus import promtool

SPEC = """\
version: prometheus/v1
service: myservice
labels: {owner: team-a}
slos:
- name: requests
  objective: 99.9
  sli:
    events:
      error_query: sum(rate(http_requests_total{job="m",code=~"(5..|429)"}[{{.window}}]))
      total_query: sum(rate(http_requests_total{job="m"}[{{.window}}]))
  alerting:
    name: HighErrorRate
    labels: {category: availability}
    page_alert: {labels: {severity: pageteam}}
"""
ID = '{sloth_id="myservice-requests", sloth_service="myservice", sloth_slo="requests"}'
IDENTITY = {"sloth_id": "myservice-requests", "sloth_service": "myservice", "sloth_slo": "requests", "owner": "team-a"}
WINDOWS = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")


def ratio(window: str) -> str:
    """Write the ratio of a window."""
    errors = f'(sum(rate(http_requests_total{{job="m",code=~"(5..|429)"}}[{window}])))'
    return f'{errors} / (sum(rate(http_requests_total{{job="m"}}[{window}])))'


def burns(short: str, long: str, factor: str, budget: str = "0.0009999999999999432") -> str:
    """Write when a pair of windows burns too fast."""
    return " and ".join(
        f"max(slo:sli_error:ratio_rate{window}{ID} > ({factor} * {budget})) without (sloth_window)"
        for window in (short, long)
    )


RECORDED = {
    **{f"slo:sli_error:ratio_rate{window}": ratio(window) for window in WINDOWS},
    "slo:sli_error:ratio_rate30d": f"sum_over_time(slo:sli_error:ratio_rate5m{ID}[30d]) / ignoring (sloth_window) "
    f"count_over_time(slo:sli_error:ratio_rate5m{ID}[30d])",
    "slo:objective:ratio": "vector(0.9990000000000001)",
    "slo:error_budget:ratio": "vector(1-0.9990000000000001)",
    "slo:time_period:days": "vector(30)",
    "slo:current_burn_rate:ratio": f"slo:sli_error:ratio_rate5m{ID} "
    f"/ on(sloth_id, sloth_slo, sloth_service) group_left slo:error_budget:ratio{ID}",
    "slo:period_burn_rate:ratio": f"slo:sli_error:ratio_rate30d{ID} "
    f"/ on(sloth_id, sloth_slo, sloth_service) group_left slo:error_budget:ratio{ID}",
    "slo:period_error_budget_remaining:ratio": f"1 - slo:period_burn_rate:ratio{ID}",
    "sloth_slo_info": "vector(1)",
}
ALERTS = {
    "page": f"({burns('5m', '1h', '14.4')}) or ({burns('30m', '6h', '6')})",
    "ticket": f"({burns('2h', '1d', '3')}) or ({burns('6h', '3d', '1')})",
}


def generated(folder: Path, spec: str = SPEC) -> list[dict[str, object]]:
    """Give the groups that are generated, once promtool has accepted them."""
    (folder / "spec.yaml").write_text(spec)
    (file,) = generate_rules([folder / "spec.yaml"], RuleOptions(compat="sloth"))
    (folder / "rules.yaml").write_text(file.text)
    promtool("check", "rules", folder / "rules.yaml")
    assert "a mean of ratios" in file.text.split("groups:")[0]
    groups: list[dict[str, object]] = yaml.safe_load(file.text)["groups"]
    return groups


def test_names_labels_and_expressions_are_those_of_sloth(tmp_path: Path) -> None:
    """Every series, alert and group is called, labelled and computed as Sloth does it."""
    indicators, facts, alerts = generated(tmp_path)
    names = [f"sloth-slo-{kind}-myservice-requests" for kind in ("sli-recordings", "meta-recordings", "alerts")]
    rules = {rule["record"]: rule for group in (indicators, facts) for rule in group["rules"]}  # type: ignore[attr-defined]
    fired = {rule["labels"].pop("sloth_severity"): rule for rule in alerts["rules"]}  # type: ignore[attr-defined]

    assert [group["name"] for group in (indicators, facts, alerts)] == names
    assert list(rules) == list(RECORDED)
    for name, expr in RECORDED.items():
        assert parse(rules[name]["expr"]) == parse(expr)
    for window in (*WINDOWS, "30d"):
        assert rules[f"slo:sli_error:ratio_rate{window}"]["labels"] == {**IDENTITY, "sloth_window": window}
    assert rules["slo:period_burn_rate:ratio"]["labels"] == IDENTITY
    info = {"sloth_mode": "cli-gen-prom", "sloth_objective": "99.9", "sloth_spec": "prometheus/v1"}
    assert rules["sloth_slo_info"]["labels"] == {**IDENTITY, **info, "sloth_version": "v0.16.0"}
    assert {tier: parse(rule["expr"]) for tier, rule in fired.items()} == {t: parse(e) for t, e in ALERTS.items()}
    assert {rule["alert"] for rule in fired.values()} == {"HighErrorRate"}
    assert fired["page"]["labels"] == {"category": "availability", "severity": "pageteam"}
    assert fired["ticket"]["labels"] == {"category": "availability"}
    assert set(fired["page"]["annotations"]) == {"title", "summary"}


def test_a_ready_made_ratio_is_recorded_over_each_window(tmp_path: Path) -> None:
    """The query of a raw indicator is taken as it is."""
    events, raw = SPEC.index("    events:"), "    raw: {error_ratio_query: 'avg_over_time(bad_ratio[{{.window}}])'}\n"
    spec = SPEC[:events] + raw + SPEC[SPEC.index("  alerting:") :]

    indicators, *_ = generated(tmp_path, spec)

    assert indicators["rules"][0]["expr"] == "avg_over_time(bad_ratio[5m])"  # type: ignore[index]


def test_what_sloth_cannot_do_is_said(tmp_path: Path) -> None:
    """A time slice is no event; tests are those of other rules."""
    text = (Path(__file__).parents[2] / "rules/slos/operator.yaml").read_text()
    sliced = text.replace("budgetingMethod: Occurrences", "budgetingMethod: RatioTimeslices")
    (tmp_path / "spec.yaml").write_text(sliced.replace("target: 0.", "timeSliceWindow: 5m\n      target: 0."))

    with pytest.raises(SpecError) as error:
        generate_rules([tmp_path / "spec.yaml"], RuleOptions(compat="sloth"))

    assert {finding.summary for finding in error.value.findings} == {"Sloth counts events, of one indicator"}
    with pytest.raises(UsageError, match="no tests for rules of sloth"):
        generate_rule_tests([], RuleOptions(compat="sloth"), tmp_path, tmp_path)
