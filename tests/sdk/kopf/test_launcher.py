"""Operators that know nothing of sloctl, started by OpenTelemetry's launcher as from a shell."""

import asyncio
import os
import re
import shutil
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.sdk.kopf.conftest import RESIDENTS, create
from tests.support.cluster import Cluster

SCRIPT = Path(__file__).parent / "plain_operator.py"
BIN = Path(sys.executable).parent
LAUNCHER = (str(BIN / "opentelemetry-instrument"),)


@asynccontextmanager
async def running(cluster: Cluster, script: Path, *launcher: str, **environment: str) -> AsyncIterator[Process]:
    """Run an operator on the server; it is stopped in the end, and its output is left to be read."""
    command = [*launcher, str(BIN / "kopf"), "run", str(script), "--all-namespaces", "--standalone"]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "SLOCTL_"))}
    process = await asyncio.create_subprocess_exec(
        *command,
        env=inherited | {"KUBECONFIG": str(cluster.kubeconfig)} | environment,
        cwd=script.parent,
        stdout=PIPE,
        stderr=STDOUT,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.wait(), 20)


def scrape(port: str) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    """Give the values by family and labels."""
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        families = text_string_to_metric_families(answer.read().decode())
    found: dict[str, dict[tuple[tuple[str, str], ...], float]] = defaultdict(dict)
    for sample in (sample for family in families for sample in family.samples):
        found[sample.name][tuple(sorted(sample.labels.items()))] = sample.value
    return found


async def line_with(process: Process, pattern: str) -> str:
    """Read the output up to a line; give that line."""
    seen = ""
    while line := (await asyncio.wait_for(process.stdout.readline(), 20)).decode():  # type: ignore[union-attr] # it is piped
        seen += line
        if re.search(pattern, line):
            return line
    pytest.fail(f"no line with {pattern!r} in:\n{seen}")


async def test_an_operator_that_never_heard_of_it_is_instrumented(cluster: Cluster) -> None:
    """The launcher is enough: reconciliations, queue and requests are served on the port that the environment names."""
    async with running(cluster, SCRIPT, *LAUNCHER, SLOCTL_METRICS_PORT="0") as process:
        port = (await line_with(process, "metrics are served on port")).split()[-1].rstrip(".")
        await create(cluster, "blue")
        await cluster.eventually(f"{RESIDENTS}/blue", lambda answer: "phase" in answer.body.get("status", {}))

        metrics = await asyncio.to_thread(scrape, port)
        results = metrics["controller_runtime_reconcile_total"]
        assert results[("controller", "resident"), ("result", "requeue_after")] == 1
        assert metrics["workqueue_work_duration_seconds_count"][("controller", "resident"), ("name", "resident")] > 0
        methods = {dict(labels)["method"] for labels in metrics["rest_client_requests_total"]}
        assert {"GET", "PATCH"} <= methods
        assert set(metrics["sloctl_internal_errors_total"].values()) == {0}
        assert set(metrics["sloctl_instrumentation_degraded"].values()) == {0}
        assert "process_cpu_seconds_total" in metrics  # the registry is prometheus_client's own


async def test_an_operators_own_metrics_keep_their_names(cluster: Cluster, tmp_path: Path) -> None:
    """Names that the operator's module has taken are left to it: one warning, a gauge, and all else is recorded."""
    script = tmp_path / "with_metrics.py"
    own = """
from prometheus_client import Counter, Gauge
Gauge("workqueue_depth", "Its own.").set(7)
Counter("controller_runtime_webhook_requests", "Its own.")
"""
    script.write_text(SCRIPT.read_text() + own)
    async with running(cluster, script, *LAUNCHER, SLOCTL_METRICS_PORT="0") as process:
        said = await line_with(process, "metrics of its own")
        assert said.rstrip().endswith("workqueue_depth, controller_runtime_webhook_requests_total")
        port = (await line_with(process, "metrics are served on port")).split()[-1].rstrip(".")
        await create(cluster, "blue")
        await cluster.eventually(f"{RESIDENTS}/blue", lambda answer: "phase" in answer.body.get("status", {}))

        metrics = await asyncio.to_thread(scrape, port)
    assert metrics["workqueue_depth"] == {(): 7}
    assert metrics["workqueue_work_duration_seconds_count"][("controller", "resident"), ("name", "resident")] > 0
    assert metrics["controller_runtime_reconcile_total"][("controller", "resident"), ("result", "requeue_after")] == 1
    degraded = {dict(labels)["hook"] for labels, is_so in metrics["sloctl_instrumentation_degraded"].items() if is_so}
    assert degraded == {"workqueue_depth", "controller_runtime_webhook_requests_total"}
    assert set(metrics["sloctl_internal_errors_total"].values()) == {0}
    assert (await process.stdout.read()).decode().count("not shown") == 0  # type: ignore[union-attr] # it is piped


async def test_without_a_port_nothing_is_served_and_a_line_says_so(cluster: Cluster) -> None:
    """Whoever expects metrics learns from the log which variable to set."""
    async with running(cluster, SCRIPT, *LAUNCHER) as process:
        await line_with(process, "metrics are recorded and not served: set SLOCTL_METRICS_PORT")


@pytest.mark.parametrize("port", ["eighty", "70000", "-1"])
async def test_a_port_that_is_none_is_a_line_and_no_end(cluster: Cluster, port: str) -> None:
    """The operator goes on without being served."""
    async with running(cluster, SCRIPT, *LAUNCHER, SLOCTL_METRICS_PORT=port) as process:
        assert port in await line_with(process, "metrics are not served")
        await create(cluster, "blue")
        await cluster.eventually(f"{RESIDENTS}/blue", lambda answer: "phase" in answer.body.get("status", {}))


async def test_a_script_that_hides_a_module_is_named(cluster: Cluster, tmp_path: Path) -> None:
    """The launcher puts the script's folder before the standard library; what then fails obscurely is said clearly."""
    script = Path(shutil.copy(SCRIPT, tmp_path / "queue.py"))
    async with running(cluster, script, *LAUNCHER) as process:
        line = await line_with(process, "hides the module")
        assert str(script) in line
        assert "'queue'" in line
        assert "rename it" in line


async def test_a_script_named_operator_stops_the_launcher_before_anybody_can_say_so(
    cluster: Cluster, tmp_path: Path
) -> None:
    """This is what the documentation describes: the launcher itself needs the module `operator`."""
    script = Path(shutil.copy(SCRIPT, tmp_path / "operator.py"))
    async with running(cluster, script, *LAUNCHER) as process:
        await line_with(process, "Error in sitecustomize")
        await line_with(process, "partially initialized module 'operator'")
