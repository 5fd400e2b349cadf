"""The controller of TenantDatabases: each one is a real SQLite file."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import kopf

from tenant_operator import storage
from tenant_operator.api import DATABASES, Api, Object
from tenant_operator.config import BACKOFF_S, DATA_DIR, RESYNC_S
from tenant_operator.faults import Fault, strike
from tenant_operator.locks import lock_of
from tenant_operator.status import status_of
from tenant_operator.telemetry import PROVISIONED, PROVISIONING, obs


@kopf.on.create(*DATABASES, backoff=BACKOFF_S)
@kopf.on.update(*DATABASES, backoff=BACKOFF_S)
@kopf.on.resume(*DATABASES, backoff=BACKOFF_S)
@kopf.timer(*DATABASES, interval=RESYNC_S, initial_delay=RESYNC_S, backoff=BACKOFF_S)
@obs.reconcile("tenantdatabase")
async def reconcile(
    body: Mapping[str, Any], memo: kopf.Memo, faults: kopf.Index[tuple[str, str], Fault], **_: object
) -> None:
    """Have the file there, and say so in the status."""
    api: Api = memo.api
    async with lock_of(body):
        database = await api.fresh(body)
        if database is None or "deletionTimestamp" in database["metadata"]:
            return
        try:
            await strike(faults, database["metadata"]["namespace"], "tenantdatabase")
            await _provision(database)
        except Exception as error:
            await _tell(api, database, "Failed", "ProvisioningFailed", f"{type(error).__name__}: {error}")
            raise
        await _tell(api, database, "Ready", "Provisioned", "the database file is there")


@kopf.on.delete(*DATABASES, backoff=BACKOFF_S)
@obs.reconcile("tenantdatabase")
async def remove(body: Mapping[str, Any], **_: object) -> None:
    """Remove the file; kopf holds the object back with a finalizer until that is done."""
    async with lock_of(body):
        await asyncio.to_thread(storage.remove, _path(body))
    kopf.event(body, type="Normal", reason="Deleted", message="the database file is removed")


async def _provision(database: Object) -> None:
    path = _path(database)
    if await asyncio.to_thread(storage.is_there, path):
        return
    with PROVISIONING.time():
        await asyncio.to_thread(storage.make, path)
    PROVISIONED.labels(tier=database["spec"]["tier"]).inc()


async def _tell(api: Api, database: Object, phase: str, reason: str, message: str) -> None:
    if await api.publish(database, status_of(database, phase, reason, message)):
        kind = "Normal" if phase == "Ready" else "Warning"
        kopf.event(database, type=kind, reason=reason, message=message)


def _path(body: Mapping[str, Any]) -> Path:
    return storage.path_of(DATA_DIR, body["metadata"]["namespace"], body["metadata"]["name"])
