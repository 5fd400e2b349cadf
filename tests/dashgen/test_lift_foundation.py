"""Grafana's foundation SDK: its dashboards are taken, and its models agree with what ours hold."""

import json
import warnings
from typing import Any

import pytest
from grafanalib import core

from sloctl.dashgen.render import finished
from tests.dashgen import stock
from tests.dashgen.grafana import BOARDS

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", "Prefer using dashboardv2", DeprecationWarning)  # the classic form is meant
    from grafana_foundation_sdk.builders import stat, table, timeseries
    from grafana_foundation_sdk.builders.dashboard import Dashboard, DatasourceVariable, Row
    from grafana_foundation_sdk.builders.prometheus import Dataquery
    from grafana_foundation_sdk.cog.encoder import JSONEncoder
    from grafana_foundation_sdk.cog.plugins import register_default_plugins
    from grafana_foundation_sdk.models.dashboard import Dashboard as Model

register_default_plugins()  # without these the options of panels are not looked into


def built() -> Dashboard:
    """Build a dashboard as the SDK's users do."""
    footer = {"show": True, "reducer": ["sum"], "countRows": False}
    shown = table.Panel().title("Table").with_target(Dataquery().expr("up"))
    shown._internal.options.footer = footer
    return (
        Dashboard("Built")
        .uid("built")
        .with_variable(DatasourceVariable("datasource").label("Data source").type("prometheus"))
        .with_row(Row("Row"))
        .with_panel(timeseries.Panel().title("Lines").unit("s").with_target(Dataquery().expr("up")))
        .with_panel(stat.Panel().title("Now").unit("s").with_target(Dataquery().expr("up").instant()))
        .with_panel(shown)
    )


def kept(data: Any) -> Any:
    """Read a dashboard into the SDK's models and write it again."""
    return json.loads(JSONEncoder().encode(Model.from_json(json.loads(json.dumps(data)))))


def lost(data: Any, again: Any, path: str = "") -> list[str]:
    """Name what of some data is not in its copy."""
    if isinstance(data, dict) and isinstance(again, dict):
        return [fault for key in data for fault in lost(data[key], again.get(key), f"{path}/{key}")]
    if isinstance(data, list) and isinstance(again, list) and len(data) == len(again):
        return [fault for i, item in enumerate(data) for fault in lost(item, again[i], f"{path}/{i}")]
    return [] if data == again else [path]


def test_builders_are_finished_like_any_dashboard() -> None:
    """What the SDK leaves out is given: ids, references, places, a calculation; what has gone goes."""
    board = finished(built())
    _, lines, now, shown = board["panels"]

    assert [panel["id"] for panel in board["panels"]] == [1, 2, 3, 4]
    assert [panel["targets"][0]["refId"] for panel in (lines, now, shown)] == ["A", "A", "A"]
    assert now["options"]["reduceOptions"]["calcs"] == ["lastNotNull"]
    assert "footer" not in shown["options"]
    assert shown["fieldConfig"]["defaults"]["custom"]["footer"] == {"reducers": ["sum"]}


def test_builders_objects_and_data_are_one() -> None:
    """A builder, what it builds, and the data of that come out alike."""
    data = json.loads(JSONEncoder().encode(built().build()))

    assert finished(built()) == finished(built().build()) == finished(data)


@pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
def test_the_models_keep_all_of_a_shipped_dashboard(board: dict[str, Any]) -> None:
    """Nothing of a shipped dashboard is unknown to the SDK's models."""
    assert lost(board, kept(board)) == []


def test_the_models_keep_all_of_stock_panels() -> None:
    """Nothing of a finished stock dashboard is unknown to the SDK's models, but the filters that viewers set."""
    board = finished(stock.dashboard())

    assert [path for path in lost(board, kept(board)) if not path.endswith("/filters")] == []


def test_the_models_see_what_is_misspelt() -> None:
    """An option that Grafana does not have is seen as lost, so that this check can fail."""
    odd = core.Stat(title="Odd", targets=[stock.query()], extraJson={"options": {"colour": 1}})
    board = finished(stock.dashboard(odd))

    assert "/panels/0/options/colour" in lost(board, kept(board))
