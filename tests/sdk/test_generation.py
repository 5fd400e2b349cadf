"""The view by generation: one trace from when a generation is first seen until the object is ready for it."""

from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, TraceIdRatioBased
from prometheus_client import CollectorRegistry

import sloctl
from sloctl.sdk.generation import ids_of
from sloctl.sdk.hooks.idgen import GenerationIdGenerator
from sloctl.sdk.ledger import ledger_of
from sloctl.sdk.store import store_of


class Operator:
    """An operator with the view by generation, from its start."""

    def __init__(self, provider: TracerProvider | None = None) -> None:
        self.provider = provider or TracerProvider(id_generator=GenerationIdGenerator(), shutdown_on_exit=False)
        self.exporter = InMemorySpanExporter()
        self.provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.registry = CollectorRegistry()
        obs = sloctl.Instrumentation(
            "test", registry=self.registry, tracer_provider=self.provider, generation_view=True
        )
        self.reconcile = obs.reconcile("tenant")(lambda body: None)

    @property
    def spans(self) -> list[ReadableSpan]:
        """Give the spans that have ended."""
        return list(self.exporter.get_finished_spans())


def tenant(generation: int = 3, observed: int | None = None, ready: str = "False", **metadata: Any) -> Any:
    """Give a Tenant."""
    status = {"observedGeneration": observed, "conditions": [{"type": "Ready", "status": ready}]}
    metadata |= {"name": "acme", "uid": "7f", "generation": generation}
    return {"apiVersion": "example.com/v1", "kind": "Tenant", "metadata": metadata, "status": status}


def test_attempts_at_a_generation_are_one_trace() -> None:
    """The root runs from the first attempt until the object is ready, and every attempt before that is below it."""
    operator = Operator()
    for body in (tenant(), tenant(observed=3), tenant(observed=3, ready="True")):
        operator.reconcile(body)
    first, second, root, after = operator.spans
    assert [span.name for span in operator.spans] == ["reconcile Tenant"] * 2 + ["converge Tenant", "reconcile Tenant"]
    assert (root.context.trace_id, root.context.span_id) == ids_of("7f", 3)
    assert root.parent is None
    assert {span.parent.span_id for span in (first, second)} == {root.context.span_id}
    assert {span.context.trace_id for span in (first, second)} == {root.context.trace_id}
    assert root.start_time <= first.start_time <= second.end_time <= root.end_time
    assert root.attributes["sloctl.object.generation"] == 3
    assert after.parent is None
    assert after.context.trace_id != root.context.trace_id


def test_each_generation_is_a_trace_of_its_own() -> None:
    """A spec that changes before the object was ready begins anew; the root of what never got ready says so."""
    operator = Operator()
    for body in (tenant(3), tenant(4, observed=3), tenant(4, observed=4, ready="True")):
        operator.reconcile(body)
    attempts = [span for span in operator.spans if span.name == "reconcile Tenant"]
    assert [span.context.trace_id for span in attempts[:2]] == [ids_of("7f", 3)[0], ids_of("7f", 4)[0]]
    roots = [span for span in operator.spans if span.name == "converge Tenant"]
    assert [(span.context.span_id, span.attributes["sloctl.convergence.result"]) for span in roots] == [
        (ids_of("7f", 3)[1], "superseded"),
        (ids_of("7f", 4)[1], "ready"),
    ]


@pytest.mark.parametrize("is_seen", [True, False], ids=["seen", "gone"])
def test_a_deletion_ends_the_trace(is_seen: bool) -> None:
    """What is deleted before it was ready will not be, whether its deletion is reconciled or only told."""
    operator = Operator()
    operator.reconcile(tenant())
    if is_seen:
        operator.reconcile(tenant(4, deletionTimestamp="2026-01-01T00:00:00Z"))
    else:
        ledger_of(store_of(operator.registry)).forget("7f")
    (root,) = (span for span in operator.spans if span.name == "converge Tenant")
    assert root.attributes["sloctl.convergence.result"] == "deleted"


def test_a_restart_goes_on_with_the_trace() -> None:
    """The ids are computed from the object, so another process gives the same; nothing was written for that."""
    before, after = Operator(), Operator()
    before.reconcile(tenant())
    after.reconcile(tenant())
    after.reconcile(tenant(observed=3, ready="True"))
    assert before.spans[0].context.trace_id == after.spans[0].context.trace_id
    assert before.spans[0].parent.span_id == after.spans[1].context.span_id
    assert after.spans[1].name == "converge Tenant"


@pytest.mark.parametrize(
    "body", [tenant(observed=3, ready="True"), tenant(deletionTimestamp="2026-01-01T00:00:00Z"), {"metadata": {}}]
)
def test_what_does_not_converge_has_no_such_trace(body: Any) -> None:
    """What is ready when it is first seen, is being deleted or has no uid, is reconciled as in the plain view."""
    operator = Operator()
    operator.reconcile(body)
    (span,) = operator.spans
    assert span.parent is None
    assert span.context.trace_id != ids_of("7f", 3)[0]


def test_without_the_id_generator_a_trace_is_one_for_its_process() -> None:
    """Any provider gives the same shape; only the ids are not those that another process would give."""
    operator = Operator(TracerProvider(shutdown_on_exit=False))
    operator.reconcile(tenant())
    operator.reconcile(tenant(observed=3, ready="True"))
    attempt, root, _ = operator.spans
    assert attempt.parent.span_id == root.context.span_id
    assert root.context.trace_id != ids_of("7f", 3)[0]


def test_the_users_sampler_decides_for_the_whole_trace() -> None:
    """A generation is sampled or it is not: by its root's id."""
    operator = Operator(TracerProvider(ALWAYS_OFF, id_generator=GenerationIdGenerator(), shutdown_on_exit=False))
    operator.reconcile(tenant())
    operator.reconcile(tenant(observed=3, ready="True"))
    assert operator.spans == []
    ratio = TraceIdRatioBased(0.5)
    for generation in range(50):
        operator = Operator(TracerProvider(ratio, id_generator=GenerationIdGenerator(), shutdown_on_exit=False))
        operator.reconcile(tenant(generation))
        is_sampled = ids_of("7f", generation)[0] & ratio.TRACE_ID_LIMIT < ratio.bound
        assert len(operator.spans) == is_sampled


def test_ids_are_random_where_none_is_asked_for() -> None:
    """The generator is OpenTelemetry's own for all other spans."""
    generator = GenerationIdGenerator()
    assert isinstance(generator, RandomIdGenerator)
    assert generator.is_trace_id_random()
    assert len({generator.generate_trace_id() for _ in range(10)}) == 10
    assert len({generator.generate_span_id() for _ in range(10)}) == 10
