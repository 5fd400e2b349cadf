"""An operator on stock kopf is carried through the life of an object."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.cluster import Cluster
from tests.support.residents import RESIDENT, resident

SCRIPT = Path(__file__).parent / "kopf_example.py"


@pytest.fixture
async def operator(cluster: Cluster, namespace: str, tmp_path: Path) -> AsyncIterator[None]:
    """Run the example operator on one namespace; a failing test shows its log."""
    await cluster.install(RESIDENT)
    command = [sys.executable, "-m", "kopf", "run", str(SCRIPT), f"--namespace={namespace}", "--verbose"]
    environment = os.environ | {"KUBECONFIG": str(cluster.kubeconfig)}
    log = tmp_path / "kopf.log"
    with log.open("wb") as file:
        process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=file, stderr=file)
    try:
        yield
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 15) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        sys.stdout.write(log.read_text())
    assert "Traceback" not in log.read_text()


async def test_kopf_carries_an_object_from_create_to_delete(cluster: Cluster, namespace: str, operator: None) -> None:
    """Create with a retry, status, an Event, update, timer and delete with a finalizer all reach kopf's handlers."""
    path = f"/apis/example.com/v1/namespaces/{namespace}/residents"
    (await cluster.post(path, resident("blue"))).ok  # noqa: B018

    active = await cluster.eventually(f"{path}/blue", lambda a: a.body.get("status", {}).get("phase") == "Active")
    assert active.body["status"]["retries"] == 1
    assert active.body["metadata"]["finalizers"] == ["example.com/kopf"]

    events = await cluster.eventually(f"/api/v1/namespaces/{namespace}/events", lambda a: a.body["items"])
    (event,) = [event for event in events.body["items"] if event["reason"] == "Created"]
    assert (event["message"], event["involvedObject"]["name"]) == ("for ann", "blue")

    (await cluster.patch(f"{path}/blue", {"spec": {"owner": "eve"}})).ok  # noqa: B018
    await cluster.eventually(f"{path}/blue", lambda a: a.body["status"].get("change") == "ann -> eve")
    await cluster.eventually(f"{path}/blue", lambda a: a.body["status"].get("ticks", 0) >= 2)

    marked = (await cluster.delete(f"{path}/blue")).ok
    assert "deletionTimestamp" in marked["metadata"]
    await cluster.eventually(f"{path}/blue", lambda a: a.status == 404)
