"""The span of a reconciliation: where it hangs and what it tells."""

import asyncio
import logging
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import kopf
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult
from opentelemetry.trace import SpanKind, StatusCode
from prometheus_client import CollectorRegistry

import sloctl
from sloctl.sdk import TRACEPARENT
from tests.sdk.conftest import Value

TRACE_ID, SPAN_ID = 0x0AF7651916CD43DD8448EB211C80319C, 0xB7AD6B7169203331
PARENT = f"00-{TRACE_ID:032x}-{SPAN_ID:016x}-01"


def _tenant(traceparent: str | None = None, **status: Any) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "name": "acme",
        "namespace": "team-a",
        "uid": "460705ba",
        "generation": 3,
        "resourceVersion": "242",
    }
    if traceparent:
        metadata["annotations"] = {TRACEPARENT: traceparent}
    return {"apiVersion": "example.com/v1", "kind": "Tenant", "metadata": metadata, "status": status}


@contextmanager
def disabled(level: int) -> Iterator[None]:
    """Log nothing up to a level."""
    logging.disable(level)
    yield
    logging.disable(logging.NOTSET)


def _only(spans: InMemorySpanExporter) -> ReadableSpan:
    (span,) = spans.get_finished_spans()
    return span


def test_a_span_tells_which_object_was_reconciled(obs: sloctl.Instrumentation, spans: InMemorySpanExporter) -> None:
    """The object that kopf passes as `body` is named with its identity and its version."""

    @obs.reconcile("tenant")
    def reconcile(body: Mapping[str, Any], **_: Any) -> None: ...

    reconcile(body=kopf.Body(_tenant()), name="acme")  # type: ignore[arg-type]
    span = _only(spans)
    assert (span.name, span.kind, span.parent) == ("reconcile Tenant", SpanKind.CONSUMER, None)
    expected = {
        "sloctl.controller": "tenant",
        "sloctl.object.group": "example.com",
        "sloctl.object.version": "v1",
        "sloctl.object.kind": "Tenant",
        "sloctl.object.name": "acme",
        "sloctl.object.uid": "460705ba",
        "sloctl.object.generation": 3,
        "sloctl.object.resource_version": "242",
        "k8s.namespace.name": "team-a",
        "sloctl.reconcile.reason": "object updated",
        "sloctl.reconcile.attempt": 1,
        "sloctl.reconcile.result": "success",
    }
    assert expected == span.attributes
    assert span.instrumentation_scope.attributes == {"sloctl.operator": "test-operator"}


def test_the_object_may_be_the_first_argument(obs: sloctl.Instrumentation, spans: InMemorySpanExporter) -> None:
    """Alone or as a method, without kopf, the first mapping with metadata is the object."""

    class Reconciler:
        @obs.reconcile("tenant")
        def reconcile(self, settings: Mapping[str, Any], tenant: Mapping[str, Any]) -> None: ...

    Reconciler().reconcile({"dry": True}, _tenant())
    assert _only(spans).attributes["sloctl.object.name"] == "acme"


def test_a_call_without_an_object_has_a_span(obs: sloctl.Instrumentation, spans: InMemorySpanExporter) -> None:
    """What cannot be told is left out."""
    obs.reconcile("tenant")(lambda: None)()
    assert _only(spans).attributes == {"sloctl.controller": "tenant", "sloctl.reconcile.result": "success"}


def test_an_error_is_told_once(obs: sloctl.Instrumentation, spans: InMemorySpanExporter) -> None:
    """A failed call marks its span, names the error's type, and records the exception as one event."""

    @obs.reconcile("tenant")
    def reconcile() -> None:
        raise ValueError("no such tier")

    with pytest.raises(ValueError, match="no such tier"):
        reconcile()
    span = _only(spans)
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, "no such tier")
    assert span.attributes["error.type"] == "ValueError"
    assert [event.name for event in span.events] == ["exception"]


def test_a_request_to_come_back_is_no_error(obs: sloctl.Instrumentation, spans: InMemorySpanExporter) -> None:
    """TemporaryError is on the span with its message, but the span has not failed."""

    @obs.reconcile("tenant")
    def reconcile() -> None:
        raise kopf.TemporaryError("not yet")

    with pytest.raises(kopf.TemporaryError):
        reconcile()
    span = _only(spans)
    assert span.status.status_code == StatusCode.UNSET
    assert "error.type" not in span.attributes
    assert span.attributes["sloctl.reconcile.result"] == "requeue_after"
    assert [event.attributes["exception.message"] for event in span.events] == ["not yet"]


@pytest.mark.parametrize("traceparent", ["", "nonsense", "00-" + "0" * 32 + "-" + "0" * 16 + "-01"])
def test_an_annotation_that_names_no_span_is_ignored(
    obs: sloctl.Instrumentation, spans: InMemorySpanExporter, value: Value, traceparent: str
) -> None:
    """Whatever stands there, the reconciliation has a root span, and nothing is at fault."""
    reconcile = obs.reconcile("tenant")(lambda body: None)
    for tenant in (_tenant(), _tenant(observedGeneration=1)):
        tenant["metadata"]["annotations"] = {TRACEPARENT: traceparent}
        reconcile(tenant)
    for span in spans.get_finished_spans():
        assert (None, ()) == (span.parent, tuple(span.links))
    assert value("sloctl_internal_errors_total", kind="span") == 0


async def test_the_context_of_the_task_is_left_behind(
    obs: sloctl.Instrumentation, provider: TracerProvider, spans: InMemorySpanExporter
) -> None:
    """A span that was open where the task was made is no parent, and is current again afterwards."""

    @obs.reconcile("tenant")
    async def reconcile(*_: object) -> None:
        await asyncio.sleep(0)

    with provider.get_tracer("test").start_as_current_span("outer") as outer:
        await asyncio.create_task(reconcile())
        await reconcile(_tenant())
        assert trace.get_current_span() is outer
    reconciles = [span for span in spans.get_finished_spans() if span.name != "outer"]
    assert [span.parent for span in reconciles] == [None, None]


def test_spans_inside_hang_from_the_reconciliation(
    obs: sloctl.Instrumentation, provider: TracerProvider, spans: InMemorySpanExporter
) -> None:
    """What the function traces by itself, or an HTTP client does, is a child of the reconcile span."""

    @obs.reconcile("tenant")
    def reconcile() -> None:
        with provider.get_tracer("test").start_as_current_span("inner"):
            pass

    reconcile()
    inner, outer = spans.get_finished_spans()
    assert outer.context.span_id == inner.parent.span_id


@pytest.mark.parametrize(("kind", "name"), [("Tenant", "reconcile Tenant"), (None, "reconcile tenant")])
def test_a_span_is_named_by_the_objects_kind(
    obs: sloctl.Instrumentation, spans: InMemorySpanExporter, kind: str | None, name: str
) -> None:
    """An object that does not tell its kind goes by the controller's name."""
    obs.reconcile("tenant")(lambda body: None)(_tenant() | {"kind": kind})
    assert _only(spans).name == name


class _ByNamespace(Sampler):
    """A sampler of a user's, which goes by attributes."""

    def should_sample(self, *args: Any, **_: object) -> SamplingResult:
        attributes = args[4]
        drop = attributes.get("k8s.namespace.name") != "team-a"
        return SamplingResult(Decision.DROP if drop else Decision.RECORD_AND_SAMPLE, {**attributes, "sampled.by": "us"})

    def get_description(self) -> str:
        return "by namespace"


def test_a_sampler_may_go_by_attributes() -> None:
    """A sampler of the user's sees what the span is about before it is decided, and may add to it."""
    provider, spans = TracerProvider(_ByNamespace(), shutdown_on_exit=False), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    obs = sloctl.Instrumentation("test", registry=CollectorRegistry(), tracer_provider=provider)
    reconcile = obs.reconcile("tenant")(lambda body: None)
    reconcile({**_tenant(), "metadata": {"name": "acme", "namespace": "team-b"}})
    reconcile(_tenant())
    attributes = _only(spans).attributes
    assert (attributes["k8s.namespace.name"], attributes["sampled.by"]) == ("team-a", "us")
    assert attributes["sloctl.object.uid"] == "460705ba"


def test_a_processor_of_the_users_sees_what_a_span_is_about_when_it_starts(
    obs: sloctl.Instrumentation, provider: TracerProvider
) -> None:
    """It may filter and enrich by attributes, whenever it was added."""
    seen: list[Mapping[str, Any]] = []

    class Watching(SpanProcessor):
        def on_start(self, span: Any, parent_context: object = None) -> None:
            seen.append(dict(span.attributes))

    step = obs.handler("step", controller="tenant")(lambda: None)
    reconcile = obs.reconcile("tenant")(lambda body: step())
    reconcile(_tenant())
    provider.add_span_processor(Watching())
    reconcile(_tenant())
    root, below = seen
    assert root["sloctl.object.uid"] == "460705ba"
    assert below["sloctl.handler.id"] == "step"


def test_the_limits_of_the_users_provider_hold() -> None:
    """Attributes are cut and left out as the user has asked OpenTelemetry to do."""
    for limits in (SpanLimits(max_span_attribute_length=4), SpanLimits(max_span_attributes=3)):
        provider = TracerProvider(span_limits=limits, shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(spans := InMemorySpanExporter()))
        obs = sloctl.Instrumentation("test", registry=CollectorRegistry(), tracer_provider=provider)
        with disabled(logging.WARNING):  # OpenTelemetry tells of each attribute
            obs.reconcile("tenant")(lambda body: None)(_tenant())
        attributes = _only(spans).attributes
        if limits.max_span_attributes == 3:
            assert len(attributes) == 3
        else:
            assert attributes["sloctl.object.uid"] == "4607"


def test_an_exception_is_recorded_by_the_innermost_span(
    obs: sloctl.Instrumentation, spans: InMemorySpanExporter
) -> None:
    """A step and its reconciliation have both failed, and the exception stands at the step alone."""
    error = ValueError("no such tier")

    @obs.handler("resize")
    def resize() -> None:
        raise error

    reconcile = obs.reconcile("tenant")(resize)
    for _ in range(2):
        with pytest.raises(ValueError, match="no such tier"):
            reconcile()
    assert [len(span.events) for span in spans.get_finished_spans()] == [1, 0, 1, 0]
    assert {span.attributes["error.type"] for span in spans.get_finished_spans()} == {"ValueError"}
    assert {span.status.status_code for span in spans.get_finished_spans()} == {StatusCode.ERROR}


def test_names_can_be_left_out(provider: TracerProvider, spans: InMemorySpanExporter) -> None:
    """With redact no span holds a name, a namespace or the text of an exception; uids tell objects apart."""
    obs = sloctl.Instrumentation("test", registry=CollectorRegistry(), tracer_provider=provider, redact=True)

    @obs.reconcile("tenant")
    def reconcile(body: Mapping[str, Any]) -> None:
        raise ValueError(f"{body['metadata']['name']} in {body['metadata']['namespace']} is broken")

    with pytest.raises(ValueError, match="acme"):
        reconcile(_tenant())
    span = _only(spans)
    assert "acme" not in span.to_json()
    assert "team-a" not in span.to_json()
    assert span.attributes["sloctl.object.name"] == span.attributes["k8s.namespace.name"] == "redacted"
    assert span.attributes["sloctl.object.uid"] == "460705ba"
    assert (span.attributes["error.type"], span.status.status_code) == ("ValueError", StatusCode.ERROR)
    assert [event.attributes for event in span.events] == [{"exception.type": "ValueError"}]


def test_a_provider_that_comes_late_is_found() -> None:
    """Nothing is traced until the host sets a provider, and everything from then on."""
    program = """
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
import sloctl
obs = sloctl.Instrumentation("test")
reconcile = obs.reconcile("tenant")(lambda: None)
reconcile()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(spans := InMemorySpanExporter()))
trace.set_tracer_provider(provider)
reconcile()
print([span.name for span in spans.get_finished_spans()])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "['reconcile tenant']", done.stderr


class _Broken(Sampler, SpanProcessor):
    """Fails wherever it is asked."""

    def should_sample(self, *_: object, **__: object) -> Any:
        raise RuntimeError("broken sampler")

    def get_description(self) -> str:
        return "broken"

    def on_end(self, span: ReadableSpan) -> None:
        raise RuntimeError("broken processor")


class _Unusable(TracerProvider):
    """Gives no tracer."""

    def get_tracer(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("broken provider")


def _broken_providers() -> Iterator[TracerProvider]:
    yield TracerProvider(sampler=_Broken())
    provider = TracerProvider()
    provider.add_span_processor(_Broken())
    yield provider


@pytest.mark.parametrize("provider", [*_broken_providers()])
def test_broken_tracing_does_not_break_the_operator(provider: TracerProvider, caplog: pytest.LogCaptureFixture) -> None:
    """The result is passed on and counted, the fault is counted each time and logged once."""
    registry = CollectorRegistry()
    obs = sloctl.Instrumentation("test", registry=registry, tracer_provider=provider)
    reconcile = obs.reconcile("tenant")(lambda: "done")
    assert [reconcile(), reconcile()] == ["done", "done"]
    assert registry.get_sample_value("sloctl_internal_errors_total", {"kind": "span"}) == 2
    assert [record.name for record in caplog.records] == ["sloctl"]
    labels = {"controller": "tenant", "result": "success"}
    assert registry.get_sample_value("controller_runtime_reconcile_total", labels) == 2
    assert trace.get_current_span() is trace.INVALID_SPAN


def test_a_provider_that_gives_no_tracer_does_not_break_the_operator() -> None:
    """Neither the instrumentation nor a call fails; that is counted."""
    registry = CollectorRegistry()
    obs = sloctl.Instrumentation("test", registry=registry, tracer_provider=_Unusable(shutdown_on_exit=False))
    assert obs.reconcile("tenant")(lambda: "done")() == "done"
    assert obs.handler("step", controller="tenant")(lambda: "done")() == "done"
    assert registry.get_sample_value("sloctl_internal_errors_total", {"kind": "span"}) >= 1
    assert registry.get_sample_value("controller_runtime_active_workers", {"controller": "tenant"}) == 0


@pytest.mark.parametrize("body", [{"metadata": None}, {"metadata": {}, "status": "none", "apiVersion": 5}])
def test_a_strange_object_does_not_break_the_operator(
    obs: sloctl.Instrumentation, value: Value, body: dict[str, Any]
) -> None:
    """An object that is none costs its span at most."""
    assert obs.reconcile("tenant")(lambda body: "done")(body) == "done"
    assert value("sloctl_internal_errors_total", kind="span") == 1


def test_an_error_that_cannot_be_printed_ends_its_span(
    obs: sloctl.Instrumentation, spans: InMemorySpanExporter
) -> None:
    """The exception is passed on as it is, and the span still ends."""

    class UnprintableError(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no text")

    @obs.reconcile("tenant")
    def reconcile() -> None:
        raise UnprintableError

    with pytest.raises(UnprintableError):
        reconcile()
    assert _only(spans).attributes["sloctl.reconcile.result"] == "error"
