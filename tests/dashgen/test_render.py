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
        "gridPos": {"h": 7, "w": 12, "x": 0, "y": 0},
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
    _, result = finished(stock(templating=core.Templating([variable])))["templating"]["list"]
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


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        (
            core.Template(name="a", type="datasource", query="loki", default="Logs"),
            {"current": {"text": "Logs", "value": "Logs"}, "multi": False, "includeAll": False, "query": "loki"},
        ),
        (
            core.Template(name="a", type="custom", query="x,y", default="y"),
            {"current": {"text": "y", "value": "y"}, "multi": False, "includeAll": False, "query": "x,y"},
        ),
        (
            core.Template(name="a", type="interval", query="1m,5m", default="5m", auto=True),
            {
                "current": {"text": "5m", "value": "5m"},
                "auto": True,
                "auto_count": 30,
                "auto_min": "10s",
                "refresh": 2,
                "query": "1m,5m",
            },
        ),
        (core.Template(name="a", type="constant", query="5"), {"current": {"text": "5", "value": "5"}, "query": "5"}),
        (core.Template(name="a", type="textbox", query="x"), {"current": {"text": "x", "value": "x"}, "query": "x"}),
        (
            core.Template(name="a", type="adhoc", query="", dataSource="$metrics"),
            {"datasource": {"type": "prometheus", "uid": "${metrics}"}, "filters": []},
        ),
    ],
    ids=lambda value: value.type if isinstance(value, core.Template) else "",
)
def test_each_kind_of_variable_has_what_is_its_own(variable: core.Template, expected: dict[str, Any]) -> None:
    """A variable keeps what its kind has, and nothing that stock grafanalib writes for all kinds."""
    source = core.Template(name="metrics", type="datasource", query="prometheus")
    result = finished(stock(templating=core.Templating([source, variable])))["templating"]["list"][-1]
    common = {"name", "type", "hide", "options", "regex", "refresh", "sort"}

    assert {key: result.get(key) for key in expected} == expected
    assert result.keys() - expected.keys() <= common
    assert "sort" not in result or variable.type in {"query", "datasource"}


@pytest.mark.parametrize(
    ("default", "expected"),
    [("All", {"text": "All", "value": "$__all"}), ("x", {"text": "x", "value": "x"}), ("", {})],
)
def test_a_variable_starts_with_its_default(default: str, expected: dict[str, str]) -> None:
    """A default is chosen, "All" by the name that Grafana has for it, and an empty one is none."""
    variable = core.Template(name="a", query="label_values(up, a)", default=default, includeAll=bool(default))
    *_, found = finished(stock(templating=core.Templating([variable])))["templating"]["list"]

    assert found["current"] == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (None, {"type": "prometheus", "uid": "${datasource}"}),
        ("default", {"type": "prometheus", "uid": "${datasource}"}),
        ("$metrics", {"type": "prometheus", "uid": "${metrics}"}),
        ("[[metrics]]", {"type": "prometheus", "uid": "${metrics}"}),
        ("Loki of team A", {"type": "loki", "uid": "Loki of team A"}),
        ("Metrics", {"type": "prometheus", "uid": "Metrics"}),
        ("-- Mixed --", {"type": "datasource", "uid": "-- Mixed --"}),
        ({"type": "mimir", "uid": "m"}, {"type": "mimir", "uid": "m"}),
    ],
)
def test_data_sources_are_references(source: object, expected: dict[str, str]) -> None:
    """A data source that was named is referred to; one that was not is the viewer's choice."""
    metrics = core.Template(name="metrics", type="datasource", query="prometheus")
    panel = core.Stat(title="s", dataSource=source, targets=[core.Target(expr="up")])
    board = finished(stock(panel, templating=core.Templating([metrics])))
    variables = [variable["name"] for variable in board["templating"]["list"]]

    assert board["panels"][0]["datasource"] == expected
    assert variables == (["datasource", "metrics"] if source in (None, "default") else ["metrics"])


def test_queries_of_other_data_sources_keep_their_own() -> None:
    """What is not PromQL is left as it is, but for what stock grafanalib adds to every query."""
    panel = core.TimeSeries(
        title="t",
        dataSource="Graphite",
        targets=[
            core.Target(target="a.b", refId="B"),
            core.SqlTarget(rawSql="SELECT 1"),
            {"query": "x", "step": 5, "datasource": ""},
        ],
    )
    (found,) = finished(stock(panel))["panels"]

    assert found["targets"] == [
        {"target": "a.b", "format": "time_series", "refId": "B"},
        {"rawSql": "SELECT 1", "rawQuery": True, "format": "time_series", "refId": "A"},
        {"query": "x", "step": 5, "refId": "C"},
    ]


def test_many_queries_have_references() -> None:
    """After Z comes AA."""
    panel = core.TimeSeries(title="t", targets=[core.Target(expr="up") for _ in range(28)])
    (found,) = finished(stock(panel))["panels"]

    assert [target["refId"] for target in found["targets"]][24:] == ["Y", "Z", "AA", "AB"]


def test_what_stands_around_panels_is_current() -> None:
    """The time picker has no junk, links and annotations have what Grafana needs of them."""
    board = finished(
        stock(
            refresh=False,
            links=[core.ExternalLink("https://example.org", "Out")],
            annotations=core.Annotations([{"name": "a", "datasource": "$metrics", "expr": "up == 0"}]),
        )
    )
    (link,), (mark,) = board["links"], board["annotations"]["list"]

    assert (board["timepicker"], "refresh" in board) == ({}, False)
    assert (link["tags"], link["includeVars"], link["url"]) == ([], False, "https://example.org")
    assert (mark["datasource"], mark["enable"]) == ({"type": "prometheus", "uid": "${metrics}"}, True)


def test_a_uid_is_given_where_there_is_none() -> None:
    """A dashboard keeps its own uid, and takes the given one otherwise."""
    assert finished(stock(uid=None), "given")["uid"] == "given"
    assert finished(stock(uid="own"), "given")["uid"] == "own"


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
        (stock(templating=core.Templating([{"type": "query", "name": "odd"}])), "variable 'odd': "),
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
