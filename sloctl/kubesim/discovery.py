"""What the server says about itself: its version, its groups, its resources."""

from sloctl.kubesim.errors import Obj, unknown_path
from sloctl.kubesim.resources import Catalogue, Resource

VERSION = {
    "major": "1",
    "minor": "32",
    "gitVersion": "v1.32.0+kubesim",
    "gitCommit": "",
    "gitTreeState": "clean",
    "buildDate": "1970-01-01T00:00:00Z",
    "goVersion": "none",
    "compiler": "none",
    "platform": "any",
}
"""The API whose answers kubesim gives, where releases differ."""


def api_versions(address: str) -> Obj:
    """Give /api."""
    addresses = [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}]
    return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": addresses}


def group_list(catalogue: Catalogue) -> Obj:
    """Give /apis."""
    groups = [_group(name, versions) for name, versions in catalogue.groups().items() if name]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}


def group(catalogue: Catalogue, name: str) -> Obj:
    """
    Give /apis/GROUP.

    Raises:
        ApiError: 404, when nothing of it is served.
    """
    versions = catalogue.groups().get(name)
    if not name or versions is None:
        raise unknown_path()
    return {"kind": "APIGroup", "apiVersion": "v1"} | _group(name, versions)


def _group(name: str, versions: list[str]) -> Obj:
    entries = [{"groupVersion": f"{name}/{version}", "version": version} for version in versions]
    return {"name": name, "versions": entries, "preferredVersion": entries[0]}


def resource_list(catalogue: Catalogue, group_name: str, version: str) -> Obj:
    """
    Give /api/v1 or /apis/GROUP/VERSION.

    Raises:
        ApiError: 404, when nothing of it is served.
    """
    resources = catalogue.of(group_name, version)
    if not resources:
        raise unknown_path()
    entries = [entry for resource in resources for entry in _entries(resource, version)]
    group_version = resources[0].api_version(version)
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": entries}


def _entries(resource: Resource, version: str) -> list[Obj]:
    entry: Obj = {
        "name": resource.plural,
        # Released servers before 1.28 leave the singular of built-in resources empty; kubectl copes with both.
        "singularName": resource.singular or resource.kind.lower(),
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": list(resource.verbs),
    }
    if resource.short_names:
        entry["shortNames"] = list(resource.short_names)
    if resource.categories:
        entry["categories"] = list(resource.categories)
    entries = [entry]
    served = resource.version(version)
    if served is not None and served.status:
        status = {"name": f"{resource.plural}/status", "singularName": "", "namespaced": resource.namespaced}
        entries.append(status | {"kind": resource.kind, "verbs": ["get", "patch", "update"]})
    return entries
