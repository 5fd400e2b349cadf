"""A Prometheus that scrapes the running operator."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

from tests.support.prometheus import Server, prometheus
from tests.tenant_operator.operator_process import OperatorProcess

WHERE = {"cluster": "kubesim", "namespace": "operators", "pod": "tenant-operator-0"}
"""What the scrape attaches, beside job and instance."""
JOB = "tenant-operator"


@contextlib.asynccontextmanager
async def scraped(operator: OperatorProcess, folder: Path) -> AsyncIterator[Server]:
    """Scrape an operator, with its exemplars, for the time of the block; at its start the first scrape is there."""
    target = {"targets": [f"127.0.0.1:{await operator.port()}"], "labels": WHERE}
    job = {"job_name": JOB, "scrape_interval": "250ms", "static_configs": [target]}
    config = json.dumps({"scrape_configs": [job]})
    with prometheus(config, folder, args=["--enable-feature=exemplar-storage"]) as server:
        await operator.until(lambda: server.query(f'up{{job="{JOB}"}} == 1'), "Prometheus has the operator's series")
        yield server


async def until_failed(operator: OperatorProcess) -> None:
    """Wait until a reconciliation of a Tenant has failed."""

    async def has_failed() -> bool:
        return await operator.reconciles("tenant", "error") > 0

    await operator.until(has_failed, "a reconciliation has failed")


async def until_none(operator: OperatorProcess, missing: Callable[[], Sequence[str]]) -> None:
    """Wait until nothing is missing any more; a failure names what is."""
    found: Sequence[str] = ()

    async def is_complete() -> bool:
        nonlocal found
        found = await asyncio.to_thread(missing)
        return not found

    try:
        await operator.until(is_complete, "nothing is missing")
    finally:
        assert not found, found
