"""The span of one reconciliation."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from opentelemetry import context as contexts
from opentelemetry import trace as api
from opentelemetry.context import Context
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    ProxyTracer,
    Span,
    SpanKind,
    Status,
    StatusCode,
    Tracer,
    set_span_in_context,
)

from sloctl.sdk.guard import Guard
from sloctl.sdk.propagation import origin

if TYPE_CHECKING:
    from contextvars import Token

_FROM_METADATA: Final = {
    "name": "sloctl.object.name",
    "namespace": "k8s.namespace.name",
    "uid": "sloctl.object.uid",
    "generation": "sloctl.object.generation",
    "resourceVersion": "sloctl.object.resource_version",
}


class Spans:
    """
    Opens a root span for each reconciliation of one controller.

    A task inherits the span under which it was created, which need not be the cause of what it does; so the inherited
    context is left behind. An object that names the span of its creation continues that trace the first time it is
    reconciled, and is linked to it every later time.
    """

    def __init__(self, tracer: Tracer, guard: Guard, controller: str) -> None:
        self._tracer = tracer
        # Until the host sets a provider, its proxy hands out a tracer that does nothing: asking the API's own variable
        # costs a hundredth of asking that tracer.
        self.follows_global = isinstance(tracer, ProxyTracer)
        self._guard = guard
        self._controller = controller

    def open(self, args: Sequence[object], kwargs: Mapping[str, object]) -> "OpenSpan | None":
        """Open the span of a call and make it the current one; None when nothing is traced, or that failed."""
        if self.follows_global and api._TRACER_PROVIDER is None:
            return None
        with self._guard("span", "open a span"):
            body = _body(args, kwargs)
            parent, links = _cause(body) if body is not None else (Context(), [])
            span = self._tracer.start_span(
                f"reconcile {self._controller}",
                context=parent,
                kind=SpanKind.CONSUMER,
                attributes={"sloctl.controller": self._controller},
                links=links,
            )
            if body is not None and span.is_recording():
                span.set_attributes(dict(_attributes(body)))
            return OpenSpan(span, self._guard)
        return None


class OpenSpan:
    """A span that is the current one until it is closed, in the same task or thread."""

    __slots__ = ("_guard", "_span", "_token")

    def __init__(self, span: Span, guard: Guard) -> None:
        self._span = span
        self._guard = guard
        self._token: Token[Context] = contexts.attach(set_span_in_context(span, guard.context))

    def close(self, result: str, error: BaseException | None) -> None:
        """End the span; *error* is what the reconciliation raised, if it did."""
        with self._guard("span", "close a span"):
            try:
                self._describe(result, error)
            finally:
                contexts.detach(self._token)
                self._span.end()

    def _describe(self, result: str, error: BaseException | None) -> None:
        self._span.set_attribute("sloctl.reconcile.result", result)
        if error is None or not self._span.is_recording():
            return
        if result == "error":
            self._span.set_attribute("error.type", type(error).__qualname__)
            self._span.set_status(Status(StatusCode.ERROR, str(error)))
        self._span.record_exception(error)


def _body(args: Sequence[object], kwargs: Mapping[str, object]) -> Mapping[str, Any] | None:
    """Find the object that is reconciled: kopf's keyword `body`, or the first argument that looks like one."""
    for value in (kwargs.get("body"), *args):
        if isinstance(value, Mapping) and "metadata" in value:
            return value
    return None


def _cause(body: Mapping[str, Any]) -> tuple[Context, list[Link]]:
    created_by = origin(body)
    if created_by is None:
        return Context(), []
    if (body.get("status") or {}).get("observedGeneration") is None:
        return set_span_in_context(NonRecordingSpan(created_by), Context()), []
    return Context(), [Link(created_by, {"sloctl.link.kind": "trigger"})]


def _attributes(body: Mapping[str, Any]) -> Iterator[tuple[str, str | int]]:
    group, _, version = (body.get("apiVersion") or "").rpartition("/")
    yield from (("sloctl.object.group", group), ("sloctl.object.version", version))
    if "kind" in body:
        yield "sloctl.object.kind", body["kind"]
    for field, attribute in _FROM_METADATA.items():
        if field in body["metadata"]:
            yield attribute, body["metadata"][field]
