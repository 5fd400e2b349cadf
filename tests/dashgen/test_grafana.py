"""The shipped dashboards as Grafana's own code sees them: its types, and its panels in a browser."""

import json
from pathlib import Path

import pytest

from tests.dashgen.grafana import BOARDS
from tests.support.grafana_check import render, typecheck
from tests.support.prometheus import REPOSITORY, Server


def test_types_fit(tmp_path: Path) -> None:
    """Every setting has a name and a value that Grafana's types allow."""
    typecheck({name.removesuffix(".json"): json.dumps(board) for name, board in BOARDS.items()}, tmp_path)


def test_types_are_looked_at(tmp_path: Path) -> None:
    """A setting that Grafana does not have is found."""
    board = json.loads(json.dumps(next(iter(BOARDS.values()))))
    next(panel for panel in board["panels"] if panel["type"] == "stat")["options"]["colorMod"] = "value"

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
def test_panels_are_looked_at(server: Server, tmp_path: Path) -> None:
    """A transformation that Grafana does not have, and a query without an answer, are found."""
    board = json.loads(json.dumps(BOARDS["slo-overview.json"]))
    tables = [panel for panel in board["panels"] if panel["type"] == "table"]
    tables[0]["transformations"][0]["id"] = "mergee"
    stat = next(panel for panel in board["panels"] if panel["type"] == "stat")
    stat["targets"][0]["expr"] = "absent_metric"
    (tmp_path / "broken.json").write_text(json.dumps(board))

    with pytest.raises(AssertionError) as found:
        render([tmp_path / "broken.json"], server.url, tmp_path)
    assert "mergee" in str(found.value)
    assert f'"{stat["title"]}" (stat): no data' in str(found.value)
