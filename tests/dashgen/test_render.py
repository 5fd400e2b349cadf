"""What becomes of a grafanalib dashboard, stock or ours, on its way to JSON."""

import json
from typing import Any

import pytest
from grafanalib import core

from sloctl.dashgen import Colour, now, prometheus_dashboard, render, row, series, stat, steps, timeseries
from sloctl.dashgen.render import finished


def stock(*panels: core.Panel, **more: Any) -> core.Dashboard:
    """Make a dashboard as any user of grafanalib would."""
    return core.Dashboard(**{"title": "Stock", "uid": "stock", "panels": list(panels), **more})


def numbers(title: str = "Numbers", width: int = 4, height: int = 4) -> core.Panel:
    """Make a small panel of ours."""
    return stat(
        title,
        now("up", "up"),
        description="Targets.",
        unit="none",
        no_value="none",
        steps=steps(Colour.PLAIN),
        width=width,
        height=height,
    )


def test_stock_panel_comes_out_clean() -> None:
    """A panel of stock grafanalib is brought to today's form: no junk, ids, places, references and a legend."""
    panel = core.TimeSeries(
        title="Up",
        dataSource="${datasource}",
        targets=[core.Target(expr="up", legendFormat="{{job}}")],
        unit="none",
        height="250px",
        span=6,
    )
    (result,) = finished(stock(panel))["panels"]
    expected = {
        "datasource": {"type": "prometheus", "uid": "${datasource}"},
        "gridPos": {"h": 8, "w": 12, "x": 0, "y": 0},
        "id": 1,
        "targets": [
            {
                "editorMode": "code",
                "expr": "up",
                "format": "time_series",
                "instant": False,
                "legendFormat": "{{job}}",
                "range": True,
                "refId": "A",
            }
        ],
        "title": "Up",
        "type": "timeseries",
    }

    assert expected == {key: value for key, value in result.items() if key not in {"fieldConfig", "options"}}
    assert True is result["options"]["legend"]["showLegend"]
    assert "thresholds" not in result["fieldConfig"]["defaults"]


def test_base_threshold_is_null() -> None:
    """The first threshold has no lower end, however it was spelt; grafanalib spells it as a word."""
    thresholds = [core.Threshold("green", 0, 0.0), core.Threshold("red", 1, 5.0)]
    (panel,) = finished(stock(core.Stat(title="n", thresholds=thresholds)))["panels"]

    assert [step["value"] for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]] == [None, 5.0]


def test_stock_variable_comes_out_clean() -> None:
    """A query variable has the shape that Grafana's editor writes, and "All" is chosen where it may be."""
    variable = core.Template(
        name="job", query="label_values(up, job)", dataSource="${datasource}", includeAll=True, multi=True
    )
    (result,) = finished(stock(templating=core.Templating([variable])))["templating"]["list"]
    expected = {
        "current": {"text": "All", "value": "$__all"},
        "datasource": {"type": "prometheus", "uid": "${datasource}"},
        "definition": "label_values(up, job)",
        "hide": 0,
        "includeAll": True,
        "multi": True,
        "name": "job",
        "options": [],
        "query": {"qryType": 1, "query": "label_values(up, job)", "refId": "Variable"},
        "refresh": 2,
        "regex": "",
        "sort": 1,
        "type": "query",
    }

    assert expected == result


def test_panels_flow_and_rows_start_a_line() -> None:
    """Panels stand side by side while they fit; what does not fit, and every row, starts a line below the tallest."""
    board = stock(
        row("First"), numbers(width=16, height=6), numbers(width=8), numbers(width=1), row("Second"), numbers()
    )
    places = [tuple(panel["gridPos"][key] for key in "xywh") for panel in finished(board)["panels"]]

    assert places == [(0, 0, 24, 1), (0, 1, 16, 6), (16, 1, 8, 4), (0, 7, 1, 4), (0, 11, 24, 1), (0, 12, 4, 4)]


def test_places_of_ones_own_are_kept() -> None:
    """A dashboard whose panels all have a place keeps it."""
    panel = core.Text(title="t", content="x", gridPos=core.GridPos(h=3, w=5, x=7, y=9))

    assert [panel["gridPos"] for panel in finished(stock(panel))["panels"]] == [{"h": 3, "w": 5, "x": 7, "y": 9}]


def test_ids_of_ones_own_are_kept() -> None:
    """A panel keeps the id that it has; the others get the lowest that are free."""
    board = stock(numbers(), core.Text(id=1, content="x"), core.Text(id=3, content="x"), numbers())

    assert [panel["id"] for panel in finished(board)["panels"]] == [2, 1, 3, 4]


@pytest.mark.parametrize(
    ("board", "fault"),
    [
        (stock(title=""), "needs a title"),
        (stock(uid=None), "needs a uid"),
        (stock(uid="no spaces"), "needs a uid"),
        (stock(uid="x" * 41), "needs a uid"),
        (stock(rows=[core.Row()]), "have gone from Grafana"),
        (stock(core.Graph(title="Old")), "'Old': 'graph' has gone from Grafana; use 'timeseries'"),
        (stock(core.Text(id=1, content="x"), core.Text(id=1, content="x")), "two panels have one id"),
        (stock(core.Stat(title="Twins", targets=[core.Target(refId="A"), core.Target(refId="A")])), "'Twins'"),
        (stock(numbers("Wide", width=25)), "'Wide' is 25 wide"),
        (stock(tags=[object()]), "cannot hold a object"),
        ("not a dashboard", "needs a title"),
    ],
)
def test_what_grafana_could_not_keep_is_refused(board: object, fault: str) -> None:
    """A dashboard that Grafana could not keep is refused with the reason, and never written."""
    with pytest.raises(ValueError, match=fault):
        render(board)


def test_text_is_deterministic() -> None:
    """The same dashboard gives the same text: sorted keys, one line break at the end, letters as they are."""
    board = prometheus_dashboard(
        "Budget ×2",
        [timeseries("Up", series("up", "{{job}}"), description="d", unit="none", no_value="none")],
        uid="b",
        description="Two.",
        variables=[],
        tags=[],
    )
    text = render(board)

    assert text == render(board)
    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    assert '"title": "Budget ×2"' in text
