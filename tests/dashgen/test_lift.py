"""What becomes of stock grafanalib's panels, all of which write shapes that Grafana has left behind."""

import inspect
import json
from pathlib import Path
from typing import Any

import pytest
from grafanalib import core

from sloctl.app.lint import BOARD_CHECK_IDS, Options, lint
from sloctl.dashgen import render
from sloctl.dashgen.render import finished
from tests.dashgen import stock
from tests.support.grafana_check import typecheck

Json = dict[str, Any]

FORM = {
    "annotation-promql", "dashboard-schema", "dashboard-types", "dashboard-uid", "legend-shown", "matcher-id",
    "override-property", "panel-ids", "panel-no-targets-rule", "panel-overlap", "panel-plugin", "panel-units-rule",
    "reducer-id", "row-panels", "target-multi-value", "target-promql-rule", "target-variables",
    "template-label-promql-rule", "template-on-time-change-reload-rule", "threshold-steps", "transformer-id",
    "unit-id",
}  # fmt: skip
"""Checks of how a dashboard is written, rather than of what its author chose to show."""


def lifted(panel: object) -> Json:
    """Give a panel as it comes out."""
    found: Json = finished(stock.dashboard(panel))["panels"][0]
    return found


def test_every_stock_panel_is_here() -> None:
    """The stock dashboard has a panel of every class there is, but for those that Grafana does not draw any more."""
    classes = {
        found
        for _, found in inspect.getmembers(core, inspect.isclass)
        if issubclass(found, core.Panel) and found is not core.Panel
    }
    shown = {type(panel) for panel in [*stock.PANELS, *stock.PANELS[-1].panels, *stock.PLUGINS]} - {core.AlertList}

    assert shown | set(stock.GONE) == classes
    assert FORM <= set(BOARD_CHECK_IDS)


@pytest.mark.parametrize("panel", stock.PLUGINS, ids=lambda panel: panel.title)
def test_panels_of_plugins_keep_their_options(panel: core.Panel) -> None:
    """A panel of a plugin that may be installed is finished like any, and its options are its own."""
    found, given = lifted(panel), panel.to_json_data()

    assert (found["type"], found["options"]) == (given["type"], given["options"])
    assert found["targets"][0]["refId"] == "A"


def test_the_types_of_grafana_fit(tmp_path: Path) -> None:
    """A dashboard of every stock panel is what Grafana's own types say."""
    typecheck({"stock": render(stock.dashboard())}, tmp_path)


def test_lint_finds_nothing_of_form(tmp_path: Path) -> None:
    """Of every stock panel, the lint finds what its author left open, and no fault of form."""
    path = tmp_path / "stock.json"
    path.write_text(render(stock.dashboard()))

    assert [str(finding) for finding in lint([path], Options()).findings if finding.check in FORM] == []


def test_current_json_stays_as_it_is() -> None:
    """What has been finished once is not changed by being finished again."""
    once = finished(stock.dashboard())

    assert finished(json.loads(json.dumps(once))) == once


def test_a_library_panel_stays_a_reference() -> None:
    """A panel of Grafana's library is kept there; a dashboard holds its place and its name."""
    library = {
        "title": "Shared",
        "libraryPanel": {"uid": "u", "name": "n"},
        "gridPos": {"x": 0, "y": 0, "w": 4, "h": 4},
    }

    assert lifted(library) == {**library, "id": 1}


def test_a_graph_becomes_a_time_series() -> None:
    """What a graph drew, a time series draws: axes, lines, limits, single series, legend and links."""
    panel = lifted(stock.GRAPH)
    defaults, custom = panel["fieldConfig"]["defaults"], panel["fieldConfig"]["defaults"]["custom"]
    by_name = {each["matcher"]["options"]: each for each in panel["fieldConfig"]["overrides"]}
    right = {each["id"]: each["value"] for each in by_name["/up.*/"]["properties"]}

    assert (panel["type"], defaults["unit"], defaults["min"], custom["axisLabel"]) == (
        "timeseries",
        "reqps",
        0,
        "requests",
    )
    assert (custom["fillOpacity"], custom["stacking"]["mode"], custom["spanNulls"]) == (30, "normal", False)
    assert custom["scaleDistribution"] == {"type": "log", "log": 10}
    assert [step["value"] for step in defaults["thresholds"]["steps"]] == [None, 5.0, 9.0]
    assert [step["color"] for step in defaults["thresholds"]["steps"]] == ["transparent", "orange", "red"]
    assert by_name["prometheus"]["properties"] == [{"id": "color", "value": {"mode": "fixed", "fixedColor": "#ff0000"}}]
    assert (right["custom.axisPlacement"], right["unit"], right["custom.lineWidth"]) == ("right", "short", 0)
    assert panel["options"]["legend"] == {
        "calcs": ["mean", "lastNotNull"],
        "displayMode": "table",
        "placement": "right",
        "showLegend": True,
        "sortBy": "Last *",
        "sortDesc": True,
    }
    assert (panel["repeat"], panel["links"], defaults["links"]) == ("job", *[[stock.LINK.to_json_data()]] * 2)


def test_series_that_differ_from_their_graph_are_overridden() -> None:
    """What a graph says of single series as plain data, beyond grafanalib's own class, is kept as well."""
    series = [
        {"alias": "a", "bars": True, "lines": False, "stack": "A", "color": "#629E51"},
        {
            "alias": "b",
            "lines": True,
            "steppedLine": True,
            "nullPointMode": "connected",
            "stack": False,
            "linewidth": 3,
        },
        {"alias": "/c|d/", "legend": False, "points": True, "transform": "negative-Y"},
    ]
    graph = core.Graph(title="g", targets=[stock.query()], lines=False, points=True, seriesOverrides=series)
    found = {
        each["matcher"]["options"]: {each["id"].removeprefix("custom."): each["value"] for each in each["properties"]}
        for each in lifted(graph)["fieldConfig"]["overrides"]
    }

    assert found == {
        "a": {
            "drawStyle": "bars",
            "stacking": {"mode": "normal", "group": "A"},
            "color": {"mode": "fixed", "fixedColor": "#629E51"},
        },
        "b": {
            "spanNulls": True,
            "stacking": {"mode": "none", "group": "A"},
            "lineInterpolation": "stepAfter",
            "lineWidth": 3,
            "drawStyle": "line",
        },
        "/c|d/": {
            "hideFrom": {"legend": True, "tooltip": False, "viz": False},
            "showPoints": "always",
            "transform": "negative-Y",
        },
    }


def test_limits_below_colour_what_is_below() -> None:
    """A limit that warns of less colours the values under it."""
    limits = [
        core.GraphThreshold(value=8.0, colorMode="warning", op=core.EVAL_LT, fill=False),
        core.GraphThreshold(value=2.0, op=core.EVAL_LT, fill=False),
    ]
    defaults = lifted(core.Graph(title="Left", targets=[stock.query()], thresholds=limits))["fieldConfig"]["defaults"]

    assert [(step["value"], step["color"]) for step in defaults["thresholds"]["steps"]] == [
        (None, "red"),
        (2.0, "orange"),
        (8.0, "transparent"),
    ]
    assert defaults["custom"]["thresholdsStyle"] == {"mode": "line"}


def test_a_single_stat_becomes_a_stat_or_a_gauge() -> None:
    """A single stat keeps its calculation, unit, limits and words; one that drew a dial is a gauge."""
    panel, dial = lifted(stock.SINGLE_STAT), lifted(stock.DIAL)
    defaults = panel["fieldConfig"]["defaults"]

    assert (panel["type"], panel["options"]["reduceOptions"]["calcs"]) == ("stat", ["lastNotNull"])
    assert (defaults["unit"], panel["options"]["graphMode"], panel["options"]["colorMode"]) == (
        "suffix: up",
        "area",
        "value",
    )
    assert [step["value"] for step in defaults["thresholds"]["steps"]] == [None, 1.0, 2.0]
    assert [each["type"] for each in defaults["mappings"]] == ["value", "special"]
    assert (dial["type"], dial["fieldConfig"]["defaults"]["max"]) == ("gauge", 3)
    assert dial["fieldConfig"]["defaults"]["mappings"][0]["options"]["to"] == 1.0


@pytest.mark.parametrize(
    ("panel", "calcs"), [(stock.GAUGE, ["diff"]), (stock.BAR_GAUGE, ["sum"])], ids=["gauge", "bar gauge"]
)
def test_gauges_reduce_by_their_options(panel: core.Panel, calcs: list[str]) -> None:
    """A gauge's calculation stands among its options, where Grafana looks for it, and nothing of it elsewhere."""
    found = lifted(panel)
    defaults = found["fieldConfig"]["defaults"]

    assert found["options"]["reduceOptions"]["calcs"] == calcs
    assert not {"calcs", "values", "limit", "override", "title"} & defaults.keys()
    assert "fieldOptions" not in found["options"]
    assert defaults["thresholds"]["steps"][0] == {"color": "green", "value": None}
    assert defaults["mappings"][0]["options"] == {"0": {"text": "down", "index": 0}}


def test_a_table_keeps_its_cells_and_columns() -> None:
    """A table's cells have today's names, its columns are a transformation, its words and colours are its fields'."""
    panel = lifted(stock.TABLE)
    defaults, (override,) = panel["fieldConfig"]["defaults"], panel["fieldConfig"]["overrides"]

    assert defaults["custom"]["cellOptions"] == {"type": "color-background", "mode": "gradient"}
    assert defaults["color"] == {"mode": "thresholds"}
    assert defaults["mappings"][0]["options"] == {"1": {"text": "One", "index": 0}}
    assert panel["transformations"] == [{"id": "reduce", "options": {"reducers": ["mean"]}}]
    assert override["properties"][0] == {"id": "custom.cellOptions", "value": {"type": "gauge", "mode": "lcd"}}
    assert override["properties"][1]["value"]["steps"][0]["value"] is None


def test_a_heatmap_of_buckets_and_one_that_counts() -> None:
    """A heatmap shows buckets by their bound, or counts values into the buckets that it was given."""
    buckets, counted = (lifted(panel)["options"] for panel in (stock.HEATMAP, stock.COUNTED))

    assert (buckets["calculate"], buckets["rowsFrame"], buckets["yAxis"]["unit"]) == (False, {"layout": "le"}, "s")
    assert (buckets["color"]["scheme"], buckets["color"]["min"]) == ("Spectral", 0)
    assert counted["calculate"] is True
    assert counted["calculation"] == {
        "xBuckets": {"mode": "count", "value": "20"},
        "yBuckets": {"mode": "size", "value": "2", "scale": {"type": "log", "log": 2}},
    }


def test_lists_and_texts_have_options() -> None:
    """What alert lists, dashboard lists and texts show stands among their options, and they read no data source."""
    alerts, dashboards, text = (lifted(panel) for panel in (stock.ALERTS, stock.DASHBOARDS, stock.TEXT))

    assert [state for state, is_on in alerts["options"]["stateFilter"].items() if is_on] == ["firing"]
    assert alerts["options"]["alertName"] == "SLO"
    assert (dashboards["options"]["showRecentlyViewed"], dashboards["options"]["tags"]) == (True, ["slo"])
    assert (text["options"]["mode"], text["options"]["content"]) == ("code", "<b>as it is</b>")
    assert not {"datasource", "fieldConfig", "targets"} & (alerts.keys() | dashboards.keys() | text.keys())


def test_a_pie_chart_keeps_its_legend() -> None:
    """The first pie chart becomes Grafana's own, with its colours and its legend."""
    panel = lifted(stock.PIE)

    assert (panel["type"], panel["fieldConfig"]["defaults"]["unit"]) == ("piechart", "reqps")
    assert panel["options"]["legend"]["values"] == ["value", "percent"]
    assert panel["fieldConfig"]["overrides"][0]["matcher"]["options"] == "a"


@pytest.mark.parametrize(
    ("panel", "fault"),
    [
        *((kind(title="Old"), r"panel 'Old': '.*' has gone from Grafana; use '") for kind in stock.GONE),
        (core.Graph(title="Old", alert={"name": "a"}), "panel 'Old': Grafana does not evaluate alerts of panels"),
        (core.Graph(title="Old", xAxis=core.XAxis(mode="series")), "panel 'Old': a time series has the time"),
        (core.SingleStat(title="Old", prefix="ca. ", format="s"), "panel 'Old': a stat writes no texts around"),
        (core.SingleStat(title="Old", thresholds="a,b"), "panel 'Old': 'a' is no number"),
        (core.AlertList(title="Old", dashboardTags=["a"]), "panel 'Old': an alert list chooses neither"),
        ({"title": "Old", "type": "timeseries", "fieldConfig": 5}, "panel 'Old': 'fieldConfig' cannot be 5"),
        ({"title": "Old", "type": ["stat"]}, r"panel 'Old': 'type' cannot be \["),
        (
            {"title": "Old", "type": "graph", "yaxes": ["a"], "legend": []},
            r"panel 'Old': '(legend|yaxes)' cannot be \[",
        ),
        ({"title": "Old", "type": "stat", "options": {"far": {1, 2}}}, "'Old' cannot hold a set"),
        ({"title": "Old", "type": "stat", "interval": float("nan")}, "'Old' cannot hold nan"),
        ({"title": "Old"}, "panel 'Old': it has no type"),
        ("Old", "a dashboard's panels are objects"),
    ],
)
def test_what_cannot_be_drawn_as_before_is_refused(panel: object, fault: str) -> None:
    """A panel that today's Grafana cannot draw as it was meant is refused by its name, and with what to do."""
    with pytest.raises(ValueError, match=fault):
        lifted(panel)


def test_rows_become_panels_in_their_places() -> None:
    """Rows that hold panels are headings with the panels below, as wide and high as they were."""
    rows = [
        core.Row(title="First", panels=[core.Stat(title="a", span=4), core.Stat(title="b", span=8)]),
        core.Row(title="Folded", collapse=True, panels=[core.Stat(title="c")]),
        core.Row(panels=[core.Stat(title="d", height="400px"), core.Stat(title="e")]),
    ]
    panels = finished(stock.dashboard(panels=[], rows=rows))["panels"]
    places = {panel["title"]: tuple(panel["gridPos"][key] for key in "xywh") for panel in panels}

    assert places == {
        "First": (0, 0, 24, 1),
        "a": (0, 1, 8, 7),
        "b": (8, 1, 16, 7),
        "Folded": (0, 8, 24, 1),
        "d": (0, 9, 12, 11),
        "e": (12, 9, 12, 7),
    }
    (inside,) = panels[3]["panels"]
    assert (inside["title"], inside["gridPos"]["y"]) == ("c", 9)


def test_an_open_row_lets_go_of_its_panels() -> None:
    """Panels inside an open row stand behind it, since Grafana shows those within a collapsed one only."""
    row = core.RowPanel(title="Row", panels=[core.Text(title="Inside", content="x")])
    found = finished(stock.dashboard(row))["panels"]

    assert [(panel["title"], panel.get("panels")) for panel in found] == [("Row", []), ("Inside", None)]
