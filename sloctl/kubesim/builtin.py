"""The resources that are there without a CRD, with small schemas of what operators and kubectl use of them."""

import base64
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from sloctl.kubesim.crds import CRD_RESOURCE
from sloctl.kubesim.errors import Cause, Obj, required, wrong
from sloctl.kubesim.resources import METADATA_SELECTORS, VERBS, Column, Resource, Version
from sloctl.kubesim.tables import age

_STRING: Final[Obj] = {"type": "string"}
_INTEGER: Final[Obj] = {"type": "integer"}
_BOOLEAN: Final[Obj] = {"type": "boolean"}
_STRINGS: Final[Obj] = {"type": "object", "additionalProperties": _STRING}
_TIME: Final[Obj] = {"type": "string", "format": "date-time"}

AGE: Final = Column("Age", lambda obj: age(obj["metadata"]["creationTimestamp"]))
_CONFIG_KEY = "[-._a-zA-Z0-9]+"
_CONFIG_KEY_RULE = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  "
    f"or 'key-name', regex used for validation is '{_CONFIG_KEY}')"
)
_REPORTED: Final = ("reportingInstance", "action", "reason")


def _object(description: str = "", required: tuple[str, ...] = (), **properties: Obj) -> Obj:
    schema: Obj = {"type": "object", "properties": properties}
    if description:
        schema["description"] = description
    return schema | ({"required": list(required)} if required else {})


def _list_of_references(description: str) -> Obj:
    return {
        "type": "array",
        "description": description,
        "items": _object(name=_STRING),
        "x-kubernetes-patch-strategy": "merge",
        "x-kubernetes-patch-merge-key": "name",
    }


_REFERENCE = _object(
    "The object that is meant.",
    apiVersion=_STRING, fieldPath=_STRING, kind=_STRING, name=_STRING,
    namespace=_STRING, resourceVersion=_STRING, uid=_STRING,
)  # fmt: skip


def _time(value: str, field: str) -> str:
    """Read any RFC 3339 time and write it as metav1.Time does: UTC, whole seconds."""
    return _utc(value, field).strftime("%Y-%m-%dT%H:%M:%SZ")


def _micro_time(value: str, field: str) -> str:
    """Read a time with six digits of fraction, as metav1.MicroTime demands, and write it in UTC."""
    if not re.search(r"T\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)$", value):
        raise ValueError(f'{field}: parsing time "{value}": six digits of fraction are needed')
    return _utc(value, field).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _utc(value: str, field: str) -> datetime:
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f'{field}: parsing time "{value}": out of range') from None


def _check_base64(values: Obj, field: str) -> None:
    for key, value in values.items():
        try:
            base64.b64decode(value, validate=True)
        except ValueError:
            raise ValueError(f"{field}[{key}]: illegal base64 data") from None


def _prepare_namespace(obj: Obj, old: Obj | None) -> Obj:
    if old is None:
        labels = obj["metadata"].get("labels", {}) | {"kubernetes.io/metadata.name": obj["metadata"]["name"]}
        metadata = obj["metadata"] | {"labels": labels}
        return obj | {"metadata": metadata, "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}}
    return obj | {"spec": old["spec"], "status": old["status"]}


def _prepare_secret(obj: Obj, _: Obj | None) -> Obj:
    data = obj.get("data") or {}
    _check_base64(data, "data")
    plain = obj.get("stringData") or {}
    data = data | {key: base64.b64encode(value.encode()).decode() for key, value in plain.items()}
    rest = {key: value for key, value in obj.items() if key not in ("data", "stringData")}
    return rest | ({"data": data} if data else {})


def _prepare_configmap(obj: Obj, _: Obj | None) -> Obj:
    _check_base64(obj.get("binaryData") or {}, "binaryData")
    return obj


def _prepare_event(obj: Obj, _: Obj | None) -> Obj:
    result: Obj = {"source": {}, "reportingComponent": "", "reportingInstance": ""} | obj
    for field in ("firstTimestamp", "lastTimestamp"):
        result[field] = _time(obj[field], field) if obj.get(field) else None
    result["eventTime"] = _micro_time(obj["eventTime"], "eventTime") if obj.get("eventTime") else None
    return result


def _prepare_lease(obj: Obj, _: Obj | None) -> Obj:
    spec = dict(obj.get("spec") or {})
    for field in ("acquireTime", "renewTime"):
        if spec.get(field):
            spec[field] = _micro_time(spec[field], f"spec.{field}")
    return obj | {"spec": spec}


def _check_lease(obj: Obj, _: Obj | None) -> Iterator[Cause]:
    duration = obj["spec"].get("leaseDurationSeconds")
    if duration is not None and duration <= 0:
        yield wrong("spec.leaseDurationSeconds", duration, "must be greater than 0")


def _check_keys(obj: Obj, _: Obj | None) -> Iterator[Cause]:
    for part in ("data", "binaryData"):
        for key in obj.get(part) or {}:
            if not re.fullmatch(_CONFIG_KEY, key):
                yield wrong(f"{part}[{key}]", key, _CONFIG_KEY_RULE)
    for key in sorted((obj.get("data") or {}).keys() & (obj.get("binaryData") or {}).keys()):
        yield wrong(f"data[{key}]", key, "duplicate of key present in binaryData")


def _check_event(obj: Obj, _: Obj | None) -> Iterator[Cause]:
    namespace, own = obj["involvedObject"].get("namespace", ""), obj["metadata"]["namespace"]
    if obj["eventTime"] is None:
        if namespace != own and (namespace or own != "default"):
            yield wrong("involvedObject.namespace", namespace, "does not match event.namespace")
        return
    # With an eventTime it is an event of the newer kind, which says who reports.
    for field, name in (("reportingComponent", "reportingController"), *((f, f) for f in _REPORTED)):
        if not obj.get(field):
            yield required(name)


def _count_data(obj: Obj) -> object:
    return len(obj.get("data") or {}) + len(obj.get("binaryData") or {})


def _event_object(obj: Obj) -> object:
    involved = obj["involvedObject"]
    return f"{involved.get('kind', '').lower()}/{involved.get('name', '')}"


def _event_seen(obj: Obj) -> object:
    return age(obj.get("lastTimestamp") or obj.get("eventTime") or obj["metadata"]["creationTimestamp"])


NAMESPACES: Final = Resource(
    group="",
    kind="Namespace",
    plural="namespaces",
    namespaced=False,
    short_names=("ns",),
    verbs=tuple(verb for verb in VERBS if verb != "deletecollection"),
    selectable=(*METADATA_SELECTORS, "status.phase"),
    prepare=_prepare_namespace,
    versions=(
        Version(
            "v1",
            _object(
                "A scope for names.",
                spec=_object(finalizers={"type": "array", "items": _STRING}),
                status=_object(phase=_STRING),
            ),
            columns=(Column("Status", ".status.phase", description="The status of the namespace"), AGE),
        ),
    ),
)
EVENTS: Final = Resource(
    group="",
    kind="Event",
    plural="events",
    short_names=("ev",),
    upsert=True,
    prepare=_prepare_event,
    check=_check_event,
    selectable=(
        *METADATA_SELECTORS,
        *(f"involvedObject.{name}" for name in _REFERENCE["properties"]),
        "reason", "reportingComponent", "source", "type",
    ),
    versions=(
        Version(
            "v1",
            _object(
                "A report of something that happened to an object.",
                required=("involvedObject",),
                action=_STRING, count=_INTEGER, eventTime=_TIME, firstTimestamp=_TIME, lastTimestamp=_TIME,
                involvedObject=_REFERENCE, related=_REFERENCE, message=_STRING, reason=_STRING, type=_STRING,
                reportingComponent=_STRING, reportingInstance=_STRING,
                series=_object(count=_INTEGER, lastObservedTime=_TIME),
                source=_object(component=_STRING, host=_STRING),
            ),
            columns=(
                Column("Last Seen", _event_seen),
                Column("Type", ".type"),
                Column("Reason", ".reason"),
                Column("Object", _event_object),
                Column("Message", ".message"),
            ),
        ),
    ),
)  # fmt: skip
LEASES: Final = Resource(
    group="coordination.k8s.io",
    kind="Lease",
    plural="leases",
    unconditional=False,
    upsert=True,
    prepare=_prepare_lease,
    check=_check_lease,
    versions=(
        Version(
            "v1",
            _object(
                "A claim that its holder renews.",
                spec=_object(
                    acquireTime=_TIME, holderIdentity=_STRING, leaseDurationSeconds=_INTEGER,
                    leaseTransitions=_INTEGER, renewTime=_TIME,
                ),
            ),
            columns=(Column("Holder", ".spec.holderIdentity"), AGE),
        ),
    ),
)  # fmt: skip
BUILTIN: Final = (
    NAMESPACES,
    EVENTS,
    LEASES,
    CRD_RESOURCE,
    Resource(
        group="",
        kind="ConfigMap",
        plural="configmaps",
        short_names=("cm",),
        prepare=_prepare_configmap,
        check=_check_keys,
        versions=(
            Version(
                "v1",
                _object("Configuration by key.", data=_STRINGS, binaryData=_STRINGS, immutable=_BOOLEAN),
                columns=(Column("Data", _count_data), AGE),
            ),
        ),
    ),
    Resource(
        group="",
        kind="Secret",
        plural="secrets",
        prepare=_prepare_secret,
        check=_check_keys,
        selectable=(*METADATA_SELECTORS, "type"),
        versions=(
            Version(
                "v1",
                _object(
                    "Confidential values by key, in base64.",
                    data=_STRINGS,
                    stringData=_STRINGS,
                    immutable=_BOOLEAN,
                    type=_STRING | {"default": "Opaque"},
                ),
                columns=(Column("Type", ".type"), Column("Data", _count_data), AGE),
            ),
        ),
    ),
    Resource(
        group="",
        kind="ServiceAccount",
        plural="serviceaccounts",
        short_names=("sa",),
        returns_deleted=True,
        versions=(
            Version(
                "v1",
                _object(
                    "An identity for programs.",
                    automountServiceAccountToken=_BOOLEAN,
                    imagePullSecrets=_list_of_references("Secrets to pull images with."),
                    secrets=_list_of_references("Secrets that it may use."),
                ),
                columns=(Column("Secrets", lambda obj: len(obj.get("secrets") or [])), AGE),
            ),
        ),
    ),
)
