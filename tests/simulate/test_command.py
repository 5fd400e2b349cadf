"""`sloctl simulate`, run as a program."""

import csv
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.support.prometheus import Server, blocks_from, prometheus

Run = Callable[..., "subprocess.CompletedProcess[str]"]

SPEC = """
apiVersion: openslo/v1
kind: SLO
metadata: {name: checkout}
spec:
  service: shop
  indicator:
    metadata: {name: errors}
    spec:
      ratioMetric:
        counter: true
        bad: {metricSource: {type: Prometheus, spec: {query: 'requests_total{code=~"5.."}'}}}
        total: {metricSource: {type: Prometheus, spec: {query: requests_total}}}
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: BUDGETING
  objectives: [{target: 0.999}]
"""
MINUTES, EVENTS = 2 * 1440, 20
OUTAGE = range(1500, 1520)
"""Minutes of the recorded days in which all events are bad, in one of two regions."""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run sloctl in a folder with an SLO of events, and one of time slices."""
    (tmp_path / "slo.yaml").write_text(SPEC.replace("BUDGETING", "Occurrences"))
    slices = SPEC.replace("BUDGETING", "Timeslices").replace(
        "0.999", "0.999, timeSliceTarget: 0.9, timeSliceWindow: 1m"
    )
    (tmp_path / "slices.yaml").write_text(slices)

    def run(*args: str | Path, **env: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "sloctl", "simulate", *args]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=tmp_path, env=os.environ | env, timeout=120
        )

    return run


@pytest.fixture(scope="module")
def began() -> int:
    """Give the whole hour with which the recorded days began."""
    return (int(time.time()) // 3600 - 1) * 3600 - MINUTES * 60


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, began: int) -> Iterator[Server]:
    """Run a Prometheus that has recorded two days of slices, until an hour ago, apart for two regions."""
    folder, lines = tmp_path_factory.mktemp("prometheus"), []
    for count in ("bad", "total"):
        lines.append(f"# TYPE slo:{count}:slice gauge")
        for region in ("eu", "us"):
            labels = f'slo_id="shop/checkout",service="shop",slo="checkout",region="{region}"'
            for minute in range(MINUTES):
                value = EVENTS if count == "total" or (region == "eu" and minute in OUTAGE) else 0
                lines.append(f"slo:{count}:slice{{{labels}}} {value} {began + minute * 60}")
    data = blocks_from("\n".join(lines), folder / "data")
    with prometheus("{}", folder, data) as server:
        yield server


def rows(path: Path) -> list[dict[str, str]]:
    """Read a CSV file."""
    return list(csv.DictReader(path.read_text().splitlines()))


def unix(text: str) -> float:
    """Read a time of a CSV file, which is in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def test_the_table_puts_the_policies_side_by_side(run: Run) -> None:
    """On a narrow terminal too, each tier has a column for the SLO's policy and one for the Workbook's."""
    done = run("slo.yaml", "--months", "3", COLUMNS="80")

    assert done.returncode == 0, done.stderr
    title, tiers, policies, *measures = done.stdout.splitlines()
    assert title.strip() == "shop/checkout"
    assert tiers.split() == ["page", "page", "ticket", "ticket"]
    assert policies.split() == ["standard", "workbook"] * 2
    assert [line.split("  ")[0] for line in measures if line.strip()] == [
        "Alerts",
        "Alerts of a single error",
        "Precision",
        "Recall",
        "Median time to detection (min)",
        "Median time to reset (min)",
        "Median budget spent at first alert",
        "Notifications per incident",
        "Alerts per month",
        "Alerts per healthy month",
    ]
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_a_seed_stands_for_its_result(run: Run) -> None:
    """The same seed gives the same JSON, another one gives another, and what is no number is null."""
    first, again, other = (run("slo.yaml", "--months", "2", "--seed", seed, "--json") for seed in ("4", "4", "5"))

    assert first.stdout == again.stdout != other.stdout
    result = json.loads(run("slo.yaml", "--months", "1", "--rate", "0.001", "--json").stdout)
    assert result["quality"][0]["precision"] is None
    assert result["quality"][0]["alerts"] == 0


def test_the_tables_and_the_plot_are_written(run: Run, tmp_path: Path) -> None:
    """--csv writes the frames, by month and day among them; --plot an SVG with a bar for each month."""
    done = run("slo.yaml", "--months", "2", "--runs", "2", "--csv", "out", "--plot", "plot.svg")

    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "alerts.csv",
        "days.csv",
        "incidents.csv",
        "months.csv",
        "quality.csv",
    ]
    months, days = rows(tmp_path / "out/months.csv"), rows(tmp_path / "out/days.csv")
    assert [(row["seed"], row["month"]) for row in months] == [("0", "1"), ("0", "2"), ("1", "1"), ("1", "2")]
    assert len(days) == 2 * 60
    assert sum(float(row["bad"]) for row in days) == sum(float(row["bad"]) for row in months)
    bars = [rect.get("y") for rect in ET.parse(tmp_path / "plot.svg").iter("{http://www.w3.org/2000/svg}rect")]
    assert len(bars) == 8 + 2


def test_markdown_has_compliance_and_budget_by_month(run: Run) -> None:
    """--markdown prints the quality, and a row for each month."""
    done = run("slo.yaml", "--months", "2", "--markdown")

    quality, months = (table.splitlines() for table in done.stdout.strip().split("\n\n"))
    assert [row.split(" | ")[1:3] for row in quality[2:]] == [
        ["standard", "page"],
        ["standard", "ticket"],
        ["workbook", "page"],
        ["workbook", "ticket"],
    ]
    head = months[0].strip("| ").split(" | ")
    assert len(months) == 2 + 2
    assert {"sli", "objective", "met", "budget_spent", "coverage", "standard_pages"} <= set(head)
    month = dict(zip(head, months[2].strip("| ").split(" | "), strict=True))
    spent = float(month["bad"]) / float(month["events"]) / 0.001
    assert float(month["budget_spent"]) == pytest.approx(spent, abs=0.001)
    assert month["met"] == str(spent <= 1)


def test_what_prometheus_recorded_is_replayed(run: Run, server: Server, began: int, tmp_path: Path) -> None:
    """--history reads a server's slices: each region has its own result, the outage is found and paged when it was."""
    done = run("slo.yaml", "--history", server.url, "--months", "1", "--csv", "out")

    assert done.returncode == 0, done.stderr
    days = rows(tmp_path / "out/days.csv")
    assert {row["slo"] for row in days} == {"shop/checkout region=eu", "shop/checkout region=us"}
    assert [(float(row["events"]), float(row["bad"])) for row in days] == [
        (EVENTS * 1440, 0),
        (EVENTS * 1440, EVENTS * len(OUTAGE)),
        (EVENTS * 1440, 0),
        (EVENTS * 1440, 0),
    ]
    assert [unix(row["start_time"]) for row in days[:2]] == [began, began + 86400]
    incident, *others = rows(tmp_path / "out/incidents.csv")
    assert {row["incident"] for row in others} == {"1"}
    assert unix(incident["start_time"]) == began + OUTAGE.start * 60
    assert int(incident["end"]) - int(incident["start"]) == len(OUTAGE)
    pages = [row for row in rows(tmp_path / "out/alerts.csv") if row["tier"] == "page"]
    assert {(row["policy"], row["right"]) for row in pages} == {("standard", "True"), ("workbook", "True")}
    assert all(0 <= unix(row["start_time"]) - (began + OUTAGE.start * 60) < len(OUTAGE) * 60 for row in pages)


def test_a_replay_takes_incidents_from_people(run: Run, server: Server, began: int, tmp_path: Path) -> None:
    """--incidents says when something was wrong, so that what nobody alerted on counts as missed."""
    start, end = (datetime.fromtimestamp(began + minute * 60, UTC).isoformat() for minute in (100, 159))
    (tmp_path / "known.csv").write_text(f"start,end\n{start},{end}\n")

    done = run("slo.yaml", "--history", server.url, "--months", "1", "--incidents", "known.csv", "--csv", "out")

    assert done.returncode == 0, done.stderr
    incidents = rows(tmp_path / "out/incidents.csv")
    assert {(row["start"], row["end"], row["notifications"]) for row in incidents} == {("100", "160", "0")}


def test_recorded_traffic_carries_made_up_incidents(run: Run, server: Server) -> None:
    """--traffic recorded repeats a server's traffic for as many months as are asked for."""
    done = run("slo.yaml", "--history", server.url, "--traffic", "recorded", "--months", "2", "--json")

    months = json.loads(done.stdout)["months"]
    assert [row["month"] for row in months] == [1, 2, 1, 2]
    assert all(row["events"] == pytest.approx(EVENTS * 30 * 1440, rel=0.02) for row in months)


def test_slices_of_time_are_replayed_only(run: Run, server: Server) -> None:
    """Budgets that are not of events cannot be made up, which is said, with what can be done."""
    made_up, replayed = run("slices.yaml"), run("slices.yaml", "--history", server.url, "--json")

    assert made_up.returncode == 2
    assert "only events can be made up" in made_up.stderr
    assert "--history" in made_up.stderr
    assert replayed.returncode == 0, replayed.stderr


@pytest.mark.parametrize(
    ("args", "code", "text"),
    [
        (["--traffic", "square"], 2, "choose one of flat, day-night, weekly, recorded"),
        (["--rate", "nan"], 2, "give more than 0, and 1e+12 at most"),
        (["--rate", "0"], 2, "there are no 0 events per hour"),
        (["--traffic", "recorded"], 2, "say which: --history URL"),
        (["--history", "http://localhost:9", "--runs", "2"], 2, "replayed once"),
        (["--history", "http://localhost:9"], 4, "no answer from Prometheus"),
        (["--plot", "plot.png"], 2, "write it to a .svg file"),
        (["--incidents", "slo.yaml"], 2, "its first line is duration,error_ratio,per_month"),
        (["--incidents", "ratio.csv"], 2, "ratio.csv:2: an error_ratio is above 0"),
        (["--incidents", "words.csv"], 2, "words.csv:3: "),
        (["--csv", "slo.yaml/out"], 2, "cannot write"),
    ],
)
def test_bad_input_is_named(run: Run, tmp_path: Path, args: list[str], code: int, text: str) -> None:
    """Whatever is wrong is said in a line or two, with what to do about it, and never with a traceback."""
    (tmp_path / "ratio.csv").write_text("duration,error_ratio,per_month\n5m,2,1\n")
    (tmp_path / "words.csv").write_text("duration,error_ratio,per_month\n5m,0.5,1\nlong,0.5,1\n")

    done = run("slo.yaml", "--months", "1", *args)

    assert done.returncode == code
    assert text in done.stderr
    assert "Traceback" not in done.stderr


def test_a_composite_is_refused(run: Run, tmp_path: Path) -> None:
    """Its members are watched together, which histories of one SLO cannot tell, made up or recorded."""
    indicator = SPEC[SPEC.index("  indicator:") : SPEC.index("  timeWindow")]
    member = "\n".join(f"  {line}" for line in indicator.splitlines())
    objectives = f"objectives:\n  - target: 0.999\n{member}\n  - target: 0.99\n{member}\n"
    spec = SPEC.replace(indicator, "").replace("BUDGETING", "Occurrences")
    (tmp_path / "both.yaml").write_text(spec.replace("objectives: [{target: 0.999}]", objectives))

    done = run("both.yaml")

    assert done.returncode == 2
    assert "checkout is a composite" in done.stderr


def test_a_server_without_slices_is_told(run: Run, server: Server, tmp_path: Path) -> None:
    """A Prometheus that does not evaluate the SLO's rules is an error that asks for them."""
    (tmp_path / "other.yaml").write_text(SPEC.replace("BUDGETING", "Occurrences").replace("checkout", "search"))

    done = run("other.yaml", "--history", server.url)

    assert done.returncode == 4
    assert "has no slices of shop/search" in done.stderr
