"""Carries a trace from the span that causes something to what is caused: in manifests, and into threads."""

from collections.abc import Callable, Mapping
from contextvars import copy_context
from typing import Any, Final, ParamSpec, TypeVar, cast

from opentelemetry.context import Context
from opentelemetry.trace import SpanContext, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from sloctl.sdk.guard import current_guard

_P = ParamSpec("_P")
_R = TypeVar("_R")

TRACEPARENT: Final = "tracing.k8s.io/traceparent"
"""The annotation that carries the W3C traceparent of the span that wrote an object. Source: Kubernetes' KEP-5915."""

_propagator: Final = TraceContextTextMapPropagator()


def inject(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """
    Give a copy of the manifest of a child about to be created, annotated with the current span.

    Where no span is exported the copy has no such annotation, though the manifest may still carry one from before.
    The manifest itself is left as it is. Use it for what is written anyway, and never for the object that is being
    reconciled: a fresh annotation alone is a write that wakes the object's controllers. What is no manifest comes back
    as it is, and counts as a fault of kind `span`.

    >>> inject({"kind": "TenantDatabase", "metadata": {"name": "orders"}})
    {'kind': 'TenantDatabase', 'metadata': {'name': 'orders'}}
    """
    copy = cast("dict[str, Any]", manifest)
    with current_guard()("span", "annotate a manifest"):
        copy = {**manifest}
        context = get_current_span().get_span_context()
        metadata = copy.get("metadata") or {}
        annotations = metadata.get("annotations") or {}
        if context.trace_flags.sampled:
            annotations = {**annotations, TRACEPARENT: traceparent(context)}
        elif TRACEPARENT in annotations:
            annotations = {key: value for key, value in annotations.items() if key != TRACEPARENT}
        else:
            return copy
        copy["metadata"] = {**metadata, "annotations": annotations}
    return copy


def traceparent(context: SpanContext) -> str:
    """Write a span's context as W3C's traceparent."""
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def traceparent_of(metadata: Mapping[str, Any]) -> str | None:
    """Give the annotation of an object, if it has one."""
    annotations = metadata.get("annotations")
    return annotations.get(TRACEPARENT) if annotations else None


def parse(traceparent: str) -> SpanContext | None:
    """Give the span that a traceparent names; None when it names none."""
    found = get_current_span(_propagator.extract({"traceparent": traceparent}, Context())).get_span_context()
    return found if found.is_valid else None


def in_context(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """
    Have a function run under the span that is the current one now, in whatever thread calls it.

    Tasks, `asyncio.to_thread` and kopf's sync handlers keep their span by themselves; `loop.run_in_executor` and
    `executor.submit` do not: `executor.submit(sloctl.in_context(work), 1)`.

    >>> from concurrent.futures import ThreadPoolExecutor
    >>> with ThreadPoolExecutor() as executor:
    ...     executor.submit(in_context(max), 1, 2).result()
    2
    """
    context = copy_context()
    return lambda *args, **kwargs: context.copy().run(function, *args, **kwargs)
