"""Where a trace leaves a mark in what is written anyway: admitted objects, Kubernetes Events, and what is ignored."""

import inspect
from collections.abc import Mapping
from typing import Any, Final

from opentelemetry import context as contexts
from opentelemetry.context import Context
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, get_current_span, set_span_in_context

from sloctl.sdk.hooks.kopf.cycles import Traces
from sloctl.sdk.hooks.kopf.patching import Function, Hook
from sloctl.sdk.links import admission_key
from sloctl.sdk.propagation import TRACEPARENT, inject, parse, traceparent, traceparent_of
from sloctl.sdk.tracing import OpenSpan

_IGNORED: Final = ("metadata", "annotations", TRACEPARENT)
_POINTER: Final = "/metadata/annotations"


def ignore(storage: Any) -> None:
    """Have kopf not take the annotation for a change: each write of it would call the update handlers."""
    fields = getattr(storage, "ignored_fields", None)
    if isinstance(fields, list):
        if _IGNORED not in fields:
            fields.append(_IGNORED)
        return
    build = storage.build

    def without(*args: Any, **kwargs: Any) -> Any:
        essence = build(*args, **kwargs)
        annotations = essence.get("metadata", {}).get("annotations", {})
        annotations.pop(TRACEPARENT, None)
        if not annotations:
            essence.get("metadata", {}).pop("annotations", None)
            if not essence.get("metadata", True):
                del essence["metadata"]
        return essence

    storage.build = without  # kopf before 1.41 ignores no fields


class _Reference(dict[str, Any]):
    """A reference to the object of an Event that knows which span posts it."""

    cause: SpanContext | None = None


def hooks(traces: Traces) -> list[Hook]:
    """Give the hooks around webhooks and Events."""
    guard = traces.guard

    def serve_admission_request(original: Function) -> Function:
        """Wrap what answers a request, whichever server took it."""

        async def wrapper(*args: Any, **kwargs: Any) -> Any:
            span: OpenSpan | None = None
            if traces.on():
                with guard("hook", "open the span of a webhook"):
                    span = _admit(traces, args[0] if args else kwargs["request"], kwargs.get("headers") or {})
            if span is None:
                return await original(*args, **kwargs)
            try:
                answer = await original(*args, **kwargs)
            except BaseException as error:
                span.close("error" if isinstance(error, Exception) else "cancelled", error)
                raise
            span.close("success")
            return answer

        return wrapper

    def build_response(original: Function) -> Function:
        """Wrap what composes the answer of a webhook: it knows whether the object passes, and the patch."""

        def wrapper(*args: Any, **kwargs: Any) -> Any:
            with guard("hook", "remember what a webhook let pass"):
                context = get_current_span().get_span_context()
                allowed = all(outcome.exception is None for outcome in kwargs["outcomes"].values())
                if context.trace_flags.sampled and allowed:
                    kwargs["jsonpatch"] = _admitted(traces, kwargs["request"]["request"], kwargs["jsonpatch"], context)
            return original(*args, **kwargs)

        return wrapper

    def enqueue(original: Function) -> Function:
        """Wrap what takes an Event, which another task posts."""

        def wrapper(*args: Any, **kwargs: Any) -> Any:
            with guard("hook", "take note of who posts an Event"):
                context = get_current_span().get_span_context()
                if context.trace_flags.sampled and "ref" in kwargs:
                    kwargs["ref"] = reference = _Reference(kwargs["ref"])
                    reference.cause = context
            return original(*args, **kwargs)

        return wrapper

    def post_event(original: Function) -> Function:
        """Wrap what posts an Event: under the span that asked for it."""

        async def wrapper(*args: Any, **kwargs: Any) -> Any:
            cause = getattr(kwargs.get("ref"), "cause", None)
            if cause is None:
                return await original(*args, **kwargs)
            token = contexts.attach(set_span_in_context(NonRecordingSpan(cause), guard.context))
            try:
                return await original(*args, **kwargs)
            finally:
                contexts.detach(token)

        return wrapper

    def post(original: Function) -> Function:
        """Wrap what creates objects; those of kopf's own are Events, and what a webhook needs."""

        def wrapper(*args: Any, **kwargs: Any) -> Any:
            payload = kwargs.get("payload")
            if isinstance(payload, dict) and "involvedObject" in payload:
                kwargs["payload"] = inject(payload)
            return original(*args, **kwargs)

        return wrapper

    return [
        Hook("_core.engines.admission", "serve_admission_request", ("request", "headers"), serve_admission_request),
        Hook(
            "_core.engines.admission", "build_response", ("request", "outcomes", "jsonpatch"), build_response, _is_plain
        ),
        Hook("_core.engines.posting", "enqueue", ("ref",), enqueue, _is_plain),
        Hook("_cogs.clients.events", "post_event", ("ref",), post_event),
        Hook("_cogs.clients.api", "post", ("url", "payload"), post),
    ]


def _is_plain(found: object) -> bool:
    return inspect.isfunction(found) and not inspect.iscoroutinefunction(found)


def _admit(traces: Traces, review: Mapping[str, Any], headers: Mapping[str, str]) -> OpenSpan:
    """Open the span of a webhook's request, below the API server's where that traces."""
    request = review["request"]
    body = request.get("object") or request["oldObject"]
    announced = next((value for name, value in headers.items() if name.lower() == "traceparent"), None)
    caller = parse(announced) if announced else None
    around = set_span_in_context(NonRecordingSpan(caller), Context()) if caller is not None else Context()
    tracing = traces.tracing
    assert tracing.tracer is not None
    attributes = tracing.attributes(body) | {"sloctl.admission.operation": request.get("operation", "")}
    span = tracing.tracer.start_span(f"admit {body.get('kind')}", around, SpanKind.SERVER, attributes)
    return OpenSpan(tracing, span).enter(tracing.guard.context)


def _admitted(
    traces: Traces, request: Mapping[str, Any], patch: list[dict[str, Any]], context: SpanContext
) -> list[dict[str, Any]]:
    """Remember an object that passes; mark it in the patch, if there is one, unless its creator has marked it."""
    body = request.get("object")
    if body is None or request.get("dryRun") or request.get("subResource"):
        return patch
    if not patch or traceparent_of(body["metadata"]):
        traces.tracing.ledger.admit(admission_key(body), context)
        return patch
    mark = traceparent(context)
    traces.tracing.ledger.admit(mark, context)
    has = body["metadata"].get("annotations") or any(item["path"].startswith(_POINTER) for item in patch)
    first = [] if has else [{"op": "add", "path": _POINTER, "value": {}}]
    return [*patch, *first, {"op": "add", "path": f"{_POINTER}/{TRACEPARENT.replace('/', '~1')}", "value": mark}]
