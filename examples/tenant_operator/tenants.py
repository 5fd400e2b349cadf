"""The controller of Tenants: a Tenant owns one TenantDatabase for each entry of its spec."""

from collections.abc import Mapping
from typing import Any

import kopf

import sloctl
from tenant_operator.api import DATABASES, OWNER, TENANTS, Api, Object
from tenant_operator.config import BACKOFF_S, RESYNC_S
from tenant_operator.faults import Fault, strike
from tenant_operator.locks import lock_of
from tenant_operator.status import phase_of, status_of, tenant_status
from tenant_operator.telemetry import TENANTS_ACTIVE, obs

Faults = kopf.Index[tuple[str, str], Fault]

_active: set[str] = set()


@kopf.on.create(*TENANTS, backoff=BACKOFF_S)
@kopf.on.update(*TENANTS, backoff=BACKOFF_S)
@kopf.on.resume(*TENANTS, backoff=BACKOFF_S)
@kopf.timer(*TENANTS, interval=RESYNC_S, initial_delay=RESYNC_S, backoff=BACKOFF_S)
@obs.reconcile(
    "tenant",
    slos=[
        sloctl.Availability(0.99),
        sloctl.Latency(0.95, threshold_s=1),
        sloctl.Convergence(0.95, threshold_s=30),
    ],
)
async def reconcile(body: Mapping[str, Any], memo: kopf.Memo, faults: Faults, **_: object) -> None:
    """Have the wanted children there and no others, and sum them up in the status."""
    api: Api = memo.api
    async with lock_of(body):
        tenant = await api.fresh(body)
        if tenant is None or "deletionTimestamp" in tenant["metadata"]:
            return
        await strike(faults, tenant["metadata"]["namespace"], "tenant")
        children = await api.children(tenant)
        wanted = _wanted(tenant)
        for name in children.keys() - wanted.keys():
            await api.delete(children.pop(name))
        for name, spec in wanted.items():
            if name not in children:
                children[name] = await api.create(sloctl.inject(_child(tenant, name, spec)))
            elif children[name]["spec"] != spec:
                children[name] = await api.respec(children[name], spec)
        await _tell(api, tenant, tenant_status(tenant, children.values()))


@kopf.on.event(*DATABASES, labels={OWNER: kopf.PRESENT})
async def follow(event: kopf.RawEvent, body: kopf.Body, memo: kopf.Memo, faults: Faults, **_: object) -> None:
    """Reconcile the Tenant when the phase of a child changes or a child is gone."""
    phase = "gone" if event["type"] == "DELETED" else phase_of(body)
    changed = phase != memo.get("phase", "Pending") and event["type"] is not None
    memo.phase = phase
    if changed:
        owner = next(owner for owner in body.metadata["ownerReferences"] if owner.get("controller"))
        tenant = await memo.api.find("Tenant", body.metadata["namespace"], owner["name"])
        if tenant is not None:
            await reconcile(body=tenant, memo=memo, faults=faults)


@kopf.on.delete(*TENANTS, backoff=BACKOFF_S)
@obs.reconcile("tenant")
async def remove(body: Mapping[str, Any], memo: kopf.Memo, **_: object) -> None:
    """Have the children deleted and wait until the last one is gone; kopf's finalizer holds the Tenant back."""
    api: Api = memo.api
    async with lock_of(body):
        tenant = await api.fresh(body)
        if tenant is None:
            return
        children = await api.children(tenant)
        for child in children.values():
            await api.delete(child)
        _count(tenant, active=False)
        if children:
            message = f"{len(children)} databases are being deleted"
            await api.publish(tenant, status_of(tenant, "Deleting", "DatabasesBeingDeleted", message))
            raise kopf.TemporaryError(message, delay=0.5)
    kopf.event(body, type="Normal", reason="Deleted", message="all databases are deleted")


def _wanted(tenant: Object) -> dict[str, Object]:
    """Give the specs of the children by name. The dot keeps names apart: no database has one in its name."""
    prefix, spec = tenant["metadata"]["name"], tenant["spec"]
    return {f"{prefix}.{database['name']}": {"tier": spec["tier"]} for database in spec.get("databases") or ()}


def _child(tenant: Object, name: str, spec: Object) -> Object:
    meta = tenant["metadata"]
    owner = {
        "apiVersion": tenant["apiVersion"],
        "kind": tenant["kind"],
        "name": meta["name"],
        "uid": meta["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }
    return {
        "apiVersion": tenant["apiVersion"],
        "kind": "TenantDatabase",
        "metadata": {
            "name": name,
            "namespace": meta["namespace"],
            "labels": {OWNER: meta["uid"]},
            "ownerReferences": [owner],
        },
        "spec": spec,
    }


async def _tell(api: Api, tenant: Object, status: Object) -> None:
    phase = status["phase"]
    _count(tenant, active=phase == "Active")
    if await api.publish(tenant, status) and phase in ("Active", "Failed"):
        (ready,) = status["conditions"]
        kind = "Normal" if phase == "Active" else "Warning"
        kopf.event(tenant, type=kind, reason=ready["reason"], message=ready["message"])


def _count(tenant: Object, *, active: bool) -> None:
    (_active.add if active else _active.discard)(tenant["metadata"]["uid"])
    TENANTS_ACTIVE.set(len(_active))
