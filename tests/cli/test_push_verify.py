"""`sloctl push dashboards --verify`: queries that a real Prometheus answers, through a fake Grafana."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sloctl.cli import run
from tests.support.grafana import NEW, OLD, FakeGrafana, Fault, fake_grafana
from tests.support.prometheus import Server, blocks_from, prometheus

Json = dict[str, Any]
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
VARIABLES = [
    {"type": "datasource", "name": "datasource", "query": "prometheus"},
    {"type": "query", "name": "job", "query": {"query": "label_values(up, job)"}, "includeAll": True, "multi": True},
    {"type": "query", "name": "instance", "query": 'label_values(up{job=~"$job"}, instance)', "current": {}},
    {"type": "custom", "name": "least", "query": "None : 0, Some : 1"},
    {"type": "interval", "name": "window", "query": "5m,1h", "current": {"value": "10m"}},
]
CHOSEN = 'up{job=~"$job", instance="${instance}"}'


@pytest.fixture(scope="module")
def metrics(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a Prometheus with an hour of `up`, which reaches a little past now."""
    folder = tmp_path_factory.mktemp("metrics")
    end = int(time.time()) + 300
    samples = [f'up{{job="{job}",instance="{job}:1"}} 1 {at}' for job in "ab" for at in range(end - 3600, end, 60)]
    data = blocks_from("# TYPE up gauge\n" + "\n".join(samples), folder / "data")
    with prometheus("{}", folder, data) as server:
        yield server


@pytest.fixture(params=[NEW, OLD], ids=["new", "old"])
def grafana(request: pytest.FixtureRequest, metrics: Server) -> Iterator[FakeGrafana]:
    """Run a fake Grafana with that data source."""
    with fake_grafana(versions=request.param, prometheus=metrics.url) as grafana:
        yield grafana


def panel(title: str, *queries: str, **rest: Any) -> Json:
    """Make a panel."""
    targets = [{"refId": "ABC"[index], "expr": expr, **rest} for index, expr in enumerate(queries)]
    return {"type": "timeseries", "title": title, "datasource": SOURCE, "targets": targets}


def write(folder: Path, *panels: Json) -> str:
    """Write a dashboard of panels; give its path."""
    board = {"uid": "a", "title": "A", "templating": {"list": VARIABLES}, "panels": list(panels)}
    (folder / "a.json").write_text(json.dumps(board))
    return str(folder / "a.json")


def verify(capsys: pytest.CaptureFixture[str], grafana: FakeGrafana, path: str, *args: str) -> tuple[int, Json]:
    """Push and verify; give the exit code and what is said of the dashboard."""
    code = run(["push", "dashboards", path, "--url", grafana.url, "--verify", "--json", *args])
    (verified,) = json.loads(capsys.readouterr().out)["verified"]
    return code, verified


def test_panels_with_data_are_fine(grafana: FakeGrafana, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Variables have values, Grafana's own too; panels in collapsed rows count, those without PromQL do not."""
    path = write(
        tmp_path,
        panel("Range", f"max_over_time({CHOSEN}[$__rate_interval]) > $least"),
        panel("Instant", f"sum(max_over_time({CHOSEN}[$window]))", instant=True),
        {"type": "row", "collapsed": True, "panels": [panel("Folded", "count by (job) (up)")]},
        {"type": "text", "title": "Text"},
        panel("Logs", '{app="a"}') | {"datasource": {"type": "loki", "uid": "logs-1"}},
    )

    code, verified = verify(capsys, grafana, path)

    assert (0, "ok", "") == (code, verified["state"], verified["reason"])
    assert {"Range": "ok", "Instant": "ok", "Folded": "ok"} == {
        each["title"]: each["state"] for each in verified["panels"]
    }


def test_a_query_that_prometheus_refuses_is_a_finding(
    grafana: FakeGrafana, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It comes with its panel, its letter and Prometheus's words; the exit code is 1, though all is pushed."""
    path = write(tmp_path, panel("Fine", "up"), panel("Broken", "up", "sum(up"))

    code, verified = verify(capsys, grafana, path)

    assert (1, "failed") == (code, verified["state"])
    assert ["ok", "failed"] == [each["state"] for each in verified["panels"]]
    assert "query B: " in verified["panels"][1]["reason"]
    assert "parse error" in verified["panels"][1]["reason"]


def test_an_empty_panel_is_no_fault(grafana: FakeGrafana, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A new operator has no errors yet; it is said all the same."""
    path = write(tmp_path, panel("Empty", "nothing_at_all"), panel("Half", "nothing_at_all", "up"))

    code = run(["push", "dashboards", path, "--url", grafana.url, "--verify"])

    said = capsys.readouterr().err
    assert 0 == code
    assert "A: 2 panels, 1 of them empty" in said
    assert "Empty: no data" in said


def test_what_is_there_is_compared(grafana: FakeGrafana, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --check nothing is written, and what is missing, older or changed is said to be."""
    path = write(tmp_path, panel("Fine", "up"))
    missing = verify(capsys, grafana, path, "--check")
    run(["push", "dashboards", path, "--url", grafana.url])
    capsys.readouterr()
    there = verify(capsys, grafana, path, "--check")
    write(tmp_path, panel("Finer", "up"))
    older = verify(capsys, grafana, path, "--check")
    grafana.edit("a", title="Mended")
    changed = verify(capsys, grafana, path, "--check")

    reasons = [(code, verified["reason"]) for code, verified in (missing, there, older, changed)]
    assert [(1, "it is not there"), (0, ""), (1, "an older one is there"), (1, "it is not what was pushed")] == reasons


def test_a_data_source_may_be_chosen(grafana: FakeGrafana, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By its name or uid; one that Grafana has not is named with those that it has."""
    path = write(tmp_path, panel("Fine", "up"))
    for name in ("metrics", "metrics-1"):
        assert 0 == verify(capsys, grafana, path, "--datasource", name)[0]

    code = run(["push", "dashboards", path, "--url", grafana.url, "--verify", "--datasource", "other"])

    said = capsys.readouterr().err
    assert 2 == code
    assert "no Prometheus data source 'other'" in said
    assert "--datasource is one of: metrics" in said


def test_a_panel_with_a_data_source_of_its_own_is_asked_there(
    grafana: FakeGrafana, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One that Grafana does not have is that panel's fault."""
    there, gone = panel("There", "up"), panel("Gone", "up")
    there["datasource"], gone["datasource"] = ({"type": "prometheus", "uid": uid} for uid in ("metrics-1", "gone"))

    code, verified = verify(capsys, grafana, write(tmp_path, there, gone))

    assert 1 == code
    assert ["", "query A: Data source not found"] == [each["reason"] for each in verified["panels"]]


def test_a_variable_that_cannot_be_filled_is_a_finding(
    grafana: FakeGrafana, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its query is refused by Prometheus; the panels are asked all the same."""
    path = write(tmp_path, panel("Fine", "up"))
    board = json.loads(Path(path).read_text())
    broken = {"type": "query", "name": "pod", "query": {"query": "label_values(up{, pod)"}}
    Path(path).write_text(json.dumps(board | {"templating": {"list": [*VARIABLES, broken]}}))

    code, verified = verify(capsys, grafana, path)

    assert 1 == code
    assert [("$pod", "failed"), ("Fine", "ok")] == [(each["title"], each["state"]) for each in verified["panels"]]


def test_a_panel_that_grafana_cannot_ask_is_a_finding(
    grafana: FakeGrafana, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other panels are asked all the same; a missing permission concerns them all, and ends it."""
    monkeypatch.setattr("sloctl.clients.api._LONGEST_PAUSE_S", 0.01)
    grafana.faults = [Fault("POST", "/api/ds/query", 500, "plugin unavailable", times=4)]
    path = write(tmp_path, panel("Broken", "up"), panel("Fine", "up"))

    code, verified = verify(capsys, grafana, path)
    grafana.denied = {"datasources:query"}
    refused = run(["push", "dashboards", path, "--url", grafana.url, "--verify"])

    assert (1, ["failed", "ok"]) == (code, [each["state"] for each in verified["panels"]])
    assert "plugin unavailable" in verified["panels"][0]["reason"]
    assert (4, True) == (refused, "who asks needs datasources:query" in capsys.readouterr().err)


def test_a_form_that_grafana_has_chosen_is_noted(
    grafana: FakeGrafana, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A newer Grafana migrates what it stores; that is told, and no fault."""
    grafana.migrates = True
    code, verified = verify(capsys, grafana, write(tmp_path, panel("Fine", "up")))

    is_new = grafana.versions is NEW
    assert (0, "Grafana has brought it into another form" if is_new else "") == (code, verified["note"])


def test_what_was_pushed_is_said_also_when_nothing_can_be_verified(
    grafana: FakeGrafana, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A permission that only --verify needs makes nobody believe that the push failed."""
    grafana.denied = {"datasources:read"}
    path = write(tmp_path, panel("Fine", "up"))

    code = run(["push", "dashboards", path, "--url", grafana.url, "--verify", "--json"])

    said = json.loads(capsys.readouterr().out)
    assert 4 == code
    assert ["added"] == [each["change"] for each in said["dashboards"]]
    assert "who asks needs datasources:read" in said["hint"]


def test_a_grafana_that_goes_away_is_asked_no_more(
    grafana: FakeGrafana, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was not all sent is not verified."""
    monkeypatch.setattr("sloctl.clients.api._LONGEST_PAUSE_S", 0.01)
    grafana.faults = [Fault("POST", "/dashboards", 503, "", times=9)]
    path = write(tmp_path, panel("Fine", "up"))

    assert 4 == run(["push", "dashboards", path, "--url", grafana.url, "--verify"])
    assert not any("/api/ds" in path or "datasources" in path for _, path, _ in grafana.requests)
    capsys.readouterr()


def test_every_query_of_the_shipped_dashboards_is_understood(
    grafana: FakeGrafana, capsys: pytest.CaptureFixture[str]
) -> None:
    """Prometheus refuses none of them, not even where it has none of the series."""
    code = run(["push", "dashboards", "--url", grafana.url, "--verify", "--json"])

    said = json.loads(capsys.readouterr().out)
    assert 0 == code
    assert set() == {each["reason"] for board in said["verified"] for each in board["panels"]} - {""}
    assert sum(len(board["panels"]) for board in said["verified"]) > 20
