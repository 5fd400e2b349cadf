"""The client libraries behind one set of calls: the life of a ConfigMap in the namespace `default`."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

PATH = "/api/v1/namespaces/default/configmaps"


class Client(Protocol):
    """What every library can do. An object is its JSON."""

    async def create(self, name: str) -> Any: ...
    async def get(self, name: str) -> Any: ...
    async def names(self) -> list[str]: ...
    async def patch(self, name: str, value: str) -> Any: ...
    async def delete(self, name: str) -> None: ...
    async def first_event(self) -> str: ...


def manifest(name: str) -> dict[str, Any]:
    """Give an object to create."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "default"},
        "data": {"key": "value"},
    }


class Kopf:
    """The client inside kopf, with its retries."""

    def __init__(self, settings: Any) -> None:
        from kopf._cogs.clients import api

        self._api = api
        self._options = {"settings": settings, "logger": logging.getLogger("test")}

    async def create(self, name: str) -> Any:
        return await self._api.post(PATH, payload=manifest(name), **self._options)

    async def get(self, name: str) -> Any:
        return await self._api.get(f"{PATH}/{name}", **self._options)

    async def names(self) -> list[str]:
        found = await self._api.get(PATH, **self._options)
        return [item["metadata"]["name"] for item in found["items"]]

    async def patch(self, name: str, value: str) -> Any:
        headers = {"Content-Type": "application/merge-patch+json"}
        payload = {"data": {"key": value}}
        return await self._api.patch(f"{PATH}/{name}", payload=payload, headers=headers, **self._options)

    async def delete(self, name: str) -> None:
        await self._api.delete(f"{PATH}/{name}", **self._options)

    async def first_event(self) -> str:
        stream = self._api.stream(f"{PATH}?watch=true&resourceVersion=0", **self._options)
        event = await anext(stream)
        await stream.aclose()
        return str(event["type"])


@asynccontextmanager
async def kopf(url: str, _kubeconfig: Path) -> AsyncIterator[Client]:
    """Open the client inside kopf."""
    import kopf as library
    from kopf._cogs.clients import auth
    from kopf._cogs.structs import credentials

    settings = library.OperatorSettings()
    settings.networking.error_backoffs = [0.01]
    vault = credentials.Vault()
    await vault.populate({credentials.VaultKey("test"): library.ConnectionInfo(server=url)})
    token = auth.vault_var.set(vault)
    try:
        yield Kopf(settings)
    finally:
        auth.vault_var.reset(token)
        await vault.close()


class KubernetesAsyncio:
    """kubernetes_asyncio."""

    def __init__(self, library: Any, api_client: Any) -> None:
        self._library = library
        self._client = api_client
        self._api = library.client.CoreV1Api(api_client)

    async def create(self, name: str) -> Any:
        return self._plain(await self._api.create_namespaced_config_map("default", manifest(name)))

    async def get(self, name: str) -> Any:
        return self._plain(await self._api.read_namespaced_config_map(name, "default"))

    async def names(self) -> list[str]:
        return [item.metadata.name for item in (await self._api.list_namespaced_config_map("default")).items]

    async def patch(self, name: str, value: str) -> Any:
        return self._plain(await self._api.patch_namespaced_config_map(name, "default", {"data": {"key": value}}))

    async def delete(self, name: str) -> None:
        await self._api.delete_namespaced_config_map(name, "default")

    async def first_event(self) -> str:
        async with self._library.watch.Watch().stream(self._api.list_namespaced_config_map, "default") as stream:
            async for event in stream:
                return str(event["type"])
        raise AssertionError("no event")

    def _plain(self, found: Any) -> Any:
        return self._client.sanitize_for_serialization(found)


@asynccontextmanager
async def kubernetes_asyncio(_url: str, kubeconfig: Path) -> AsyncIterator[Client]:
    """Open kubernetes_asyncio."""
    import kubernetes_asyncio as library
    from kubernetes_asyncio import watch  # noqa: F401 # an attribute of the library from here on

    await library.config.load_kube_config(str(kubeconfig))
    async with library.client.ApiClient() as client:
        yield KubernetesAsyncio(library, client)


class Kubernetes:
    """The official client."""

    def __init__(self, library: Any) -> None:
        self._library = library
        self._client = library.client.ApiClient()
        self._api = library.client.CoreV1Api(self._client)

    async def create(self, name: str) -> Any:
        return self._plain(self._api.create_namespaced_config_map("default", manifest(name)))

    async def get(self, name: str) -> Any:
        return self._plain(self._api.read_namespaced_config_map(name, "default"))

    async def names(self) -> list[str]:
        return [item.metadata.name for item in self._api.list_namespaced_config_map("default").items]

    async def patch(self, name: str, value: str) -> Any:
        return self._plain(self._api.patch_namespaced_config_map(name, "default", {"data": {"key": value}}))

    async def delete(self, name: str) -> None:
        self._api.delete_namespaced_config_map(name, "default")

    async def first_event(self) -> str:
        watch = self._library.watch.Watch()
        stream = watch.stream(self._api.list_namespaced_config_map, "default")
        event = next(stream)
        watch.stop()
        stream.close()
        return str(event["type"])

    def close(self) -> None:
        self._client.close()

    def _plain(self, found: Any) -> Any:
        return self._client.sanitize_for_serialization(found)


@asynccontextmanager
async def kubernetes(_url: str, kubeconfig: Path) -> AsyncIterator[Client]:
    """Open the official client."""
    import kubernetes as library

    library.config.load_kube_config(str(kubeconfig))
    client = Kubernetes(library)
    try:
        yield client
    finally:
        client.close()


class Lightkube:
    """lightkube, async and sync: what gives an awaitable is awaited."""

    def __init__(self, client: Any) -> None:
        from lightkube.models.meta_v1 import ObjectMeta
        from lightkube.resources.core_v1 import ConfigMap

        self._client = client
        self._kind = ConfigMap
        self._metadata = ObjectMeta

    async def create(self, name: str) -> Any:
        metadata = self._metadata(name=name, namespace="default")
        return (await _result(self._client.create(self._kind(metadata=metadata, data={"key": "value"})))).to_dict()

    async def get(self, name: str) -> Any:
        return (await _result(self._client.get(self._kind, name, namespace="default"))).to_dict()

    async def names(self) -> list[str]:
        found = self._client.list(self._kind, namespace="default")
        items = [item async for item in found] if hasattr(found, "__aiter__") else list(found)
        return [item.metadata.name for item in items]

    async def patch(self, name: str, value: str) -> Any:
        patch = {"data": {"key": value}}
        return (await _result(self._client.patch(self._kind, name, patch, namespace="default"))).to_dict()

    async def delete(self, name: str) -> None:
        await _result(self._client.delete(self._kind, name, namespace="default"))

    async def first_event(self) -> str:
        stream = self._client.watch(self._kind, namespace="default", resource_version="0")
        if hasattr(stream, "__anext__"):
            kind, _ = await anext(stream)
            await stream.aclose()
        else:
            kind, _ = next(stream)
            stream.close()
        return str(kind)


async def _result(found: Any) -> Any:
    return await found if isinstance(found, Awaitable) else found


@asynccontextmanager
async def lightkube(_url: str, kubeconfig: Path) -> AsyncIterator[Client]:
    """Open lightkube's async client."""
    import lightkube as library

    client = library.AsyncClient(config=library.KubeConfig.from_file(str(kubeconfig)))
    try:
        yield Lightkube(client)
    finally:
        await client.close()


@asynccontextmanager
async def lightkube_sync(_url: str, kubeconfig: Path) -> AsyncIterator[Client]:
    """Open lightkube's sync client."""
    import lightkube as library

    client = library.Client(config=library.KubeConfig.from_file(str(kubeconfig)))
    try:
        yield Lightkube(client)
    finally:
        client.close()


class Kr8s:
    """kr8s."""

    def __init__(self, library: Any, api: Any) -> None:
        self._api = api
        self._kind = library.asyncio.objects.ConfigMap

    async def create(self, name: str) -> Any:
        found = await self._kind(manifest(name), api=self._api)
        await found.create()
        return found.raw.to_dict()

    async def get(self, name: str) -> Any:
        # The library's own get is a list of one.
        async with self._api.call_api("GET", namespace="default", url=f"configmaps/{name}") as response:
            return response.json()

    async def names(self) -> list[str]:
        return [item.name async for item in self._api.get("configmaps", namespace="default")]

    async def patch(self, name: str, value: str) -> Any:
        found = await self._kind(manifest(name), api=self._api)
        await found.patch({"data": {"key": value}})
        return found.raw.to_dict()

    async def delete(self, name: str) -> None:
        await (await self._kind(manifest(name), api=self._api)).delete()

    async def first_event(self) -> str:
        stream = self._api.watch("configmaps", namespace="default")
        kind, _ = await anext(stream)
        await stream.aclose()
        return str(kind)


@asynccontextmanager
async def kr8s(_url: str, kubeconfig: Path) -> AsyncIterator[Client]:
    """Open kr8s."""
    import kr8s as library

    api = await library.asyncio.api(kubeconfig=str(kubeconfig))
    try:
        yield Kr8s(library, api)
    finally:
        await api._session.aclose()


Open = Callable[[str, Path], Any]
LIBRARIES: dict[str, Open] = {
    open_client.__name__: open_client
    for open_client in (kopf, kubernetes_asyncio, kubernetes, lightkube, lightkube_sync, kr8s)
}


async def live(client: Client) -> list[Any]:
    """Carry an object from its creation to its deletion, with two failures; give all results."""
    found = [without_server_fields(await client.create("acme"))]
    for refused in (client.create("acme"), client.get("nobody")):
        try:
            found.append(await refused)
        except Exception as error:  # noqa: BLE001 # each library has its own
            found.append(type(error).__qualname__)
    found.append(without_server_fields(await client.get("acme")))
    found.append(sorted(await client.names()))
    found.append(without_server_fields(await client.patch("acme", "other")))
    found.append(await asyncio.wait_for(client.first_event(), 10))
    await client.delete("acme")
    found.append(sorted(await client.names()))
    return found


def without_server_fields(found: Any) -> Any:
    """Leave out what differs from run to run."""
    metadata = {
        name: value
        for name, value in found["metadata"].items()
        if name not in ("uid", "resourceVersion", "creationTimestamp", "managedFields")
    }
    return {**found, "metadata": metadata}
