"""What a request carries beside its path: options, objects, patches."""

import json
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from sloctl.kubesim import patches, protobuf
from sloctl.kubesim.errors import (
    ApiError,
    Cause,
    Obj,
    bad_request,
    invalid,
    unsupported,
    unsupported_media_type,
    wrong,
)
from sloctl.kubesim.meta import OBJECT_META
from sloctl.kubesim.objects import DeleteOptions, Target, Transform, WriteOptions
from sloctl.kubesim.representation import JSON
from sloctl.kubesim.schema import validate, without_nulls

POLICIES: Final = ("Foreground", "Background", "Orphan")
_TEXT: Final[Obj] = {"type": "string"}
_DELETE_OPTIONS: Final[Obj] = {
    "properties": {
        "kind": {"enum": ["DeleteOptions"]},
        "dryRun": {"type": "array", "items": _TEXT},
        "preconditions": {"type": "object", "properties": {"uid": _TEXT, "resourceVersion": _TEXT}},
        "propagationPolicy": _TEXT,
    }
}


def read_write_options(params: Mapping[str, str]) -> WriteOptions:
    """
    Read the options of a create, an update or a patch.

    Raises:
        ApiError: 422, for a value that there is not.
    """
    dry_run, causes = _dry_run(params.get("dryRun", ""))
    validation = params.get("fieldValidation") or "Warn"
    if validation not in ("Ignore", "Warn", "Strict"):
        causes.append(unsupported("fieldValidation", validation, ["", "Ignore", "Strict", "Warn"]))
    if causes:
        raise invalid("meta.k8s.io", "CreateOptions", "", causes)
    return WriteOptions(dry_run=dry_run, field_validation=validation)


async def read_delete_options(request: web.Request) -> DeleteOptions:
    """
    Read the options of a deletion from the query and the body.

    Raises:
        ApiError: 400 for a body that is none, 422 for a value that there is not, or that kubesim does not offer.
    """
    params = request.query
    body = _parsed(await request.read(), "DeleteOptions") if request.can_read_body else {}
    if causes := validate(without_nulls(body), _DELETE_OPTIONS):
        raise bad_request(f"DeleteOptions cannot be read: {causes[0].field}: {causes[0].message}")
    dry_run, causes = _dry_run(*(body.get("dryRun") or [params.get("dryRun", "")]))
    policy = body.get("propagationPolicy") or params.get("propagationPolicy", "") or "Background"
    if policy not in POLICIES:
        causes.append(unsupported("propagationPolicy", policy, [*POLICIES, "nil"]))
    elif policy != "Background":
        causes.append(wrong("propagationPolicy", policy, "kubesim deletes in the background only"))
    if causes:
        raise invalid("meta.k8s.io", "DeleteOptions", "", causes)
    preconditions = body.get("preconditions") or {}
    return DeleteOptions(preconditions.get("uid") or "", preconditions.get("resourceVersion") or "", dry_run)


def _dry_run(*values: str) -> tuple[bool, list[Cause]]:
    stages = [value for value in values if value]
    bad = [value for value in stages if value != "All"]
    if not bad:
        return bool(stages), []
    shown = ", ".join(f'"{value}"' for value in stages)
    message = f'Unsupported value: []string{{{shown}}}: supported values: "All"'
    return False, [Cause("dryRun", "FieldValueNotSupported", message)]


async def read_object(request: web.Request, target: Target) -> Obj:
    """
    Read the object of a create or an update.

    Raises:
        ApiError: 400 for what is no JSON object, 415 for another format.
    """
    readable = protobuf.KINDS if not target.resource.custom else ()
    sent = _format(request)
    if sent == protobuf.PROTOBUF and target.resource.kind in readable:
        return protobuf.decode_object(await request.read())
    if sent != JSON:
        raise unsupported_media_type([JSON])
    return _parsed(await request.read(), target.resource.kind)


async def read_patch(request: web.Request, target: Target) -> Transform:
    """
    Read a patch as the function that applies it.

    Raises:
        ApiError: 400 for what is no patch, 415 for a kind of patch that the resource does not take.
    """
    accepted = [patches.JSON_PATCH, patches.MERGE_PATCH]
    if not target.resource.custom:
        accepted.append(patches.STRATEGIC_PATCH)
    sent = _format(request)
    if sent not in accepted:
        raise unsupported_media_type(accepted)
    data = await request.read()
    if sent == patches.JSON_PATCH:
        operations = _json(data)
        return lambda obj: patches.apply_json(obj, operations)
    patch = _json(data)
    if not isinstance(patch, dict):
        raise invalid("", "", "", [wrong("patch", data.decode(errors="replace"), "a map is expected")])
    if sent == patches.MERGE_PATCH:
        return lambda obj: patches.merge(obj, patch)
    schema = target.version.schema
    whole = schema | {"properties": schema.get("properties", {}) | {"metadata": OBJECT_META}}
    return lambda obj: patches.apply_strategic(obj, patch, whole)


def _format(request: web.Request) -> str:
    # Without a Content-Type it is JSON; so do older kubectls send it.
    return request.content_type if "Content-Type" in request.headers else JSON


def _parsed(data: bytes, kind: str) -> Obj:
    try:
        body = _json(data)
    except ApiError as error:
        raise bad_request(f"the object provided is unrecognized (must be of type {kind}): {error}") from None
    if not isinstance(body, dict):
        raise bad_request(f"the object provided is unrecognized (must be of type {kind}): it is no JSON object")
    return body


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError as error:
        raise bad_request(f"couldn't get version/kind; json parse error: {error}") from None
