"""Why a reconciliation runs: the links of its span, by kind, and its reason."""

from datetime import UTC, datetime, timedelta
from typing import Any

import kopf
import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import SpanContext, TraceFlags, get_current_span
from prometheus_client import CollectorRegistry

import sloctl
from sloctl.sdk import TRACEPARENT
from sloctl.sdk.ledger import Ledger, ledger_of
from sloctl.sdk.links import admission_key
from sloctl.sdk.store import store_of

TRACE_ID, SPAN_ID = 0x0AF7651916CD43DD8448EB211C80319C, 0xB7AD6B7169203331
CREATOR = f"00-{TRACE_ID:032x}-{SPAN_ID:016x}-01"
OTHER = f"00-{TRACE_ID:032x}-{SPAN_ID + 1:016x}-01"


def tenant(version: str = "1", traceparent: str | None = None, uid: str | None = "7f", **metadata: Any) -> Any:
    """Give a Tenant."""
    metadata = {"name": "acme", "resourceVersion": version, "generation": 1, **metadata}
    if uid is not None:
        metadata["uid"] = uid
    if traceparent is not None:
        metadata["annotations"] = {TRACEPARENT: traceparent}
    return {"apiVersion": "example.com/v1", "kind": "Tenant", "metadata": metadata, "spec": {"tier": "gold"}}


def links(span: ReadableSpan) -> list[tuple[str, int]]:
    """Give the kinds of a span's links, and the spans they name."""
    return [(link.attributes["sloctl.link.kind"], link.context.span_id) for link in span.links]


@pytest.fixture
def ledger(obs: sloctl.Instrumentation) -> Ledger:
    """Give what the operator remembers."""
    return ledger_of(store_of(obs.registry))


@pytest.fixture
def reconcile(obs: sloctl.Instrumentation) -> Any:
    """Give a reconciliation that does what it is told in `do`."""
    return obs.reconcile("tenant")(lambda body, do=None: do() if do is not None else None)


def last(spans: InMemorySpanExporter) -> ReadableSpan:
    """Give the span that ended last."""
    return spans.get_finished_spans()[-1]


def test_an_object_names_its_creator_once(reconcile: Any, spans: InMemorySpanExporter) -> None:
    """The span that wrote the annotation is linked as the trigger; seen again it triggers nothing, another one does."""
    for traceparent in (CREATOR, CREATOR, OTHER, OTHER):
        reconcile(tenant(traceparent=traceparent))
    triggers = [("trigger", SPAN_ID)], [], [("trigger", SPAN_ID + 1)], []
    assert tuple(links(span) for span in spans.get_finished_spans()) == triggers
    assert all(span.parent is None for span in spans.get_finished_spans())
    assert len({span.context.trace_id for span in spans.get_finished_spans()} | {TRACE_ID}) == 5


def test_an_object_without_a_uid_names_its_creator_each_time(reconcile: Any, spans: InMemorySpanExporter) -> None:
    """Nothing can be remembered of it."""
    for _ in range(2):
        reconcile(tenant(traceparent=CREATOR, uid=None))
        assert links(last(spans)) == [("trigger", SPAN_ID)]


def test_what_this_process_wrote_is_its_own_doing(reconcile: Any, ledger: Ledger, spans: InMemorySpanExporter) -> None:
    """A version that a span of ours wrote is linked to that span, at the first reconciliation that sees it."""
    reconcile(tenant("1"), do=lambda: ledger.wrote("7f", "2", get_current_span().get_span_context()))
    writer = last(spans).context.span_id
    reconcile(tenant("2"))
    assert links(last(spans)) == [("self", writer)]
    reconcile(tenant("2"))
    assert links(last(spans)) == []


def test_a_retry_is_linked_to_the_attempt_before(obs: sloctl.Instrumentation, spans: InMemorySpanExporter) -> None:
    """It says why it was tried again, how often before and how long ago; a success ends the row."""
    outcomes: list[Exception | None] = [ValueError("no"), kopf.TemporaryError("not yet", delay=1), None, None]

    @obs.reconcile("tenant")
    def reconcile(body: Any) -> None:
        if (error := outcomes.pop(0)) is not None:
            raise error

    for error in (ValueError, kopf.TemporaryError):
        with pytest.raises(error):
            reconcile(tenant())
    reconcile(tenant())
    reconcile(tenant())
    first, second, third, fourth = spans.get_finished_spans()
    assert [links(span) for span in (first, fourth)] == [[], []]
    assert links(second) == [("retry", first.context.span_id)]
    assert links(third) == [("retry", second.context.span_id)]
    told = [
        [span.attributes.get(f"sloctl.{name}") for name in ("reconcile.reason", "reconcile.attempt", "retry.number")]
        for span in (first, second, third, fourth)
    ]
    assert told == [
        ["object updated", 1, None],
        ["error policy requested retry", 2, 1],
        ["reconciler requested retry", 3, 2],
        ["object updated", 1, None],
    ]
    assert 0 < second.attributes["sloctl.retry.delay"] < 10
    assert "sloctl.retry.delay" not in fourth.attributes


def test_another_functions_failure_is_no_attempt_of_this_one(
    obs: sloctl.Instrumentation, spans: InMemorySpanExporter
) -> None:
    """What removes a Tenant does not retry what failed to make it."""

    @obs.reconcile("tenant")
    def create(body: Any) -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        create(tenant())
    obs.reconcile("tenant")(lambda body: None)(tenant())
    assert links(last(spans)) == []


def test_what_is_not_tried_again_has_no_retry(obs: sloctl.Instrumentation, spans: InMemorySpanExporter) -> None:
    """After a PermanentError the next reconciliation has another cause."""

    @obs.reconcile("tenant")
    def reconcile(body: Any) -> None:
        raise kopf.PermanentError("never")

    for _ in range(2):
        with pytest.raises(kopf.PermanentError):
            reconcile(tenant())
    assert links(last(spans)) == []


def test_a_childs_write_is_a_cause_of_its_owner(reconcile: Any, ledger: Ledger, spans: InMemorySpanExporter) -> None:
    """The owner is linked to the reconciliations that wrote its children since its own last one."""
    reconcile(tenant())
    children = []
    for uid in ("c1", "c2"):
        child = tenant(uid=uid, ownerReferences=[{"uid": "7f", "name": "acme"}])
        reconcile(child, do=lambda uid=uid: ledger.wrote(uid, "9", get_current_span().get_span_context()))
        children.append(("child", last(spans).context.span_id))
    reconcile(tenant())
    assert links(last(spans)) == children
    assert last(spans).attributes["sloctl.reconcile.reason"] == "related object updated"
    reconcile(tenant())
    assert links(last(spans)) == []


def test_what_a_webhook_let_pass_is_linked_to_it(
    obs: sloctl.Instrumentation, reconcile: Any, ledger: Ledger, spans: InMemorySpanExporter
) -> None:
    """Before it has a uid an object is known by its name and what it asks for; one that asks for more is another."""
    admission = SpanContext(TRACE_ID, SPAN_ID, is_remote=False, trace_flags=TraceFlags(1))
    asked = tenant(uid=None)
    ledger.admit(admission_key(asked), admission)
    other = tenant(uid="8f")
    other["spec"]["tier"] = "silver"
    reconcile(other)
    assert links(last(spans)) == []
    reconcile(tenant())
    assert links(last(spans)) == [("admission", SPAN_ID)]


def test_a_webhooks_own_mark_is_no_second_cause(reconcile: Any, ledger: Ledger, spans: InMemorySpanExporter) -> None:
    """What a webhook of ours stamped is its admission, and no trigger beside it."""
    ledger.admit(CREATOR, SpanContext(TRACE_ID, SPAN_ID, is_remote=False, trace_flags=TraceFlags(1)))
    reconcile(tenant(traceparent=CREATOR))
    assert links(last(spans)) == [("admission", SPAN_ID)]


def test_a_deletion_is_linked_to_the_last_normal_attempt(reconcile: Any, spans: InMemorySpanExporter) -> None:
    """It says how long ago it was asked for; attempts at it do not count as normal ones."""
    reconcile(tenant())
    normal = last(spans).context.span_id
    asked = (datetime.now(UTC) - timedelta(seconds=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
    for _ in range(2):
        reconcile(tenant(deletionTimestamp=asked))
        assert links(last(spans)) == [("self", normal)]
        assert 29 <= last(spans).attributes["sloctl.deletion.age"] < 60
        assert last(spans).attributes["sloctl.reconcile.reason"] == "object deleted"


def test_causes_that_came_together_are_all_told(
    obs: sloctl.Instrumentation, ledger: Ledger, spans: InMemorySpanExporter
) -> None:
    """A watch may show several of them at once."""

    @obs.reconcile("tenant")
    def reconcile(body: Any) -> None:
        ledger.wrote("7f", "2", get_current_span().get_span_context())
        raise ValueError("no")

    for version, traceparent in (("1", None), ("2", CREATOR)):
        with pytest.raises(ValueError, match="no"):
            reconcile(tenant(version, traceparent))
    first, second = spans.get_finished_spans()
    own = first.context.span_id
    assert links(second) == [("trigger", SPAN_ID), ("self", own), ("retry", own)]


def test_spans_that_are_not_exported_are_never_linked() -> None:
    """Where nothing is sampled, nothing is remembered that a link could name."""
    registry = CollectorRegistry()
    provider = TracerProvider(ALWAYS_OFF, shutdown_on_exit=False)
    obs = sloctl.Instrumentation("test", registry=registry, tracer_provider=provider)
    ledger = ledger_of(store_of(registry))

    @obs.reconcile("tenant")
    def reconcile(body: Any) -> None:
        ledger.wrote("7f", "2", get_current_span().get_span_context())
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        reconcile(tenant())
    entry = ledger.at("7f")
    assert (entry.attempt, entry.writes) == (None, None)
    assert [attempt.context for attempt in (entry.unfinished or {}).values()] == [None]
