"""The root spans of reconciliations."""

import time
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, Final

from opentelemetry.context import Context
from opentelemetry.trace import Link, SpanKind

from sloctl.sdk import generation
from sloctl.sdk.attributes import Attributes, describe
from sloctl.sdk.ledger import Attempt, Entry
from sloctl.sdk.links import DAEMON, DELETED, TIMER, causes, deletion_age_s
from sloctl.sdk.objects import object_in
from sloctl.sdk.tracing import RESULT, OpenSpan, Tracing

_NOWHERE: Final = Context()
_CONSUMER: Final = SpanKind.CONSUMER


class Spans:
    """
    Opens a root span for each reconciliation of one controller.

    A task inherits the span under which it was created, which need not be the cause of what it does; so the inherited
    context is left behind, and the causes are links.
    """

    def __init__(self, tracing: Tracing, controller: str) -> None:
        self._tracing = tracing
        self._controller = controller
        self._names: dict[Any, str] = {}

    @property
    def follows_global(self) -> bool:
        """Nothing is traced until the host sets a provider."""
        return self._tracing.tracer is None

    def open(self, args: Iterable[object], kwargs: Mapping[str, object]) -> OpenSpan | None:
        """Open the span of a call and make it the current one; None when nothing is traced, or that failed."""
        tracing = self._tracing
        if tracing.tracer is None and tracing.find() is None:
            return None
        try:
            return self.start(object_in(args, kwargs), self, remembers=True).enter(tracing.guard.context)
        except Exception as error:  # noqa: BLE001 # whatever it is, it is ours
            tracing.guard.report("span", "failed to open a span", error)
            return None

    def start(
        self,
        body: Mapping[str, Any] | None,
        handler: Hashable,
        reason: str | None = None,
        links: Sequence[Link] = (),
        *,
        remembers: bool = False,
    ) -> OpenSpan:
        """
        Start the root span of a reconciliation, without making it the current one.

        Args:
            body: The object, if there is one.
            handler: Who reconciles it; tells attempts of one from those of another.
            reason: Why it runs, where the caller knows that better than the object's past does.
            links: What the caller knows of causes, beside those that the object and its past tell.
            remembers: The span is the handler's attempt; the next attempt will be linked to it, if there is one.
        """
        tracing = self._tracing
        assert tracing.tracer is not None
        if body is None:
            attributes: Attributes = {"sloctl.controller": self._controller, RESULT: "success"}
            span = tracing.tracer.start_span(self._name(None), _NOWHERE, _CONSUMER, attributes, links)
            return OpenSpan(tracing, span)
        metadata = body["metadata"]
        uid = metadata.get("uid")
        entry = tracing.ledger.at(uid) if uid else None
        before = entry.unfinished.get(handler) if entry is not None and entry.unfinished else None
        found, why = causes(tracing.ledger, entry, body, handler)
        context = self._generation(entry, body) if tracing.generation_view and entry is not None else _NOWHERE
        kind = body.get("kind")
        name = self._names.get(kind) or self._name(kind)
        attributes = self._attributes(body, reason or why, before) if tracing.tells_early else {}
        span = tracing.tracer.start_span(name, context, _CONSUMER, attributes, [*found, *links] if links else found)
        opened = OpenSpan(tracing, span, entry if remembers else None, handler, before)
        if span.is_recording():
            if not attributes:
                describe(span, self._attributes(body, reason or why, before))
            if entry is not None and why is not DELETED and reason not in (TIMER, DAEMON):
                entry.attempt = opened.exported
        if entry is not None and (owners := metadata.get("ownerReferences")):
            entry.owners = tuple(owner["uid"] for owner in owners)
        return opened

    def _attributes(self, body: Mapping[str, Any], reason: str, before: Attempt | None) -> Attributes:
        attributes = self._tracing.attributes(body)
        attributes["sloctl.controller"] = self._controller
        attributes["sloctl.reconcile.reason"] = reason
        attributes["sloctl.reconcile.attempt"] = 1
        attributes[RESULT] = "success"
        if before is not None:
            attributes["sloctl.reconcile.attempt"] = before.number + 1
            attributes["sloctl.retry.number"] = before.number
            attributes["sloctl.retry.delay"] = time.monotonic() - before.ended_s
        if "deletionTimestamp" in body["metadata"]:
            attributes["sloctl.deletion.age"] = deletion_age_s(body["metadata"])
        return attributes

    def _name(self, kind: Any) -> str:
        name = self._names[kind] = f"reconcile {kind or self._controller}"
        return name

    def _generation(self, entry: Entry, body: Mapping[str, Any]) -> Context:
        tracing, found = self._tracing, entry.convergence
        assert tracing.tracer is not None
        if found is None or found.generation != body["metadata"].get("generation"):
            if found is not None:
                found.end("deleted" if "deletionTimestamp" in body["metadata"] else "superseded")
            name = f"converge {body.get('kind') or self._controller}"
            found = entry.convergence = generation.begin(tracing.tracer, body, name, tracing.attributes(body))
        else:
            found.settle(body)
        return found.context() or _NOWHERE
