"""How a trace travels: in manifests, and into threads."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import INVALID_SPAN, get_current_span
from prometheus_client import CollectorRegistry

import sloctl
from sloctl.sdk import TRACEPARENT
from sloctl.sdk.propagation import parse, traceparent
from tests.sdk.conftest import Value

OLD = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_a_child_is_annotated_with_the_current_span(obs: sloctl.Instrumentation, spans: InMemorySpanExporter) -> None:
    """inject() names the reconcile span in a copy and keeps the other annotations; the manifest stays as it is."""
    manifest = {"kind": "TenantDatabase", "metadata": {"name": "orders", "annotations": {"a": "b"}}}
    child = obs.reconcile("tenant")(lambda: sloctl.inject(manifest))()
    (span,) = spans.get_finished_spans()
    context = span.context
    traceparent = f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"
    assert {"a": "b", TRACEPARENT: traceparent} == child["metadata"]["annotations"]
    assert manifest["metadata"] == {"name": "orders", "annotations": {"a": "b"}}


@pytest.mark.parametrize("manifest", [{}, {"metadata": None}, {"metadata": {"name": "a", "annotations": None}}])
def test_inject_takes_any_manifest(obs: sloctl.Instrumentation, manifest: dict[str, Any]) -> None:
    """YAML leaves out what is empty, or writes null for it."""
    child = obs.reconcile("tenant")(lambda: sloctl.inject(manifest))()
    assert list(child["metadata"]["annotations"]) == [TRACEPARENT]


@pytest.mark.parametrize("manifest", [{"metadata": 5}, {"metadata": {"annotations": 5}}, {"metadata": "x"}])
def test_inject_leaves_alone_what_it_cannot_annotate(
    obs: sloctl.Instrumentation, value: Value, manifest: dict[str, Any]
) -> None:
    """A manifest that cannot be annotated is copied as it is; the fault is counted and goes no further."""
    child = obs.reconcile("tenant")(lambda: sloctl.inject(manifest))()
    assert manifest == child
    assert manifest is not child
    assert value("sloctl_internal_errors_total", kind="span") == 1


@pytest.mark.parametrize("manifest", [None, 5, [], "x"])
def test_inject_gives_back_what_is_no_manifest(obs: sloctl.Instrumentation, value: Value, manifest: Any) -> None:
    """What is no mapping comes back, inside a reconciliation with a fault that is counted, and outside of all."""
    assert obs.reconcile("tenant")(lambda: sloctl.inject(manifest))() is manifest
    assert value("sloctl_internal_errors_total", kind="span") == 1
    assert sloctl.inject(manifest) is manifest


def test_inject_changes_nothing_where_nothing_is_recorded() -> None:
    """Without a tracing set-up manifests stay as they are."""
    obs = sloctl.Instrumentation("test", registry=CollectorRegistry(), tracer_provider=trace.NoOpTracerProvider())
    manifest = {"metadata": {"name": "orders"}}
    assert manifest == obs.reconcile("tenant")(lambda: sloctl.inject(manifest))()


def test_an_annotation_from_before_is_taken_out_where_nothing_is_exported() -> None:
    """A manifest that carries an old cause loses it on its next write: without tracing, and when sampled out."""
    manifest = {"metadata": {"name": "orders", "annotations": {"a": "b", TRACEPARENT: OLD}}}
    provider = TracerProvider(ALWAYS_OFF)
    obs = sloctl.Instrumentation("test", registry=CollectorRegistry(), tracer_provider=provider)
    for child in (sloctl.inject(manifest), obs.reconcile("tenant")(lambda: sloctl.inject(manifest))()):
        assert child == {"metadata": {"name": "orders", "annotations": {"a": "b"}}}
    assert manifest["metadata"]["annotations"][TRACEPARENT] == OLD


def test_a_traceparent_is_read_as_it_was_written() -> None:
    """What names no span gives none."""
    context = parse(OLD)
    assert context is not None
    assert traceparent(context) == OLD
    for nonsense in ("", "nonsense", f"00-{'0' * 32}-{'0' * 16}-01"):
        assert parse(nonsense) is None


async def test_threads_and_tasks_keep_the_span(provider: TracerProvider) -> None:
    """Tasks and to_thread keep it by themselves, executors with in_context; many may run at once."""
    with provider.get_tracer("test").start_as_current_span("outer") as outer, ThreadPoolExecutor(4) as pool:

        async def in_task() -> trace.Span:
            return get_current_span()

        loop = asyncio.get_running_loop()
        assert await asyncio.create_task(in_task()) is outer
        assert await asyncio.to_thread(get_current_span) is outer
        assert await loop.run_in_executor(pool, get_current_span) is INVALID_SPAN
        assert await loop.run_in_executor(pool, sloctl.in_context(get_current_span)) is outer
        barrier = sloctl.in_context(lambda _: get_current_span())
        assert set(pool.map(barrier, range(50))) == {outer}
