"""What a spec asks of its alerts and its period, word for word."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
import yaml

from sloctl.app.rules import RuleOptions, generate_rule_tests, generate_rules
from sloctl.model import names
from sloctl.model.alerting import AlertCondition, Alerting, AlertRequest
from sloctl.model.findings import Severity
from sloctl.model.indicators import Comparison
from sloctl.model.periods import CalendarPeriod
from sloctl.model.slo import Objective, Slo
from sloctl.rulegen import limits, rule_groups
from tests.rules.promtool import evaluate
from tests.rules.samples import ERRORS, slo

HALF = Objective(0.5)


def asking(op: Comparison) -> Slo:
    """Ask for an alert at twice the sustainable rate, which under this objective is when all fails."""
    condition = AlertCondition("fast", "page", op, 2, 3600)
    request = AlertRequest("a", condition, (), when_breaching=True)
    return replace(slo(ERRORS, HALF), alerting=Alerting(requests=(request,)))


@pytest.mark.parametrize(("op", "firing"), [("gt", 0), ("gte", 1)])
def test_a_burn_that_just_reaches_its_threshold_alerts_where_that_is_asked(
    op: Comparison, firing: int, tmp_path: Path
) -> None:
    """OpenSLO tells `gt` from `gte`; an alert that nothing can reach is said to be so, and one that all can is not."""
    one = asking(op)
    labels = f'{{{names.LABEL_ID}="{one.id}", service="service", slo="s", given="1"}}'
    series = {f"{names.TOTAL_SLICE}{labels}": "10x90", f"{names.BAD_SLICE}{labels}": "10x90"}

    (found,) = evaluate(rule_groups(one), series, [('count(ALERTS{alertname="SLOBurn"})', 80)], tmp_path)

    assert list(found.values()) == [1] * firing
    assert [finding.check for finding in limits(one, 60)] == ["unreachable-alert"] * (1 - firing)


@pytest.mark.parametrize(("unit", "minute", "is_tested"), [("M", 0, True), ("M", 7, False), ("Y", 0, False)])
def test_a_period_of_more_steps_than_promtool_reads_is_said_to_go_untested(
    unit: str, minute: int, *, is_tested: bool, tmp_path: Path
) -> None:
    """Its rules are written, with a warning, and no test that could only fail."""
    spec = tmp_path / "slo.yaml"
    window = {
        "duration": f"1{unit}",
        "calendar": {"startTime": f"2024-01-01 00:{minute:02}:00", "timeZone": "UTC"},
        "isRolling": False,
    }
    source = {"metricSource": {"type": "Prometheus", "spec": {"query": "sum(requests_total)"}}}
    indicator = {"metadata": {"name": "i"}, "spec": {"ratioMetric": {"counter": True, "bad": source, "total": source}}}
    body = {"service": "s", "timeWindow": [window], "budgetingMethod": "Occurrences", "indicator": indicator}
    document = {"apiVersion": "openslo/v1", "kind": "SLO", "metadata": {"name": "a"}}
    spec.write_text(yaml.safe_dump(document | {"spec": body | {"objectives": [{"target": 0.99}]}}))
    period = CalendarPeriod(1, "Y" if unit == "Y" else "M", datetime(2024, 1, 1, 0, minute), "UTC")

    files = generate_rules([spec])
    tests = generate_rule_tests(files, RuleOptions(), tmp_path, tmp_path)

    assert len(files) == 1
    assert bool(tests) is is_tested
    warnings = [finding.summary for finding in limits(slo(period=period), 60) if finding.severity is Severity.WARNING]
    assert any("more than promtool can test" in text for text in warnings) is not is_tested
