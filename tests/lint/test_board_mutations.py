"""Each check of dashboards finds its fault, and only that, in a dashboard that is otherwise sound."""

import json
from pathlib import Path

import pytest

from sloctl.app.lint import BOARD_CHECK_IDS, lint
from sloctl.specio.lintfile import CHECK as LINT_FILE
from tests.lint.boards import (
    DATASOURCE,
    LOKI,
    OF_TARGET,
    Json,
    Spoil,
    all_of,
    field,
    findings,
    first_panel,
    override,
    panel,
    query,
    spoilt,
    variable,
    whole,
)

RATE = "rate(requests_total{%s}[$__rate_interval])"
QUANTILE = "histogram_quantile(0.9, sum by (le) (rate(took_seconds_bucket{%s}[$__rate_interval])))"
CHOSEN = "?var-job=${job}&${__url_time_range}"


def link(url: str) -> Spoil:
    """Lead somewhere from the values of the first panel."""
    return field(links=[{"title": "More", "url": url}])


def figure(kind: str, expr: str, **options: object) -> Spoil:
    """Show a single value in the first panel."""
    return all_of(first_panel(type=kind, options=options), query(expr, instant=True), field(unit="short"))


def steps(*values: float | None) -> Json:
    """Make thresholds."""
    return {"mode": "absolute", "steps": [{"color": "red", "value": value} for value in values]}


def long_row(board: Json) -> None:
    """Add more panels than a dashboard should ask for at once."""
    for number in range(3, 104):
        place = {"x": 0, "y": 8 * number, "w": 24, "h": 8}
        board["panels"].append(panel(number, f"items{{{OF_TARGET}}}", "short", gridPos=place))


def row(*panels: Json, collapsed: bool) -> Spoil:
    """Add a row."""
    place = {"x": 0, "y": 8, "w": 24, "h": 1}
    added = {
        "id": 9,
        "type": "row",
        "title": "Row",
        "collapsed": collapsed,
        "gridPos": place,
        "panels": list(panels),
    }
    return lambda board: board["panels"].append(added)


FAULTS: list[tuple[str, Spoil]] = [
    ("template-datasource-rule", variable("datasource", label="DS")),
    ("template-job-rule", variable("job", multi=False)),
    ("template-job-rule", variable("job", allValue=".*")),
    ("template-job-rule", variable("job", label="The job")),
    ("template-instance-rule", variable("instance", datasource={"type": "prometheus", "uid": "abc"})),
    ("template-label-promql-rule", variable("job", query="label_values(up{, job)")),
    ("template-label-promql-rule", variable("job", query={"query": "up", "refId": "A"})),
    ("template-on-time-change-reload-rule", variable("job", refresh=1)),
    ("template-unused", lambda board: board["templating"]["list"].append({"name": "team", "type": "custom"})),
    ("panel-datasource-rule", first_panel(datasource={"type": "prometheus", "uid": "abc"})),
    ("panel-title-description-rule", first_panel(description="")),
    ("panel-title-description-rule", first_panel(title="")),
    ("panel-units-rule", field(unit="")),
    ("panel-no-targets-rule", first_panel(targets=[])),
    ("target-promql-rule", query("sum(")),
    ("target-promql-rule", query("", panelId=9)),
    ("annotation-promql", lambda board: board["annotations"]["list"][0].update(expr="up ==")),
    ("target-logql-rule", query('{job=~"$job"} |= ', datasource=LOKI)),
    ("target-logql-auto-rule", query('rate({job=~"$job"}[5m])', datasource=LOKI)),
    ("target-variables", query("topk(3, items{%s, a=~'$nosuch'})")),
    ("target-variables", lambda board: board["annotations"]["list"][0].update(expr='up{a=~"$nosuch"}')),
    ("target-variables", variable("instance", query='label_values(up{job=~"$jobs"}, instance)')),
    ("target-variables", first_panel(repeat="nosuch")),
    ("target-multi-value", query("items{%s, exported_job='$job'}")),
    ("target-multi-value", variable("instance", query='label_values(up{job="$job"}, instance)')),
    ("target-rate-interval-rule", query("rate(requests_total{%s}[5m])")),
    ("target-job-rule", query('items{instance=~"$instance"}')),
    ("target-instance-rule", query('items{job=~"$job"}')),
    ("target-counter-agg-rule", query("sum(requests_total{%s})")),
    ("target-hard-coded", query("items{%s, controller='tenant'}")),
    ("target-hard-coded", query("items{%s, namespace=~'blue|green'}")),
    ("target-instant", all_of(first_panel(type="gauge", options={}), query("sum(items{%s})"), field(unit="short"))),
    ("target-instant", query(RATE, instant=True)),
    ("target-priority", query("workqueue_depth{%s}")),
    ("target-priority", query("max by (name) (workqueue_depth{%s})")),
    ("target-priority", query("sum without (pod) (workqueue_depth{%s})")),
    ("target-legend", query(f"sum by (pod) ({RATE})", legendFormat="{{controller}}")),
    ("unit-of-rate", field(unit="reqpm")),
    ("unit-of-rate", field(unit="short")),
    ("unit-of-rate", all_of(query("memory_bytes{%s}"), field(unit="bits"))),
    ("unit-of-rate", query("increase(requests_total{%s}[$__range])")),
    ("unit-id", field(unit="second")),
    ("unit-id", override("unit", "seconds")),
    ("reducer-id", first_panel(options={"legend": {"showLegend": True, "calcs": ["average"]}})),
    ("reducer-id", first_panel(transformations=[{"id": "reduce", "options": {"reducers": ["lastNotNul"]}}])),
    ("transformer-id", first_panel(transformations=[{"id": "joinByFields", "options": {}}])),
    ("matcher-id", override("decimals", 1, matcher="byTitle")),
    ("override-property", override("colour", {"mode": "fixed"})),
    ("override-property", override("custom.lineWitdh", 2)),
    ("threshold-steps", field(thresholds=steps(0, 1))),
    ("threshold-steps", field(thresholds=steps(None, 2, 1))),
    ("threshold-steps", override("thresholds", steps(None, None))),
    ("legend-shown", first_panel(options={"legend": {"calcs": []}})),
    ("no-value", field(noValue="")),
    ("nan-shown", figure("gauge", f"sum({RATE}) / sum({RATE})")),
    (
        "stacked-quantiles",
        all_of(query(QUANTILE), field(unit="s", custom={"stacking": {"mode": "normal"}})),
    ),
    ("colour-alone", figure("stat", "sum(items{%s})", textMode="none", graphMode="none")),
    (
        "colour-alone",
        first_panel(type="status-history", options={"showValue": "never", "legend": {"showLegend": True}}),
    ),
    ("panel-ids", first_panel(id=2)),
    ("panel-ids", query(RATE, refId=None)),
    ("panel-overlap", first_panel(gridPos={"x": 11, "y": 0, "w": 12, "h": 8})),
    ("panel-overlap", first_panel(gridPos={"x": 13, "y": 8, "w": 12, "h": 8})),
    ("panel-overlap", first_panel(gridPos={"x": 0, "y": 8})),
    ("panel-plugin", first_panel(type="graph")),
    ("panel-plugin", first_panel(type="timeserie")),
    ("row-panels", row(collapsed=True)),
    ("row-panels", row(panel(3, f"items{{{OF_TARGET}}}", "short"), collapsed=False)),
    ("link-target", link(f"/d/nosuch{CHOSEN}")),
    ("link-target", link(f"/d/beside/title{CHOSEN}&var-nosuch=1")),
    ("link-state", link("/d/beside?${__url_time_range}")),
    ("link-state", first_panel(links=[{"title": "More", "url": "d/beside?var-job=$job"}])),
    ("link-state", lambda board: board["links"][0].update(keepTime=False)),
    ("dashboard-types", lambda board: board["panels"].append("a panel")),
    ("dashboard-types", field(decimals="two", thresholds={"steps": [{"color": "red", "value": "null"}]})),
    ("dashboard-schema", whole(schemaVersion=12)),
    ("dashboard-schema", lambda board: board.pop("schemaVersion")),
    ("dashboard-schema", whole(__inputs=[{"name": "DS_PROMETHEUS", "type": "datasource"}])),
    ("uneditable-dashboard", whole(editable=True)),
    ("dashboard-uid", whole(uid="x" * 41)),
    ("dashboard-uid", whole(uid="beside")),
    ("dashboard-size", whole(description="x" * 210_000)),
    ("dashboard-size", whole(description="x" * 1_100_000)),
    ("dashboard-cost", long_row),
]


@pytest.mark.parametrize(("check", "spoil"), FAULTS, ids=[check for check, _ in FAULTS])
def test_a_fault_is_found_by_one_check(check: str, spoil: Spoil, tmp_path: Path) -> None:
    """It is found where it is, no other check sees anything, and nothing is found once the check is switched off."""
    board = spoilt(spoil)

    found = findings(tmp_path, board)
    assert {check} == {each.check for each in found}, found
    assert all(each.line and each.hint for each in found)
    assert any(each.path.endswith("board.json") for each in found)
    assert [] == findings(tmp_path, board, disabled=(check,))


def test_every_check_has_a_fault() -> None:
    """So each has been seen to find something; what is wrong with a `.lint` file is tested with that."""
    assert {*BOARD_CHECK_IDS} == {*(check for check, _ in FAULTS), LINT_FILE}


SOUND: list[Spoil] = [
    lambda board: None,
    figure("stat", f"sum({RATE.replace('rate', 'increase')}) / (sum(items{{%s}}) > 0)"),
    figure("table", f"sum by (job) ({RATE}) / sum by (job) ({RATE} > 0)"),
    all_of(
        figure("gauge", f"sum({RATE}) / sum({RATE})"),
        field(mappings=[{"type": "special", "options": {"match": "nan"}}]),
    ),
    all_of(first_panel(type="stat", options={"graphMode": "area"}), query(f"sum({RATE})")),
    all_of(query("sum(rate(cpu_seconds_total{%s}[$__rate_interval]))"), field(unit="short")),
    all_of(query("8 * rate(sent_bytes_total{%s}[$__rate_interval])"), field(unit="bps")),
    query("sum by (name, controller) (workqueue_depth{%s})", legendFormat="{{name}} {{controller}}"),
    all_of(query('sum(workqueue_depth{%s, priority=""})'), field(unit="short")),
    all_of(query("sum by ($job) (items{%s})", legendFormat="{{pod}}"), field(unit="short")),
    all_of(query("label_replace(sum(items{%s}), 'a', '$1', 'b', '(.*)')"), field(unit="short")),
    field(unit="suffix:×"),
    override("custom.lineStyle", {"fill": "dash"}, matcher="byRegexp"),
    first_panel(options={"legend": {"showLegend": False, "calcs": ["p95", "lastNotNull"]}}),
    first_panel(fieldConfig={"defaults": {"unit": "ops", "noValue": "-", "thresholds": steps(None, 0, 1.5)}}),
    link("https://example.com/d/nosuch"),
    link(f"/d/beside/title{CHOSEN}"),
    link("/d/${__data.fields.uid}?${__all_variables}&${__url_time_range}"),
    row(panel(3, f"items{{{OF_TARGET}}}", "short"), collapsed=True),
    first_panel(datasource={"type": "datasource", "uid": "-- Mixed --"}),
    lambda board: board["panels"][0]["targets"][0].update(datasource=DATASOURCE),
    lambda board: board["annotations"]["list"].append({"name": "Deploys", "datasource": "-- Grafana --"}),
]


@pytest.mark.parametrize("change", SOUND, ids=range(len(SOUND)))
def test_what_is_sound_is_left_alone(change: Spoil, tmp_path: Path) -> None:
    """Nothing is found in what only looks like a fault."""
    assert [] == findings(tmp_path, spoilt(change))


def test_a_dashboard_alone_may_lead_anywhere(tmp_path: Path) -> None:
    """Where there is one dashboard, it is not known which others Grafana has."""
    path = tmp_path / "board.json"
    path.write_text(json.dumps(spoilt(link(f"/d/nosuch{CHOSEN}"))))

    assert () == lint([path]).findings
