"""Answers other than success, in the words of a real API server: a Status with message, reason, code and details."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

Obj = dict[str, Any]
"""A Kubernetes object as JSON; one that is stored is never changed in place."""

UNKNOWN_PATH = "the server could not find the requested resource"


@dataclass(frozen=True)
class Cause:
    """One fault in one field of a request."""

    field: str
    reason: str
    message: str

    def to_dict(self) -> Obj:
        """Give the entry of `details.causes`."""
        return {"reason": self.reason, "message": self.message, "field": self.field}


def required(field: str, detail: str = "") -> Cause:
    """A field that must be there is not."""
    return Cause(field, "FieldValueRequired", "Required value" + (f": {detail}" if detail else ""))


def wrong(field: str, value: object, detail: str) -> Cause:
    """A field's value breaks a rule."""
    return Cause(field, "FieldValueInvalid", f"Invalid value: {quoted(value)}: {detail}")


def unsupported(field: str, value: object, supported: Iterable[object]) -> Cause:
    """A field's value is none of those allowed."""
    choices = ", ".join(quoted(choice) for choice in supported)
    return Cause(field, "FieldValueNotSupported", f"Unsupported value: {quoted(value)}: supported values: {choices}")


def forbidden(field: str, detail: str) -> Cause:
    """A field may not be set like this now."""
    return Cause(field, "FieldValueForbidden", f"Forbidden: {detail}")


def quoted(value: object) -> str:
    """Print a value as causes do: strings in quotes, numbers bare."""
    return json.dumps(value, ensure_ascii=False)


class ApiError(Exception):
    """
    An answer that is not a success.

    Args:
        code: The HTTP status.
        reason: The machine-readable cause; empty where a real server has none.
        message: The sentence for people.
        details: The object concerned, and the causes.
    """

    def __init__(self, code: int, reason: str, message: str, details: Obj | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.details = details

    def status(self) -> Obj:
        """Give the body of the answer."""
        body: Obj = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": str(self)}
        if self.reason:
            body["reason"] = self.reason
        if self.details is not None:
            body["details"] = self.details
        return body | {"code": self.code}


class DecodeError(ApiError):
    """400: what was sent does not fit the type of its kind. What a patch makes so is refused with 422 instead."""

    def __init__(self, kind: str, version: str, why: str) -> None:
        super().__init__(400, "BadRequest", f'{kind} in version "{version}" cannot be handled as a {kind}: {why}')


def success(details: Obj) -> Obj:
    """Give the Status that answers a deletion."""
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}


def about(name: str, group: str, kind: str) -> Obj:
    """Give the `details` that name an object; empty parts are left out."""
    parts = {"name": name, "group": group, "kind": kind}
    return {key: value for key, value in parts.items() if value}


def qualified(resource: str, group: str) -> str:
    """
    Write a resource or a kind with its group, as messages do.

    >>> qualified("tenants", "example.com"), qualified("configmaps", "")
    ('tenants.example.com', 'configmaps')
    """
    return f"{resource}.{group}" if group else resource


def bad_request(message: str) -> ApiError:
    """400: the request cannot be understood."""
    return ApiError(400, "BadRequest", message)


def forbidden_request(group: str, plural: str, name: str, message: str, causes: Sequence[Cause] = ()) -> ApiError:
    """403: understood, and not allowed now."""
    details = about(name, group, plural)
    if causes:
        details["causes"] = [cause.to_dict() for cause in causes]
    return ApiError(403, "Forbidden", f'{qualified(plural, group)} "{name}" is forbidden: {message}', details)


def not_found(group: str, plural: str, name: str) -> ApiError:
    """404: no such object."""
    return ApiError(404, "NotFound", f'{qualified(plural, group)} "{name}" not found', about(name, group, plural))


def unknown_path() -> ApiError:
    """404: no such resource or path."""
    return ApiError(404, "NotFound", UNKNOWN_PATH, {})


def method_not_allowed() -> ApiError:
    """405: the path is there, the verb is not."""
    message = "the server does not allow this method on the requested resource"
    return ApiError(405, "MethodNotAllowed", message, {})


def not_acceptable(kinds: Sequence[str]) -> ApiError:
    """406: no representation that the client accepts."""
    return ApiError(406, "NotAcceptable", f"only the following media types are accepted: {', '.join(kinds)}")


def already_exists(group: str, plural: str, name: str) -> ApiError:
    """409: the name is taken."""
    message = f'{qualified(plural, group)} "{name}" already exists'
    return ApiError(409, "AlreadyExists", message, about(name, group, plural))


def conflict(group: str, plural: str, name: str, why: str = "") -> ApiError:
    """409: the object is not (or no longer) what the client believes."""
    why = why or "the object has been modified; please apply your changes to the latest version and try again"
    message = f'Operation cannot be fulfilled on {qualified(plural, group)} "{name}": {why}'
    return ApiError(409, "Conflict", message, about(name, group, plural))


def expired(message: str) -> ApiError:
    """410: the revision asked for is no longer remembered."""
    return ApiError(410, "Expired", message)


def unsupported_media_type(kinds: Sequence[str]) -> ApiError:
    """415: a body in a format that this resource does not take."""
    message = "the body of the request was in an unknown format - accepted media types include: "
    return ApiError(415, "UnsupportedMediaType", message + ", ".join(kinds))


def invalid(group: str, kind: str, name: str, causes: Sequence[Cause]) -> ApiError:
    """422: the object breaks rules; one cause for each."""
    faults = [f"{cause.field}: {cause.message}" for cause in causes]
    summary = faults[0] if len(faults) == 1 else f"[{', '.join(faults)}]"
    details = about(name, group, kind) | {"causes": [cause.to_dict() for cause in causes]}
    return ApiError(422, "Invalid", f'{qualified(kind, group)} "{name}" is invalid: {summary}', details)


def rejected_patch() -> ApiError:
    """422: a JSON patch whose operation, often a `test`, does not apply."""
    return ApiError(422, "Invalid", "the server rejected our request due to an error in our request", {})
