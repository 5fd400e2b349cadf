"""What all spans of one operator have in common: where they go, what they tell of an object, and how they end."""

import sys
import time
from collections.abc import Hashable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from opentelemetry import context as contexts
from opentelemetry import trace as api
from opentelemetry.context import Context
from opentelemetry.trace import Link, NoOpTracer, Span, SpanContext, SpanKind, Status, StatusCode, Tracer
from opentelemetry.trace import set_span_in_context as under

from sloctl._version import __version__
from sloctl.sdk.attributes import Attributes, describe
from sloctl.sdk.guard import Guard
from sloctl.sdk.ledger import Attempt, Entry, ledger_of
from sloctl.sdk.links import ASKED, FAILED
from sloctl.sdk.store import Store

if TYPE_CHECKING:
    from contextvars import Token

    from sloctl.sdk.hooks.drops import Drops

REDACTED: Final = "redacted"
RESULT: Final = "sloctl.reconcile.result"

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
        self._drops: Drops | None = None
        self._sampler_reads = True
        self.find()

    @property
    def tells_early(self) -> bool:
        """
        Say whether spans are given their attributes when they start, as a sampler or a processor may go by them.

        Where nobody does, they are given to those that are recorded, which costs less.
        """
        return self._sampler_reads or self._drops is None or self._drops.others

    def find(self) -> Tracer | None:
        """Look for a tracer again: the host may have set its provider meanwhile."""
        # The API hands out a tracer that does nothing until then; to ask its variable costs a hundredth of asking that.
        if self.silent or (self._provider is None and api._TRACER_PROVIDER is None):
            return None
        with self.guard("span", "get a tracer"):
            provider = self._provider or api.get_tracer_provider()
            tracer = provider.get_tracer("sloctl", __version__, attributes={"sloctl.operator": self.operator})
            self.silent = isinstance(tracer, NoOpTracer)
            if not self.silent:
                with self.guard("span", "look into OpenTelemetry's SDK"):
                    self._look_into(provider, tracer)
                self.tracer = tracer
        return self.tracer

    def _look_into(self, provider: api.TracerProvider, tracer: Tracer) -> None:
        sdk: Any = sys.modules.get("opentelemetry.sdk.trace")
        if sdk is not None and isinstance(provider, sdk.TracerProvider):
            from sloctl.sdk.hooks import drops, sampler

            self._drops = drops.count_drops(provider, self._store)
            self._sampler_reads = sampler.reads_attributes(tracer)

    def step(self, name: str, attributes: Attributes) -> "OpenSpan | None":
        """Open a span below the current one and make it the current one; None when nothing is traced, or it failed."""
        if self.tracer is None and self.find() is None:
            return None
        try:
            return self.below(name, attributes)
        except Exception as error:  # noqa: BLE001 # whatever it is, it is ours
            self.guard.report("span", "failed to open a span", error)
            return None

    def below(
        self,
        name: str,
        attributes: Attributes,
        links: Sequence[Link] = (),
        entry: Entry | None = None,
        handler: Hashable = None,
        before: Attempt | None = None,
    ) -> "OpenSpan":
        """Open a span below the current one, and make it the current one; the rest is as for OpenSpan."""
        current = contexts.get_current()
        attributes[RESULT] = "success"  # from the start: to set it at the end costs a microsecond
        span = self.start(name, current, SpanKind.INTERNAL, attributes, links)
        return OpenSpan(self, span, entry, handler, before).enter(current)

    def start(
        self, name: str, context: Context, kind: SpanKind, attributes: Attributes, links: Sequence[Link] = ()
    ) -> Span:
        """Start a span below the one in *context*, without making it the current one."""
        assert self.tracer is not None
        if self.tells_early:
            return self.tracer.start_span(name, context, kind, attributes, links)
        span = self.tracer.start_span(name, context, kind, None, links)
        if span.is_recording():
            describe(span, attributes)
        return span

    def attributes(self, body: Mapping[str, Any]) -> Attributes:
        """Tell which object a span is about."""
        get = body["metadata"].get
        kind, name, namespace, uid = body.get("kind"), get("name"), get("namespace"), get("uid")
        generation, resource_version = get("generation"), get("resourceVersion")
        if self.redact:
            name, namespace = name and REDACTED, namespace and REDACTED
        group, _, version = (body.get("apiVersion") or "").rpartition("/")
        attributes: Attributes = {
            "sloctl.object.group": group,
            "sloctl.object.version": version,
            "sloctl.object.kind": kind,
            "sloctl.object.name": name,
            "sloctl.object.uid": uid,
            "sloctl.object.generation": generation,
            "sloctl.object.resource_version": resource_version,
            "k8s.namespace.name": namespace,
        }
        return attributes if None not in attributes.values() else _without_none(attributes)


class OpenSpan:
    """
    A span that has been started.

    Args:
        tracing: Whose it is.
        span: As OpenTelemetry knows it.
        entry: Of the object, when this is a handler's attempt that the next one is linked to.
        handler: Whose attempt it is.
        before: The attempt before it.

    Attributes:
        span: The same.
    """

    __slots__ = ("_before", "_entry", "_handler", "_token", "_tracing", "span")

    def __init__(
        self,
        tracing: Tracing,
        span: Span,
        entry: Entry | None = None,
        handler: Hashable = None,
        before: Attempt | None = None,
    ) -> None:
        self._tracing = tracing
        self.span = span
        self._entry = entry
        self._handler = handler
        self._before = before
        self._token: Token[Context] | None = None

    @property
    def exported(self) -> SpanContext | None:
        """By which others refer to it; None when it will not be exported, so that a link would lead nowhere."""
        context = self.span.get_span_context()
        return context if context.trace_flags.sampled else None

    def enter(self, context: Context) -> "OpenSpan":
        """Make it the current span of this task or thread, above what else is in *context*."""
        self._token = contexts.attach(under(self.span, context))
        return self

    def leave(self) -> None:
        """Make the span current again that was so before."""
        token, self._token = self._token, None
        if token is not None:
            contexts.detach(token)

    def add_link(self, link: Link) -> None:
        """Name a cause that became known after the start; samplers have not seen it."""
        self.span.add_link(link.context, link.attributes)

    def close(self, result: str, error: BaseException | None = None, end_ns: int | None = None) -> None:
        """End the span, and make the one current again that was so before; the rest is as for `end`."""
        self.leave()
        self.end(result, error, end_ns)

    def end(self, result: str, error: BaseException | None = None, end_ns: int | None = None) -> None:
        """
        End the span, from whatever task.

        Args:
            result: What came of it, or `cancelled`.
            error: What was raised, if something was.
            end_ns: When it ended, in Unix nanoseconds; now when not given.
        """
        try:
            entry, span = self._entry, self.span
            if entry is not None and (entry.unfinished or result in _COMES_BACK):
                self._remember(entry, result)
            try:
                if (result != "success" or error is not None) and span.is_recording():
                    self._describe(result, error)
            finally:
                span.end(end_ns)
        except Exception as problem:  # noqa: BLE001 # whatever it is, it is ours
            self._tracing.guard.report("span", "failed to close a span", problem)

    def _remember(self, entry: Entry, result: str) -> None:
        unfinished = dict(entry.unfinished or ())
        unfinished.pop(self._handler, None)
        if (reason := _COMES_BACK.get(result)) is not None:
            number = 1 if self._before is None else self._before.number + 1
            unfinished[self._handler] = Attempt(self.exported, reason, number, time.monotonic())
        entry.unfinished = unfinished or None

    def _describe(self, result: str, error: BaseException | None) -> None:
        span, redact = self.span, self._tracing.redact
        span.set_attribute(RESULT, result)
        if error is None:
            return
        if result in ("error", "terminal"):
            span.set_attribute("error.type", type(error).__qualname__)
            span.set_status(Status(StatusCode.ERROR, None if redact else str(error)))
        if not _is_told(error, span.get_span_context().trace_id):
            if redact:
                span.add_event("exception", {"exception.type": type(error).__qualname__})
            else:
                span.record_exception(error)


def _is_told(error: Any, trace_id: int) -> bool:
    """Say whether a span further in has recorded an exception that goes through several of one trace."""
    if getattr(error, "_sloctl_told_in", None) == trace_id:
        return True
    with suppress(AttributeError):  # it takes no attributes
        error._sloctl_told_in = trace_id
    return False


def _without_none(attributes: Attributes) -> Attributes:
    return {key: value for key, value in attributes.items() if value is not None}
