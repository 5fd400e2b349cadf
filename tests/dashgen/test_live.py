"""Every query of the shipped dashboards, put to a real Prometheus that holds an operator's life."""

import json
import math
import re
import time
from copy import deepcopy
from pathlib import Path

import pytest

from sloctl.app.lint import lint
from tests.dashgen.conftest import AHEAD_S, HOURS, dashboard_server
from tests.dashgen.grafana import BOARDS, Json, expanded, panels, selector_and_label, variables
from tests.dashgen.history import BEHIND_S
from tests.support.prometheus import Labels, Server, find_prometheus_3

RANGE_S = 3600
NO_JOB = {f"{what}-{label}-rule" for what in ("template", "target") for label in ("job", "instance")}
"""What dashboards/generated/.lint leaves out of dashboards of SLOs, with the reason."""
TARGETS = [
    pytest.param(board, panel, target, id=f"{name}: {panel['title']} {target['refId']}")
    for name, board in BOARDS.items()
    for panel in panels(board)
    for target in panel["targets"]
]


def chosen(server: Server, board: Json) -> dict[str, str]:
    """Choose as Grafana does at first: "All" where there is one, its pattern or all known values; else the first."""
    choices: dict[str, str] = {}
    for variable in variables(board):
        selector, label = selector_and_label(variable)
        known = server.get(f"label/{label}/values", **{"match[]": expanded(selector, choices)})
        assert known, f"no value for ${variable['name']}"
        every = variable.get("allValue") or "|".join(known)
        choices[variable["name"]] = every if variable.get("includeAll") else known[0]
    return choices


def answers(server: Server, board: Json, target: Json) -> list[tuple[Labels, list[float]]]:
    """Ask a query as its panel does; gives the values of each series."""
    expr = expanded(target["expr"], chosen(server, board))
    if target["instant"]:
        return [(labels, [value]) for labels, value in server.query(expr)]
    end = time.time()
    rows = server.query_range(expr, end - RANGE_S, end, 60)
    return [(labels, [value for _, value in values]) for labels, values in rows]


@pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
def test_every_variable_has_values(server: Server, board: Json) -> None:
    """Every choice at the top of a dashboard offers something, each in the light of the choices before it."""
    assert set(chosen(server, board)) == {variable["name"] for variable in variables(board)}


def fault(server: Server, board: Json, panel: Json, target: Json) -> str:
    """Say what is wrong with the answers to a query; nothing when all is well."""
    found = answers(server, board, target)
    if not found:
        return "it finds nothing"
    if not all(math.isfinite(value) for _, values in found for value in values):
        return "it gives what is no number"
    shown = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
    for transformation in panel.get("transformations", []):
        options = transformation["options"]
        if transformation["id"] == "groupingToMatrix":
            shown |= {options["rowField"], options["columnField"]}
        elif transformation["id"] == "organize":
            shown |= {name for name in options["renameByName"] if re.fullmatch(r"[a-z_]+", name)}
    lacking = sorted(shown - set.intersection(*(set(labels) for labels, _ in found)))
    return f"there is no label {', '.join(lacking)}" if lacking else ""


@pytest.mark.parametrize(("board", "panel", "target"), TARGETS)
def test_every_query_has_data(server: Server, board: Json, panel: Json, target: Json) -> None:
    """Every query gives finite numbers, with the labels that its legend or its table shows."""
    assert fault(server, board, panel, target) == ""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"expr": 'min by (service) (slo:budget_left:ratio{slo="nothing"})'}, "it finds nothing"),
        ({"expr": "min by (service) (exp(1000 * slo:objective:ratio))"}, "it gives what is no number"),
        ({"expr": "slo:budget_left:ratio", "legendFormat": "{{shop}}"}, "there is no label shop"),
    ],
)
def test_a_query_that_only_its_answer_gives_away(server: Server, tmp_path: Path, change: Json, said: str) -> None:
    """What is sound PromQL, and fits Grafana's types, is found when it is asked."""
    board = deepcopy(BOARDS["slo-overview.json"])
    panel = next(panel for panel in panels(board) if panel["title"] == "Budget left by service")
    panel["targets"][0] |= change
    (tmp_path / "broken.json").write_text(json.dumps(board))

    assert [finding.check for finding in lint([tmp_path]).findings if finding.check not in NO_JOB] == []
    assert fault(server, board, panel, panel["targets"][0]) == said


@pytest.mark.long
def test_prometheus_3_answers_too(past: Path, tmp_path: Path) -> None:
    """No query of any dashboard is refused by Prometheus 3, or finds nothing there."""
    with dashboard_server(tmp_path, past, find_prometheus_3()) as server:
        asked = [
            (name, panel["title"], target)
            for name, board in BOARDS.items()
            for panel in panels(board)
            for target in panel["targets"]
        ]
        empty = [(name, title) for name, title, target in asked if not answers(server, BOARDS[name], target)]

    assert empty == []


def test_annotations_mark_what_happened(server: Server) -> None:
    """An SLO's alerts appear as marks; the samples hold one that fires."""
    board = BOARDS["slo-detail.json"]
    alerts = next(each for each in board["annotations"]["list"] if each["name"] == "Alerts")
    end = time.time()
    rows = server.query_range(
        expanded(alerts["expr"], {**chosen(server, board), "slo": "reconcile-success"}), end - 2 * RANGE_S, end, 60
    )

    assert {"page", "ticket"} == {labels["slo_tier"] for labels, _ in rows}


def test_period_figures_agree_with_the_counts(server: Server) -> None:
    """The SLI over the period, computed from budget and objective, is the one that the period's counts give."""
    board = BOARDS["slo-detail.json"]
    choices = {**chosen(server, board), "controller": "tenant"}
    (panel,) = (panel for panel in panels(board) if panel["title"] == "SLI over $period")
    selector = expanded('{service="$service", slo="$slo", controller="$controller"}', choices)
    now = time.time()
    ((_, shown),) = server.query(expanded(panel["targets"][0]["expr"], choices), now)
    ((_, counted),) = server.query(f"1 - sum(slo:bad:sum30d{selector}) / sum(slo:total:sum30d{selector})", now)

    assert counted == pytest.approx(shown, abs=1e-12)


def test_known_from_is_the_covered_part_of_the_period(server: Server) -> None:
    """A budget that rests on hours of thirty days says so, to a hundredth: as many as the younger cluster has."""
    board = BOARDS["slo-detail.json"]
    (panel,) = (panel for panel in panels(board) if panel["title"] == "Known from")
    ((_, known_s),) = server.query(expanded(panel["targets"][0]["expr"], chosen(server, board)))

    assert pytest.approx(known_s, rel=0.01, abs=120) == HOURS * 3600 - AHEAD_S - BEHIND_S["west"]


def test_without_rules_nothing_looks_fine(server: Server) -> None:
    """For an SLO that nothing records, no panel gives a value, least of all a quiet alert or a full budget."""
    board = BOARDS["slo-detail.json"]
    absent = {**chosen(server, board), "slo": "absent"}
    answers = {
        panel["title"]: server.query(expanded(target["expr"], absent))
        for panel in panels(board)
        for target in panel["targets"]
    }

    assert {title: answer for title, answer in answers.items() if answer} == {}
