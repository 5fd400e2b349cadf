"""`sloctl generate backfill`, with a real promtool and a real Prometheus that has kept raw series only."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import get_args

import pytest
import yaml

from sloctl.app.backfill import RULES
from sloctl.app.specs import read_specs
from sloctl.model import names
from sloctl.model.rules import Scheme
from sloctl.rulegen import rule_groups
from tests.support.prometheus import Server, blocks_from, find_program, prometheus, promtool

HOUR = 3600
SLICE_S = 300
LENGTH = 30 * 12
"""How many slices of five minutes there were traffic, which is 30 of the two days that the budget is kept over."""
BAD = (17, 100, 101, 250, LENGTH - 1)
RESTARTS = (40, 251)
EVENTS, ERRORS = 10, 8
NOW = int(time.time()) // HOUR * HOUR - 5 * HOUR
"""A whole hour, at which a long window is made of whole hours alone."""
START = NOW - (LENGTH + 12) * SLICE_S

SPEC = """
apiVersion: openslo/v1
kind: SLO
metadata: {{name: {name}}}
spec:
  service: shop
  budgetingMethod: {budgeting}
  timeWindow: [{{duration: 2d, isRolling: true}}]
  objectives: [{objective}]
  indicator:
    metadata: {{name: errors}}
    spec:
      ratioMetric:
        counter: true
        bad: {{metricSource: {{type: Prometheus, spec: {{query: 'sum(requests_total{{code="500"}})'}}}}}}
        total: {{metricSource: {{type: Prometheus, spec: {{query: sum(requests_total)}}}}}}
"""
EVENT_SLO = SPEC.format(name="events", budgeting="Occurrences", objective="{target: 0.99}")
TIME_SLO = SPEC.format(
    name="times",
    budgeting="Timeslices",
    objective="{target: 0.9, timeSliceTarget: 0.5, timeSliceWindow: 5m}",
)


def history() -> str:
    """
    Write what was scraped every 30 s: ten events in the middle of each slice of five minutes.

    Some slices are bad, the target restarts twice, and its first errors come lazily with the series that counts them.
    """
    lines: dict[str, list[str]] = {"up": [], "200": [], "500": []}
    good = errors = 0
    for number in range(-12, LENGTH + 12):
        for at in range(0, SLICE_S, 30):
            if number in RESTARTS and at == 60:
                good = errors = 0
            if 0 <= number < LENGTH and at == 150:
                bad = ERRORS if number in BAD else 0
                good, errors = good + EVENTS - bad, errors + bad
            when = START + (number + 12) * SLICE_S + at
            lines["up"].append(f'up{{job="j",instance="i"}} 1 {when}')
            lines["200"].append(f'requests_total{{job="j",instance="i",code="200"}} {good} {when}')
            if errors:
                lines["500"].append(f'requests_total{{job="j",instance="i",code="500"}} {errors} {when}')
    return "\n".join(["# TYPE up gauge", *lines["up"], "# TYPE requests counter", *lines["200"], *lines["500"]])


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a data folder with the raw history."""
    return blocks_from(history(), tmp_path_factory.mktemp("raw") / "data")


@pytest.fixture
def data(raw: Path, tmp_path: Path) -> Path:
    """Give a copy of it."""
    folder = tmp_path / "data"
    subprocess.run(["cp", "-r", raw, folder], check=True)
    return folder


def backfill(server: Server, data: Path, *args: str) -> "subprocess.CompletedProcess[str]":
    """Run `sloctl generate backfill` over the whole history."""
    env = os.environ | {"PATH": f"{find_program('promtool').parent}{os.pathsep}{os.environ['PATH']}"}
    span = ["--start", utc(START), "--end", utc(NOW), "--prometheus", server.url, "--data", str(data)]
    command = [sys.executable, "-m", "sloctl", "generate", "backfill", "slos.yaml", *span, *args]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=280, cwd=data.parent, env=env)


def utc(at: int) -> str:
    """Write a time in RFC 3339."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


def budget_left(server: Server, spec: Path, name: str) -> float:
    """Give what the rules of an SLO say of its budget on the whole hour, when no running hour has been recorded."""
    (slo,) = [slo for slo in read_specs([spec]).slos if slo.name == name]
    exprs = {rule.record: rule.expr for group in rule_groups(slo) for rule in group.rules if hasattr(rule, "record")}
    sums = [server.query(exprs[names.sum_name(count, "2d")], time=NOW) for count in ("bad", "total")]
    ((_, bad),), ((_, total),) = sums
    return 1 - bad / total / slo.budget_ratio


TRUTH = {
    "events": 1 - len(BAD) * ERRORS / (LENGTH * EVENTS) / 0.01,
    "times": 1 - len(BAD) / LENGTH / 0.1,
}


def test_the_printed_commands_fill_the_budget(data: Path, tmp_path: Path) -> None:
    """Run one after the other, with Prometheus started anew in between, they make the period's budget what it was."""
    spec = tmp_path / "slos.yaml"
    spec.write_text(f"{EVENT_SLO}---{TIME_SLO}")
    with prometheus("{}", tmp_path, data) as server:
        done = backfill(server, data, "--json")
    assert done.returncode == 0, done.stderr
    passes = json.loads(done.stdout)["passes"]
    for each in passes:
        folder = tmp_path / each["folder"]
        promtool("check", "rules", folder / RULES)
        with prometheus("{}", tmp_path, data) as server:
            command = [f"--url={server.url}" if arg.startswith("--url=") else arg for arg in each["command"]]
            subprocess.run([find_program("promtool"), *command[1:]], check=True, cwd=folder, capture_output=True)

    with prometheus("{}", tmp_path, data) as server:
        found = {name: budget_left(server, spec, name) for name in TRUTH}
        again = backfill(server, data, "--run")

    assert len(passes) == 3
    assert {name: pytest.approx(left, abs=1e-9) for name, left in TRUTH.items()} == found
    assert (2, True) == (again.returncode, "Prometheus has slices of shop/events from" in again.stderr)


@pytest.mark.long
@pytest.mark.timeout(300)
def test_running_waits_for_the_blocks(data: Path, tmp_path: Path) -> None:
    """With --run the second pass reads what the first has written, in a Prometheus that goes on all the while."""
    spec = tmp_path / "slos.yaml"
    spec.write_text(EVENT_SLO)
    with prometheus("{}", tmp_path, data) as server:
        done = backfill(server, data, "--run")
    assert done.returncode == 0, done.stderr

    with prometheus("{}", tmp_path, data) as server:
        assert budget_left(server, spec, "events") == pytest.approx(TRUTH["events"], abs=1e-9)
    assert "pass 1 of 2: Prometheus loads the blocks" in done.stderr


def test_commands_are_printed_to_be_run_by_a_shell(tmp_path: Path) -> None:
    """Each stands in the folder of its rules; the default span is the longest period, and nothing is asked or run."""
    (tmp_path / "slos.yaml").write_text(EVENT_SLO)
    done = backfill(Server("http://127.0.0.1:1", tmp_path), tmp_path / "da ta", "--start", utc(NOW - 49 * HOUR))

    first, wait, second = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr
    assert first.startswith("(cd backfill/1 && promtool tsdb create-blocks-from rules --url=http://127.0.0.1:1")
    assert f"--start={NOW - 49 * HOUR} --end={NOW} --eval-interval=1m" in first
    assert f"'--output-dir={tmp_path}/da ta' {RULES})" in first
    assert wait.startswith("# Wait until Prometheus has loaded the blocks")
    assert second.replace("backfill/2", "backfill/1") == first


@pytest.mark.parametrize("scheme", get_args(Scheme))
def test_the_past_is_made_by_the_same_rules(tmp_path: Path, scheme: Scheme) -> None:
    """What the first pass records of the raw series is what the rules record of that scheme, slice and mask."""
    (tmp_path / "slos.yaml").write_text(EVENT_SLO)
    options = ["--scheme", scheme, "--slice", "30s"]
    done = backfill(Server("http://127.0.0.1:1", tmp_path), tmp_path / "data", *options)
    assert done.returncode == 0, done.stderr

    (slo,) = read_specs([tmp_path / "slos.yaml"]).slos
    live = {rule.record: rule.expr for group in rule_groups(slo, 30, scheme=scheme) for rule in group.rules[:2]}
    (group,) = yaml.safe_load((tmp_path / "backfill/1" / RULES).read_text())["groups"]
    total = group["rules"][0]
    assert total["record"] == names.TOTAL_SLICE
    assert total["expr"].split() == live[names.TOTAL_SLICE].split()
    assert ("up" in total["expr"]) == (scheme == "slices")


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["--end", "soon"], 2, "'soon' is no time"),
        (["--start", "2026-01-01", "--end", "2025-01-01"], 2, "--start is not before --end"),
        (["--run"], 2, "is not the data of a Prometheus"),
        (["--slice", "7s"], 2, "a slice of 7 s does not fit"),
        (["--end", "2999-01-01"], 2, "2999-01-01T00:00:00Z is in the future"),
        (["--end", "1h"], 2, "less than three hours ago"),
        (["--prometheus", "foo"], 2, "'foo' is no address"),
    ],
)
def test_what_cannot_be_filled_is_one_message(tmp_path: Path, args: list[str], code: int, message: str) -> None:
    """Wrong usage is said in a line, before anything is run."""
    (tmp_path / "slos.yaml").write_text(EVENT_SLO)
    done = backfill(Server("http://127.0.0.1:1", tmp_path), tmp_path / "none", *args)

    assert done.returncode == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr
