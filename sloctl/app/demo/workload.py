"""What the demo asks of the operator: Tenants that come and change, and a fault on demand."""

import asyncio
import itertools
import secrets
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, Final, cast

import httpx2
from lightkube import ApiError, AsyncClient, KubeConfig
from lightkube.generic_resource import GenericNamespacedResource, create_namespaced_resource
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.apiextensions_v1 import CustomResourceDefinition
from lightkube.resources.core_v1 import ConfigMap, Namespace
from lightkube.types import PatchType

from sloctl.model.errors import BackendError
from sloctl.specio.manifests import read_manifests

TENANTS: Final = 8
_CHANGES_PER_S: Final = 5
_FAULTS: Final = "tenant-operator-faults"
_TIERS: Final = ("gold", "silver")
_START_S: Final = 45
_END_S: Final = 20

Tenant = create_namespaced_resource("example.com", "v1", "Tenant", "tenants")
TenantDatabase = create_namespaced_resource("example.com", "v1", "TenantDatabase", "tenantdatabases")


class Workload:
    """
    Tenants in a namespace of their own.

    Args:
        client: Of the cluster.
        namespace: Where the Tenants live.
    """

    def __init__(self, client: AsyncClient, namespace: str) -> None:
        self._client = client
        self.namespace = namespace

    async def begin(self) -> None:
        """
        Create the Tenants and wait until the operator has made them active.

        Raises:
            BackendError: It takes too long.
        """
        for number in range(TENANTS):
            spec = {"tier": _TIERS[number % 2], "databases": [{"name": "orders"}, {"name": "invoices"}]}
            metadata = ObjectMeta(name=f"tenant-{number}", namespace=self.namespace)
            await self._client.create(Tenant(metadata=metadata, spec=spec))
        try:
            async with asyncio.timeout(_START_S):
                while any(phase != "Active" for phase in await self._phases()):
                    await asyncio.sleep(0.2)
        except TimeoutError as error:
            raise BackendError(f"the operator did not make the Tenants active within {_START_S} s") from error

    async def change(self) -> None:
        """Move one Tenant after the other to another tier, for ever; its databases follow."""
        for turn in itertools.count():
            tier = _TIERS[(turn // TENANTS + turn) % 2]
            await self._patch(Tenant, f"tenant-{turn % TENANTS}", {"spec": {"tier": tier}})
            await asyncio.sleep(1 / _CHANGES_PER_S)

    async def break_operator(self, failure_ratio: float) -> None:
        """Have a share of the attempts to provision a database fail."""
        data = {"tenantdatabase.failureRatio": str(failure_ratio)}
        metadata = ObjectMeta(name=_FAULTS, namespace=self.namespace)
        await self._client.create(ConfigMap(metadata=metadata, data=data))

    async def mend_operator(self) -> None:
        """Take the fault away."""
        with _unless(httpx2.codes.NOT_FOUND):
            await self._client.delete(ConfigMap, _FAULTS, namespace=self.namespace)

    async def end(self) -> None:
        """Delete the Tenants, and wait a while for the operator to clean up behind them."""
        await self.mend_operator()
        await self._client.deletecollection(Tenant, namespace=self.namespace)
        with suppress(TimeoutError):
            async with asyncio.timeout(_END_S):
                while await self._phases():
                    await asyncio.sleep(0.2)

    async def release(self) -> None:
        """Take the finalizers off what is left, so that nothing waits for an operator that is gone."""
        for kind in (Tenant, TenantDatabase):
            async for item in self._client.list(kind, namespace=self.namespace):
                with _unless(httpx2.codes.NOT_FOUND):
                    await self._patch(kind, item["metadata"]["name"], {"metadata": {"finalizers": None}})

    async def _phases(self) -> list[str]:
        tenants = self._client.list(Tenant, namespace=self.namespace)
        return [tenant.get("status", {}).get("phase", "Pending") async for tenant in tenants]

    async def _patch(self, kind: type[GenericNamespacedResource], name: str, patch: dict[str, Any]) -> None:
        await self._client.patch(kind, name, patch, namespace=self.namespace, patch_type=PatchType.MERGE)


@asynccontextmanager
async def cluster(kubeconfig: Path, crds: Path) -> AsyncIterator[Workload]:
    """
    Prepare a cluster: the CRDs, and a namespace that is deleted afterwards; CRDs that were there already stay.

    Args:
        kubeconfig: Says where it is and who asks.
        crds: A folder of manifests.

    Raises:
        BackendError: It does not answer, or refuses.
    """
    try:
        client = AsyncClient(KubeConfig.from_file(kubeconfig).get())
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise BackendError(f"{kubeconfig} cannot be used: {reason}", "give another with --kubeconfig") from error
    try:
        made = [crd for crd in read_manifests(crds) if await _install(client, crd)]
        try:
            name = f"sloctl-demo-{secrets.token_hex(3)}"
            labels = {"app.kubernetes.io/managed-by": "sloctl-demo"}
            await client.create(Namespace(metadata=ObjectMeta(name=name, labels=labels)))
            workload = Workload(client, name)
            try:
                yield workload
            finally:
                await workload.release()
                await client.delete(Namespace, name)
        finally:
            await _remove(client, made)
    except (ApiError, httpx2.HTTPError) as error:
        reason = str(error) or type(error).__name__
        hint = f"is the server that {kubeconfig} names running, and may you write there?"
        raise BackendError(f"the Kubernetes API server does not do as it should: {reason}", hint) from error
    finally:
        await client.close()


async def _install(client: AsyncClient, crd: dict[str, Any]) -> bool:
    """Create a CRD and wait for its endpoints; tells whether it was not there yet."""
    made = False
    with _unless(httpx2.codes.CONFLICT):
        await client.create(cast(CustomResourceDefinition, CustomResourceDefinition.from_dict(crd)))
        made = True
    await client.wait(CustomResourceDefinition, crd["metadata"]["name"], for_conditions=["Established"])
    return made


async def _remove(client: AsyncClient, crds: Iterable[dict[str, Any]]) -> None:
    for crd in crds:
        await client.delete(CustomResourceDefinition, crd["metadata"]["name"])


@contextmanager
def _unless(code: int) -> Iterator[None]:
    """Pass over one kind of refusal."""
    try:
        yield
    except ApiError as error:
        if error.status.code != code:
            raise
