"""The schemas of what is served, as OpenAPI documents: kubectl explains, checks and applies by them."""

from typing import Any, Final

from sloctl.kubesim.errors import Obj, unknown_path
from sloctl.kubesim.meta import OBJECT_META
from sloctl.kubesim.resources import Catalogue, Resource, Version

GVK: Final = "x-kubernetes-group-version-kind"
META_NAME: Final = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_QUERY: Final = ("dryRun", "fieldManager", "fieldValidation")
_INFO: Final = {"title": "kubesim", "version": "v1.32.0"}


def index(catalogue: Catalogue) -> Obj:
    """Give /openapi/v3: where the document of each group and version is."""
    places = [_place(group, version) for group, versions in catalogue.groups().items() for version in versions]
    return {"paths": {place: {"serverRelativeURL": f"/openapi/v3/{place}"} for place in sorted(places)}}


def _place(group: str, version: str) -> str:
    return f"apis/{group}/{version}" if group else f"api/{version}"


def document_v3(catalogue: Catalogue, group: str, version: str) -> Obj:
    """
    Give /openapi/v3/api/v1 or /openapi/v3/apis/GROUP/VERSION.

    Raises:
        ApiError: 404, when nothing of it is served.
    """
    served = _served(catalogue, group, version)
    if not served:
        raise unknown_path()
    prefix = "#/components/schemas/"
    schemas = {META_NAME: OBJECT_META} | {_name(*entry): _schema(*entry, prefix) for entry in served}
    paths = {path: item for entry in served for path, item in _paths(*entry).items()}
    return {"openapi": "3.0.0", "info": _INFO, "paths": paths, "components": {"schemas": schemas}}


def document_v2(catalogue: Catalogue) -> Obj:
    """Give /openapi/v2: everything in one document."""
    served = [
        entry
        for group, versions in catalogue.groups().items()
        for version in versions
        for entry in _served(catalogue, group, version)
    ]
    definitions = {META_NAME: OBJECT_META} | {_name(*entry): _schema(*entry, "#/definitions/") for entry in served}
    return {"swagger": "2.0", "info": _INFO, "paths": {}, "definitions": definitions}


def _served(catalogue: Catalogue, group: str, version: str) -> list[tuple[Resource, Version]]:
    return [(resource, found) for resource in catalogue.of(group, version) if (found := resource.version(version))]


def _name(resource: Resource, version: Version) -> str:
    domain = ".".join(reversed(resource.group.split("."))) if resource.group else "io.k8s.api.core"
    return f"{domain}.{version.name}.{resource.kind}"


def _schema(resource: Resource, version: Version, prefix: str) -> Obj:
    properties = {
        "apiVersion": {"type": "string", "description": "The group and version of this object's form."},
        "kind": {"type": "string", "description": "What this object is."},
        "metadata": {"$ref": prefix + META_NAME, "description": OBJECT_META["description"]},
    }
    own = version.schema | {"type": "object"}
    own["properties"] = own.get("properties", {}) | properties
    return own | {GVK: [_gvk(resource, version)]}


def _gvk(resource: Resource, version: Version) -> Obj:
    return {"group": resource.group, "version": version.name, "kind": resource.kind}


def _paths(resource: Resource, version: Version) -> Obj:
    root = f"/apis/{resource.group}" if resource.group else "/api"
    scope = "/namespaces/{namespace}" if resource.namespaced else ""
    collection = f"{root}/{version.name}{scope}/{resource.plural}"
    answers: Obj = {"responses": {"200": {"description": "OK"}}, GVK: _gvk(resource, version)}
    # kubectl looks here for the parameters that the server understands.
    writes: Obj = answers | {"parameters": [_parameter(name) for name in _QUERY]}
    reference = {"$ref": f"#/components/schemas/{_name(resource, version)}"}
    body: Any = {"content": {"*/*": {"schema": reference}}}
    return {
        collection: {"get": answers, "post": writes | {"requestBody": body}},
        f"{collection}/{{name}}": {
            "get": answers,
            "put": writes | {"requestBody": body},
            "patch": writes,
            "delete": answers,
        },
    }


def _parameter(name: str) -> Obj:
    return {"name": name, "in": "query", "schema": {"type": "string", "uniqueItems": True}}
