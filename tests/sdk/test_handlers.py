"""The decorators for the steps inside a reconciliation."""

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

import kopf
import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

import sloctl
from sloctl.sdk.handling import CURRENT, Handling
from tests.sdk.conftest import Value


def _sync(error: BaseException | None = None, *, retry: int = 0) -> str:
    """Resize."""
    if error is not None:
        raise error
    return "done"


async def _async(error: BaseException | None = None, *, retry: int = 0) -> str:
    """Resize."""
    return _sync(error)


both = pytest.mark.parametrize("function", [_sync, _async])
OUTCOMES = [
    (None, "success"),
    (ValueError("no"), "error"),
    (kopf.PermanentError("no"), "terminal"),
    (kopf.TemporaryError("later", delay=5), "requeue_after"),
    (kopf.TemporaryError("at once", delay=0), "requeue"),
]


def _call(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call a function, sync or async; an error is as good as a result."""
    try:
        result = function(*args, **kwargs)
        return asyncio.run(result) if inspect.isawaitable(result) else result
    except Exception as error:  # noqa: BLE001 # whichever the test raises
        return error


@both
@pytest.mark.parametrize(("error", "outcome"), OUTCOMES)
def test_a_handler_is_counted_by_outcome_and_attempt(
    obs: sloctl.Instrumentation, value: Value, function: Callable[..., Any], error: Exception | None, outcome: str
) -> None:
    """What it returns or raises is passed on; first attempts and later ones are told apart, and both are timed."""
    resize = obs.handler("resize", controller="tenant")(function)
    assert [_call(resize, error), _call(resize, error, retry=1), _call(resize, error, retry=2)] == [error or "done"] * 3
    labels = {"controller": "tenant", "handler": "resize"}
    assert value("sloctl_handler_outcomes_total", **labels, outcome=outcome, attempt="first") == 1
    assert value("sloctl_handler_outcomes_total", **labels, outcome=outcome, attempt="retry") == 2
    assert value("sloctl_handler_duration_seconds_count", **labels) == 3


@both
def test_a_handlers_span_hangs_from_the_reconciliation(
    obs: sloctl.Instrumentation, spans: InMemorySpanExporter, function: Callable[..., Any]
) -> None:
    """It is internal, named after the handler, and tells what went wrong."""
    resize = obs.handler("resize")(function)

    @obs.reconcile("tenant")
    def reconcile() -> None:
        _call(resize, ValueError("no"))

    reconcile()
    inner, outer = spans.get_finished_spans()
    assert (inner.name, inner.kind, inner.parent.span_id) == (
        "handler resize",
        SpanKind.INTERNAL,
        outer.context.span_id,
    )
    assert inner.attributes["sloctl.handler.id"] == "resize"
    assert (inner.attributes["error.type"], inner.status.status_code) == ("ValueError", StatusCode.ERROR)


def test_an_instrumented_framework_names_the_controller(obs: sloctl.Instrumentation, value: Value) -> None:
    """Below a framework's pass a handler belongs to the controller of that pass."""
    token = CURRENT.set(Handling("database", counted=True))
    try:
        obs.handler("resize")(_sync)()
    finally:
        CURRENT.reset(token)
    labels = {"controller": "database", "handler": "resize", "outcome": "success", "attempt": "first"}
    assert value("sloctl_handler_outcomes_total", **labels) == 1


async def test_a_cancelled_handler_is_neither_good_nor_bad(
    obs: sloctl.Instrumentation, value: Value, spans: InMemorySpanExporter
) -> None:
    """It is passed on and counted nowhere; its span says what happened."""

    @obs.handler("resize")
    async def resize() -> None:
        await asyncio.Event().wait()

    task = asyncio.create_task(resize())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert value("sloctl_handler_duration_seconds_count", controller="", handler="resize") == 0
    assert spans.get_finished_spans()[0].attributes["sloctl.reconcile.result"] == "cancelled"


@both
def test_timed_observes_every_call(obs: sloctl.Instrumentation, value: Value, function: Callable[..., Any]) -> None:
    """A call that fails took its time as well."""
    wait = obs.histogram("resize_seconds", "Time to resize.", buckets=[1])
    resize = obs.timed(wait)(function)
    _call(resize)
    _call(resize, ValueError("no"))
    assert value("resize_seconds_count") == 2


@both
@pytest.mark.parametrize(("error", "outcome"), OUTCOMES)
def test_counts_counts_outcomes(
    obs: sloctl.Instrumentation, value: Value, function: Callable[..., Any], error: Exception | None, outcome: str
) -> None:
    """One piece of work that is tried three times has one first attempt and one success."""
    resizes = obs.counter("resizes", "Resizes, by outcome.", labels=sloctl.OUTCOME_LABELS)
    resize = obs.counts(resizes)(function)
    for retry in range(3):
        _call(resize, error, retry=retry)
    assert value("resizes_total", outcome=outcome, attempt="first") == 1
    assert value("resizes_total", outcome=outcome, attempt="retry") == 2


class _Unclear:
    """A value of the host's that is neither true nor false."""

    def __bool__(self) -> bool:
        raise ValueError


@pytest.mark.parametrize("retry", [_Unclear(), True, "yes", 1.0, [1], None, -1])
def test_a_retry_of_the_hosts_own_is_no_number_of_tries(obs: sloctl.Instrumentation, value: Value, retry: Any) -> None:
    """An argument that only has the name of kopf's is not asked for its truth, and tells of no earlier attempt."""
    resizes = obs.counter("resizes", "Resizes, by outcome.", labels=sloctl.OUTCOME_LABELS)
    resize = obs.handler("resize")(obs.counts(resizes)(_sync))
    assert resize(retry=retry) == "done"
    assert value("resizes_total", outcome="success", attempt="first") == 1
    labels = {"controller": "", "handler": "resize", "outcome": "success"}
    assert value("sloctl_handler_outcomes_total", **labels, attempt="first") == 1


def _generator() -> Any:
    yield 1


@pytest.mark.parametrize(
    ("decorate", "message", "hint"),
    [
        (lambda obs: obs.handler("resize")(_generator), "_generator yields", "return"),
        (lambda obs: obs.handler(""), "a handler needs a name", '@obs.handler("resize")'),
        (lambda obs: obs.handler(_sync), "a handler needs a name", '@obs.handler("resize")'),
        (lambda obs: obs.timed(_sync), "is no series of a histogram", "obs.histogram("),
        (lambda obs: obs.timed(obs.gauge("level", "Level.")), "is no series of a histogram", "obs.histogram("),
        (
            lambda obs: obs.timed(obs.histogram("size_bytes", "Size.", buckets=[1])),
            "size_bytes is not in seconds",
            "ends in _seconds",
        ),
        (lambda obs: obs.reconcile("tenant", classify=5), "tenant: 5 cannot classify", "give a function"),
        (lambda obs: obs.counts(_sync), "is no counter of outcomes", "OUTCOME_LABELS"),
        (lambda obs: obs.counts(obs.counter("jobs", "Jobs.")), "is no counter of outcomes", "OUTCOME_LABELS"),
    ],
)
def test_misuse_is_refused_where_it_stands(
    obs: sloctl.Instrumentation, decorate: Callable[[sloctl.Instrumentation], object], message: str, hint: str
) -> None:
    """What cannot be measured is refused when it is decorated, with a reason and what to do."""
    with pytest.raises(sloctl.DeclarationError, match=message) as refused:
        decorate(obs)
    assert hint in refused.value.hint
