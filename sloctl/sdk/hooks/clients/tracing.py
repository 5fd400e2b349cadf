"""
The spans of requests, and what a write tells about the object that was written.

A span is opened only below one that is recorded: listing and watching in the background opens none.
"""

import json
import re
import sys
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from opentelemetry.context import _SUPPRESS_HTTP_INSTRUMENTATION_KEY, _SUPPRESS_INSTRUMENTATION_KEY, Context
from opentelemetry.trace import Span, SpanContext, SpanKind, Status, StatusCode, get_current_span

from sloctl.sdk.attributes import Attributes
from sloctl.sdk.hooks.clients.rest import origin_of, server_of
from sloctl.sdk.propagation import inject, traceparent, traceparent_of
from sloctl.sdk.tracing import Tracing

_PATH: Final = re.compile(
    r"(?P<version>/api/[^/]+|/apis/(?P<group>[^/]+)/[^/]+)"
    r"(?:(?P<namespaced>/namespaces)/[^/]+(?=/[^/]))?"
    r"(?:/(?P<resource>[^/]+)(?:(?P<named>/)[^/]+(?P<subresource>/[^/]+)?)?)?"
)
_UNOWNED: Final = frozenset({"authentication.k8s.io", "authorization.k8s.io", "coordination.k8s.io", "events.k8s.io"})
"""API groups of questions, leases and events: nobody reconciles what is written there."""

_METADATA: Final = b'"metadata":'
_LONGEST: Final = 512 * 1024  # of an object's metadata: annotations alone may take 256 KiB
_decoder: Final = json.JSONDecoder()


class RequestSpans:
    """Opens the spans of requests."""

    def __init__(self, tracing: Tracing) -> None:
        self._tracing = tracing

    def open(self, context: Context, method: str, url: str, resent: int, instrumentation: str) -> "Traced | None":
        """
        Open the span of a request; None when no span is recorded around it.

        Args:
            context: The current one.
            method: Of HTTP, in any case.
            url: With its scheme and authority.
            resent: How often the same request was sent before.
            instrumentation: The instrumentor of OpenTelemetry's that opens such spans as well, as `module:class`; where
                it is active, it is left to that.
        """
        around = get_current_span(context)
        if not around.is_recording():
            return None
        if context.get(_SUPPRESS_HTTP_INSTRUMENTATION_KEY) or context.get(_SUPPRESS_INSTRUMENTATION_KEY):
            return None
        method, origin = method.upper(), origin_of(url)
        target = target_of(url[len(origin) :].partition("?")[0])
        span = None
        tracer = self._tracing.tracer or self._tracing.find()
        if tracer is not None and not _is_active(instrumentation):
            address, port = server_of(origin)
            attributes: Attributes = {
                "http.request.method": method,
                "server.address": address,
                "server.port": port,
            }
            name = method
            if target is not None:
                attributes["url.template"] = target.template
                name = f"{method} {target.template}"
            if resent:
                attributes["http.request.resend_count"] = resent
            span = self._tracing.start(name, context, SpanKind.CLIENT, attributes)
        return Traced(self._tracing, method, target, resent, around, span)


class Traced:
    """
    A request with a span around it.

    Attributes:
        resent: How often it was sent before.
        traceparent: What its header of that name is to be; None where another instrumentation sets it.
    """

    __slots__ = ("_method", "_span", "_target", "_tracing", "_written_by", "resent", "traceparent")

    def __init__(
        self,
        tracing: Tracing,
        method: str,
        target: "Target | None",
        resent: int,
        around: Span,
        span: Span | None,
    ) -> None:
        self.resent = resent
        self._tracing = tracing
        self._method = method
        self._target = target
        self._span = span
        self._written_by: SpanContext = (span or around).get_span_context()
        self.traceparent = traceparent(self._written_by) if span is not None else None

    @property
    def creates(self) -> bool:
        """Its body is the manifest of an object that somebody may reconcile."""
        return self._method == "POST" and self._target is not None and self._target.is_collection

    def annotated(self, body: Any) -> Any:
        """
        Give a child's manifest with the annotation that names its creator, unless it has one already.

        Args:
            body: A manifest, or its JSON; what it is given as, it comes back as.
        """
        with self._tracing.guard("span", "annotate a manifest that is sent"):
            manifest = _parsed(body) if isinstance(body, str | bytes) else body
            if not isinstance(manifest, Mapping) or traceparent_of(manifest.get("metadata") or {}):
                return body
            child = inject(manifest)
            if not isinstance(body, str | bytes):
                return child
            text = json.dumps(child, separators=(",", ":"), ensure_ascii=False)
            return text if isinstance(body, str) else text.encode()
        return body

    def answered(self, code: int) -> None:
        """End the span at the headers of an answer."""
        if self._span is not None:
            self._span.set_attribute("http.response.status_code", code)
            if code >= 400:
                self._span.set_attribute("error.type", str(code))
                self._span.set_status(Status(StatusCode.ERROR))
            self._span.end()

    def unanswered(self, error: BaseException) -> None:
        """End the span of a request without an answer."""
        if self._span is not None:
            self._span.set_attribute("error.type", type(error).__qualname__)
            self._span.set_status(Status(StatusCode.ERROR, None if self._tracing.redact else str(error)))
            self._span.end()

    def learns(self, code: int) -> bool:
        """Say whether the answer's body tells of a write."""
        return self._method != "GET" and code < 300 and self._target is not None and self._target.is_reconciled

    def wrote(self, body: bytes) -> None:
        """Tell the ledger which object was written, and its version."""
        try:
            written = identity_of(body)
            if written is not None:
                self._tracing.ledger.wrote(*written, self._written_by)
        except Exception as error:  # noqa: BLE001 # telemetry never breaks the host
            self._tracing.guard.report("span", "failed to read what was written", error)


class Target(NamedTuple):
    """
    What a path of Kubernetes' API names.

    Attributes:
        template: The path without the names of objects.
        is_reconciled: Somebody may reconcile it.
        is_collection: To post there creates such an object.
    """

    template: str
    is_reconciled: bool
    is_collection: bool


def target_of(path: str) -> Target | None:
    """
    Take a path apart; None when it is none of Kubernetes' API.

    >>> target_of("/apis/example.com/v1/namespaces/team-a/tenants/acme/status").template
    '/apis/example.com/v1/namespaces/{namespace}/tenants/{name}/status'
    >>> target_of("/api/v1/namespaces/team-a/events")
    Target(template='/api/v1/namespaces/{namespace}/events', is_reconciled=False, is_collection=False)
    """
    found = _PATH.search(path)
    return _target(*found.groups()) if found is not None else None


@lru_cache(maxsize=1024)
def _target(
    version: str,
    group: str | None,
    namespaced: str | None,
    resource: str | None,
    named: str | None,
    subresource: str | None,
) -> Target:
    reconciled = resource not in (None, "events") and group not in _UNOWNED
    template = "".join(
        (
            version,
            "/namespaces/{namespace}" if namespaced else "",
            f"/{resource}" if resource else "",
            "/{name}" if named else "",
            subresource or "",
        )
    )
    return Target(template, reconciled, reconciled and named is None)


def identity_of(body: bytes) -> tuple[str, str] | None:
    """
    Give the uid and the resource version of an object without parsing more than its metadata; None when it has none.

    >>> identity_of(b'{"kind":"Tenant","metadata":{"name":"acme","uid":"7f","resourceVersion":"12"},"spec":{}}')
    ('7f', '12')
    """
    start = body.find(_METADATA) + len(_METADATA)
    if start < len(_METADATA):
        return None
    try:
        metadata, _ = _decoder.raw_decode(body[start : start + _LONGEST].decode(errors="replace").lstrip())
    except ValueError:
        return None
    if not isinstance(metadata, dict):
        return None
    uid, version = metadata.get("uid"), metadata.get("resourceVersion")
    return (uid, version) if isinstance(uid, str) and isinstance(version, str) else None


def _parsed(body: str | bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:  # YAML, say
        return None


def _is_active(instrumentation: str) -> bool:
    module, _, name = instrumentation.partition(":")
    instrumentor: Callable[[], Any] | None = getattr(sys.modules.get(module), name, None)
    return instrumentor is not None and bool(instrumentor().is_instrumented_by_opentelemetry)
