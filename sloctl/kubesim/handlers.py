"""From HTTP to objects and back: paths, verbs, parameters and bodies."""

import json
from contextlib import aclosing, suppress
from dataclasses import dataclass

from aiohttp import web

from sloctl.kubesim import discovery, openapi
from sloctl.kubesim.errors import ApiError, Obj, bad_request, method_not_allowed, not_found, unknown_path
from sloctl.kubesim.lists import FALSE, list_objects, read_query, watch_objects
from sloctl.kubesim.objects import DeleteOptions, Objects, Target, WriteOptions
from sloctl.kubesim.openapi_protobuf import OPENAPI_V2, encode_document
from sloctl.kubesim.representation import JSON, Presenter, negotiate
from sloctl.kubesim.requests import read_delete_options, read_object, read_patch, read_write_options

NAMESPACE_SUBRESOURCES = ("status", "finalize")
_HEALTH = ("healthz", "livez", "readyz")


@dataclass(frozen=True)
class Place:
    """A path under a group and version, taken apart."""

    namespace: str
    plural: str
    name: str
    subresource: str


def parse_place(parts: list[str]) -> Place:
    """
    Take apart what follows the group and version in a path.

    Raises:
        ApiError: 404, for a shape that no resource has.

    >>> parse_place(["namespaces", "blue", "tenants", "a", "status"])
    Place(namespace='blue', plural='tenants', name='a', subresource='status')
    >>> parse_place(["namespaces", "blue"])
    Place(namespace='', plural='namespaces', name='blue', subresource='')
    """
    namespace = ""
    if parts[0] == "namespaces" and len(parts) > 2 and parts[2] not in NAMESPACE_SUBRESOURCES:
        namespace, parts = parts[1], parts[2:]
    if len(parts) > 3:
        raise unknown_path()
    plural, name, subresource = [*parts, "", ""][:3]
    return Place(namespace, plural, name, subresource)


class Handlers:
    """
    Answers every request.

    Args:
        objects: The cluster that is served.
    """

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request; what goes wrong becomes a Status."""
        try:
            return await self._route(request)
        except ApiError as error:
            return _json(error.status(), error.code)

    async def _route(self, request: web.Request) -> web.StreamResponse:
        match [part for part in request.path.split("/") if part]:
            case ["api", version, *parts] if parts:
                return await self._serve(request, "", version, parts)
            case ["apis", group, version, *parts] if parts:
                return await self._serve(request, group, version, parts)
            case [probe, *_] if probe in _HEALTH:
                return web.Response(text="ok")
            case parts:
                return self._describe(request, parts)

    def _describe(self, request: web.Request, parts: list[str]) -> web.Response:
        catalogue = self._objects.catalogue
        accept = request.headers.get("Accept", "")
        if parts == ["openapi", "v2"] and OPENAPI_V2 in accept:
            # Its name is no valid media type, so that clients would stumble over it in an answer.
            return web.Response(body=encode_document(openapi.document_v2(catalogue)))
        negotiate(accept)
        match parts:
            case ["version"]:
                return _json(discovery.VERSION)
            case ["api"]:
                return _json(discovery.api_versions(request.host))
            case ["api", version]:
                return _json(discovery.resource_list(catalogue, "", version))
            case ["apis"]:
                return _json(discovery.group_list(catalogue))
            case ["apis", group]:
                return _json(discovery.group(catalogue, group))
            case ["apis", group, version]:
                return _json(discovery.resource_list(catalogue, group, version))
            case ["openapi", "v2"]:
                return _json(openapi.document_v2(catalogue))
            case ["openapi", "v3"]:
                return _json(openapi.index(catalogue))
            case ["openapi", "v3", "api", version]:
                return _json(openapi.document_v3(catalogue, "", version))
            case ["openapi", "v3", "apis", group, version]:
                return _json(openapi.document_v3(catalogue, group, version))
        raise unknown_path()

    async def _serve(self, request: web.Request, group: str, version: str, parts: list[str]) -> web.StreamResponse:
        target = self._target(group, version, parse_place(parts))
        custom = target.resource.custom
        # Custom resources are served by verb, so that HEAD is a GET and POST creates wherever it goes.
        match "GET" if custom and request.method == "HEAD" else request.method, bool(target.name):
            case "GET", True:
                return _json(self._presenter(request, target).one(self._objects.get(target)))
            case "GET", False if request.query.get("watch", "") not in FALSE:
                return await self._watch(request, target)
            case "GET", False:
                return self._list(request, target)
            case "POST" | "PUT" | "PATCH", _ if target.resource.namespaced and not target.namespace:
                raise method_not_allowed()
            case "PUT" | "PATCH", False if custom:
                raise bad_request("name must be provided")
            case ("PUT" | "PATCH", True) | ("POST", False):
                return await self._write(request, target)
            case "POST", True if custom and not target.subresource:
                return await self._write(request, target)
            case "DELETE", named if not target.subresource:
                if named:
                    return _json(self._objects.delete(target, await read_delete_options(request)))
                if "deletecollection" in target.resource.verbs:
                    return await self._delete_collection(request, target)
        raise method_not_allowed()

    async def _write(self, request: web.Request, target: Target) -> web.Response:
        presenter = self._presenter(request, target)
        options = read_write_options(request.query)
        new = request.method == "POST"
        if request.method == "PATCH":
            obj = self._objects.patch(target, await read_patch(request, target), options)
        elif new:
            obj = self._objects.create(target, await read_object(request, target), options)
        else:
            obj, new = self._objects.replace(target, await read_object(request, target), options)
        response = _json(presenter.one(obj), 201 if new else 200)
        _warn(response, options)
        return response

    def _list(self, request: web.Request, target: Target) -> web.Response:
        presenter = self._presenter(request, target, many=True)
        return _json(
            presenter.many(*list_objects(self._objects, target, read_query(target, request.query, watch=False)))
        )

    def _target(self, group: str, version: str, place: Place) -> Target:
        resource = self._objects.catalogue.find(group, place.plural)
        served = resource.version(version) if resource else None
        if resource is None or served is None or (place.namespace and not resource.namespaced):
            raise unknown_path()
        if resource.namespaced and place.name and not place.namespace:
            raise unknown_path()
        if place.subresource and not (place.subresource == "status" and served.status):
            # A custom resource has no paths of its own, so a real server says that the object is missing.
            raise not_found(group, place.plural, place.name) if resource.custom else unknown_path()
        return Target(resource, served, place.namespace, place.name, place.subresource)

    def _presenter(self, request: web.Request, target: Target, *, many: bool = False) -> Presenter:
        return Presenter(target, request.headers.get("Accept", ""), request.query, many=many)

    async def _watch(self, request: web.Request, target: Target) -> web.StreamResponse:
        query = read_query(target, request.query, watch=True)
        presenter = self._presenter(request, target)
        response = web.StreamResponse(headers={"Content-Type": JSON})
        await response.prepare(request)
        first = True
        with suppress(ConnectionResetError):  # the client has gone
            async with aclosing(watch_objects(self._objects, target, query)) as events:
                async for event in events:
                    await response.write(_encoded(presenter.event(event, first=first)) + b"\n")
                    first = False
        return response

    async def _delete_collection(self, request: web.Request, target: Target) -> web.Response:
        options = DeleteOptions(dry_run=(await read_delete_options(request)).dry_run)
        found, metadata = list_objects(self._objects, target, read_query(target, request.query, watch=False))
        for obj in found:
            namespace, name = obj["metadata"].get("namespace", ""), obj["metadata"]["name"]
            self._objects.delete(Target(target.resource, target.version, namespace, name), options)
        return _json(self._presenter(request, target, many=True).many(found, metadata))


def _encoded(body: Obj) -> bytes:
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()


def _json(body: Obj, code: int = 200) -> web.Response:
    return web.Response(body=_encoded(body), status=code, content_type=JSON)


def _warn(response: web.Response, options: WriteOptions) -> None:
    for warning in options.warnings:
        text = warning.replace("\\", "\\\\").replace('"', '\\"')
        response.headers.add("Warning", f'299 - "{text}"')
