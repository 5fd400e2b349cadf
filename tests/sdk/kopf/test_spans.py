"""Spans of a live operator: what is one trace, and what is linked."""

import asyncio
import base64
import json
from collections.abc import Callable
from typing import Any

import kopf
import pytest
from kopf._cogs.clients import api
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult
from opentelemetry.trace import SpanKind, StatusCode
from prometheus_client import CollectorRegistry

import sloctl
from sloctl.sdk import TRACEPARENT
from sloctl.sdk.hooks.kopf import cycles, ticks
from sloctl.sdk.ledger import ledger_of
from sloctl.sdk.store import store_of
from tests.sdk.conftest import Value
from tests.sdk.kopf.conftest import KIND, RESIDENTS, Operator, create, until
from tests.sdk.kopf.test_admission import Server, review
from tests.support.cluster import Cluster
from tests.support.residents import resident

BLUE = f"{RESIDENTS}/blue"
CREATOR = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Traces:
    """The spans that have ended, as a reader sees them."""

    def __init__(self, exporter: InMemorySpanExporter) -> None:
        self._exporter = exporter

    @property
    def spans(self) -> list[ReadableSpan]:
        """Give all spans by the time of their start."""
        return sorted(self._exporter.get_finished_spans(), key=lambda span: span.start_time)

    @property
    def roots(self) -> list[ReadableSpan]:
        """Give the spans without a parent."""
        return [span for span in self.spans if span.parent is None]

    def below(self, root: ReadableSpan) -> list[ReadableSpan]:
        """Give the children of a span, but for requests."""
        found = [span for span in self.spans if span.parent and span.parent.span_id == root.context.span_id]
        return [span for span in found if span.kind is not SpanKind.CLIENT]

    def handlers(self, root: ReadableSpan) -> list[str]:
        """Name the handlers that were called below a span, in their order."""
        return [span.attributes["sloctl.handler.id"] for span in self.below(root)]

    def links(self, span: ReadableSpan) -> list[tuple[str, ReadableSpan | None]]:
        """Give the kinds of a span's links, and the spans they name."""
        spans = {found.context.span_id: found for found in self.spans}
        return [(link.attributes["sloctl.link.kind"], spans.get(link.context.span_id)) for link in span.links]

    def told(self, name: str) -> list[Any]:
        """Give an attribute of all roots."""
        return [root.attributes.get(f"sloctl.{name}") for root in self.roots]


@pytest.fixture
def traces(spans: InMemorySpanExporter, instrumented: None, value: Value) -> Any:
    """Give what the instrumented operator traced; no hook was at fault."""
    yield Traces(spans)
    assert [value("sloctl_internal_errors_total", kind=kind) for kind in ("hook", "span")] == [0, 0]


async def test_each_handling_cycle_is_one_root_span(cluster: Cluster, operator: Operator, traces: Traces) -> None:
    """
    One short life: created, changed, deleted.

    Each of the three is one trace, with its handlers below it, retries among them, and kopf's own patches, the one
    that adds the finalizer as well. Passes that neither call a changing handler nor write leave no span.
    """

    @kopf.on.event(*KIND, registry=operator.handlers)
    @kopf.index(*KIND, registry=operator.handlers)
    async def seen(**_: Any) -> None: ...

    @kopf.on.create(*KIND, registry=operator.handlers, id="made")
    def made(retry: int, **_: Any) -> None:
        if retry == 0:
            raise kopf.TemporaryError("not yet", delay=0.2)

    @kopf.on.create(*KIND, registry=operator.handlers, id="named")
    async def named(patch: kopf.Patch, **_: Any) -> None:
        patch.status["phase"] = "Active"

    @kopf.on.update(*KIND, registry=operator.handlers, id="changed")
    async def changed(**_: Any) -> None: ...

    @kopf.on.delete(*KIND, registry=operator.handlers, id="gone")
    async def gone(**_: Any) -> None: ...

    await operator.start()
    await create(cluster, "blue")
    await until(lambda: len(traces.roots) == 1)
    (await cluster.patch(BLUE, {"spec": {"owner": "eve"}})).ok  # noqa: B018
    await until(lambda: len(traces.roots) == 2)
    (await cluster.delete(BLUE)).ok  # noqa: B018
    await cluster.eventually(BLUE, lambda answer: answer.status == 404)
    operator.stop()

    assert {(root.name, root.kind) for root in traces.roots} == {("reconcile Resident", SpanKind.CONSUMER)}
    creation, change, deletion = traces.roots
    assert sorted(traces.handlers(creation)) == ["made", "made", "named"]
    assert (traces.handlers(change), traces.handlers(deletion)) == (["changed"], ["gone"])
    assert traces.told("reconcile.reason") == ["object updated", "object updated", "object deleted"]
    assert traces.told("reconcile.result") == ["success"] * 3
    assert traces.told("controller") == ["resident"] * 3
    first, second = (span for span in traces.below(creation) if span.name == "handler made")
    assert (first.kind, first.status.status_code) == (SpanKind.INTERNAL, StatusCode.UNSET)
    assert [event.attributes["exception.message"] for event in first.events] == ["not yet"]
    assert traces.links(second) == [("retry", first)]
    told = {name: second.attributes[f"sloctl.{name}"] for name in ("retry.number", "reconcile.attempt")}
    assert told == {"retry.number": 1, "reconcile.attempt": 2}
    assert second.attributes["sloctl.retry.delay"] >= 0.2
    assert traces.links(creation) == []
    assert traces.links(deletion) == [("self", change)]
    assert deletion.attributes["sloctl.deletion.age"] >= 0
    requests = [span for span in traces.spans if span.kind is SpanKind.CLIENT]
    assert {span.parent.span_id for span in requests} == {root.context.span_id for root in traces.roots}
    assert len(traces.spans) == 3 + 5 + len(requests)


async def test_a_span_around_the_operator_is_nobodys_parent(
    cluster: Cluster, operator: Operator, traces: Traces
) -> None:
    """All of kopf's tasks inherit what was open at the start, which causes none of what they do later."""
    around = trace.NonRecordingSpan(trace.SpanContext(1, 2, is_remote=False, trace_flags=trace.TraceFlags.SAMPLED))
    operator.context = trace.set_span_in_context(around)
    seen: list[int] = []

    @kopf.on.event(*KIND, registry=operator.handlers)
    def event(**_: Any) -> None:  # in a thread of kopf's executor
        seen.append(trace.get_current_span().get_span_context().trace_id)

    @kopf.on.create(*KIND, registry=operator.handlers, id="made")
    def made(**_: Any) -> None:
        seen.append(trace.get_current_span().get_span_context().trace_id)

    await operator.start()
    await create(cluster, "blue")
    await until(lambda: len(traces.roots) == 1)
    (root,) = traces.roots
    assert (root.name, traces.handlers(root)) == ("reconcile Resident", ["made"])
    assert root.context.trace_id in seen
    assert 1 not in seen


async def test_a_retry_after_a_long_wait_is_another_trace(
    cluster: Cluster, operator: Operator, traces: Traces, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The trace ends when the wait begins; the next one is linked to the attempt before, and says how long it was."""
    monkeypatch.setattr(cycles, "PATIENCE_S", 0.3)

    @kopf.on.create(*KIND, registry=operator.handlers, id="made", backoff=0.6)
    def made(retry: int, **_: Any) -> None:
        if retry < 2:
            raise kopf.TemporaryError("not yet", delay=0.6) if retry else ValueError("broken")

    await operator.start()
    await create(cluster, "blue")
    await until(lambda: len(traces.roots) == 3)
    assert [traces.handlers(root) for root in traces.roots] == [["made"]] * 3
    assert traces.told("reconcile.reason") == [
        "object updated",
        "error policy requested retry",
        "reconciler requested retry",
    ]
    assert traces.told("reconcile.result") == ["error", "requeue_after", "success"]
    assert traces.told("reconcile.attempt") == [1, 2, 3]
    first, second, third = traces.roots
    for before, after in ((first, second), (second, third)):
        (attempt,), (retried,) = traces.below(before), traces.below(after)
        assert ("retry", attempt) in traces.links(after)
        assert traces.links(retried) == [("retry", attempt)]
        assert after.attributes["sloctl.retry.delay"] > 0.5
        assert before.end_time < after.start_time
    assert (first.attributes["error.type"], first.status.status_code) == ("ValueError", StatusCode.ERROR)
    assert [len(span.events) for span in (first, *traces.below(first))] == [0, 1]
    assert (second.status.status_code, third.status.status_code) == (StatusCode.UNSET, StatusCode.UNSET)


async def test_somebody_elses_change_begins_another_trace(cluster: Cluster, operator: Operator, traces: Traces) -> None:
    """What a user changes while kopf waits to try again is a cause of its own."""

    @kopf.on.create(*KIND, registry=operator.handlers, id="made")
    def made(spec: Any, **_: Any) -> None:
        if spec["owner"] != "eve":
            raise kopf.TemporaryError("not yet", delay=3)

    await operator.start()
    await create(cluster, "blue")
    await until(lambda: any(span.name == "handler made" for span in traces.spans))
    await asyncio.sleep(0.2)
    assert traces.roots == []
    (await cluster.patch(BLUE, {"spec": {"owner": "eve"}})).ok  # noqa: B018
    await until(lambda: len(traces.roots) == 2)
    first, second = traces.roots
    assert traces.told("reconcile.result") == ["requeue_after", "success"]
    assert first.end_time < second.start_time
    assert [kind for kind, _ in traces.links(second)] == ["retry"]


async def test_what_is_open_when_the_operator_stops_is_ended(
    cluster: Cluster, operator: Operator, traces: Traces
) -> None:
    """A cycle that waits for its own patch, or for its handler, is exported as far as it went."""
    called = asyncio.Event()

    @kopf.on.create(*KIND, registry=operator.handlers, id="waits")
    async def waits(name: str, **_: Any) -> None:
        if name == "blue":
            raise kopf.TemporaryError("not yet", delay=4)
        operator.loop.call_soon(called.set)
        await asyncio.sleep(60)

    operator.queueing.exit_timeout = 0.1
    await operator.start()
    await create(cluster, "blue", "red")
    await until(lambda: called.is_set() and any(span.name == "handler waits" for span in traces.spans))
    await asyncio.to_thread(operator.stop)
    assert sorted(traces.told("reconcile.result")) == ["cancelled", "requeue_after"]


async def test_the_annotation_is_linked_and_wakes_nobody(cluster: Cluster, operator: Operator, traces: Traces) -> None:
    """The creator's span is linked; a new value of the annotation alone calls no handler, whatever the storage."""
    operator.settings.persistence.diffbase_storage = kopf.StatusDiffBaseStorage()
    called: list[str] = []

    @kopf.on.startup(registry=operator.handlers)
    def start(settings: kopf.OperatorSettings, **_: Any) -> None:
        settings.persistence.diffbase_storage = kopf.AnnotationsDiffBaseStorage(prefix="residents.example.com")

    @kopf.on.create(*KIND, registry=operator.handlers)
    @kopf.on.update(*KIND, registry=operator.handlers)
    async def handle(reason: str, **_: Any) -> None:
        called.append(reason)

    await operator.start()
    body = resident("blue")
    body["metadata"]["annotations"] = {TRACEPARENT: CREATOR}
    (await cluster.post(RESIDENTS, body)).ok  # noqa: B018
    await until(lambda: len(traces.roots) == 1)
    for number in range(5):
        value = CREATOR.replace("b7ad", f"b{number}ad")
        (await cluster.patch(BLUE, {"metadata": {"annotations": {TRACEPARENT: value}}})).ok  # noqa: B018
    (await cluster.patch(BLUE, {"metadata": {"annotations": {TRACEPARENT: None}}})).ok  # noqa: B018
    (await cluster.patch(BLUE, {"spec": {"owner": "eve"}})).ok  # noqa: B018
    await until(lambda: len(traces.roots) == 2)
    assert called == ["create", "update"]
    creation, change = traces.roots
    (link,) = creation.links
    assert f"{link.context.span_id:016x}" == CREATOR[36:52]
    assert link.attributes == {"sloctl.link.kind": "trigger"}
    assert change.links == ()


async def test_a_handler_that_annotates_its_own_object_is_not_called_again(
    cluster: Cluster, operator: Operator, traces: Traces
) -> None:
    """Even where an operator writes the annotation by hand, at each call anew, no storm begins."""
    called: list[str] = []

    @kopf.on.create(*KIND, registry=operator.handlers)
    @kopf.on.update(*KIND, registry=operator.handlers)
    async def handle(reason: str, patch: kopf.Patch, **_: Any) -> None:
        called.append(reason)
        span_id = len(called)
        patch.metadata.annotations[TRACEPARENT] = f"{CREATOR[:36]}{span_id:016x}-01"

    await operator.start()
    await create(cluster, "blue")
    await until(lambda: len(called) >= 1)
    await asyncio.sleep(1)
    assert called == ["create"]


async def test_a_timers_tick_is_a_trace_of_its_own(cluster: Cluster, operator: Operator, traces: Traces) -> None:
    """Each tick is a root, linked to the reconciliation that started the timer, with its handler and its patch."""

    @kopf.on.create(*KIND, registry=operator.handlers, id="made")
    async def made(**_: Any) -> None: ...

    @kopf.timer(*KIND, registry=operator.handlers, id="tick", interval=0.1)
    async def tick(retry: int, patch: kopf.Patch, **_: Any) -> None:
        patch.status["ticked"] = True

    def ticked() -> list[ReadableSpan]:
        return [root for root in traces.roots if root.attributes["sloctl.reconcile.reason"] == "timer"]

    await operator.start()
    await create(cluster, "blue")
    await until(lambda: len(ticked()) >= 3 and len(traces.roots) > len(ticked()))
    (creation,) = (root for root in traces.roots if root not in ticked())
    assert traces.handlers(creation) == ["made"]
    for tick_span in ticked():
        assert traces.handlers(tick_span) == ["tick"]
        assert ("timer", creation) in traces.links(tick_span)
    patches = [span for span in traces.spans if span.kind is SpanKind.CLIENT]
    assert ticked()[0].context.span_id in {span.parent.span_id for span in patches}
    (await cluster.delete(BLUE)).ok  # noqa: B018

    def deleted() -> list[ReadableSpan]:
        return [root for root in traces.roots if root.attributes["sloctl.reconcile.reason"] == "object deleted"]

    await until(deleted)
    assert ("self", creation) in traces.links(deleted()[0])


async def test_a_daemon_has_a_span_for_each_attempt_and_none_for_its_life(
    cluster: Cluster, operator: Operator, traces: Traces, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An attempt that goes on for long is exported while it runs; what comes of it later is linked to it."""
    monkeypatch.setattr(ticks, "PATIENCE_S", 0.3)
    fails = asyncio.Event()

    @kopf.daemon(*KIND, registry=operator.handlers, id="guard", backoff=0.1, cancellation_timeout=1)
    async def guard(retry: int, **_: Any) -> None:
        if retry == 0:
            raise kopf.TemporaryError("not yet", delay=0.1)
        if retry == 1:
            await fails.wait()
            raise ValueError("broken")
        await asyncio.sleep(60)

    def attempts() -> list[ReadableSpan]:
        return [root for root in traces.roots if root.attributes["sloctl.reconcile.reason"] != "object updated"]

    await operator.start()
    await create(cluster, "blue")
    await until(lambda: len(attempts()) == 2)
    await asyncio.sleep(0.3)
    assert [root.attributes["sloctl.reconcile.result"] for root in attempts()] == ["requeue_after", "running"]
    operator.loop.call_soon_threadsafe(fails.set)
    await until(lambda: len(attempts()) == 4)
    assert [root.attributes["sloctl.reconcile.reason"] for root in attempts()] == ["daemon"] * 4
    results = [root.attributes["sloctl.reconcile.result"] for root in attempts()]
    assert results == ["requeue_after", "running", "error", "running"]
    first, running, failed, again = attempts()
    for root in (first, running, again):
        assert "timer" in [kind for kind, _ in traces.links(root)]
    assert ("timer", running) in traces.links(failed)
    assert "retry" in [kind for kind, _ in traces.links(running)]
    assert all(root.end_time - root.start_time < 2e9 for root in attempts())


async def test_an_owner_and_its_child_are_linked_both_ways(
    cluster: Cluster, operator: Operator, traces: Traces
) -> None:
    """The child names its creator by the write and by the annotation; the owner's next run names the child's."""

    @kopf.on.create(*KIND, registry=operator.handlers, id="owns", field="spec.owner", value="ann")
    async def owns(body: kopf.Body, logger: Any, **_: Any) -> None:
        child = resident("child", owner="bob")
        kopf.append_owner_reference(child, owner=body)
        await api.post(url=RESIDENTS, payload=child, settings=operator.settings, logger=logger)

    @kopf.on.create(*KIND, registry=operator.handlers, id="owned", field="spec.owner", value="bob")
    async def owned(patch: kopf.Patch, **_: Any) -> None:
        patch.status["phase"] = "Active"

    @kopf.on.update(*KIND, registry=operator.handlers, id="changed", labels={"again": kopf.PRESENT})
    async def changed(**_: Any) -> None: ...

    body = resident("blue")
    body["spec"]["owner"] = "ann"
    await operator.start()
    (await cluster.post(RESIDENTS, body)).ok  # noqa: B018
    await until(lambda: len(traces.roots) == 2)
    owner, child = traces.roots
    (made,) = traces.below(owner)
    posted = next(span for span in traces.spans if span.name.startswith("POST"))
    assert posted.parent.span_id == made.context.span_id
    annotated = (await cluster.get(f"{RESIDENTS}/child")).body["metadata"]["annotations"][TRACEPARENT]
    kinds = dict(traces.links(child))
    assert kinds["trigger"].context.trace_id == owner.context.trace_id
    assert f"{kinds['trigger'].context.span_id:016x}" == annotated[36:52]
    assert child.context.trace_id != owner.context.trace_id

    (await cluster.patch(BLUE, {"metadata": {"labels": {"again": "yes"}}})).ok  # noqa: B018
    await until(lambda: len(traces.roots) == 3)
    _, _, again = traces.roots
    assert again.attributes["sloctl.reconcile.reason"] == "related object updated"
    ((kind, linked),) = traces.links(again)
    assert kind == "child"
    assert linked is not None
    assert linked.context.trace_id == child.context.trace_id


async def test_a_write_that_is_answered_after_its_event_is_linked_all_the_same(
    cluster: Cluster, operator: Operator, traces: Traces, obs: sloctl.Instrumentation
) -> None:
    """The watch may be faster than the answer; the cycle ends as well, for no event of that write is still to come."""
    ledger = ledger_of(store_of(obs.registry))

    @kopf.on.create(*KIND, registry=operator.handlers, id="made")
    async def made(body: kopf.Body, **_: Any) -> None:
        tracer = trace.get_tracer("test", tracer_provider=obs._tracing._provider)
        with tracer.start_as_current_span("POST", context=Context()) as span:
            ledger.wrote(body.metadata["uid"], body.metadata["resourceVersion"], span.get_span_context())

    await operator.start()
    await create(cluster, "blue")
    await until(lambda: len(traces.roots) == 2)
    creation, wrote = traces.roots
    assert traces.links(creation) == [("self", wrote)]


async def test_a_webhook_is_linked_to_the_reconciliation_of_what_it_let_pass(
    cluster: Cluster, operator: Operator, traces: Traces
) -> None:
    """Validated, it is known by what it asks for; changed, by a mark inside the change that is sent anyway."""
    server = Server()
    operator.settings.admission.server = server

    @kopf.on.validate(*KIND, registry=operator.handlers, id="check")
    async def check(spec: Any, **_: Any) -> None:
        if spec.get("owner") == "eve":
            raise kopf.AdmissionError("not eve")

    @kopf.on.mutate(*KIND, registry=operator.handlers, id="change")
    async def change(patch: kopf.Patch, **_: Any) -> None:
        patch.spec["note"] = "seen"

    @kopf.on.create(*KIND, registry=operator.handlers, id="made")
    async def made(**_: Any) -> None: ...

    async def ask(body: dict[str, Any], webhook: str, **headers: str) -> Any:
        asked = server.answer(review(object=body), webhook=webhook, headers=headers)
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(asked, operator.loop))

    await operator.start()
    await until(lambda: server.answer is not None)
    body = resident("blue", tier="silver")  # the API server fills in defaults before it asks
    body["metadata"]["namespace"] = "default"
    answer = await ask(body, "check", Traceparent=CREATOR)
    assert "patch" not in answer["response"]
    await create(cluster, "blue")
    await until(lambda: len(traces.spans) >= 3 and traces.told("controller") == ["resident"])
    admitted, created = traces.spans[0], traces.roots[0]
    assert (admitted.name, admitted.kind) == ("admit Resident", SpanKind.SERVER)
    assert f"{admitted.parent.span_id:016x}" == CREATOR[36:52]
    assert traces.handlers(admitted) == ["check"]
    assert traces.links(created) == [("admission", admitted)]

    other = resident("red")
    patch = _patch_of(await ask(other, "change"))
    (mark,) = (item["value"] for item in patch if item["path"].endswith("~1traceparent"))
    other["metadata"]["annotations"] = {TRACEPARENT: mark}
    other["spec"]["note"] = "seen"
    (await cluster.post(RESIDENTS, other)).ok  # noqa: B018
    await until(lambda: traces.told("controller").count("resident") == 2)
    (changing,) = (span for span in traces.roots if traces.handlers(span) == ["change"])
    assert traces.links(traces.roots[-1]) == [("admission", changing)]

    answer = await ask({**body, "spec": {"owner": "eve"}}, "check")
    assert not answer["response"]["allowed"]
    refused = next(span for span in traces.spans if span.name == "handler check" and span.events)
    assert refused.attributes["error.type"] == "AdmissionError"


def _patch_of(answer: dict[str, Any]) -> Any:
    """Give the JSON patch of a webhook's answer."""
    return json.loads(base64.b64decode(answer["response"]["patch"]))


async def test_an_event_names_the_span_that_posted_it(cluster: Cluster, operator: Operator, traces: Traces) -> None:
    """From `kubectl describe` it is one step to the trace; posting it is no write of its own."""

    @kopf.on.create(*KIND, registry=operator.handlers, id="made")
    def made(body: kopf.Body, **_: Any) -> None:
        kopf.event(body, type="Normal", reason="Made", message="it is made")

    await operator.start()
    await create(cluster, "blue")

    def is_posted(answer: Any) -> bool:
        return any(item["reason"] == "Made" for item in answer.body["items"])

    answer = await cluster.eventually("/api/v1/namespaces/default/events", is_posted)
    (event,) = (item for item in answer.body["items"] if item["reason"] == "Made")
    await until(lambda: len(traces.roots) == 1)
    (handler,) = traces.below(traces.roots[0])
    named = event["metadata"]["annotations"][TRACEPARENT].split("-")[1:3]
    assert named == [f"{handler.context.trace_id:032x}", f"{handler.context.span_id:016x}"]


async def test_an_object_that_is_gone_is_forgotten(
    cluster: Cluster, operator: Operator, obs: sloctl.Instrumentation, traces: Traces
) -> None:
    """Nothing of it stays in the ledger, and an object of the same name is another."""

    @kopf.on.create(*KIND, registry=operator.handlers)
    async def made(**_: Any) -> None: ...

    ledger = ledger_of(store_of(obs.registry))
    await operator.start()
    for number in (1, 2):
        await create(cluster, "blue")
        await until(lambda number=number: len(traces.roots) == number)
        assert len(ledger) == 1
        (await cluster.delete(BLUE)).ok  # noqa: B018
        await until(lambda: len(ledger) == 0)
    assert traces.links(traces.roots[1]) == []


async def test_what_was_there_before_is_reconciled_in_bulk(
    cluster: Cluster, operator: Operator, traces: Traces, value: Value
) -> None:
    """An operator that starts resumes what it finds; no object's change is the reason."""

    @kopf.on.create(*KIND, registry=operator.handlers)
    async def made(**_: Any) -> None: ...

    await operator.start()
    await create(cluster, "blue")
    await until(lambda: len(traces.roots) == 1)
    await asyncio.to_thread(operator.stop)
    again = Operator(cluster.url, value)

    @kopf.on.resume(*KIND, registry=again.handlers)
    async def resumed(**_: Any) -> None: ...

    try:
        await again.start()
        await until(lambda: len(traces.roots) == 2)
    finally:
        await asyncio.to_thread(again.stop)
    assert traces.told("reconcile.reason") == ["object updated", "bulk reconcile"]


async def test_a_decorated_handler_has_one_root_span(
    cluster: Cluster, operator: Operator, obs: sloctl.Instrumentation, traces: Traces
) -> None:
    """The instrumented pass wins over the decorator; a call for another object, from an event, has its own."""

    @obs.reconcile("resident")
    async def reconcile(body: Any, **_: Any) -> None:
        with trace.get_tracer("test", tracer_provider=obs._tracing._provider).start_as_current_span("inside"):
            pass

    @kopf.on.event(*KIND, registry=operator.handlers)
    async def follow(event: Any, **_: Any) -> None:
        if event["type"] == "ADDED":
            await reconcile(body={"kind": "Tenant", "metadata": {"name": "acme", "uid": "t1"}})

    kopf.on.create(*KIND, registry=operator.handlers, id="made")(reconcile)
    await operator.start()
    await create(cluster, "blue")
    await until(lambda: len(traces.roots) == 2)
    assert [root.name for root in traces.roots] == ["reconcile Tenant", "reconcile Resident"]
    assert [span.name for span in traces.below(traces.roots[0])] == ["inside"]
    (handler,) = traces.below(traces.roots[1])
    assert [span.name for span in traces.below(handler)] == ["inside"]


class _Counting(Sampler):
    """Samples nothing, and counts what it is asked about."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def should_sample(self, parent_context: Any, trace_id: int, name: str, *_: Any, **__: Any) -> SamplingResult:
        self.asked.append(name)
        return SamplingResult(Decision.DROP)

    def get_description(self) -> str:
        return "counting"


def _declare(operator: Operator) -> Callable[[], bool]:
    done: list[bool] = []

    @kopf.on.create(*KIND, registry=operator.handlers, id="made")
    def made(retry: int, **_: Any) -> None:
        if retry == 0:
            raise kopf.TemporaryError("not yet", delay=0.1)

    @kopf.on.create(*KIND, registry=operator.handlers, id="named")
    async def named(**_: Any) -> None: ...

    @kopf.on.delete(*KIND, registry=operator.handlers, id="gone")
    async def gone(**_: Any) -> None:
        done.append(True)

    return lambda: bool(done)


async def test_a_cycle_is_sampled_once(cluster: Cluster, operator: Operator) -> None:
    """Where nothing is sampled, a cycle of several passes is still one decision, and leaves no half of a trace."""
    provider = TracerProvider(sampler := _Counting(), shutdown_on_exit=False)
    obs = sloctl.Instrumentation("test", registry=CollectorRegistry(), tracer_provider=provider)
    sloctl.KopfInstrumentor().instrument(obs=obs)
    try:
        is_done = _declare(operator)
        await operator.start(watching=False)
        await create(cluster, "blue")
        await until(lambda: sampler.asked.count("handler made") == 2)
        await asyncio.sleep(0.3)
        (await cluster.delete(BLUE)).ok  # noqa: B018
        await until(is_done)
        assert sampler.asked.count("reconcile Resident") == 2
    finally:
        await asyncio.to_thread(operator.stop)
        sloctl.KopfInstrumentor().uninstrument()


class _Broken(Sampler):
    """Fails wherever it is asked."""

    def should_sample(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("broken sampler")

    def get_description(self) -> str:
        return "broken"


async def test_broken_tracing_breaks_no_operator(cluster: Cluster, operator: Operator) -> None:
    """Whatever fails in there is counted; the object is handled as if nothing was."""
    registry = CollectorRegistry()
    provider = TracerProvider(_Broken(), shutdown_on_exit=False)
    obs = sloctl.Instrumentation("test", registry=registry, tracer_provider=provider)
    sloctl.KopfInstrumentor().instrument(obs=obs)
    try:
        is_done = _declare(operator)

        ticks: list[bool] = []

        @kopf.timer(*KIND, registry=operator.handlers, id="tick", interval=0.1)
        async def tick(**_: Any) -> None:
            ticks.append(True)

        await operator.start(watching=False)
        await create(cluster, "blue")
        await until(lambda: len(ticks) >= 3)
        labels = {"controller": "resident", "result": "success"}
        await until(lambda: registry.get_sample_value("controller_runtime_reconcile_total", labels))
        (await cluster.delete(BLUE)).ok  # noqa: B018
        await until(is_done)
        await cluster.eventually(BLUE, lambda answer: answer.status == 404)
        assert (registry.get_sample_value("sloctl_internal_errors_total", {"kind": "hook"}) or 0) > 0
    finally:
        await asyncio.to_thread(operator.stop)
        sloctl.KopfInstrumentor().uninstrument()


async def test_generations_of_a_live_object_are_traces(cluster: Cluster, operator: Operator) -> None:
    """The root of a generation ends when the object's status says that it is ready, without another write."""
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(spans := InMemorySpanExporter()))
    registry = CollectorRegistry()
    obs = sloctl.Instrumentation("test", registry=registry, tracer_provider=provider, generation_view=True)
    sloctl.KopfInstrumentor().instrument(obs=obs)
    try:

        @kopf.on.create(*KIND, registry=operator.handlers, id="made")
        async def made(patch: kopf.Patch, body: kopf.Body, **_: Any) -> None:
            patch.status["observedGeneration"] = body["metadata"]["generation"]
            patch.status["conditions"] = [{"type": "Ready", "status": "True"}]

        await operator.start(watching=False)
        await create(cluster, "blue")
        traces = Traces(spans)
        await until(lambda: any(span.name == "converge Resident" for span in traces.spans))
        (root,) = traces.roots
        assert root.name == "converge Resident"
        assert [span.name for span in traces.below(root)] == ["reconcile Resident"]
    finally:
        await asyncio.to_thread(operator.stop)
        sloctl.KopfInstrumentor().uninstrument()
