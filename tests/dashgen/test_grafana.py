"""The shipped dashboards as Grafana's own code sees them: its types, and its panels in a browser."""

import json
from copy import deepcopy
from pathlib import Path

import pytest

from sloctl.app.lint import lint
from tests.dashgen.grafana import BOARDS, SOURCES, Json
from tests.support.grafana_check import render, typecheck
from tests.support.prometheus import REPOSITORY, Server

EXCLUSIONS = SOURCES / "generated/.lint"


def test_types_fit(tmp_path: Path) -> None:
    """Every setting has a name and a value that Grafana's types allow."""
    typecheck({name.removesuffix(".json"): json.dumps(board) for name, board in BOARDS.items()}, tmp_path)


def test_a_setting_that_only_types_give_away(tmp_path: Path) -> None:
    """A setting that Grafana does not have is found, where the lint knows nothing of it."""
    board = deepcopy(BOARDS["slo-overview.json"])
    next(panel for panel in board["panels"] if panel["type"] == "stat")["options"]["colorMod"] = "value"

    assert found_by_lint(board, tmp_path) == []
    with pytest.raises(AssertionError, match="colorMod"):
        typecheck({"broken": json.dumps(board)}, tmp_path)


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", BOARDS)
def test_every_panel_is_drawn(name: str, server: Server, tmp_path: Path) -> None:
    """No panel is in error and none is empty, when Grafana's code resolves variables, asks and draws."""
    render([REPOSITORY / "dashboards/generated" / name], server.url, tmp_path)


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_fault_that_only_drawing_gives_away(server: Server, tmp_path: Path) -> None:
    """A variable whose pattern takes no value leaves panels empty, although types fit and each query has an answer."""
    board = deepcopy(BOARDS["slo-detail.json"])
    next(variable for variable in board["templating"]["list"] if variable["name"] == "slo")["regex"] = "/latensy/"
    (tmp_path / "broken.json").write_text(json.dumps(board))

    assert found_by_lint(board, tmp_path) == []
    typecheck({"typed": json.dumps(board)}, tmp_path)
    with pytest.raises(AssertionError, match=r'"Objective" \(stat\): no data'):
        render([tmp_path / "broken.json"], server.url, tmp_path)


def found_by_lint(board: Json, folder: Path) -> list[str]:
    """Lint a dashboard, as those that are shipped are linted."""
    for name, text in (("broken.json", json.dumps(board)), (".lint", EXCLUSIONS.read_text())):
        (folder / name).write_text(text)
    return [finding.check for finding in lint([folder / "broken.json"]).findings if finding.check != "lint-file"]
