"""Reading many objects: lists, their pages, and watches."""

import asyncio
import base64
import binascii
import json
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass

from sloctl.kubesim.errors import ApiError, Cause, Obj, bad_request, expired, forbidden, invalid, unsupported
from sloctl.kubesim.objects import Objects, Target
from sloctl.kubesim.selectors import Predicate, field_selector, label_selector
from sloctl.kubesim.store import Collection, Event, Key

BOOKMARK_EVERY_S = 60.0
LAST_BOOKMARK_S = 2.0
"""A watch that ends by its timeout sends its last bookmark this long before."""
INITIAL_EVENTS_END = "k8s.io/initial-events-end"
FALSE = ("", "0", "false", "False")
"""Anything else is true, as on a real server."""


@dataclass(frozen=True)
class Query:
    """
    The parameters of a list or a watch.

    Args:
        selects: Whether an object is wanted.
        revision: The resourceVersion; None when it is not given, or 0.
        exact: The list must be as of that revision.
        limit: Objects on a page; 0 for all.
        after: Where the page begins, from a continue token.
        timeout_s: When the server ends the watch; 0 for never.
        bookmarks: Bookmarks are wanted.
        initial: The watch begins with the present objects and a bookmark that ends them.
    """

    selects: Predicate
    revision: int | None = None
    exact: bool = False
    limit: int = 0
    after: Key | None = None
    timeout_s: float = 0
    bookmarks: bool = False
    initial: bool = False


def read_query(target: Target, params: Mapping[str, str], *, watch: bool) -> Query:
    """
    Read the parameters of a list or a watch.

    Raises:
        ApiError: 400 or 422, for what cannot be understood.
    """
    labels = label_selector(params.get("labelSelector", ""))
    fields = field_selector(params.get("fieldSelector", ""), target.resource.selectable)
    causes = list(_faults(params, watch=watch))
    if causes:
        raise invalid("meta.k8s.io", "ListOptions", "", causes)
    revision = _revision(params.get("resourceVersion", ""))
    after = None
    if token := params.get("continue", ""):
        if revision is not None:
            raise bad_request("specifying resource version is not allowed when using continue")
        revision, after = _read_token(token)

    def selects(obj: Obj) -> bool:
        in_scope = not target.namespace or obj["metadata"].get("namespace") == target.namespace
        return in_scope and labels(obj) and fields(obj)

    return Query(
        selects,
        revision,
        exact=params.get("resourceVersionMatch") == "Exact" or after is not None,
        limit=_integer(params.get("limit", "")),
        after=after,
        timeout_s=_integer(params.get("timeoutSeconds", "")),
        bookmarks=params.get("allowWatchBookmarks", "") not in FALSE,
        initial=params.get("sendInitialEvents", "") not in FALSE,
    )


def _faults(params: Mapping[str, str], *, watch: bool) -> list[Cause]:
    field = "resourceVersionMatch"
    match, revision = params.get(field, ""), params.get("resourceVersion", "")
    if watch:
        if "sendInitialEvents" not in params:
            return [forbidden(field, f"{field} is forbidden for watch unless sendInitialEvents is provided")] * bool(
                match
            )
        if match != "NotOlderThan":
            return [forbidden(field, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")]
        return []
    if "sendInitialEvents" in params:
        return [forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list")]
    if not match:
        return []
    if not revision:
        return [forbidden(field, f"{field} is forbidden unless resourceVersion is provided")]
    if match not in ("Exact", "NotOlderThan"):
        return [unsupported(field, match, ["Exact", "NotOlderThan", ""])]
    if match == "Exact" and revision == "0":
        return [forbidden(field, f'{field} "exact" is forbidden for resourceVersion "0"')]
    return []


def _revision(text: str) -> int | None:
    if text in ("", "0"):
        return None
    if not text.isdecimal():
        why = f'strconv.ParseUint: parsing "{text}": invalid syntax'
        raise ApiError(500, "", f'resourceVersion: Invalid value: "{text}": {why}')
    return int(text)


def _integer(text: str) -> int:
    try:
        return max(int(text or 0), 0)
    except ValueError:
        raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax') from None


def _token(revision: int, last: Key) -> str:
    return base64.urlsafe_b64encode(json.dumps([revision, *last]).encode()).decode()


def _read_token(token: str) -> tuple[int, Key]:
    try:
        revision, namespace, name = json.loads(base64.urlsafe_b64decode(token))
        return int(revision), (str(namespace), str(name))
    except (binascii.Error, ValueError, TypeError):
        raise bad_request(f"invalid continue token: continue key is not valid: {token}") from None


def list_objects(objects: Objects, target: Target, query: Query) -> tuple[list[Obj], Obj]:
    """
    Give the objects of a list, by namespace and name, and the metadata of the list.

    Raises:
        ApiError: 410 for a revision that is no longer remembered, 504 for one that is not there yet.
    """
    collection = objects.store.collection(target.resource.id)
    revision = objects.store.revision
    if query.revision is not None and query.revision > revision:
        raise _too_large(query.revision, revision)
    state = collection.objects
    if query.exact and query.revision is not None:
        revision = query.revision
        state = _past(collection, revision, paging=query.after is not None)
    keys = [key for key in sorted(state) if query.selects(state[key])]
    if query.after is not None:
        keys = [key for key in keys if key > query.after]
    metadata: Obj = {"continue": "", "resourceVersion": str(revision)}
    if query.limit and len(keys) > query.limit:
        metadata["continue"] = _token(revision, keys[query.limit - 1])
        metadata["remainingItemCount"] = len(keys) - query.limit
        keys = keys[: query.limit]
    return [objects.view(target, state[key]) for key in keys], metadata


def _past(collection: Collection, revision: int, *, paging: bool) -> dict[Key, Obj]:
    try:
        return collection.at(revision)
    except ApiError:
        if not paging:
            raise
        raise expired(
            "The provided continue parameter is too old to display a consistent list result. You can start a new "
            "list without the continue parameter."
        ) from None


def _too_large(asked: int, current: int) -> ApiError:
    cause = Cause("", "ResourceVersionTooLarge", "Too large resource version")
    details = {
        "causes": [{"reason": cause.reason, "message": cause.message}],
        "retryAfterSeconds": 1,
    }
    return ApiError(504, "Timeout", f"Timeout: Too large resource version: {asked}, current: {current}", details)


async def watch_objects(objects: Objects, target: Target, query: Query) -> AsyncGenerator[Obj]:
    """Yield the events of a watch, until its timeout or the end of the resource; a lost past is an ERROR event."""
    collection = objects.store.collection(target.resource.id)
    loop = asyncio.get_running_loop()
    deadline = loop.time() + query.timeout_s if query.timeout_s else float("inf")
    bookmark_at = _next_bookmark(loop.time(), deadline)
    revision = query.revision
    if revision is None or query.initial:
        for key in sorted(collection.objects):
            if query.selects(collection.objects[key]):
                yield {"type": "ADDED", "object": objects.view(target, collection.objects[key])}
        revision = objects.store.revision
        if query.initial and query.bookmarks:
            yield _bookmark(target, revision, {INITIAL_EVENTS_END: "true"})
    with collection.changes() as changed:
        while not collection.closed:
            changed.clear()
            try:
                events = collection.since(revision)
            except ApiError as error:
                yield {"type": "ERROR", "object": error.status()}
                return
            for event in events:
                revision = event.revision
                if (told := _told(event, query.selects)) is not None:
                    yield {"type": told, "object": objects.view(target, event.obj)}
            if loop.time() >= deadline:
                return
            if loop.time() >= bookmark_at:
                # Nothing of this resource has happened up to the present revision, so the watch stands there.
                revision = max(revision, objects.store.revision)
                bookmark_at = _next_bookmark(loop.time(), deadline)
                if query.bookmarks:
                    yield _bookmark(target, revision, {})
            try:
                async with asyncio.timeout_at(min(deadline, bookmark_at)):
                    await changed.wait()
            except TimeoutError:
                continue


def _next_bookmark(now: float, deadline: float) -> float:
    last = deadline - LAST_BOOKMARK_S
    return min(now + BOOKMARK_EVERY_S, last) if now < last else min(now + BOOKMARK_EVERY_S, deadline)


def _told(event: Event, selects: Predicate) -> str | None:
    """Give the type that a watcher with a selector sees: objects come into its view and leave it."""
    before = event.previous is not None and selects(event.previous)
    after = event.type != "DELETED" and selects(event.obj)
    match before, after:
        case True, True:
            return "MODIFIED"
        case False, True:
            return "ADDED"
        case True, False:
            return "DELETED"
    return None


def _bookmark(target: Target, revision: int, annotations: Obj) -> Obj:
    metadata: Obj = {"resourceVersion": str(revision), "creationTimestamp": None}
    if annotations:
        metadata["annotations"] = annotations
    obj = {"kind": target.resource.kind, "apiVersion": target.api_version, "metadata": metadata}
    return {"type": "BOOKMARK", "object": obj}
