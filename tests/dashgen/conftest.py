"""A Prometheus with what dashboards show, for all tests that ask it."""

import contextlib
import fcntl
import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dashgen.history import history
from tests.support.prometheus import REPOSITORY, Server, prometheus

HOURS = 4
AHEAD_S = 600
"""How far the samples reach beyond now, so that none is stale while tests run."""
WITHIN_S = 30


@pytest.fixture(scope="session")
def past(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Make the data once for all processes that run tests."""
    base = tmp_path_factory.getbasetemp()
    shared = (base if worker_id == "master" else base.parent) / "past"
    with shared.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "done").exists():
            shared.mkdir()
            history(shared, int(time.time()) // 60 * 60 + AHEAD_S, HOURS)
            (shared / "done").touch()
    return shared / "data"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, past: Path) -> Iterator[Server]:
    """Run a Prometheus with hours of both clusters, which scrapes another one that evaluates the shipped rules."""
    with dashboard_server(tmp_path_factory.mktemp("server"), past) as running:
        yield running


@contextlib.contextmanager
def dashboard_server(folder: Path, past: Path, program: str | Path | None = None) -> Iterator[Server]:
    """
    Run it.

    Args:
        folder: For what the servers write.
        past: The data of the clusters; it is copied.
        program: Another Prometheus than the usual one.
    """
    ruler, reader = folder / "ruler", folder / "reader"
    ruler.mkdir()
    reader.mkdir()
    rules = (REPOSITORY / "rules/generated/operator.rules.yaml").read_text()
    (ruler / "rules.yaml").write_text(
        rules.replace("interval: 1m", "interval: 1s").replace("interval: 2m", "interval: 1s")
    )
    with prometheus('{"rule_files": ["rules.yaml"]}', ruler, program=program) as evaluating:
        target = {"targets": [evaluating.url.removeprefix("http://")], "labels": {"cluster": "east"}}
        scrape = {"job_name": "prometheus", "scrape_interval": "1s", "static_configs": [target]}
        data = shutil.copytree(past, reader / "data")
        late = {"tsdb": {"out_of_order_time_window": "1h"}}  # the samples reach beyond now
        config = json.dumps({"storage": late, "scrape_configs": [scrape]})
        with prometheus(config, reader, data, args=["--web.cors.origin=.*"], program=program) as running:
            _until_rules_ran(running)
            yield running


def _until_rules_ran(server: Server) -> None:
    """Wait until two scrapes have seen every group evaluated."""
    deadline = time.monotonic() + WITHIN_S
    ran = "min(count_over_time((prometheus_rule_group_iterations_total > 0)[1m:1s])) > 3"
    while not server.query(ran):
        assert time.monotonic() < deadline, "the rules were not evaluated"
        time.sleep(0.2)
