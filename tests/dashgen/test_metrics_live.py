"""The dashboards of what operators declare, over what a real Prometheus has scraped from them."""

import asyncio
import json
import math
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry

from sloctl.dashgen import catalogue_dashboard, render
from tests.dashgen.grafana import expanded
from tests.dashgen.operator_of_all_kinds import AllKinds
from tests.support.cluster import Cluster
from tests.support.grafana_check import render as draw
from tests.support.prometheus import Server, prometheus
from tests.tenant_operator.operator_process import ROOT, OperatorProcess
from tests.tenant_operator.tenants import Tenants

Json = dict[str, Any]

WITHIN_S = 30
CHOICES = {
    "cluster": ".*",
    "job": ".+",
    "namespace": ".*",
    "instance": ".+",
    "__rate_interval": "3s",
    "__interval": "1s",
}
"""All of each, as the viewer has it at first, and an interval of many scrapes."""


def config(port: int) -> str:
    """Scrape a port often; nothing but Prometheus's own labels is added."""
    target = {"targets": [f"127.0.0.1:{port}"]}
    return yaml.safe_dump(
        {"scrape_configs": [{"job_name": "mine", "scrape_interval": "200ms", "static_configs": [target]}]}
    )


def targets(board: Json) -> Iterator[tuple[str, Json]]:
    """Give the queries of all panels, those in folded rows too."""
    for panel in board["panels"]:
        for each in [panel, *panel.get("panels", ())]:
            yield from ((each["title"], target) for target in each.get("targets", ()))


def answer(server: Server, target: Json) -> list[dict[str, str]]:
    """Ask a query until it gives numbers, each with the labels of its legend; give their labels."""
    expr = expanded(target["expr"], CHOICES)
    deadline = time.monotonic() + WITHIN_S
    while not (found := server.get("query", query=expr)["result"]) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert found, expr
    numbers = [row["value"][1] if "value" in row else row["histogram"][1]["count"] for row in found]
    assert all(math.isfinite(float(number)) for number in numbers), expr
    shown = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) - ({"le"} if "histogram" in found[0] else set())
    assert all(shown <= row["metric"].keys() for row in found), expr
    return [row["metric"] for row in found]


OLDER_THAN_A_STEP = "20s"
"""Panels ask at steps of 15 s, the last of which may be as long ago."""


@contextmanager
def at_work(folder: Path, *args: str) -> Iterator[tuple[Json, Server]]:
    """Run an operator with metrics of every kind, and a Prometheus that scrapes it; give its dashboard too."""
    operator = AllKinds(CollectorRegistry())
    ended = threading.Event()

    def work() -> None:
        while not ended.wait(0.1):
            operator.act()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        with operator.obs.serve(0, "127.0.0.1") as served, prometheus(config(served.port), folder, args=args) as server:
            yield json.loads(render(catalogue_dashboard(operator.obs.name, operator.obs.catalogue()))), server
    finally:
        ended.set()
        worker.join()


@pytest.mark.parametrize("features", [(), ("--enable-feature=native-histograms",)], ids=["classic", "native"])
def test_every_kind_has_data(tmp_path: Path, features: tuple[str, ...]) -> None:
    """Each query over a metric of any kind gives numbers, from a server that takes native histograms too."""
    with at_work(tmp_path, *features) as (board, server):
        titles = {title for title, target in targets(board) if answer(server, target)}

    assert {"Shops made", "Shop phase", "Backup: age", "Make: distribution", "Order: within 100"} <= titles


@pytest.mark.long
@pytest.mark.timeout(300)
def test_every_kind_is_drawn(tmp_path: Path) -> None:
    """No panel is in error and none is empty, when Grafana's code resolves variables, asks and draws."""
    path = tmp_path / "metrics.json"
    with at_work(tmp_path, "--web.cors.origin=.*") as (board, server):
        path.write_text(json.dumps({**board, "time": {"from": "now-2m", "to": "now"}}))
        assert all(answer(server, target) for _, target in targets(board))
        answer(server, {"expr": f"up offset {OLDER_THAN_A_STEP}", "legendFormat": ""})
        draw([path], server.url, tmp_path)


def reference_board() -> Json:
    """Give the dashboard of the reference operator, whose module hooks kopf: that is left to a process of its own."""
    command = [sys.executable, "-m", "sloctl", "generate", "dashboards", "module:tenant_operator.telemetry"]
    env = os.environ | {"PYTHONPATH": str(ROOT / "examples")}
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, env=env, timeout=60)
    board: Json = json.loads(done.stdout)
    return board


async def test_the_reference_operator_has_data(cluster: Cluster, namespace: str, tmp_path: Path) -> None:
    """Each query of the reference operator's dashboard gives numbers, and its choices have values."""
    board = reference_board()
    for path in sorted((ROOT / "examples/tenant_operator/crds").glob("*.yaml")):
        await cluster.install(yaml.safe_load(path.read_text()))
    tenants = Tenants(cluster, namespace)
    operator = OperatorProcess(cluster.kubeconfig, namespace, tmp_path)
    try:
        with prometheus(config(await operator.port()), tmp_path) as server:
            ((_, target),) = [each for each in targets(board) if each[0] == "Tenants active"]
            await asyncio.to_thread(answer, server, target)  # scraped once, before anything is made
            await tenants.create("acme", ["orders", "invoices"])
            await asyncio.to_thread(lambda: [answer(server, target) for _, target in targets(board)])
            known = {
                label: server.get(f"label/{label}/values", **{"match[]": "tenants_active"})
                for label in ("job", "instance")
            }
    finally:
        operator.process.kill()
        operator.process.wait()

    assert known == {"job": ["mine"], "instance": [f"127.0.0.1:{await operator.port()}"]}
