"""The custom resources of the tests: Resident, with every kind of rule, and Plain, without any."""

from typing import Any

API_VERSION = "example.com/v1"
SPEC: dict[str, Any] = {
    "type": "object",
    "description": "What the resident shall be.",
    "required": ["owner"],
    "properties": {
        "owner": {
            "type": "string",
            "description": "Who answers for it.",
            "minLength": 2,
            "maxLength": 8,
            "pattern": "^[a-z]+$",
        },
        "tier": {"type": "string", "enum": ["gold", "silver"], "default": "silver"},
        "replicas": {"type": "integer", "minimum": 1, "maximum": 5},
        "databases": {
            "type": "array",
            "minItems": 1,
            "maxItems": 2,
            "items": {
                "type": "object",
                "required": ["name"],
                "properties": {"name": {"type": "string"}, "size": {"type": "integer", "default": 3}},
            },
        },
        "tags": {"type": "object", "additionalProperties": {"type": "string"}},
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        "port": {"x-kubernetes-int-or-string": True},
        "since": {"type": "string", "format": "date-time"},
        "note": {"type": "string", "nullable": True},
    },
}
STATUS = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
COLUMNS = [
    {"name": "Owner", "type": "string", "jsonPath": ".spec.owner"},
    {"name": "Phase", "type": "string", "jsonPath": ".status.phase"},
    {"name": "Ready", "type": "string", "jsonPath": '.status.conditions[?(@.type=="Ready")].status'},
    {"name": "Replicas", "type": "integer", "jsonPath": ".spec.replicas", "priority": 1},
    {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
]


def crd(kind: str, *versions: dict[str, Any], scope: str = "Namespaced") -> dict[str, Any]:
    """Give a CRD of group example.com."""
    plural = f"{kind.lower()}s"
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.example.com"},
        "spec": {
            "group": "example.com",
            "names": {"kind": kind, "plural": plural},
            "scope": scope,
            "versions": list(versions),
        },
    }


def version(name: str, schema: dict[str, Any], *, storage: bool = True, **more: Any) -> dict[str, Any]:
    """Give one served version of a CRD."""
    return {"name": name, "served": True, "storage": storage, "schema": {"openAPIV3Schema": schema}} | more


RESIDENT_SCHEMA = {"type": "object", "required": ["spec"], "properties": {"spec": SPEC, "status": STATUS}}
RESIDENT = crd(
    "Resident",
    version("v1", RESIDENT_SCHEMA, subresources={"status": {}}, additionalPrinterColumns=COLUMNS),
)
PLAIN = crd("Plain", version("v1", {"type": "object", "x-kubernetes-preserve-unknown-fields": True}))


def resident(name: str, **spec: Any) -> dict[str, Any]:
    """Give a Resident that is valid unless `spec` makes it otherwise."""
    body = {"apiVersion": API_VERSION, "kind": "Resident", "metadata": {"name": name}}
    return body | {"spec": {"owner": "ann"} | spec}


def configmap(name: str, **data: str) -> dict[str, Any]:
    """Give a ConfigMap."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data or {"a": "1"}}
