"""The spans of reconciliations and of the steps inside them."""

import sys
import time
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from opentelemetry import context as contexts
from opentelemetry import trace as api
from opentelemetry.context import Context
from opentelemetry.trace import Link, NoOpTracer, Span, SpanContext, SpanKind, Status, StatusCode, Tracer
from opentelemetry.trace import set_span_in_context as under
from opentelemetry.util.types import AnyValue

from sloctl._version import __version__
from sloctl.sdk import generation
from sloctl.sdk.guard import Guard
from sloctl.sdk.ledger import Attempt, Entry, ledger_of
from sloctl.sdk.links import ASKED, DELETED, FAILED, causes, deletion_age_s
from sloctl.sdk.store import Store

if TYPE_CHECKING:
    from contextvars import Token

Attributes = dict[str, AnyValue]

REDACTED: Final = "redacted"
_NOWHERE: Final = Context()
_CONSUMER: Final = SpanKind.CONSUMER
_COMES_BACK: Final = {"error": FAILED, "requeue": ASKED, "requeue_after": ASKED}


class Tracing:
    """
    What the spans of one operator have in common.

    Args:
        operator: Its name; the scope's attribute `sloctl.operator`.
        store: Whose ledger the spans use, and where dropped spans are counted.
        guard: Takes what fails in here.
        provider: Where spans go; the one that is set through OpenTelemetry's API when not given, whenever that is.
        redact: Leave names, namespaces and the texts of exceptions out of the spans.
        generation_view: Put all attempts at a generation into one trace.

    Attributes:
        tracer: What opens spans; None when nothing is traced, or not yet.
        silent: Nothing will ever be traced.
    """

    def __init__(
        self,
        operator: str,
        store: Store,
        guard: Guard,
        provider: api.TracerProvider | None = None,
        *,
        redact: bool = False,
        generation_view: bool = False,
    ) -> None:
        self.operator = operator
        self.guard = guard
        self.ledger = ledger_of(store)
        self.redact = redact
        self.generation_view = generation_view
        self._store = store
        self._provider = provider
        self.tracer: Tracer | None = None
        self.silent = False
        self.find()

    def find(self) -> Tracer | None:
        """Look for a tracer again: the host may have set its provider meanwhile."""
        # The API hands out a tracer that does nothing until then; to ask its variable costs a hundredth of asking that.
        if self.silent or (self._provider is None and api._TRACER_PROVIDER is None):
            return None
        provider = self._provider or api.get_tracer_provider()
        tracer = provider.get_tracer("sloctl", __version__, attributes={"sloctl.operator": self.operator})
        self.silent = isinstance(tracer, NoOpTracer)
        if not self.silent:
            with self.guard("span", "watch for dropped spans"):
                _count_drops(provider, self._store)
            self.tracer = tracer
        return self.tracer

    def step(self, name: str, attributes: Attributes, links: Sequence[Link] = ()) -> "OpenSpan | None":
        """Open a span below the current one and make it the current one; None when nothing is traced, or it failed."""
        if (tracer := self.tracer or self.find()) is None:
            return None
        try:
            current = contexts.get_current()
            return OpenSpan(self, tracer.start_span(name, current, attributes=attributes, links=links)).enter(current)
        except Exception as error:  # noqa: BLE001 # whatever it is, it is ours
            self.guard.report("span", "failed to open a span", error)
            return None

    def attributes(self, body: Mapping[str, Any]) -> Attributes:
        """Tell which object a span is about."""
        get = body["metadata"].get
        name, namespace = get("name"), get("namespace")
        if self.redact:
            name, namespace = name and REDACTED, namespace and REDACTED
        group, _, version = (body.get("apiVersion") or "").rpartition("/")
        attributes: Attributes = {
            "sloctl.object.group": group,
            "sloctl.object.version": version,
            "sloctl.object.kind": body.get("kind"),
            "sloctl.object.name": name,
            "sloctl.object.uid": get("uid"),
            "sloctl.object.generation": get("generation"),
            "sloctl.object.resource_version": get("resourceVersion"),
            "k8s.namespace.name": namespace,
        }
        if None in attributes.values():
            return {key: value for key, value in attributes.items() if value is not None}
        return attributes


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

    def open(self, args: Iterable[object], kwargs: Mapping[str, object]) -> "OpenSpan | None":
        """Open the span of a call and make it the current one; None when nothing is traced, or that failed."""
        tracing = self._tracing
        if tracing.tracer is None and tracing.find() is None:
            return None
        try:
            return self.start(_object(args, kwargs), self).enter(tracing.guard.context)
        except Exception as error:  # noqa: BLE001 # whatever it is, it is ours
            tracing.guard.report("span", "failed to open a span", error)
            return None

    def start(
        self, body: Mapping[str, Any] | None, handler: Hashable, reason: str | None = None, links: Sequence[Link] = ()
    ) -> "OpenSpan":
        """
        Start the root span of a reconciliation, without making it the current one.

        Args:
            body: The object, if there is one.
            handler: Who reconciles it; tells attempts of one from those of another.
            reason: Why it runs, where the caller knows that better than the object's past does.
            links: What the caller knows of causes, beside those that the object and its past tell.
        """
        tracing = self._tracing
        assert tracing.tracer is not None
        if body is None:
            attributes: Attributes = {"sloctl.controller": self._controller}
            name = f"reconcile {self._controller}"
            return OpenSpan(tracing, tracing.tracer.start_span(name, _NOWHERE, _CONSUMER, attributes, links))
        metadata = body["metadata"]
        uid = metadata.get("uid")
        entry = tracing.ledger.at(uid) if uid else None
        found, why = causes(tracing.ledger, entry, body, handler)
        attributes = tracing.attributes(body)
        attributes["sloctl.controller"] = self._controller
        attributes["sloctl.reconcile.reason"] = reason or why
        number, context = 1, _NOWHERE
        if entry is not None:
            if entry.unfinished and (before := entry.unfinished.get(handler)):
                number = before.number + 1
                attributes["sloctl.retry.number"] = number - 1
                attributes["sloctl.retry.delay"] = time.monotonic() - before.ended_s
            if tracing.generation_view:
                context = self._generation(entry, body)
            if owners := metadata.get("ownerReferences"):
                entry.owners = tuple(owner["uid"] for owner in owners)
        attributes["sloctl.reconcile.attempt"] = number
        if why is DELETED:
            attributes["sloctl.deletion.age"] = deletion_age_s(metadata)
        name = self._names.get(body.get("kind")) or self._name(body.get("kind"))
        span = tracing.tracer.start_span(name, context, _CONSUMER, attributes, [*found, *links] if links else found)
        opened = OpenSpan(tracing, span, entry, handler, number)
        if entry is not None and opened.sampled and why is not DELETED:
            entry.attempt = opened.context
        return opened

    def _name(self, kind: Any) -> str:
        name = self._names[kind] = f"reconcile {kind or self._controller}"
        return name

    def _generation(self, entry: Entry, body: Mapping[str, Any]) -> Context:
        tracing, found = self._tracing, entry.convergence
        assert tracing.tracer is not None
        if found is None or found.generation != body["metadata"].get("generation"):
            name = f"converge {body.get('kind') or self._controller}"
            found = entry.convergence = generation.begin(tracing.tracer, body, name, tracing.attributes(body))
        else:
            found.settle(body)
        return found.context() or _NOWHERE


class OpenSpan:
    """
    A span that has been started.

    Attributes:
        context: By which others refer to it.
        sampled: It will be exported.
    """

    __slots__ = ("_entry", "_handler", "_number", "_span", "_token", "_tracing", "context", "sampled")

    def __init__(
        self, tracing: Tracing, span: Span, entry: Entry | None = None, handler: Hashable = None, number: int = 1
    ) -> None:
        self._tracing = tracing
        self._span = span
        self._entry = entry
        self._handler = handler
        self._number = number
        self._token: Token[Context] | None = None
        self.context: SpanContext = span.get_span_context()
        self.sampled = self.context.trace_flags.sampled

    def enter(self, context: Context) -> "OpenSpan":
        """Make it the current span of this task or thread, above what else is in *context*."""
        self._token = contexts.attach(under(self._span, context))
        return self

    def leave(self) -> None:
        """Make the span current again that was so before."""
        token, self._token = self._token, None
        if token is not None:
            contexts.detach(token)

    def close(self, result: str, error: BaseException | None = None, end_ns: int | None = None) -> None:
        """
        End the span.

        Args:
            result: What came of it, or `cancelled`.
            error: What was raised, if something was.
            end_ns: When it ended, in Unix nanoseconds; now when not given.
        """
        try:
            self.leave()
            entry, span = self._entry, self._span
            if entry is not None and (entry.unfinished or result in _COMES_BACK):
                self._remember(entry, result)
            if span.is_recording():
                try:
                    self._describe(result, error)
                finally:
                    span.end(end_ns)
        except Exception as problem:  # noqa: BLE001 # whatever it is, it is ours
            self._tracing.guard.report("span", "failed to close a span", problem)

    def _remember(self, entry: Entry, result: str) -> None:
        unfinished = dict(entry.unfinished or ())
        unfinished.pop(self._handler, None)
        if (reason := _COMES_BACK.get(result)) is not None:
            context = self.context if self.sampled else None
            unfinished[self._handler] = Attempt(context, reason, self._number, time.monotonic())
        entry.unfinished = unfinished or None

    def _describe(self, result: str, error: BaseException | None) -> None:
        span, redact = self._span, self._tracing.redact
        span.set_attribute("sloctl.reconcile.result", result)
        if error is None:
            return
        if result in ("error", "terminal"):
            span.set_attribute("error.type", type(error).__qualname__)
            span.set_status(Status(StatusCode.ERROR, None if redact else str(error)))
        if redact:
            span.add_event("exception", {"exception.type": type(error).__qualname__})
        else:
            span.record_exception(error)


def _object(args: Iterable[object], kwargs: Mapping[str, object]) -> Mapping[str, Any] | None:
    """Find the object that is reconciled: kopf's keyword `body`, or the first argument that looks like one."""
    for value in (kwargs.get("body"), *args):
        if isinstance(value, Mapping) and "metadata" in value:
            return value
    return None


def _count_drops(provider: api.TracerProvider, store: Store) -> None:
    """Count what the provider's processors and exporters drop, if the provider is the SDK's."""
    sdk: Any = sys.modules.get("opentelemetry.sdk.trace")
    if sdk is not None and isinstance(provider, sdk.TracerProvider):
        from sloctl.sdk.hooks.drops import count_drops

        count_drops(provider, store)
