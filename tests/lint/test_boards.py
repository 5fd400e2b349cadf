"""Checks of dashboards: each finds its fault, and only that, in a dashboard that is otherwise sound."""

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sloctl.app.lint import BOARD_CHECK_IDS, Options, lint
from sloctl.model.errors import UsageError
from tests.support.prometheus import REPOSITORY

Json = dict[str, Any]
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}


def target_variable(name: str) -> Json:
    """Make a variable by which targets are chosen."""
    query = f"label_values(up, {name})"
    chosen = {"multi": True, "includeAll": True, "allValue": ".+", "refresh": 2}
    return {
        "name": name,
        "label": name.capitalize(),
        "type": "query",
        "datasource": DATASOURCE,
        "query": query,
    } | chosen


def panel(number: int, expr: str, **more: object) -> Json:
    """Make a sound panel."""
    target = {"refId": "A", "expr": expr, "datasource": DATASOURCE}
    return {
        "id": number,
        "type": "timeseries",
        "title": f"Panel {number}",
        "description": "What it shows.",
        "datasource": DATASOURCE,
        "fieldConfig": {"defaults": {"unit": "reqps"}},
        "gridPos": {"x": 12 * (number % 2), "y": 0, "w": 12, "h": 8},
        "targets": [target],
    } | more


OF_TARGET = 'job=~"$job", instance=~"$instance"'
BOARD: Json = {
    "title": "Board",
    "uid": "board",
    "editable": False,
    "schemaVersion": 42,
    "templating": {
        "list": [
            {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"},
            target_variable("job"),
            target_variable("instance"),
        ]
    },
    "panels": [
        panel(1, f"sum(rate(requests_total{{{OF_TARGET}}}[$__rate_interval]))"),
        panel(2, f"queue_depth{{{OF_TARGET}}}"),
    ],
}


def found(tmp_path: Path, board: object, **options: Any) -> list[str]:
    """Give the ids of what is found in a dashboard, each once."""
    path = tmp_path / "board.json"
    path.write_text(json.dumps(board, indent=2))
    return sorted({finding.check for finding in lint([path], Options(**options)).findings})


def test_a_sound_dashboard_is_one(tmp_path: Path) -> None:
    """Nothing is found in it, whether it stands alone, in an export of the API or in Grafana's resource."""
    for board in (BOARD, {"dashboard": BOARD, "meta": {}}, {"kind": "Dashboard", "spec": BOARD}):
        assert found(tmp_path, board) == []


def _variable(name: str, **changes: object) -> Callable[[Json], None]:
    def change(board: Json) -> None:
        next(each for each in board["templating"]["list"] if each["name"] == name).update(changes)

    return change


def _panel(**changes: object) -> Callable[[Json], None]:
    return lambda board: board["panels"][0].update(changes)


def _target(**changes: object) -> Callable[[Json], None]:
    return lambda board: board["panels"][0]["targets"][0].update(changes)


FAULTS: list[tuple[str, Callable[[Json], None]]] = [
    ("template-datasource-rule", _variable("datasource", label="DS")),
    ("template-job-rule", _variable("job", multi=False)),
    ("template-job-rule", _variable("job", allValue=".*")),
    ("template-job-rule", _variable("job", label="The job")),
    ("template-instance-rule", _variable("instance", datasource={"type": "prometheus", "uid": "abc"})),
    ("template-label-promql-rule", _variable("job", query="label_values(up{, job)")),
    ("template-label-promql-rule", _variable("job", query="up")),
    ("template-on-time-change-reload-rule", _variable("job", refresh=1)),
    ("panel-datasource-rule", _panel(datasource={"type": "prometheus", "uid": "abc"})),
    ("panel-title-description-rule", _panel(description="")),
    ("panel-units-rule", _panel(fieldConfig={"defaults": {}})),
    ("panel-no-targets-rule", _panel(targets=[])),
    ("target-promql-rule", _target(expr="sum(")),
    ("target-promql-rule", _target(expr="", panelId=9)),
    ("target-logql-auto-rule", _target(expr="rate({a='b'}[5m])", datasource={"type": "loki", "uid": "$datasource"})),
    ("target-rate-interval-rule", _target(expr=f"rate(requests_total{{{OF_TARGET}}}[5m])")),
    ("target-job-rule", _target(expr='queue_depth{instance=~"$instance"}')),
    ("target-instance-rule", _target(expr='queue_depth{job=~"$job"}')),
    ("target-counter-agg-rule", _target(expr=f"sum(requests_total{{{OF_TARGET}}})")),
    ("target-variables", _target(expr=f"topk(3, queue_depth{{{OF_TARGET}, a=~'$nosuch'}})")),
    ("target-multi-value", _target(expr=f"queue_depth{{{OF_TARGET}, exported_job='$job'}}")),
    ("uneditable-dashboard", lambda board: board.update(editable=True)),
    ("dashboard-uid", lambda board: board.update(uid="x" * 41)),
    ("panel-ids", _panel(id=2)),
    ("panel-ids", _target(refId=None)),
    ("panel-overlap", _panel(gridPos={"x": 11, "y": 0, "w": 12, "h": 8})),
    ("panel-overlap", _panel(gridPos={"x": 13, "y": 8, "w": 12, "h": 8})),
    ("panel-plugin", _panel(type="graph")),
]


@pytest.mark.parametrize(("check", "spoil"), FAULTS)
def test_a_fault_is_found_by_one_check(check: str, spoil: Callable[[Json], None], tmp_path: Path) -> None:
    """It names the part's line, is no finding once it is switched off, and no other check sees anything."""
    board = copy.deepcopy(BOARD)
    spoil(board)

    assert found(tmp_path, board) == [check]
    assert found(tmp_path, board, disabled=(check,)) == []


def test_every_check_has_a_fault_and_a_line_on_the_page() -> None:
    """So each has been seen to find something, and says what it is about."""
    page = (REPOSITORY / "docs/dashboards.md").read_text()

    assert {check for check, _ in FAULTS} == set(BOARD_CHECK_IDS)
    assert re.findall(r"(?m)^\| `([a-z-]+)` \| ", page) == [*BOARD_CHECK_IDS]


@pytest.mark.parametrize(
    ("check", "expr"),
    [
        ("dropped-le", "histogram_quantile(0.9, sum(rate(seconds_bucket{%s}[$__rate_interval])))"),
        ("rate-on-gauge", "rate(slo:error:ratio5m{%s}[$__rate_interval])"),
        ("unaggregated-ratio", "rate(a_total{%s,code='500'}[$__rate_interval]) / rate(a_total{%s}[$__rate_interval])"),
    ],
)
def test_queries_are_checked_as_rules_are(check: str, expr: str, tmp_path: Path) -> None:
    """What a rule must not do, a panel must not either."""
    rules = tmp_path / "rules.yaml"
    rules.write_text("groups: [{name: g, rules: [{record: 'slo:error:ratio5m', expr: 'avg by (job, instance) (up)'}]}]")
    board = copy.deepcopy(BOARD)
    board["panels"][0]["targets"][0]["expr"] = expr.replace("%s", OF_TARGET)
    (tmp_path / "board.json").write_text(json.dumps(board))

    assert {finding.check for finding in lint([tmp_path]).findings} == {check}


def test_a_lint_file_leaves_out_what_it_names(tmp_path: Path) -> None:
    """By dashboard, panel and query; and a check that is not there is a fault of the file."""
    board = copy.deepcopy(BOARD)
    for each in board["panels"]:
        each["targets"][0]["expr"] = "queue_depth"
    lint_file = tmp_path / ".lint"
    lint_file.write_text("exclusions: {target-job-rule: , target-instance-rule: {entries: [{panel: Panel 1}]}}")
    both = {f"panel '{each['title']}'" for each in board["panels"]}

    path = tmp_path / "board.json"
    path.write_text(json.dumps(board))
    (finding,) = lint([path]).findings
    assert (finding.check, finding.summary.partition(":")[0]) == ("target-instance-rule", "panel 'Panel 2'")
    lint_file.write_text("warnings: {target-job-rule: {reason: why, entries: [{dashboard: Another}]}}")
    assert {each.summary.partition(":")[0] for each in lint([path]).findings if each.check == "target-job-rule"} == both
    lint_file.write_text("exclusions: {no-such-rule: }")
    assert "there is no check 'no-such-rule'" in {each.summary for each in lint([path]).findings}


def test_the_shipped_dashboards_are_sound() -> None:
    """What is excluded has a reason, and there is nothing else to find."""
    report = lint([REPOSITORY / "dashboards/generated"])

    assert report.findings == ()
    assert report.boards == 2


def test_what_is_no_dashboard_is_said_to_be_none(tmp_path: Path) -> None:
    """Any other JSON is not taken for one."""
    with pytest.raises(UsageError, match="holds no rules, no SLOs and no dashboard"):
        found(tmp_path, {"title": "a book"})
