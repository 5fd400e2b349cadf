"""The Kubernetes API as this operator uses it."""

from collections.abc import Mapping
from typing import Any

import kopf
from lightkube import ApiError, AsyncClient
from lightkube.generic_resource import create_namespaced_resource
from lightkube.types import PatchType

Object = dict[str, Any]

GROUP, VERSION = "example.com", "v1"
TENANTS = (GROUP, VERSION, "tenants")
DATABASES = (GROUP, VERSION, "tenantdatabases")
OWNER = f"{GROUP}/tenant-uid"
"""The label by which a Tenant finds its children."""

Tenant = create_namespaced_resource(GROUP, VERSION, "Tenant", "tenants")
TenantDatabase = create_namespaced_resource(GROUP, VERSION, "TenantDatabase", "tenantdatabases")
_KINDS = {"Tenant": Tenant, "TenantDatabase": TenantDatabase}


class Api:
    """Reads before it writes, and writes only what differs."""

    def __init__(self) -> None:
        self._client = AsyncClient(field_manager="tenant-operator")

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def fresh(self, body: Mapping[str, Any]) -> Object | None:
        """Read an object as it is now; None when it is gone, or another one has its name."""
        found = await self.find(body["kind"], body["metadata"]["namespace"], body["metadata"]["name"])
        return found if found and found["metadata"]["uid"] == body["metadata"]["uid"] else None

    async def find(self, kind: str, namespace: str, name: str) -> Object | None:
        """Read an object by name; None when there is none."""
        try:
            return await self._client.get(_KINDS[kind], name, namespace=namespace)
        except ApiError as error:
            return _none_if(404, error)

    async def children(self, tenant: Object) -> dict[str, Object]:
        """Give the TenantDatabases that a Tenant owns, by name."""
        uid, namespace = tenant["metadata"]["uid"], tenant["metadata"]["namespace"]
        found = self._client.list(TenantDatabase, namespace=namespace, labels={OWNER: uid})
        return {child["metadata"]["name"]: child async for child in found}

    async def create(self, child: Object) -> Object:
        """Create a TenantDatabase; when the name is taken, for now or for good, come back later."""
        try:
            return await self._client.create(TenantDatabase(child))
        except ApiError as error:
            _none_if(409, error)
            raise kopf.TemporaryError(f"{child['metadata']['name']} belongs to somebody else", delay=1) from error

    async def respec(self, child: Object, spec: Object) -> Object:
        """Give a TenantDatabase another spec."""
        meta = child["metadata"]
        return await self._client.patch(
            TenantDatabase, meta["name"], {"spec": spec}, namespace=meta["namespace"], patch_type=PatchType.MERGE
        )

    async def delete(self, child: Object) -> None:
        """Have a TenantDatabase deleted, unless that is under way."""
        meta = child["metadata"]
        if "deletionTimestamp" in meta:
            return
        try:
            await self._client.delete(TenantDatabase, meta["name"], namespace=meta["namespace"])
        except ApiError as error:
            _none_if(404, error)

    async def publish(self, obj: Object, status: Object) -> bool:
        """Write an object's status if it differs; say whether the phase changed."""
        before = obj.get("status") or {}
        if before | status == before:
            return False
        meta = obj["metadata"]
        try:
            await self._client.patch(
                _KINDS[obj["kind"]].Status,
                meta["name"],
                {"status": status},
                namespace=meta["namespace"],
                patch_type=PatchType.MERGE,
            )
        except ApiError as error:
            _none_if(404, error)
        return bool(before.get("phase") != status["phase"])


def _none_if(code: int, error: ApiError) -> None:
    """Take one kind of refusal as an answer; raise every other."""
    if error.status.code != code:
        raise error
