"""The same numbers wherever they are shown."""

import json
import math
import subprocess
import sys
from typing import Any

import aiohttp
import pytest

from sloctl.board import Board, serving
from sloctl.clients.prometheus import Prometheus
from sloctl.dashgen.slos.looks import LASTS_S
from tests.dashgen.grafana import BOARDS, expanded, panels
from tests.support.prometheus import Labels, Server

Numbers = dict[str, float]
Part = tuple[tuple[str, str], ...]
ALL = {"cluster": ".*", "service": ".+", "controller": ".*"}
TRIES = 10


def part(labels: Labels) -> Part:
    """Name a part of an SLO by its labels."""
    return tuple(sorted((key, value) for key, value in labels.items() if key not in {"__name__", "slo_id"}))


def numbers(said: dict[str, Any]) -> tuple[Part, Numbers]:
    """Take the numbers out of what is said of a part."""
    burn = said["burn"]
    return part({"service": said["service"], "slo": said["name"], **said["group"]}), {
        "Objective": said["objective_ratio"],
        "Period": said["period_s"],
        "SLI": said["sli_ratio"],
        "Budget left": said["budget_left_ratio"],
        "Burn 1h": burn["1h"],
        "Burn 6h": burn["6h"],
        "Spent in": math.inf if said["exhaustion_s"] is None else said["exhaustion_s"],
    }


def status(server: Server) -> dict[Part, Numbers]:
    """Read what `sloctl status` says."""
    command = [sys.executable, "-m", "sloctl", "status", "--prometheus", server.url, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return dict(map(numbers, json.loads(done.stdout)["slos"]))


async def board(server: Server) -> dict[Part, Numbers]:
    """Read what the board says."""
    async with (
        Prometheus(server.url) as client,
        serving(Board(client)) as address,
        aiohttp.ClientSession() as http,
        http.get(f"{address}api/v1/slos") as response,
    ):
        return dict(map(numbers, (await response.json())["slos"]))


def overview(server: Server) -> dict[Part, Numbers]:
    """Ask what the table of the overview asks."""
    (table,) = (panel for panel in panels(BOARDS["slo-overview.json"]) if panel["title"] == "Every SLO")
    names = table["transformations"][-1]["options"]["renameByName"]
    found: dict[Part, Numbers] = {}
    for target in table["targets"]:
        column = names[f"Value #{target['refId']}"]
        for labels, value in server.query(expanded(target["expr"], ALL)):
            lasts = column == "Spent in" and value >= LASTS_S
            found.setdefault(part(labels), {})[column] = math.inf if lasts else value
    return found


def detail(server: Server, of: Part) -> Numbers:
    """Ask what the single figures of the detail ask, with one part chosen."""
    chosen = {**dict(of), "period": "30d"}
    titles = {
        "Objective": "Objective",
        "SLI": "SLI over $period",
        "Budget left": "Budget left",
        "Burn 1h": "Burn rate 1h",
        "Spent in": "Spent in",
    }
    queries = {panel["title"]: panel["targets"][0]["expr"] for panel in panels(BOARDS["slo-detail.json"])}
    found: Numbers = {}
    for name, title in titles.items():
        ((_, value),) = server.query(expanded(queries[title], chosen))
        found[name] = math.inf if name == "Spent in" and value >= LASTS_S else value
    return found


async def test_dashboards_board_and_status_agree(server: Server) -> None:
    """For each part of each SLO in each cluster, every number is the same in all of them."""
    for _ in range(TRIES):  # until all have been asked within one slice
        before = status(server)
        told = await board(server), overview(server), {of: detail(server, of) for of in before}
        if before == status(server):
            break
    else:
        raise AssertionError("the numbers never stood still")
    on_board, on_overview, on_details = told

    assert len(before) == 2 * 2 * 2
    assert {each["Spent in"] == math.inf for each in before.values()} == {False, True}
    assert on_board == before
    for of, expected in before.items():
        assert {name: on_overview[of][name] for name in expected} == pytest.approx(expected, rel=1e-12)
        assert on_details[of] == pytest.approx({name: expected[name] for name in on_details[of]}, rel=1e-12)
