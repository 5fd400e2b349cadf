"""
Why a reconciliation runs: links to the spans that caused it, and the reason in a few words.

A watch is a queue, and what it brings may have several causes at once; so causes are links, not parents. The reasons
are those of kube-rs (kube_runtime::controller::ReconcileReason), and ours where it has none.
"""

import json
from collections.abc import Hashable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal

from opentelemetry.trace import Link, SpanContext

from sloctl.sdk.ledger import Entry, Ledger
from sloctl.sdk.propagation import parse, traceparent_of

Kind = Literal["trigger", "self", "retry", "child", "admission", "timer"]

UPDATED: Final = "object updated"
RELATED: Final = "related object updated"
DELETED: Final = "object deleted"
ASKED: Final = "reconciler requested retry"
FAILED: Final = "error policy requested retry"
BULK: Final = "bulk reconcile"
TIMER: Final = "timer"
DAEMON: Final = "daemon"


def link(kind: Kind, context: SpanContext) -> Link:
    """Link to a cause of this kind."""
    return Link(context, {"sloctl.link.kind": kind})


def causes(ledger: Ledger, entry: Entry | None, body: Mapping[str, Any], handler: Hashable) -> tuple[list[Link], str]:
    """
    Give the links of a reconciliation that begins, and its reason; what is found is used up.

    Args:
        ledger: What is known of the past.
        entry: The object's; None for an object without uid.
        body: The object.
        handler: Who reconciles it.
    """
    metadata = body["metadata"]
    reason = DELETED if "deletionTimestamp" in metadata else UPDATED
    traceparent = traceparent_of(metadata)
    if entry is None:
        return _trigger(traceparent), reason
    links: list[Link] = []
    if (generation := metadata.get("generation")) != entry.generation:
        entry.generation = generation
        if (admitted := ledger.admission(lambda: admission_key(body))) is not None:
            links.append(link("admission", admitted))
    if traceparent != entry.traceparent:
        entry.traceparent = traceparent
        if traceparent and (admitted := ledger.admission(lambda: traceparent)) is not None:
            links.append(link("admission", admitted))
        else:
            links += _trigger(traceparent)
    if entry.writes and (wrote := ledger.seen(entry, metadata.get("resourceVersion"))):
        links.append(link("self", wrote))
    if entry.children:
        children, entry.children = entry.children, None
        links += [link("child", context) for context in children.values()]
        reason = RELATED
    if reason is DELETED and entry.attempt:
        links.append(link("self", entry.attempt))
    if entry.unfinished and (attempt := entry.unfinished.get(handler)):
        reason = attempt.reason
        if attempt.context:
            links.append(link("retry", attempt.context))
    return links, reason


def _trigger(traceparent: str | None) -> list[Link]:
    context = parse(traceparent) if traceparent else None
    return [] if context is None else [link("trigger", context)]


def admission_key(body: Mapping[str, Any]) -> Hashable:
    """Name an object before it has a uid: by what is asked for, and for which name."""
    metadata = body["metadata"]
    group = str(body.get("apiVersion", "")).rpartition("/")[0]
    spec = hash(json.dumps(body.get("spec"), sort_keys=True, default=dict))
    return group, body.get("kind"), metadata.get("namespace"), metadata.get("name"), spec


def deletion_age_s(metadata: Mapping[str, Any]) -> float:
    """Say how long ago the deletion of an object was asked for, in seconds."""
    asked = datetime.fromisoformat(metadata["deletionTimestamp"])
    return max(0.0, (datetime.now(UTC) - asked).total_seconds())
