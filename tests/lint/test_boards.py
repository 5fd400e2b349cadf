"""Dashboards are read from wherever they come, and checked together with what they ask."""

import copy
import json
import re
from pathlib import Path

import pytest

from sloctl.app.lint import BOARD_CHECK_IDS, Options, lint
from sloctl.lint.boards import CHECKS
from sloctl.model.delivery import DELIVERY_NAMES, Delivery
from sloctl.model.errors import UsageError
from sloctl.specio.dashboards import DashboardFile
from sloctl.specio.delivery import delivered
from sloctl.specio.lintfile import CHECK as LINT_FILE
from tests.lint.boards import BOARD, OF_TARGET, Json, findings, query, spoilt, variable
from tests.support.prometheus import REPOSITORY

PAGE = (REPOSITORY / "docs/checks/dashboards.md").read_text()
PARTS = dict(re.findall(r"(?ms)^## ([a-z-]+)\n(.*?)(?=^## |\Z)", PAGE))
WITHOUT_EXAMPLE = {"dashboard-size", "dashboard-cost", LINT_FILE}
"""What cannot be shown in a line."""


def merged(whole: Json, changes: Json) -> Json:
    """Change what mappings inside mappings hold."""
    inner = {key: merged(whole[key], value) for key, value in changes.items() if isinstance(whole.get(key), dict)}
    return whole | changes | inner


def test_every_form_of_a_dashboard_is_read(tmp_path: Path) -> None:
    """Alone, in an export of the API or in Grafana's resource, in JSON or in YAML, the same is found in it."""
    board = copy.deepcopy(BOARD) | {"editable": True}
    for form in (board, {"dashboard": board, "meta": {}}, {"kind": "Dashboard", "spec": board}):
        for name in ("board.json", "board.yaml"):
            path = tmp_path / name
            path.write_text(json.dumps(form))
            (finding,) = lint([path]).findings
            assert "uneditable-dashboard" == finding.check


@pytest.mark.parametrize(
    ("check", "expr"),
    [
        ("dropped-le", "histogram_quantile(0.9, sum(rate(seconds_bucket{%s}[$__rate_interval])))"),
        ("rate-on-gauge", "rate(slo:error:ratio5m{%s}[$__rate_interval])"),
        ("unaggregated-ratio", "rate(a_total{%s,code='500'}[$__rate_interval]) / rate(a_total{%s}[$__rate_interval])"),
    ],
)
@pytest.mark.parametrize("where", ["panel", "annotation"])
def test_queries_are_checked_as_rules_are(check: str, expr: str, where: str, tmp_path: Path) -> None:
    """What a rule must not do, a panel and an annotation must not either; the finding names them."""
    rules = tmp_path / "rules.yaml"
    rules.write_text("groups: [{name: g, rules: [{record: 'slo:error:ratio5m', expr: 'avg by (job, instance) (up)'}]}]")
    board = spoilt(query(expr) if where == "panel" else lambda board: None)
    if where == "annotation":
        board["annotations"]["list"][0]["expr"] = expr.replace("%s", OF_TARGET)

    found = findings(tmp_path, board)
    assert {check} == {each.check for each in found}
    assert found[0].summary.startswith("panel 'Panel 1': " if where == "panel" else "annotation 'Restarts': ")


def test_metrics_are_those_of_a_catalogue_and_of_rules(tmp_path: Path) -> None:
    """With a catalogue, other metrics are unknown, but for what rules and servers bring themselves."""
    catalogue = tmp_path / "catalogue.json"
    families = [{"name": "requests_total", "kind": "counter"}, {"name": "items", "kind": "gauge"}]
    catalogue.write_text(json.dumps(families))
    (tmp_path / "boards").mkdir()

    for metric, is_known in {
        "itms": False,
        "slo:burn:ratio1h": True,
        "slo_info": True,
        "ALERTS": True,
        "up": True,
        "prometheus_rule_group_last_duration_seconds": True,
        "workqueue_adds_total": True,
        "go_goroutines": True,
    }.items():
        found = findings(tmp_path / "boards", spoilt(query(metric + "{%s}")), catalogues=(catalogue,))
        assert is_known == ("unknown-metric" not in {each.check for each in found}), metric


def test_clusters_may_be_told_apart_by_a_label_that_no_rule_records(tmp_path: Path) -> None:
    """A server that gathers several clusters adds it; other labels have to be recorded."""
    rules = tmp_path / "rules.yaml"
    rules.write_text("groups: [{name: g, rules: [{record: 'slo:a:ratio', expr: 'sum by (job, instance) (up)'}]}]")

    for label, is_known in {"cluster": True, "shop": False}.items():
        expr = f"sum by ({label}) (slo:a:ratio{{%s, {label}=~'$job'}})"
        found = findings(tmp_path, spoilt(query(expr)))
        assert ([] if is_known else ["unknown-label"] * 2) == [each.check for each in found]


def test_the_page_has_every_check() -> None:
    """It explains each, in the order in which they are made, and tells its severity in two places."""
    severities = {check.id: str(check.severity) for check in CHECKS} | {LINT_FILE: "warning"}

    assert [*severities.items()] == re.findall(r"(?m)^\| \[([a-z-]+)\]\(#\1\) \| (\w+) \| ", PAGE)
    assert {*BOARD_CHECK_IDS} == {*severities} == {*PARTS}
    assert all(f"Severity: {severity}." in " ".join(PARTS[check].split()) for check, severity in severities.items())


@pytest.mark.parametrize("check", sorted({*PARTS} - WITHOUT_EXAMPLE))
def test_the_example_is_found_and_its_mending_is_not(check: str, tmp_path: Path) -> None:
    """What the page shows as bad is found by its check, and what it shows as good is not."""
    panel = BOARD["panels"][0] | {"options": {}}
    examples = dict(re.findall(r"(?m)^(bad|good) +(\{.*\})$", PARTS[check]))
    for kind, part in examples.items():
        changes = json.loads(part)
        if changes.keys() & {"job", "instance"}:
            board = spoilt(
                lambda board, changes=changes: [variable(name, **each)(board) for name, each in changes.items()]
            )
        else:
            board = merged(BOARD, changes.get("dashboard", {"panels": [merged(panel, changes)]}))
        assert (kind == "bad") == (check in {each.check for each in findings(tmp_path, board)}), part
    assert {"bad", "good"} == {*examples}


def test_the_shipped_dashboards_are_sound() -> None:
    """What is excluded has a reason, and there is nothing else to find."""
    assert () == lint([REPOSITORY / "dashboards/generated"]).findings


def test_what_is_no_dashboard_is_said_to_be_none(tmp_path: Path) -> None:
    """Any other JSON is not taken for one."""
    path = tmp_path / "book.json"
    path.write_text('{"title": "a book"}')

    with pytest.raises(UsageError, match="holds no rules, no SLOs and no dashboard"):
        lint([path], Options())


def test_delivered_dashboards_are_read(tmp_path: Path) -> None:
    """In each form that `sloctl generate dashboards` writes; inside a text, findings point at the text."""
    board = copy.deepcopy(BOARD) | {"editable": True}
    for form in DELIVERY_NAMES:
        folder = tmp_path / form
        for file in delivered([DashboardFile("board.json", json.dumps(board))], Delivery(form)):
            path = folder / file.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file.text)
        report = lint([folder])
        assert (1, ["uneditable-dashboard"]) == (report.boards, [each.check for each in report.findings]), form


def test_schema_v2_is_said_not_to_be_read(tmp_path: Path) -> None:
    """A dashboard in a folder is never passed over without a word."""
    resource = {"apiVersion": "dashboard.grafana.app/v2", "kind": "Dashboard", "spec": {"title": "New", "elements": {}}}
    (tmp_path / "new.json").write_text(json.dumps(resource))
    (finding,) = lint([tmp_path]).findings

    assert ("dashboard-schema", "it is of schema v2, which is not read") == (finding.check, finding.summary)


def test_a_key_that_is_given_twice_is_found(tmp_path: Path) -> None:
    """Only the last of them counts, which nobody sees."""
    text = json.dumps(BOARD, indent=1)
    (tmp_path / "board.json").write_text(text.replace('"uid": "board",', '"uid": "board",\n "uid": "bord",'))
    (finding,) = lint([tmp_path]).findings

    assert ("duplicate-key", 4) == (finding.check, finding.line)
