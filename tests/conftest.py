"""Fixtures for tests that need a Kubernetes API server, simulated or real, and what holds for every test."""

import secrets
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.support.cluster import Cluster
from tests.support.control_plane import ControlPlane, assets_folder

KUBESIM = pytest.param("kubesim")
REAL = pytest.param("real", marks=pytest.mark.kubernetes)


@pytest.fixture(autouse=True)
def _kopf_as_it_was() -> Iterator[None]:
    """Fail a test that leaves kopf instrumented, and not those of the same process that come after it."""
    yield
    hooks = sys.modules.get("sloctl.sdk.hooks.kopf")
    if hooks is not None and hooks.KopfInstrumentor().is_instrumented_by_opentelemetry:
        hooks.KopfInstrumentor().uninstrument()
        pytest.fail("kopf is still instrumented: run what imports an operator in a process of its own", pytrace=False)


@pytest.fixture(scope="session")
def control_plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """Run a real control plane for the session (with xdist: one for each worker)."""
    assets = assets_folder()
    if assets is None:
        pytest.fail("KUBEBUILDER_ASSETS names no folder with kube-apiserver in it", pytrace=False)
    with ControlPlane(tmp_path_factory.mktemp("control-plane"), assets) as plane:
        yield plane


@pytest.fixture(params=[KUBESIM, REAL])
async def cluster(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Cluster]:
    """
    Give an API server: a kubesim of the test's own, or the session's real one.

    The simulated one runs in a thread, so that a test may block (on kubectl, say).
    """
    if request.param == "real":
        plane: ControlPlane = request.getfixturevalue("control_plane")
        cluster = Cluster("real", plane.url, plane.kubeconfig, plane.ssl_context())
        yield cluster
        await cluster.close()
        return
    from sloctl.kubesim import KubeSim

    with KubeSim() as sim:
        cluster = Cluster("kubesim", sim.url, sim.kubeconfig(tmp_path / "kubesim.kubeconfig"))
        yield cluster
        await cluster.close()


@pytest.fixture
async def namespace(cluster: Cluster) -> AsyncIterator[str]:
    """Give a fresh namespace; on the real server it is deleted afterwards, without waiting."""
    name = f"test-{secrets.token_hex(4)}"
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    (await cluster.post("/api/v1/namespaces", body)).ok  # noqa: B018
    yield name
    await cluster.delete(f"/api/v1/namespaces/{name}")
