"""The spans of requests, and what they tell others: the API server, the ledger, and whoever reconciles a child."""

import json
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.instrumentation.instrumentor import BaseInstrumentor
from opentelemetry.instrumentation.utils import suppress_http_instrumentation
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import sloctl
from sloctl.sdk.ledger import ledger_of
from sloctl.sdk.propagation import TRACEPARENT, traceparent
from sloctl.sdk.store import store_of
from tests.sdk.clients import libraries
from tests.sdk.clients.conftest import Server
from tests.sdk.clients.libraries import PATH, Open, live

TEMPLATE = "/api/v1/namespaces/{namespace}/configmaps"


@pytest.fixture
def reconcile(provider: TracerProvider) -> Callable[[], Any]:
    """Give what opens a recorded span."""
    return lambda: provider.get_tracer("test").start_as_current_span("reconcile Tenant")


def requests(spans: InMemorySpanExporter) -> list[ReadableSpan]:
    """Give the spans of requests that have ended, in order."""
    return [span for span in spans.get_finished_spans() if span.kind is trace.SpanKind.CLIENT]


async def test_every_request_below_a_recorded_span_has_a_span(
    api_server: Server,
    open_client: Open,
    instrumented: sloctl.Instrumentation,
    spans: InMemorySpanExporter,
    reconcile: Callable[[], Any],
) -> None:
    """It is a child of that span, named by a path without names, and the API server is told of it."""
    async with open_client(api_server.url, api_server.kubeconfig) as client:
        await client.names()
        assert not requests(spans)
        api_server.asked.clear()
        with reconcile() as parent:
            found = await live(client)
    assert found[4] == ["acme"]

    ended = requests(spans)
    assert {span.parent.span_id for span in ended if span.parent} == {parent.get_span_context().span_id}
    assert [request.traceparent for request in api_server.asked] == [traceparent(span.context) for span in ended]
    named = [span for span in ended if "configmaps" in span.name]
    assert [span.name for span in named] == [
        f"POST {TEMPLATE}",
        f"POST {TEMPLATE}",
        f"GET {TEMPLATE}/{{name}}",
        f"GET {TEMPLATE}/{{name}}",
        f"GET {TEMPLATE}",
        f"PATCH {TEMPLATE}/{{name}}",
        f"GET {TEMPLATE}",
        f"DELETE {TEMPLATE}/{{name}}",
        f"GET {TEMPLATE}",
    ]
    host, port = api_server.url.removeprefix("http://").split(":")
    conflict = named[1]
    assert dict(conflict.attributes or {}) == {
        "http.request.method": "POST",
        "server.address": host,
        "server.port": int(port),
        "url.template": TEMPLATE,
        "http.response.status_code": 409,
        "error.type": "409",
    }
    assert conflict.status.status_code is trace.StatusCode.ERROR
    assert named[0].status.status_code is trace.StatusCode.UNSET


async def test_a_write_is_remembered_with_its_span(
    api_server: Server,
    open_client: Open,
    instrumented: sloctl.Instrumentation,
    spans: InMemorySpanExporter,
    reconcile: Callable[[], Any],
) -> None:
    """The ledger knows by which span each resource version was written; reading tells it nothing."""
    async with open_client(api_server.url, api_server.kubeconfig) as client:
        with reconcile():
            metadata = [(await client.create("acme"))["metadata"]]
            metadata += [(await client.patch("acme", "other"))["metadata"]]
            await client.get("acme")

    entry = ledger_of(store_of(instrumented.registry)).known(metadata[0]["uid"])
    written = {span.name.partition(" ")[0]: span.context for span in requests(spans) if "configmaps" in span.name}
    assert entry is not None
    assert entry.writes == {
        metadata[0]["resourceVersion"]: written["POST"],
        metadata[1]["resourceVersion"]: written["PATCH"],
    }


async def test_a_child_is_created_with_the_span_of_its_creator(
    api_server: Server, open_client: Open, instrumented: sloctl.Instrumentation, reconcile: Callable[[], Any]
) -> None:
    """What is created below a recorded span names it in an annotation; a patch adds none."""
    async with open_client(api_server.url, api_server.kubeconfig) as client:
        with reconcile() as parent:
            created = await client.create("acme")
            patched = await client.patch("acme", "other")
        await client.create("elsewhere")
        other = await client.get("elsewhere")
    annotations = {TRACEPARENT: traceparent(parent.get_span_context())}
    assert created["metadata"]["annotations"] == patched["metadata"]["annotations"] == annotations
    assert created["data"] == {"key": "value"}
    assert "annotations" not in other["metadata"]


async def test_events_and_leases_name_no_creator(
    api_server: Server, instrumented: sloctl.Instrumentation, reconcile: Callable[[], Any]
) -> None:
    """Nobody reconciles an Event or a Lease, so neither gets the annotation, nor a place in the ledger."""
    bodies = {
        "/api/v1/namespaces/default/events": {"involvedObject": {"namespace": "default"}},
        "/apis/coordination.k8s.io/v1/namespaces/default/leases": {"spec": {}},
    }
    async with libraries.kopf(api_server.url, api_server.kubeconfig) as client:
        with reconcile():
            for path, body in bodies.items():
                sent = {"metadata": {"name": "acme", "namespace": "default"}, **body}
                created = await client._api.post(path, payload=sent, **client._options)  # type: ignore[attr-defined]
                assert "annotations" not in created["metadata"]
    assert len(ledger_of(store_of(instrumented.registry))) == 0


async def test_only_what_creates_an_object_is_annotated(
    api_server: Server, instrumented: sloctl.Instrumentation, reconcile: Callable[[], Any]
) -> None:
    """A body that is posted to no collection, or sent to one by another method, goes out as it is."""
    async with libraries.kopf(api_server.url, api_server.kubeconfig) as client:
        api, options = client._api, client._options  # type: ignore[attr-defined]
        body = {"apiVersion": "v1", "kind": "DeleteOptions"}
        with reconcile():
            await client.create("acme")
            await api.delete(PATH, payload=body, **options)
            with pytest.raises(Exception, match=r"(?i)not found|could not find"):
                await api.post(f"{PATH}/acme/eviction", payload=body, **options)
    assert [json.loads(request.body) for request in api_server.asked[-2:]] == [body, body]


async def test_below_a_span_that_is_not_recorded_nothing_is_told(
    api_server: Server, open_client: Open, instrumented: sloctl.Instrumentation, spans: InMemorySpanExporter
) -> None:
    """A trace that is sampled out leaves no header, no annotation and no entry in the ledger."""
    unsampled = trace.SpanContext(1, 2, is_remote=False)
    async with open_client(api_server.url, api_server.kubeconfig) as client:
        with trace.use_span(trace.NonRecordingSpan(unsampled)):
            created = await client.create("acme")
    assert not requests(spans)
    assert {request.traceparent for request in api_server.asked} == {None}
    assert "annotations" not in created["metadata"]
    assert len(ledger_of(store_of(instrumented.registry))) == 0


async def test_an_annotation_of_the_operators_own_stays(
    api_server: Server, instrumented: sloctl.Instrumentation, reconcile: Callable[[], Any]
) -> None:
    """A manifest that names its creator already, by `sloctl.inject` in a thread say, is sent as it is."""
    async with libraries.kopf(api_server.url, api_server.kubeconfig) as client:
        with reconcile() as first:
            sent = sloctl.inject(libraries.manifest("acme"))
        with reconcile():
            created = await client._api.post(PATH, payload=sent, **client._options)  # type: ignore[attr-defined]
    assert created["metadata"]["annotations"][TRACEPARENT] == traceparent(first.get_span_context())


async def test_a_request_that_is_sent_again_says_so(
    instrumented: sloctl.Instrumentation,
    spans: InMemorySpanExporter,
    reconcile: Callable[[], Any],
    tmp_path: Any,
) -> None:
    """Each attempt has a span; the later ones have its number, and all of them the kind of error."""
    with reconcile(), pytest.raises(OSError, match="Cannot connect"):
        async with libraries.kopf("http://127.0.0.1:1", tmp_path) as client:
            await client.names()
    first, second = requests(spans)
    assert "http.request.resend_count" not in (first.attributes or {})
    assert (second.attributes or {})["http.request.resend_count"] == 1
    assert (first.attributes or {})["error.type"] == "ClientConnectorError"


OTHERS = {
    "kopf": ("opentelemetry.instrumentation.aiohttp_client", "AioHttpClientInstrumentor"),
    "kubernetes": ("opentelemetry.instrumentation.urllib3", "URLLib3Instrumentor"),
    "kr8s": ("opentelemetry.instrumentation.httpx", "HTTPXClientInstrumentor"),
}


@pytest.fixture
def active(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Give what puts an active instrumentation of OpenTelemetry's in place, by module and class."""

    def active(module: str, name: str) -> None:
        class Other(BaseInstrumentor):  # type: ignore[misc] # it is untyped
            def instrumentation_dependencies(self) -> tuple[str, ...]:
                return ()

            def _instrument(self, **_: Any) -> None: ...

            def _uninstrument(self, **_: Any) -> None: ...

        stand_in = ModuleType(module)
        setattr(stand_in, name, Other)
        monkeypatch.setitem(sys.modules, module, stand_in)
        Other().instrument()

    return active


@pytest.mark.parametrize("library", OTHERS)
async def test_another_instrumentation_keeps_its_spans_to_itself(
    api_server: Server,
    instrumented: sloctl.Instrumentation,
    spans: InMemorySpanExporter,
    reconcile: Callable[[], Any],
    library: str,
    active: Callable[[str, str], None],
) -> None:
    """Where OpenTelemetry's own instrumentation of the HTTP library is active, ours opens no span; writes are known."""
    active(*OTHERS[library])
    async with libraries.LIBRARIES[library](api_server.url, api_server.kubeconfig) as client:
        with reconcile() as parent:
            created = await client.create("acme")
    assert not requests(spans)
    assert {request.traceparent for request in api_server.asked} == {None}
    entry = ledger_of(store_of(instrumented.registry)).known(created["metadata"]["uid"])
    assert entry is not None
    assert entry.writes == {created["metadata"]["resourceVersion"]: parent.get_span_context()}


async def test_an_instrumentation_of_httpx_says_nothing_of_httpx2(
    api_server: Server,
    instrumented: sloctl.Instrumentation,
    spans: InMemorySpanExporter,
    reconcile: Callable[[], Any],
    active: Callable[[str, str], None],
) -> None:
    """lightkube's requests keep their spans: what is active for httpx does not see them."""
    active(*OTHERS["kr8s"])
    async with libraries.lightkube(api_server.url, api_server.kubeconfig) as client:
        with reconcile():
            await client.create("acme")
    assert [span.name for span in requests(spans)] == [f"POST {TEMPLATE}"]


async def test_suppressed_instrumentation_opens_no_span(
    api_server: Server,
    instrumented: sloctl.Instrumentation,
    spans: InMemorySpanExporter,
    reconcile: Callable[[], Any],
    value: Any,
) -> None:
    """What OpenTelemetry is told to leave alone has no span; it is counted all the same."""
    async with libraries.kopf(api_server.url, api_server.kubeconfig) as client:
        with reconcile(), suppress_http_instrumentation():
            await client.names()
    assert not requests(spans)
    host = api_server.url.removeprefix("http://")
    assert value("rest_client_requests_total", method="GET", code="200", host=host) == 1
