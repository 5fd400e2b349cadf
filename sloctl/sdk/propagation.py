"""Carries a trace from the object that caused a child to the reconciliation of that child."""

from collections.abc import Mapping
from typing import Any, Final, cast

from opentelemetry.context import Context
from opentelemetry.trace import SpanContext, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from sloctl.sdk.guard import current_guard

TRACEPARENT: Final = "tracing.k8s.io/traceparent"
"""The annotation that carries the W3C traceparent of the span that created an object. Source: Kubernetes' KEP-5915."""

_propagator: Final = TraceContextTextMapPropagator()


def inject(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """
    Give a copy of the manifest of a child about to be created, annotated with the current span.

    Outside a span that is recorded the copy is equal to the manifest. The manifest itself is left as it is.
    Use it for objects that are being created: a fresh annotation on an existing object is a write that
    wakes its controllers. What is no manifest comes back as it is, and counts as a fault of kind `span`.

    >>> inject({"kind": "TenantDatabase", "metadata": {"name": "orders"}})
    {'kind': 'TenantDatabase', 'metadata': {'name': 'orders'}}
    """
    copy = cast("dict[str, Any]", manifest)
    with current_guard()("span", "annotate a manifest"):
        copy = {**manifest}
        if get_current_span().is_recording():
            carrier: dict[str, str] = {}
            _propagator.inject(carrier)
            metadata = dict(copy.get("metadata") or {})
            metadata["annotations"] = {**(metadata.get("annotations") or {}), TRACEPARENT: carrier["traceparent"]}
            copy["metadata"] = metadata
    return copy


def origin(body: Mapping[str, Any]) -> SpanContext | None:
    """Give the span that an object's annotation names, if there is one and it is well-formed."""
    traceparent = (body["metadata"].get("annotations") or {}).get(TRACEPARENT)
    if not traceparent:
        return None
    found = get_current_span(_propagator.extract({"traceparent": traceparent}, Context())).get_span_context()
    return found if found.is_valid else None
