"""The operator, its kinds and its namespace, on each API server there is."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from tests.support.cluster import Cluster
from tests.tenant_operator.operator_process import ROOT, OperatorProcess
from tests.tenant_operator.tenants import Tenants

Start = Callable[..., OperatorProcess]


@pytest.fixture
async def tenants(cluster: Cluster, namespace: str) -> Tenants:
    """Install the CRDs and give the Tenants of a fresh namespace."""
    for path in sorted((ROOT / "examples/tenant_operator/crds").glob("*.yaml")):
        await cluster.install(yaml.safe_load(path.read_text()))
    return Tenants(cluster, namespace)


@pytest.fixture
def start(cluster: Cluster, tenants: Tenants, tmp_path: Path) -> Iterator[Start]:
    """Give what starts an operator over the namespace; each one that is left over is ended."""
    started: list[OperatorProcess] = []

    def start(**settings: str) -> OperatorProcess:
        started.append(OperatorProcess(cluster.kubeconfig, tenants.namespace, tmp_path, **settings))
        return started[-1]

    yield start
    for process in started:
        process.kill()


@pytest.fixture
def operator(start: Start) -> OperatorProcess:
    """Give a running operator."""
    return start()
