"""CustomResourceDefinitions: what one must look like, and the resource that it makes."""

import re
from collections.abc import Iterator
from typing import Final

from sloctl.kubesim.errors import Cause, Obj, required, unsupported, wrong
from sloctl.kubesim.meta import now
from sloctl.kubesim.resources import AGE, Column, Resource, Version
from sloctl.kubesim.schema import PRESERVE
from sloctl.kubesim.structural import check_schema

CRD_GROUP: Final = "apiextensions.k8s.io"
CLEANUP: Final = "customresourcecleanup.apiextensions.k8s.io"
"""The finalizer that holds a CRD until its objects are gone."""

_STRING: Final[Obj] = {"type": "string"}
_STRINGS: Final[Obj] = {"type": "array", "items": _STRING}
_FREE: Final[Obj] = {"type": "object", PRESERVE: True}
_NAMES: Final[Obj] = {
    "type": "object",
    "required": ["plural", "kind"],
    "properties": {
        "categories": _STRINGS,
        "kind": _STRING,
        "listKind": _STRING,
        "plural": _STRING,
        "shortNames": _STRINGS,
        "singular": _STRING,
    },
}
_COLUMN: Final[Obj] = {
    "type": "object",
    "required": ["name", "type", "jsonPath"],
    "properties": {
        "description": _STRING,
        "format": _STRING,
        "jsonPath": _STRING,
        "name": _STRING,
        "priority": {"type": "integer"},
        "type": _STRING,
    },
}
_VERSION: Final[Obj] = {
    "type": "object",
    "required": ["name", "served", "storage"],
    "properties": {
        "additionalPrinterColumns": {"type": "array", "items": _COLUMN},
        "deprecated": {"type": "boolean"},
        "deprecationWarning": _STRING,
        "name": _STRING,
        "schema": {"type": "object", "properties": {"openAPIV3Schema": _FREE}},
        "selectableFields": {"type": "array", "items": _FREE},
        "served": {"type": "boolean"},
        "storage": {"type": "boolean"},
        "subresources": {"type": "object", "properties": {"status": _FREE, "scale": _FREE}},
    },
}
_CONVERSION: Final[Obj] = {
    "type": "object",
    "properties": {"strategy": _STRING, "webhook": _FREE},
    "default": {"strategy": "None"},
}
_SCHEMA: Final[Obj] = {
    "type": "object",
    "description": "Adds a kind of object to the API.",
    "required": ["spec"],
    "properties": {
        "spec": {
            "type": "object",
            "required": ["group", "names", "scope", "versions"],
            "properties": {
                "conversion": _CONVERSION,
                "group": _STRING,
                "names": _NAMES,
                "preserveUnknownFields": {"type": "boolean"},
                "scope": _STRING,
                "versions": {"type": "array", "items": _VERSION},
            },
        },
        "status": {
            "type": "object",
            "properties": {
                "acceptedNames": _NAMES | {"required": []},
                "conditions": {"type": "array", "items": _FREE},
                "storedVersions": _STRINGS,
            },
        },
    },
}


def _prepare(obj: Obj, old: Obj | None) -> Obj:
    spec = dict(obj.get("spec") or {})
    names = dict(spec.get("names") or {})
    kind = names.get("kind", "")
    names = {"singular": kind.lower(), "listKind": f"{kind}List"} | names
    stored = [version.get("name") for version in spec.get("versions") or [] if version.get("storage")]
    empty = {"conditions": None, "acceptedNames": {"plural": "", "kind": ""}, "storedVersions": stored}
    return obj | {"spec": spec | {"names": names}, "status": (old or {}).get("status") or empty}


def _check(obj: Obj, _: Obj | None) -> Iterator[Cause]:
    spec, name = obj["spec"], obj["metadata"]["name"]
    if not spec["group"]:
        yield required("spec.group")
    expected = f"{spec['names']['plural']}.{spec['group']}"
    if name != expected:
        yield wrong("metadata.name", name, 'must be spec.names.plural+"."+spec.group')
    if spec["scope"] not in ("Cluster", "Namespaced"):
        yield unsupported("spec.scope", spec["scope"], ["Cluster", "Namespaced"])
    if spec["conversion"].get("strategy") != "None":
        yield unsupported("spec.conversion.strategy", spec["conversion"].get("strategy"), ["None"])
    storages = [version for version in spec["versions"] if version["storage"]]
    if len(storages) != 1:
        yield wrong("spec.versions", "", "must have exactly one version marked as storage version")
    if not any(version["served"] for version in spec["versions"]):
        yield wrong("spec.versions", "", "must have at least one version that is served")
    schemas = [(version.get("schema") or {}).get("openAPIV3Schema") for version in spec["versions"]]
    # A real server keeps a schema that all versions share in one place, and names that.
    shared = all(schema == schemas[0] for schema in schemas)
    for index, schema in enumerate(schemas[:1] if shared else schemas):
        place = "spec.validation" if shared else f"spec.versions[{index}].schema"
        if schema is None:
            yield required(f"{place}.openAPIV3Schema", "schemas are required")
        else:
            yield from check_schema(schema, f"{place}.openAPIV3Schema")


_CREATED: Final = Column("Created At", lambda obj: obj["metadata"]["creationTimestamp"], "date")
CRD_RESOURCE: Final = Resource(
    group=CRD_GROUP,
    kind="CustomResourceDefinition",
    plural="customresourcedefinitions",
    singular="customresourcedefinition",
    namespaced=False,
    short_names=("crd", "crds"),
    categories=("api-extensions",),
    generation=True,
    unconditional=False,
    prepare=_prepare,
    check=_check,
    versions=(Version("v1", _SCHEMA, status=True, columns=(_CREATED,)),),
)


def established(crd: Obj) -> Obj:
    """Give a CRD with the conditions of one whose endpoints are served."""
    time = now()
    conditions = [
        ("NamesAccepted", "NoConflicts", "no conflicts found"),
        ("Established", "InitialNamesAccepted", "the initial names have been accepted"),
    ]
    status = crd["status"] | {
        "conditions": [
            {"type": kind, "status": "True", "lastTransitionTime": time, "reason": reason, "message": message}
            for kind, reason, message in conditions
        ],
        "acceptedNames": crd["spec"]["names"],
    }
    return crd | {"status": status}


def is_established(crd: Obj) -> bool:
    """Tell whether a CRD's endpoints are served."""
    conditions = crd["status"].get("conditions") or []
    return any(condition["type"] == "Established" for condition in conditions)


def resource_of(crd: Obj) -> Resource:
    """Give the resource that a CRD defines."""
    spec = crd["spec"]
    names = spec["names"]
    served = [version for version in spec["versions"] if version["served"]]
    return Resource(
        group=spec["group"],
        kind=names["kind"],
        plural=names["plural"],
        singular=names["singular"],
        list_kind=names["listKind"],
        short_names=tuple(names.get("shortNames") or ()),
        categories=tuple(names.get("categories") or ()),
        namespaced=spec["scope"] == "Namespaced",
        versions=tuple(_version(version) for version in sorted(served, key=lambda version: _rank(version["name"]))),
        custom=True,
        generation=True,
        unconditional=False,
    )


def _rank(version: str) -> tuple[int, int, int, str]:
    """
    Order versions as discovery does: stable ones first, then beta, then alpha, each with the highest number first.

    >>> sorted(["v1alpha1", "v1", "v2beta1", "v10", "foo"], key=_rank)
    ['v10', 'v1', 'v2beta1', 'v1alpha1', 'foo']
    """
    match = re.fullmatch(r"v(\d+)(?:(alpha|beta)(\d+))?", version)
    if match is None:
        return 3, 0, 0, version
    maturity = {None: 0, "beta": 1, "alpha": 2}[match[2]]
    return maturity, -int(match[1]), -int(match[3] or 0), version


def _version(version: Obj) -> Version:
    columns = version.get("additionalPrinterColumns") or []
    return Version(
        name=version["name"],
        schema=version["schema"]["openAPIV3Schema"],
        status=(version.get("subresources") or {}).get("status") is not None,
        columns=tuple(_column(column) for column in columns) or (AGE,),
    )


def _column(column: Obj) -> Column:
    path = column["jsonPath"]
    return Column(
        name=column["name"],
        value=path,
        type=column["type"],
        format=column.get("format", ""),
        description=column.get("description") or f"Custom resource definition column (in JSONPath format): {path}",
        priority=column.get("priority", 0),
    )
