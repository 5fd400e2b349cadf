"""What comes of handlers, whatever calls them, and what runs beside the passes."""

import functools
from typing import Any

import kopf
import pytest
from opentelemetry import trace

import sloctl
from sloctl.sdk import objects
from sloctl.sdk.handling import CURRENT
from sloctl.sdk.hooks.kopf.passes import PASS, Pass
from tests.sdk.conftest import Value
from tests.sdk.kopf.conftest import KIND, RESIDENTS, Operator, create, until
from tests.support.cluster import Cluster

pytestmark = pytest.mark.usefixtures("instrumented")


def outcomes(value: Value, handler: str) -> dict[tuple[str, str], float]:
    """Give what a handler came to, by attempt and outcome, without what is 0."""
    found: dict[tuple[str, str], float] = {}
    for outcome in ("success", "error", "requeue", "requeue_after", "terminal", "ignored"):
        for attempt in ("first", "retry"):
            labels = {"controller": "resident", "handler": handler, "outcome": outcome, "attempt": attempt}
            if count := value("sloctl_handler_outcomes_total", **labels):
                found[attempt, outcome] = count
    return found


async def test_first_attempts_are_told_from_retries(cluster: Cluster, operator: Operator, value: Value) -> None:
    """A handler that fails for a while and then succeeds has both, and its durations are counted."""

    @kopf.on.create(*KIND, registry=operator.handlers, id="made", backoff=0.05)
    def created(retry: int, **_: Any) -> None:
        if retry == 0:
            raise ValueError("not yet")
        if retry == 1:
            raise kopf.TemporaryError("nor now", delay=0.05)

    await operator.start()
    await create(cluster, "blue")
    expected = {("first", "error"): 1, ("retry", "requeue_after"): 1, ("retry", "success"): 1}
    await until(lambda: outcomes(value, "made") == expected)
    assert value("sloctl_handler_duration_seconds_count", controller="resident", handler="made") == 3


@pytest.mark.parametrize("kind", ["seen", "awaited", "static"])
async def test_errors_that_kopf_ignores_are_counted(
    cluster: Cluster, operator: Operator, value: Value, kind: str
) -> None:
    """kopf takes a failing event handler for a success and tells only the log; here it shows as ignored."""

    @kopf.on.event(*KIND, registry=operator.handlers, id="seen")
    def event(name: str, **_: Any) -> None:
        if name == "bad":
            raise ValueError("unseen")

    async def awaited(name: str, **_: Any) -> None:
        event(name)

    for handler, function in {"awaited": awaited, "static": staticmethod(event)}.items():
        if kind == handler:
            kopf.on.event(*KIND, registry=operator.handlers, id=handler)(function)
    await operator.start()
    await create(cluster, "good", "bad")
    await until(lambda: outcomes(value, kind) == {("first", "success"): 1, ("first", "ignored"): 1})


async def test_sub_handlers_count_and_make_their_parent_come_back(
    cluster: Cluster, operator: Operator, value: Value
) -> None:
    """A parent is done when its sub-handlers are; until then it asks to come back, which is no error."""

    @kopf.on.create(*KIND, registry=operator.handlers, id="parent")
    async def created(**_: Any) -> None:
        for name in ("one", "two"):

            @kopf.subhandler(id=name)
            async def child(**_: Any) -> None:
                pass

    await operator.start()
    await create(cluster, "blue")
    await until(lambda: outcomes(value, "parent").get(("retry", "success")) == 1)
    assert outcomes(value, "parent/one") == {("first", "success"): 1}
    assert outcomes(value, "parent/two") == {("first", "success"): 1}
    assert value("controller_runtime_reconcile_errors_total", controller="resident") == 0


async def test_a_wrapper_mirrors_the_kind_of_what_it_wraps(
    cluster: Cluster, operator: Operator, obs: sloctl.Instrumentation, value: Value
) -> None:
    """kopf looks through wrappers: an async one around a sync handler would never be awaited, so ours stays sync."""
    called: list[str] = []

    def wrapped_by_somebody(function: Any) -> Any:
        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            return function(*args, **kwargs)

        return wrapper

    @kopf.on.event(*KIND, registry=operator.handlers, id="seen")
    @obs.reconcile("seen")
    @wrapped_by_somebody
    def event(name: str, **_: Any) -> None:
        called.append(name)

    await operator.start()
    await create(cluster, "blue")
    await until(lambda: called == ["blue"])
    await until(lambda: outcomes(value, "seen") == {("first", "success"): 1})


@pytest.mark.parametrize("what", ["timer", "daemon"])
async def test_what_runs_beside_passes_inherits_nothing_of_them(
    cluster: Cluster, operator: Operator, obs: sloctl.Instrumentation, value: Value, what: str
) -> None:
    """kopf starts timers and daemons inside a pass; the pass and its span are not their cause, and end long before."""
    found: list[tuple[bool, bool, Any]] = []

    @kopf.on.event(*KIND, registry=operator.handlers)
    async def event(**_: Any) -> None:
        context = trace.set_span_in_context(trace.NonRecordingSpan(trace.SpanContext(1, 2, is_remote=False)))
        from opentelemetry.context import attach

        attach(context)  # as an instrumentation that keeps a span open around the pass

    async def beside(**_: Any) -> None:
        handling = CURRENT.get()
        assert handling is not None
        found.append(
            (
                type(PASS.get()) is Pass,
                handling.open and not handling.counted,
                trace.get_current_span().get_span_context(),
            )
        )

    declare = kopf.timer(*KIND, registry=operator.handlers, interval=0.1) if what == "timer" else None
    (declare or kopf.daemon(*KIND, registry=operator.handlers))(beside)
    await operator.start()
    await create(cluster, "blue")
    await until(lambda: len(found) >= (2 if what == "timer" else 1))
    for inherited, told, span in found:
        assert not inherited
        assert told
        assert span.trace_id != 1  # it has a trace of its own
    handler = beside.__qualname__
    await until(lambda: (outcomes(value, handler).get(("first", "success")) or 0) >= 1)
    timed = value("sloctl_handler_duration_seconds_count", controller="resident", handler=handler) or 0
    assert (timed > 0) == (what == "timer")


async def test_the_object_is_known_inside_handlers_and_forgotten_when_it_is_deleted(
    cluster: Cluster, operator: Operator, obs: sloctl.Instrumentation, value: Value
) -> None:
    """A series of an object is named by the object's name inside its handlers, and goes when the object goes."""
    phase = obs.gauge("resident_size_bytes", "Size.", labels={"resident": sloctl.PerObject()})
    known: list[Any] = []

    @kopf.on.create(*KIND, registry=operator.handlers)
    def created(name: str, **_: Any) -> None:
        known.append(objects.CURRENT.get())
        phase.labels(resident=name).set(5)

    await operator.start()
    await create(cluster, "blue")
    await until(lambda: value("resident_size_bytes", resident="default/blue") == 5)
    assert known[0]["metadata"]["name"] == "blue"
    (await cluster.delete(f"{RESIDENTS}/blue")).ok  # noqa: B018
    await until(lambda: value("resident_size_bytes", resident="default/blue") is None)
