"""Sets the stage: the files, a cluster, the operator, and Prometheus."""

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sloctl.app.dashboards import generate_dashboards
from sloctl.app.demo.programs import Program, choose_ports, find_program, running
from sloctl.app.demo.report import Demo
from sloctl.app.demo.workload import Workload, cluster
from sloctl.app.outputs import write_all
from sloctl.app.rules import RuleOptions, generate_rules
from sloctl.app.shipped import shipped
from sloctl.clients.prometheus import Prometheus
from sloctl.specio.files import make_folder

_JOB: Final = "tenant-operator"
_SLICE_S: Final = 5
_SCRAPE_S: Final = 1
_INSTALL: Final = "`make demo` fetches one; Debian, Ubuntu and Homebrew have it as the package prometheus"


@dataclass(frozen=True, slots=True)
class Stage:
    """
    What the story plays on.

    Args:
        workload: The Tenants.
        prometheus: Scrapes the operator and evaluates the rules.
        programs: What must keep running.
    """

    workload: Workload
    prometheus: Prometheus
    programs: tuple[Program, ...]


@contextlib.asynccontextmanager
async def stage(demo: Demo) -> AsyncIterator[Stage]:
    """
    Have everything running for the time of the block.

    Raises:
        BackendError: Something that is needed is missing, or a port is in use.
        UsageError: The demo's folder cannot be written.
    """
    binary = find_program("prometheus", _INSTALL)
    kubernetes_port, metrics_port, prometheus_port, board_port = choose_ports(
        {
            "--kubernetes-port": demo.ports.kubernetes,
            "--metrics-port": demo.ports.metrics,
            "--prometheus-port": demo.ports.prometheus,
            "--board-port": demo.ports.board,
        }
    ).values()
    rules = _generate(demo)
    async with contextlib.AsyncExitStack() as stack:
        state = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sloctl-demo-")))
        kubeconfig = demo.kubeconfig or _simulate(demo, kubernetes_port, stack)
        workload = await stack.enter_async_context(cluster(kubeconfig, shipped("examples/tenant_operator/crds")))
        operator = await stack.enter_async_context(_operator(demo, kubeconfig, workload.namespace, metrics_port, state))
        server = await stack.enter_async_context(_server(demo, binary, prometheus_port, metrics_port, rules, state))
        prometheus = await stack.enter_async_context(Prometheus(f"http://127.0.0.1:{prometheus_port}"))
        demo.locate(
            board=await stack.enter_async_context(demo.serve(prometheus, board_port)),
            Prometheus=prometheus.url,
            metrics=f"http://127.0.0.1:{metrics_port}/metrics",
            kubeconfig=kubeconfig,
            logs=demo.logs,
        )
        yield Stage(workload, prometheus, (operator, server))


def _generate(demo: Demo) -> Path:
    """Write rules and dashboards; gives the rule file."""
    (rules,) = generate_rules([shipped("rules/slos")], RuleOptions(_SLICE_S), combined=True)
    rule_path = demo.folder / "rules" / rules.name
    dashboards = demo.folder / "dashboards"
    write_all([(rule_path, rules.text), *((dashboards / board.name, board.text) for board in generate_dashboards())])
    make_folder(demo.logs)
    demo.locate(rules=rule_path, dashboards=dashboards)
    return rule_path


def _simulate(demo: Demo, port: int, stack: contextlib.AsyncExitStack) -> Path:
    from sloctl.kubesim import KubeSim

    sim = stack.enter_context(KubeSim(port))
    return sim.kubeconfig(demo.folder / "kubeconfig")


def _operator(
    demo: Demo, kubeconfig: Path, namespace: str, metrics_port: int, state: Path
) -> contextlib.AbstractAsyncContextManager[Program]:
    examples = shipped("examples/tenant_operator").parent
    env = {
        "KUBECONFIG": str(kubeconfig),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(examples), os.environ.get("PYTHONPATH")])),
        "TENANT_OPERATOR_BACKOFF_SECONDS": "0.5",
        "TENANT_OPERATOR_DATA_DIR": str(state / "databases"),
        "TENANT_OPERATOR_METRICS_PORT": str(metrics_port),
    }
    command = [sys.executable, "-m", "kopf", "run", "--standalone", "-n", namespace, "-m", "tenant_operator.main"]
    return running("the operator", command, demo.logs / "operator.log", env)


def _server(
    demo: Demo, binary: Path, port: int, metrics_port: int, rules: Path, state: Path
) -> contextlib.AbstractAsyncContextManager[Program]:
    config = {
        "global": {"scrape_interval": f"{_SCRAPE_S}s", "evaluation_interval": f"{_SLICE_S}s"},
        "rule_files": [str(rules.resolve())],
        "scrape_configs": [{"job_name": _JOB, "static_configs": [{"targets": [f"127.0.0.1:{metrics_port}"]}]}],
    }
    config_path = state / "prometheus.yml"
    config_path.write_text(json.dumps(config))  # JSON is YAML
    command: list[str | Path] = [
        binary,
        f"--config.file={config_path}",
        f"--storage.tsdb.path={state / 'prometheus'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    return running("Prometheus", command, demo.logs / "prometheus.log")
