"""The metadata that every object has: what clients may set, what the server sets, and the rules for names."""

import re
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from sloctl.kubesim.errors import Cause, DecodeError, Obj, forbidden, required, wrong
from sloctl.kubesim.resources import Resource
from sloctl.kubesim.schema import TYPE_INVALID, prune, validate

_STRINGS: Final[Obj] = {"type": "object", "additionalProperties": {"type": "string"}}
_STRING: Final[Obj] = {"type": "string"}
_TIME: Final[Obj] = {"type": "string", "format": "date-time"}

OWNER_REFERENCE: Final[Obj] = {
    "type": "object",
    "required": ["apiVersion", "kind", "name", "uid"],
    "properties": {
        "apiVersion": _STRING,
        "kind": _STRING,
        "name": _STRING,
        "uid": _STRING,
        "controller": {"type": "boolean"},
        "blockOwnerDeletion": {"type": "boolean"},
    },
}
OBJECT_META: Final[Obj] = {
    "type": "object",
    "description": "Standard metadata: names, labels, owners and what the server keeps about the object.",
    "properties": {
        "annotations": _STRINGS | {"description": "Free text by key, for tools and people."},
        "creationTimestamp": _TIME | {"description": "When the object was created. Set by the server."},
        "deletionGracePeriodSeconds": {"type": "integer"},
        "deletionTimestamp": _TIME | {"description": "When deletion was asked for. Set by the server."},
        "finalizers": {
            "type": "array",
            "description": "Who still has work to do before the object may go.",
            "items": _STRING,
            "x-kubernetes-patch-strategy": "merge",
        },
        "generateName": _STRING | {"description": "A prefix; the server appends five random characters."},
        "generation": {"type": "integer", "description": "Counts changes of the spec. Set by the server."},
        "labels": _STRINGS | {"description": "Short values by key, for selectors."},
        "name": _STRING | {"description": "The name, unique among its kind and namespace."},
        "namespace": _STRING | {"description": "The namespace that the object belongs to."},
        "ownerReferences": {
            "type": "array",
            "description": "The objects without which this one is deleted.",
            "items": OWNER_REFERENCE,
            "x-kubernetes-patch-strategy": "merge",
            "x-kubernetes-patch-merge-key": "uid",
        },
        "resourceVersion": _STRING | {"description": "The revision of the last change. Set by the server."},
        "uid": _STRING | {"description": "Unique in time and space. Set by the server."},
    },
}

_SUBDOMAIN = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_QUALIFIED = r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_VALUE = r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?"
_SUFFIX_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
_PREFIX_LENGTH = 58

SUBDOMAIN_RULE: Final = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start "
    "and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    f"'{_SUBDOMAIN}')"
)
LABEL_RULE: Final = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end "
    f"with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '{_LABEL}')"
)
_KEY_RULE = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
    "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    f"'{_QUALIFIED}')"
)
_VALUE_RULE = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start "
    "and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation "
    f"is '{_VALUE}')"
)
LABEL_LENGTH: Final = 63
NAME_LENGTH: Final = 253


def now() -> str:
    """Give the time as objects carry it: UTC, whole seconds."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def generated_name(prefix: str) -> str:
    """Append five random characters to a prefix that is cut to fit."""
    return prefix[:_PREFIX_LENGTH] + "".join(secrets.choice(_SUFFIX_LETTERS) for _ in range(5))


def check_metadata(metadata: Obj, resource: Resource) -> Iterator[Cause]:
    """Find what is wrong with the names, labels, annotations, owners and finalizers of an object."""
    yield from _check_name(metadata.get("name", ""), metadata.get("generateName", ""), resource)
    for key, value in (metadata.get("labels") or {}).items():
        yield from _check_key(key, "metadata.labels")
        if not re.fullmatch(_VALUE, value):
            yield wrong("metadata.labels", value, _VALUE_RULE)
        if len(value) > LABEL_LENGTH:
            yield wrong("metadata.labels", value, "must be no more than 63 characters")
    for key in metadata.get("annotations") or {}:
        yield from _check_key(key.lower(), "metadata.annotations", key)
    yield from _check_owners(metadata.get("ownerReferences") or [])
    for finalizer in metadata.get("finalizers") or []:
        yield from _check_key(finalizer, "metadata.finalizers")


def _check_name(name: str, prefix: str, resource: Resource) -> Iterator[Cause]:
    if not name:
        yield required("metadata.name", "name or generateName is required")
        return
    pattern, rule, length = (
        (_LABEL, LABEL_RULE, LABEL_LENGTH)
        if resource.kind == "Namespace"
        else (_SUBDOMAIN, SUBDOMAIN_RULE, NAME_LENGTH)
    )
    if not re.fullmatch(pattern, name):
        # A bad prefix is told as such first; the name made from it then is as bad.
        if prefix and not re.fullmatch(pattern, prefix + "a"):
            yield wrong("metadata.generateName", prefix, rule)
        yield wrong("metadata.name", name, rule)
    if len(name) > length:
        yield wrong("metadata.name", name, f"must be no more than {length} characters")


def _check_owners(owners: list[Obj]) -> Iterator[Cause]:
    for owner in owners:
        api_version = owner.get("apiVersion", "")
        # A group and a version at most; "a/b/c" is read as nothing.
        if api_version.count("/") > 1 or not api_version.rpartition("/")[2]:
            yield wrong("metadata.ownerReferences.apiVersion", api_version, "version must not be empty")
        for name in ("kind", "name", "uid"):
            if not owner.get(name):
                yield wrong(f"metadata.ownerReferences.{name}", "", f"{name} must not be empty")
    controllers = [f"{owner.get('kind')}/{owner.get('name')}" for owner in owners if owner.get("controller")]
    if len(controllers) > 1:
        why = 'Only one reference can have Controller set to true. Found "true" in references for'
        yield wrong("metadata.ownerReferences", owners, f"{why} {controllers[0]} and {controllers[1]}")


def _check_key(key: str, field: str, shown: str = "") -> Iterator[Cause]:
    prefix, slash, name = key.rpartition("/")
    if slash and not re.fullmatch(_SUBDOMAIN, prefix):
        yield wrong(field, shown or key, f"prefix part {SUBDOMAIN_RULE}")
    if not re.fullmatch(_QUALIFIED, name):
        yield wrong(field, shown or key, _KEY_RULE)
    if len(name) > LABEL_LENGTH:
        yield wrong(field, shown or key, "name part must be no more than 63 characters")


def check_change(new: Obj, old: Obj) -> Iterator[Cause]:
    """Find what an update may not change in the metadata."""
    if new.get("uid") != old["uid"]:
        yield wrong("metadata.uid", new.get("uid", ""), "field is immutable")
    if "deletionTimestamp" in old:
        added = [name for name in new.get("finalizers") or [] if name not in (old.get("finalizers") or [])]
        if added:
            names = ", ".join(f'"{name}"' for name in added)
            why = "no new finalizers can be added if the object is being deleted, found new finalizers"
            yield forbidden("metadata.finalizers", f"{why} []string{{{names}}}")


def tidied(metadata: Any, kind: str, version: str) -> Obj:
    """
    Keep the known fields of a client's metadata, without those that are empty.

    Raises:
        DecodeError: A field has the wrong type.
    """
    if metadata is None:
        return {}
    metadata, _ = prune(metadata, OBJECT_META)
    if isinstance(metadata, dict):
        metadata = {name: value for name, value in metadata.items() if value not in (None, "", [], {})}
    for fault in validate(metadata, OBJECT_META, "metadata"):
        if fault.reason == TYPE_INVALID:
            raise DecodeError(kind, version, f"{fault.field}: {fault.message}")
    return dict(metadata)
