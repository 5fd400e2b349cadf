"""Tenants as tests see them."""

from collections.abc import Sequence
from typing import Any

from tests.support.cluster import Cluster

Object = dict[str, Any]


class Tenants:
    """The Tenants of one namespace, and what belongs to them."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self._cluster = cluster
        self.namespace = namespace
        self._root = f"/apis/example.com/v1/namespaces/{namespace}"
        self._core = f"/api/v1/namespaces/{namespace}"

    async def create(self, name: str, databases: Sequence[str], tier: str = "gold", **metadata: Any) -> Object:
        """Create a Tenant."""
        body = {
            "apiVersion": "example.com/v1",
            "kind": "Tenant",
            "metadata": {"name": name, **metadata},
            "spec": _spec(databases, tier),
        }
        created: Object = (await self._cluster.post(f"{self._root}/tenants", body)).ok
        return created

    async def change(self, name: str, databases: Sequence[str], tier: str = "gold") -> None:
        """Give a Tenant another spec."""
        body = {"spec": _spec(databases, tier)}
        (await self._cluster.patch(f"{self._root}/tenants/{name}", body)).ok  # noqa: B018 # it must be a success

    async def delete(self, name: str, plural: str = "tenants") -> None:
        """Ask for the deletion of a Tenant, or of another object."""
        (await self._cluster.delete(f"{self._root}/{plural}/{name}")).ok  # noqa: B018 # it must be a success

    async def hold(self, name: str, *, finalizer: str | None) -> None:
        """Hold a TenantDatabase back from its deletion with another finalizer; None lets it go."""
        path = f"{self._root}/tenantdatabases/{name}"
        others = [
            found for found in (await self._cluster.get(path)).ok["metadata"]["finalizers"] if "test" not in found
        ]
        body = {"metadata": {"finalizers": [*others, finalizer] if finalizer else others}}
        (await self._cluster.patch(path, body)).ok  # noqa: B018 # it must be a success

    async def get(self, name: str) -> Object:
        """Read a Tenant."""
        found: Object = (await self._cluster.get(f"{self._root}/tenants/{name}")).ok
        return found

    async def phase(self, name: str) -> str | None:
        """Give the phase of a Tenant."""
        return (await self.get(name)).get("status", {}).get("phase")

    async def is_settled(self, name: str, phase: str = "Active") -> bool:
        """Say whether a Tenant is in a phase with its latest spec."""
        tenant = await self.get(name)
        status = tenant.get("status", {})
        return (status.get("phase"), status.get("observedGeneration")) == (phase, tenant["metadata"]["generation"])

    async def all(self, plural: str = "tenants") -> dict[str, Object]:
        """Give all objects of a kind by name."""
        return {
            found["metadata"]["name"]: found
            for found in (await self._cluster.get(f"{self._root}/{plural}")).ok["items"]
        }

    async def events(self) -> list[tuple[str, str, str]]:
        """Give type, reason and object of each posted Event, sorted."""
        items = (await self._cluster.get(f"{self._core}/events")).ok["items"]
        return sorted((event["type"], event["reason"], event["involvedObject"]["name"]) for event in items)

    async def ask_for_faults(self, **data: str) -> None:
        """Write the ConfigMap; underscores stand for dots."""
        body = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "tenant-operator-faults"},
            "data": {key.replace("_", "."): value for key, value in data.items()},
        }
        (await self._cluster.post(f"{self._core}/configmaps", body)).ok  # noqa: B018 # it must be a success

    async def mend(self) -> None:
        """Remove the ConfigMap."""
        (await self._cluster.delete(f"{self._core}/configmaps/tenant-operator-faults")).ok  # noqa: B018 # it must be a success


def _spec(databases: Sequence[str], tier: str) -> Object:
    return {"tier": tier, "databases": [{"name": name} for name in databases]}
