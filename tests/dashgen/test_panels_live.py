"""What single panels and marks of the shipped dashboards make of a few samples, on a real Prometheus."""

from collections.abc import Iterator

import pytest

from tests.dashgen.grafana import BOARDS, Json, expanded, panels
from tests.support.prometheus import Server, blocks_from, prometheus

END_S = 1_800_000_000
SCRAPE_S = 60
HOUR_S = 3600
ALL = {"cluster": ".*", "job": ".+", "namespace": ".*", "instance": ".+", "controller": ".+"}

SAMPLES = """
controller_runtime_active_workers{cluster="east",job="shop",instance="a",controller="tenant"} 5
controller_runtime_active_workers{cluster="east",job="shop",instance="b",controller="tenant"} 0
controller_runtime_active_workers{cluster="west",job="shop",instance="a",controller="tenant"} 1
controller_runtime_active_workers{cluster="east",job="shop",instance="a",controller="unlimited"} 7
controller_runtime_max_concurrent_reconciles{cluster="east",job="shop",instance="a",controller="tenant"} 5
controller_runtime_max_concurrent_reconciles{cluster="east",job="shop",instance="b",controller="tenant"} 5
controller_runtime_max_concurrent_reconciles{cluster="west",job="shop",instance="a",controller="tenant"} 10
controller_runtime_max_concurrent_reconciles{cluster="east",job="shop",instance="a",controller="unlimited"} +Inf
leader_election_master_status{cluster="east",job="shop",namespace="one",instance="a",name="lock"} 1
leader_election_master_status{cluster="east",job="shop",namespace="one",instance="b",name="lock"} 0
leader_election_master_status{cluster="east",job="shop",namespace="two",instance="c",name="lock"} 1
leader_election_master_status{cluster="east",job="mill",namespace="one",instance="d",name="lock"} 1
leader_election_master_status{cluster="west",job="shop",namespace="one",instance="a",name="lock"} 0
"""
"""Series of constant values: one process of a controller is busy, the others are not; nobody holds one lock of four."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a Prometheus that has scraped the samples for an hour."""
    folder = tmp_path_factory.mktemp("few")
    times = range(END_S - HOUR_S, END_S + 1, SCRAPE_S)
    lines = (f"{line} {at}" for line in SAMPLES.split("\n") if line for at in times)
    with prometheus("{}", folder, blocks_from("\n".join(lines), folder / "data")) as running:
        yield running


def targets(board: str, title: str) -> dict[str, Json]:
    """Give the queries of a panel, by the name of their series or column."""
    (panel,) = (panel for panel in panels(BOARDS[board]) if panel["title"] == title)
    columns = next((each["options"]["renameByName"] for each in panel.get("transformations", [])[1:]), {})
    return {columns.get(f"Value #{each['refId']}", each["legendFormat"]): each for each in panel["targets"]}


def test_a_full_process_does_not_hide_behind_idle_ones(server: Server) -> None:
    """A controller is as saturated as its busiest process, in the graph and in the table; one without limit never."""
    graph = targets("controller.json", "Worker saturation")["{{controller}}"]
    columns = targets("controller.json", "By controller")
    asked = {name: server.query(expanded(columns[name]["expr"], ALL), END_S) for name in ("Saturation", "Limit")}
    shown = {name: {labels["controller"]: value for labels, value in found} for name, found in asked.items()}
    lines = server.query(expanded(graph["expr"], ALL), END_S)

    assert shown["Saturation"] == {"tenant": 1, "unlimited": 0}
    assert {labels["controller"]: value for labels, value in lines} == shown["Saturation"]
    assert shown["Limit"] == {"tenant": 5, "unlimited": 1e9}


def test_locks_of_one_name_are_told_apart(server: Server) -> None:
    """Operators in two namespaces, or of two jobs, may call their locks the same; only one that nobody holds counts."""
    ask = targets("controller.json", "Without one leader")["locks"]["expr"]
    of_east = server.query(expanded(ask, {**ALL, "cluster": "east"}), END_S)
    of_all = server.query(expanded(ask, ALL), END_S)

    assert ([value for _, value in of_east], [value for _, value in of_all]) == ([0], [1])
