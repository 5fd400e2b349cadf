"""What single panels and marks of the shipped dashboards make of a few samples, on a real Prometheus."""

import json
from collections.abc import Iterable, Iterator, Sequence

import pytest

from sloctl.dashgen import catalogue_dashboard, render
from sloctl.model.catalogue import Declaration, Label
from sloctl.model.names import INFO, OBJECTIVE, burn_name
from tests.dashgen.grafana import BOARDS, Json, expanded, panels
from tests.dashgen.test_live import chosen
from tests.support.prometheus import Server, blocks_from, prometheus

THINGS: Json = json.loads(
    render(catalogue_dashboard("x", [Declaration("things", "gauge", "Things.", (Label("thing", "object"),))]))
)
END_S = 1_800_000_000
SCRAPE_S = 60
HOUR_S = 3600
BEGUN_S = END_S - 2040
"""When processes started; long before the next point of a coarse graph."""
SILENT_S = END_S - 1140
"""When a cluster was last heard of; as far from a multiple of five minutes as can be."""
ALL = {
    "cluster": ".*",
    "job": ".+",
    "namespace": ".*",
    "instance": ".+",
    "controller": ".+",
    "service": "shop",
    "slo": "errors",
}

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
MANY = 25


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a Prometheus that has scraped the samples for an hour."""
    folder = tmp_path_factory.mktemp("few")
    times = range(END_S - HOUR_S, END_S + 1, SCRAPE_S)
    constant = (f"{line} {at}" for line in SAMPLES.split("\n") if line for at in times)
    moving = (
        f"{series} {heights(k)[i]} {at}" for k in range(MANY) for series in waves(k) for i, at in enumerate(times)
    )
    lines = [*constant, *moving, *begun(times), *heard_of(times)]
    with prometheus("{}", folder, blocks_from("\n".join(lines), folder / "data")) as running:
        yield running


def waves(k: int) -> list[str]:
    """Name the series of one of many things."""
    slo = f'cluster="east",service="shop",slo="slo-{k}",slo_id="shop/slo-{k}"'
    return [
        f"{INFO}{{{slo}}}",
        f"slo:budget_left:ratio{{{slo}}}",
        f"{burn_name('1h')}{{{slo}}}",
        f'slo:bad:sum5m{{cluster="east",service="shop",slo="errors",slo_id="shop/errors",controller="{k}"}}',
        f'things{{cluster="east",job="shop",instance="a",thing="{k}"}}',
    ]


def heights(k: int) -> list[int]:
    """Give values that go up and down: each is the highest for a while, all differ at their highest and lowest."""
    return [
        1000 + k + 500 * (i % MANY == k) - 500 * ((i + MANY // 2) % MANY == k) for i in range(HOUR_S // SCRAPE_S + 1)
    ]


def begun(times: Iterable[int]) -> Iterator[str]:
    """Tell when processes of two jobs started: one again, and a new one beside it, at the same time."""
    for job in ("shop", "node-exporter"):
        start = f'process_start_time_seconds{{cluster="east",job="{job}",instance='
        yield from (f'{start}"old"}} {BEGUN_S if at >= BEGUN_S else 5} {at}' for at in times)
        yield from (f'{start}"new"}} {BEGUN_S} {at}' for at in times if at >= BEGUN_S)


def heard_of(times: Iterable[int]) -> Iterator[str]:
    """Tell the objective of an SLO in two clusters, of which one falls silent."""
    objective = f'{OBJECTIVE}{{service="shop",slo="slo-1",slo_id="shop/slo-1",cluster='
    yield from (f'{objective}"east"}} 0.99 {at}' for at in times)
    yield from (f'{objective}"west"}} 0.99 {at}' for at in times if at <= SILENT_S)


def targets(board: Json, title: str) -> dict[str, Json]:
    """Give the queries of a panel, by the name of their series or column."""
    (panel,) = (panel for panel in panels(board) if panel["title"] == title)
    columns = next((each["options"]["renameByName"] for each in panel.get("transformations", [])[1:]), {})
    return {columns.get(f"Value #{each['refId']}", each["legendFormat"]): each for each in panel["targets"]}


def test_a_full_process_does_not_hide_behind_idle_ones(server: Server) -> None:
    """A controller is as saturated as its busiest process, in the graph and in the table; one without limit never."""
    graph = targets(BOARDS["controller.json"], "Worker saturation")["{{controller}}"]
    columns = targets(BOARDS["controller.json"], "By controller")
    asked = {name: server.query(expanded(columns[name]["expr"], ALL), END_S) for name in ("Saturation", "Limit")}
    shown = {name: {labels["controller"]: value for labels, value in found} for name, found in asked.items()}
    lines = server.query(expanded(graph["expr"], ALL), END_S)

    assert shown["Saturation"] == {"tenant": 1, "unlimited": 0}
    assert {labels["controller"]: value for labels, value in lines} == shown["Saturation"]
    assert shown["Limit"] == {"tenant": 5, "unlimited": 1e9}


def test_locks_of_one_name_are_told_apart(server: Server) -> None:
    """Operators in two namespaces, or of two jobs, may call their locks the same; only one that nobody holds counts."""
    ask = targets(BOARDS["controller.json"], "Without one leader")["locks"]["expr"]
    of_east = server.query(expanded(ask, {**ALL, "cluster": "east"}), END_S)
    of_all = server.query(expanded(ask, ALL), END_S)

    assert ([value for _, value in of_east], [value for _, value in of_all]) == ([0], [1])


@pytest.mark.parametrize(
    ("board", "title", "kept"),
    [
        (BOARDS["slo-overview.json"], "Least budget left", range(10)),
        (BOARDS["slo-overview.json"], "Fastest burn rates over 1h", range(MANY - 10, MANY)),
        (BOARDS["slo-detail.json"], "Bad events in 5m by group", range(MANY - 10, MANY)),
        (THINGS, "Things", range(MANY - 10, MANY)),
    ],
    ids=["lowest", "highest", "groups", "declared"],
)
def test_ten_of_many_lines_are_whole(server: Server, board: Json, title: str, kept: Sequence[int]) -> None:
    """Where many series take turns at the top, a graph shows the ten that get furthest, without gaps."""
    (target,) = targets(board, title).values()
    lines = server.query_range(expanded(target["expr"], ALL), END_S - HOUR_S, END_S, SCRAPE_S)

    assert sorted([value for _, value in values] for _, values in lines) == sorted(map(heights, kept))


@pytest.mark.parametrize("board", ["fleet.json", "slo-overview.json"])
@pytest.mark.parametrize(("mark", "instance"), [("Deployments", "new"), ("Restarts", "old")])
def test_starts_of_the_services_alone_are_marked(server: Server, board: str, mark: str, instance: str) -> None:
    """All services are those with SLOs and no other job; what happens between two points of a graph is marked."""
    step = 600
    choices = {**chosen(server, BOARDS[board]), "__rate_interval": f"{step + SCRAPE_S}s"}
    (ask,) = (each["expr"] for each in BOARDS[board]["annotations"]["list"] if each["name"] == mark)
    found = server.query_range(expanded(ask, choices), END_S - HOUR_S, END_S, step)
    last = [(labels["job"], labels["instance"]) for labels, values in found if values[-1][0] > BEGUN_S]

    assert last == [("shop", instance)]


def test_when_clusters_were_last_heard_of(server: Server) -> None:
    """To the second, for a cluster that sends and for a silent one, and without reading every sample of the past."""
    (target,) = targets(BOARDS["fleet.json"], "Last heard of").values()
    expr, at = expanded(target["expr"], {**ALL, "__range": f"{HOUR_S}s"}), END_S - 10
    read = server.get("query", query=expr, time=at, stats="all")["stats"]["samples"]["totalQueryableSamples"]

    assert {labels["cluster"]: value for labels, value in server.query(expr, at)} == {"east": 50, "west": at - SILENT_S}
    assert read < HOUR_S / SCRAPE_S
