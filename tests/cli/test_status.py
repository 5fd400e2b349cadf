"""`sloctl status` on a real Prometheus that scrapes a target and evaluates the rules, every second."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from sloctl.app.status import SloStatus, read_status
from sloctl.cli.status_view import slo_table
from sloctl.clients.prometheus import Prometheus
from sloctl.model.alerting import Alerting
from sloctl.model.indicators import Counter, Matcher, RatioIndicator
from sloctl.model.periods import CalendarPeriod
from sloctl.model.slo import Objective
from sloctl.rulegen import rule_groups
from sloctl.specio.rulefile import rule_file
from tests.rules.samples import ERRORS, member, slo
from tests.support.exposition import target
from tests.support.prometheus import REPOSITORY, Server, prometheus

DAY_S = 86400
WITHIN_S = 100
BY_SHOP = replace(ERRORS, group_by=("shop",))
IDLE = RatioIndicator(Counter("idle_total"), Counter("idle_bad_total"), part_is_good=False)
CLEAN = RatioIndicator(
    Counter("requests_total"), Counter("requests_total", (Matcher("code", "=", "404"),)), part_is_good=False
)
PERIOD = CalendarPeriod(1, "M", datetime(2024, 1, 1), "UTC")
LABELLED = Alerting(labels={"team": "shop"})
SLOS = [
    replace(slo(BY_SHOP), name="errors", display_name="Errors are rare", alerting=LABELLED),
    replace(slo(ERRORS, period=PERIOD), name="month"),
    replace(slo(ERRORS, Objective(0.95, "lax"), Objective(0.99, "strict")), name="two"),
    replace(slo(None, member(ERRORS, "bad", Objective(0.99)), member(CLEAN, "clean", Objective(0.9))), name="both"),
    replace(slo(IDLE), name="idle"),
]
RUNNING = 'requests_total{shop="a",code="200"}'
FAILED = 'requests_total{shop="a",code="500"}'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run it all until 900 events were good, 100 bad, and the budgets and an alert know of them."""
    folder = tmp_path_factory.mktemp("status")
    groups = [group for one in SLOS for part in one.split() for group in rule_groups(part, 1)]
    (folder / "rules.yaml").write_text(rule_file(groups, "a test"))
    with target() as service:
        service.values = {RUNNING: 0, FAILED: 0, "idle_total": 0, "idle_bad_total": 0}
        config = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": ["rules.yaml"],
            "scrape_configs": [{"job_name": "j", "static_configs": [{"targets": [service.address]}]}],
        }
        with prometheus(json.dumps(config), folder) as server:
            until(lambda: bool(server.query('slo:total:slice{slo_id="service/month"} == 0')))
            service.values |= {RUNNING: 900, FAILED: 100}
            until(lambda: len(server.query('slo:budget_left:ratio{slo=~"errors|month|two-.*|both"} < 1')) == 5)
            until(lambda: bool(server.query('ALERTS{alertstate="firing", slo_id="service/errors", slo_tier="page"}')))
            yield server


def until(holds: Any) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + WITHIN_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def run(*args: str | Path, **options: Any) -> "subprocess.CompletedProcess[str]":
    """Run `sloctl status`."""
    command = [sys.executable, "-m", "sloctl", "status", *args]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, **options)


def read(server: Server, *args: str | Path) -> dict[str, dict[str, Any]]:
    """Run it for programs; gives each SLO by its name."""
    done = run("--prometheus", server.url, "--json", *args)
    assert done.returncode == 0, done.stdout
    slos = json.loads(done.stdout)["slos"]
    assert len({one["name"] for one in slos}) == len(slos)
    return {one["name"]: one for one in slos}


def test_an_slo_is_told_with_all_its_numbers(server: Server) -> None:
    """Of 1000 events 100 were bad: ten times what 99 % sustains, whose alert fires whatever labels it was given."""
    one = read(server)["errors"]

    assert ("service", "Errors are rare", "30d", {"shop": "a"}) == tuple(
        one[key] for key in ("service", "display_name", "period", "group")
    )
    assert one["objective_ratio"] == 0.99
    assert one["sli_ratio"] == pytest.approx(0.9, abs=1e-12)
    assert one["budget_left_ratio"] == pytest.approx(-9, abs=1e-9)
    assert {window: pytest.approx(10) for window in ("5m", "30m", "1h", "2h", "6h", "1d", "3d", "30d")} == one["burn"]
    assert list(one["burn"]) == ["5m", "30m", "1h", "2h", "6h", "1d", "3d", "30d"]
    assert 0 < one["coverage_ratio"] < 0.001
    assert "page" in one["tiers"]
    # Ten times the sustainable rate spends the budget of 30 days in three, and hardly anything is spent so far.
    assert one["exhaustion_s"] == pytest.approx(3 * DAY_S, rel=0.001)


def test_every_kind_of_slo_is_told_once(server: Server) -> None:
    """A calendar's, each of several objectives, and a composite, whose members are none by themselves."""
    slos = read(server)

    assert set(slos) == {"errors", "month", "two-lax", "two-strict", "both", "idle"}
    assert {name: round(one["budget_left_ratio"], 6) for name, one in slos.items()} == {
        "errors": -9,
        "month": -9,
        "two-lax": -1,
        "two-strict": -9,
        "both": -4,
        "idle": 1,
    }
    assert (slos["month"]["period"], slos["month"]["period_s"]) == ("1M", 30 * DAY_S)
    assert slos["both"]["burn"]["1h"] == pytest.approx(5)
    assert (slos["idle"]["sli_ratio"], slos["idle"]["burn"], slos["idle"]["exhaustion_s"]) == (None, {}, None)


def test_people_get_a_table(server: Server) -> None:
    """Each SLO has its two lines, in 80 columns."""
    done = run("--prometheus", server.url, env=os.environ | {"COLUMNS": "80"})

    assert (0, "") == (done.returncode, done.stderr)
    assert max(map(len, done.stdout.splitlines())) <= 80
    lines = done.stdout.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("Errors"))
    row = " ".join(lines[start : start + 3])
    for text in ("90 %", "99 %", "-900 %", "of 30 d", "10.0x", "page", "3 d"):
        assert text in row, done.stdout


def test_specs_choose_what_is_shown(server: Server, tmp_path: Path) -> None:
    """What a spec has and Prometheus does not is shown without numbers; all else is left out."""
    text = (REPOSITORY / "rules/slos/operator.yaml").read_text()
    spec = tmp_path / "slos.yaml"
    spec.write_text(text.replace("service: tenant-operator", "service: service").replace("reconcile-success", "month"))

    slos = read(server, spec)

    assert set(slos) == {"month", "reconcile-latency"}
    month, unknown = slos["month"], slos["reconcile-latency"]
    assert month["budget_left_ratio"] == pytest.approx(-9)
    assert (unknown["period"], unknown["objective_ratio"], unknown["budget_left_ratio"]) == ("30d", 0.95, None)
    assert (month["is_known"], unknown["is_known"]) == (True, False)


def test_a_composite_that_is_not_known_has_the_objective_of_the_whole(server: Server) -> None:
    """What is promised is known without Prometheus: the mean of the members' budgets."""
    composite = replace(SLOS[3], name="new")

    async def status() -> list[SloStatus]:
        async with Prometheus(server.url) as client:
            return await read_status(client, [composite])

    (one,) = asyncio.run(status())
    assert (one.is_known, one.objective_ratio) == (False, 0.945)


def test_a_row_says_which_slo_it_is_and_whether_it_is_known() -> None:
    """SLOs of one name are told apart by their services, and one that Prometheus does not know is not called well."""
    known = [SloStatus(service, "api", group={"shop": "a"}) for service in ("books", "films")]
    unknown = SloStatus("books", "web", is_known=False, objective_ratio=0.95)
    drawn = StringIO()
    Console(width=80, file=drawn).print(slo_table([*known, unknown]))
    cells = [re.split(" {2,}", line.rstrip()) for line in drawn.getvalue().splitlines()]

    assert [row[0] for row in cells[2:]] == ["api", "books, a", "api", "films, a", "web", "books"]
    assert [row[-1] for row in cells[2:]] == ["none", "-", "none", "-", "not known", "to Prometheus"]
    assert cells[-1][1] == "95 %"


def test_watching_goes_on_until_it_is_ended(server: Server) -> None:
    """It draws the table at once and again, and an interrupt ends it without a traceback."""
    command = [sys.executable, "-m", "sloctl", "status", "--prometheus", server.url, "--watch", "--interval", "1s"]
    env = os.environ | {"COLUMNS": "80", "FORCE_COLOR": "1", "PYTHONUNBUFFERED": "1"}

    def as_in_front() -> None:
        """Take an interrupt, which a shell has all that it runs in the background ignore."""
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=env,
        preexec_fn=as_in_front,  # this process has no other threads that hold locks it needs
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        drawn = ""
        deadline = time.monotonic() + WITHIN_S
        while drawn.count("Errors are") < 2:
            assert time.monotonic() < deadline
            drawn += process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=WITHIN_S)

    assert process.returncode == 130
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["--prometheus", "http://127.0.0.1:1"], 4, "no answer from Prometheus at http://127.0.0.1:1"),
        (["--watch", "--json"], 2, "--watch is for people"),
        (["nosuch.yaml"], 2, "cannot read nosuch.yaml"),
    ],
)
def test_what_goes_wrong_is_one_message(args: list[str], code: int, message: str) -> None:
    """A server that is away, and wrong usage, are said in a line."""
    done = run(*args)

    assert done.returncode == code
    assert message in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_a_server_without_rules_says_so(tmp_path: Path) -> None:
    """An empty table would look as if all was well."""
    with prometheus("{}", tmp_path) as server:
        done = run("--prometheus", server.url)

    assert done.returncode == 4
    assert "has recorded no SLO" in done.stderr
