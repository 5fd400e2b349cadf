"""The three kinds of patch: each takes an object and gives a new one."""

from typing import Any

import jsonpatch

from sloctl.kubesim.errors import Obj, bad_request, invalid, rejected_patch, wrong

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"

MERGE_KEY = "x-kubernetes-patch-merge-key"
STRATEGY = "x-kubernetes-patch-strategy"


def merge(target: Any, patch: Any) -> Any:
    """
    Apply a merge patch (RFC 7386): null removes, maps merge, anything else replaces.

    >>> merge({"a": 1, "b": {"c": 2, "d": 3}}, {"a": None, "b": {"c": 4}})
    {'b': {'c': 4, 'd': 3}}
    """
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge(result.get(key), value)
    return result


def apply_json(target: Obj, operations: Any) -> Any:
    """
    Apply a JSON patch (RFC 6902) as the Go library of API servers does: a key that a map lacks reads as null.

    Raises:
        ApiError: 400 for what is no patch; 422 when an operation, such as a `test`, does not apply.
    """
    if not isinstance(operations, list):
        raise bad_request("json: cannot unmarshal object into Go value of type jsonpatch.Patch")
    try:
        for operation in operations:
            target = jsonpatch.apply_patch(target, [_lenient(operation, target)])
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException, TypeError, AttributeError):
        # The library stumbles over operations that are no objects; to the client they are all refused patches.
        raise rejected_patch() from None
    return target


def _lenient(operation: Obj, target: Any) -> Obj:
    """Write an operation that reads a key that is not there as one that does not."""
    name, value = operation.get("op"), operation.get("value")
    if name not in ("copy", "replace", "test"):
        return operation
    above, key = jsonpatch.JsonPointer(operation.get("from" if name == "copy" else "path", "")).to_last(target)
    if not isinstance(above, dict) or key is None or key in above:
        return operation
    if name == "test":
        return operation if value is not None else {"op": "test", "path": "", "value": target}
    return {"op": "add", "path": operation.get("path"), "value": None if name == "copy" else value}


def apply_strategic(target: Obj, patch: Obj, schema: Obj) -> Any:
    """
    Apply a strategic merge patch of a built-in resource.

    Lists are replaced, except where the schema names a merge strategy: then entries of maps are matched by
    their merge key, and entries of plain values are united. New entries come first, as on a real server.

    Args:
        target: The value to patch.
        patch: The patch, with `$patch`, `$deleteFromPrimitiveList/...` and `$setElementOrder/...` directives.
        schema: The schema of the value.

    Raises:
        ApiError: 422, when the patch does not fit the schema or misuses a directive.
    """
    try:
        return _merge(target, patch, schema)
    except (AttributeError, TypeError):
        raise invalid("", "", "", [wrong("patch", patch, "it does not fit the object's schema")]) from None


def _merge(target: Any, patch: Any, schema: Obj) -> Any:
    if isinstance(patch, dict):
        return _merge_map(target, patch, schema)
    if isinstance(patch, list) and schema.get(STRATEGY) == "merge":
        return _merge_list(target if isinstance(target, list) else [], patch, schema)
    return patch


def _merge_map(target: Any, patch: Obj, schema: Obj) -> Any:
    directive = patch.get("$patch")
    if directive == "replace":
        return {key: value for key, value in patch.items() if key != "$patch"}
    result = dict(target) if isinstance(target, dict) and directive != "delete" else {}
    orders = {}
    for key, value in patch.items():
        command, _, field = key.partition("/")
        if command == "$deleteFromPrimitiveList":
            result[field] = [entry for entry in result.get(field, []) if entry not in value]
        elif command == "$setElementOrder":
            orders[field] = value
        elif key.startswith("$"):
            continue
        elif value is None:
            result.pop(key, None)
        else:
            result[key] = _merge(result.get(key), value, _below(schema, key))
    for field, order in orders.items():
        if field in result:
            result[field] = _ordered(result[field], order, _below(schema, field).get(MERGE_KEY))
    return result


def _merge_list(target: list[Any], patch: list[Any], schema: Obj) -> list[Any]:
    key = schema.get(MERGE_KEY)
    if key is None:
        return [*patch, *(entry for entry in target if entry not in patch)]
    if any(entry.get("$patch") == "replace" for entry in patch):
        return [entry for entry in patch if "$patch" not in entry]
    gone = {entry.get(key) for entry in patch if entry.get("$patch") == "delete"}
    current = {entry.get(key): entry for entry in target}
    fresh = [
        _merge_map(current.get(entry.get(key)), entry, schema.get("items", {}))
        for entry in patch
        if entry.get(key) not in gone
    ]
    named = gone | {entry.get(key) for entry in fresh}
    return [*fresh, *(entry for entry in target if entry.get(key) not in named)]


def _ordered(entries: list[Any], order: list[Any], key: str | None) -> list[Any]:
    wanted = [entry.get(key) if key else entry for entry in order]

    def position(entry: Any) -> int:
        name = entry.get(key) if key else entry
        return wanted.index(name) if name in wanted else len(wanted)

    return sorted(entries, key=position)


def _below(schema: Obj, key: str) -> Obj:
    below: Obj = schema.get("properties", {}).get(key) or {}
    return below
