"""What the reconcile decorator records and what it leaves alone."""

import asyncio
import contextvars
import functools
import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import nullcontext
from typing import Any

import kopf
import pytest
from kopf._core.actions.invocation import is_async_fn
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import CollectorRegistry

import sloctl
from sloctl.sdk.handling import CURRENT, Handling
from tests.sdk.conftest import Value

RESULTS = ("success", "error", "requeue", "requeue_after")


def _results(value: Value, controller: str = "tenant") -> dict[str, float | None]:
    name = "controller_runtime_reconcile_total"
    return {result: value(name, controller=controller, result=result) for result in RESULTS}


def _call(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call a function, sync or async."""
    result = function(*args, **kwargs)
    return asyncio.run(result) if inspect.isawaitable(result) else result


def _sync(error: BaseException | None = None) -> str:
    """Reconcile."""
    if error is not None:
        raise error
    return "done"


async def _async(error: BaseException | None = None) -> str:
    """Reconcile."""
    return _sync(error)


both = pytest.mark.parametrize("function", [_sync, _async])


def test_all_results_stand_at_zero_once_decorated(obs: sloctl.Instrumentation, value: Value) -> None:
    """A rate sees the first reconciliation of each kind, because its series was there before."""
    obs.reconcile("tenant")(_sync)
    assert dict.fromkeys(RESULTS, 0.0) == _results(value)
    assert value("controller_runtime_reconcile_errors_total", controller="tenant") == 0
    assert value("controller_runtime_reconcile_time_seconds_count", controller="tenant") == 0
    assert value("controller_runtime_active_workers", controller="tenant") == 0


@both
def test_a_call_that_returns_is_a_success(
    obs: sloctl.Instrumentation, value: Value, function: Callable[..., Any]
) -> None:
    """The result is passed on; one success and one duration are recorded."""
    assert _call(obs.reconcile("tenant")(function)) == "done"
    assert dict.fromkeys(RESULTS, 0.0) | {"success": 1.0} == _results(value)
    assert value("controller_runtime_reconcile_time_seconds_count", controller="tenant") == 1
    assert value("controller_runtime_active_workers", controller="tenant") == 0


@both
@pytest.mark.parametrize(
    ("error", "result", "errors", "terminal", "timeouts"),
    [
        (ValueError("no"), "error", 1, 0, 0),
        (TimeoutError("slow"), "error", 1, 0, 0),
        (kopf.PermanentError("no"), "error", 1, 1, 0),
        (kopf.HandlerTimeoutError("over"), "error", 1, 1, 1),
        (kopf.HandlerRetriesError("over"), "error", 1, 1, 0),
        (kopf.TemporaryError("later", delay=5), "requeue_after", 0, 0, 0),
        (kopf.TemporaryError("at once", delay=0), "requeue", 0, 0, 0),
        (type("Soon", (kopf.TemporaryError,), {})("later"), "requeue_after", 0, 0, 0),
    ],
)
def test_what_is_raised_decides_the_result(
    obs: sloctl.Instrumentation,
    value: Value,
    function: Callable[..., Any],
    error: Exception,
    result: str,
    errors: int,
    terminal: int,
    timeouts: int,
) -> None:
    """The very exception is passed on; kopf's request to come back is no error; a terminal error is an error too."""
    with pytest.raises(type(error)) as raised:
        _call(obs.reconcile("tenant")(function), error)
    assert raised.value is error
    assert dict.fromkeys(RESULTS, 0.0) | {result: 1.0} == _results(value)
    assert value("controller_runtime_reconcile_errors_total", controller="tenant") == errors
    assert value("controller_runtime_terminal_reconcile_errors_total", controller="tenant") == terminal
    assert value("controller_runtime_reconcile_timeouts_total", controller="tenant") == timeouts
    assert value("controller_runtime_reconcile_time_seconds_count", controller="tenant") == 1


@both
@pytest.mark.parametrize(
    ("raised", "said", "result", "terminal"),
    [
        (None, "requeue", "requeue", 0),
        (None, "requeue_after", "requeue_after", 0),
        (None, "error", "error", 0),
        (None, None, "success", 0),
        (ValueError("no"), "terminal", "error", 1),
        (ValueError("no"), "success", "success", 0),
        (ValueError("no"), None, "error", 0),
    ],
)
def test_a_classifier_has_the_first_word(
    obs: sloctl.Instrumentation,
    value: Value,
    function: Callable[..., Any],
    raised: Exception | None,
    said: Any,
    result: str,
    terminal: int,
) -> None:
    """It sees what was raised and what was returned; what it leaves open, the rules of kopf's exceptions decide."""
    seen = []

    def classify(error: BaseException | None, returned: object) -> Any:
        seen.append((error, returned))
        return said

    with pytest.raises(ValueError, match="no") if raised else nullcontext():
        _call(obs.reconcile("tenant", classify=classify)(function), raised)
    assert seen == [(raised, None if raised else "done")]
    assert dict.fromkeys(RESULTS, 0.0) | {result: 1.0} == _results(value)
    assert value("controller_runtime_terminal_reconcile_errors_total", controller="tenant") == terminal
    assert value("sloctl_internal_errors_total", kind="classifier") == 0


@both
@pytest.mark.parametrize("answer", [RuntimeError("broken"), "splendid", 5, ["success"]])
def test_a_broken_classifier_costs_the_operator_nothing(
    obs: sloctl.Instrumentation, value: Value, function: Callable[..., Any], answer: Any
) -> None:
    """What it raises, or says that is no outcome, is counted; the call counts as it would without it."""

    def classify(_error: BaseException | None, _returned: object) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    reconcile = obs.reconcile("tenant", classify=classify)(function)
    for _ in range(3):
        assert _call(reconcile) == "done"
    assert dict.fromkeys(RESULTS, 0.0) | {"success": 3.0} == _results(value)
    assert value("sloctl_internal_errors_total", kind="classifier") == 3


@pytest.mark.parametrize("classify", [None, lambda _error, _returned: None])
@pytest.mark.parametrize(
    ("counted", "open_", "reconciles", "roots"),
    [(True, True, 0, 0), (False, True, 1, 0), (True, False, 1, 1)],
)
def test_what_a_framework_counts_is_counted_once(
    obs: sloctl.Instrumentation,
    value: Value,
    spans: InMemorySpanExporter,
    classify: Any,
    counted: bool,
    open_: bool,
    reconciles: int,
    roots: int,
) -> None:
    """Below a framework's pass the decorator neither counts nor opens a root; a pass that is over is none."""
    handling = Handling("tenant", counted=counted)
    handling.open = open_
    token = CURRENT.set(handling)
    try:
        assert _call(obs.reconcile("tenant", classify=classify)(_sync)) == "done"
    finally:
        CURRENT.reset(token)
    assert _results(value)["success"] == reconciles
    assert len(spans.get_finished_spans()) == roots


async def test_a_cancelled_call_is_neither_good_nor_bad(
    obs: sloctl.Instrumentation, value: Value, spans: InMemorySpanExporter
) -> None:
    """Cancellation is passed on and ends the worker; it has a count of its own, and the span says what happened."""
    begun = asyncio.Event()

    @obs.reconcile("tenant")
    async def reconcile() -> None:
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(reconcile())
    await begun.wait()
    assert value("controller_runtime_active_workers", controller="tenant") == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert value("controller_runtime_active_workers", controller="tenant") == 0
    assert value("sloctl_reconcile_cancelled_total", controller="tenant") == 1
    assert dict.fromkeys(RESULTS, 0.0) == _results(value)
    assert value("controller_runtime_reconcile_time_seconds_count", controller="tenant") == 0
    (span,) = spans.get_finished_spans()
    assert span.attributes["sloctl.reconcile.result"] == "cancelled"


async def test_calls_under_way_are_counted(obs: sloctl.Instrumentation, value: Value) -> None:
    """The gauge goes up with each call that runs and down when it ends."""
    inside = []

    @obs.reconcile("tenant")
    async def reconcile() -> None:
        await asyncio.sleep(0)
        inside.append(value("controller_runtime_active_workers", controller="tenant"))

    await asyncio.gather(*(reconcile() for _ in range(3)))
    assert inside == [3.0, 2.0, 1.0]
    assert value("controller_runtime_active_workers", controller="tenant") == 0


async def test_the_duration_is_that_of_the_whole_coroutine(obs: sloctl.Instrumentation, value: Value) -> None:
    """An async call lasts until it is done, not until it first waits."""

    @obs.reconcile("tenant")
    async def reconcile() -> None:
        await asyncio.sleep(0.05)

    await reconcile()
    taken = value("controller_runtime_reconcile_time_seconds_sum", controller="tenant")
    assert taken is not None
    assert taken >= 0.05


@both
def test_a_function_stays_what_it_was(obs: sloctl.Instrumentation, function: Callable[..., Any]) -> None:
    """Name, documentation, signature and kind are those of the function, for kopf and for everybody else."""
    decorated = obs.reconcile("tenant")(function)
    assert (function.__name__, function.__doc__) == (decorated.__name__, decorated.__doc__)
    assert inspect.signature(function) == inspect.signature(decorated)
    assert inspect.iscoroutinefunction(function) == inspect.iscoroutinefunction(decorated)
    assert is_async_fn(function) == is_async_fn(decorated)


def test_a_sync_wrapper_of_an_async_function_is_awaited(obs: sloctl.Instrumentation, value: Value) -> None:
    """The innermost function decides, as it does for kopf."""

    @functools.wraps(_async)
    def wrapper() -> Any:
        return _async()

    decorated = obs.reconcile("tenant")(wrapper)
    assert inspect.iscoroutinefunction(decorated)
    assert _call(decorated) == "done"
    assert dict.fromkeys(RESULTS, 0.0) | {"success": 1.0} == _results(value)


def test_a_partial_keeps_its_kind(obs: sloctl.Instrumentation, value: Value) -> None:
    """functools.partial of an async function is async, as it is for kopf."""
    decorated = obs.reconcile("tenant")(functools.partial(_async, ValueError("no")))
    with pytest.raises(ValueError, match="no"):
        _call(decorated)
    assert dict.fromkeys(RESULTS, 0.0) | {"error": 1.0} == _results(value)


def test_methods_are_bound(obs: sloctl.Instrumentation, value: Value) -> None:
    """The decorator stands above a method, and under @classmethod and @staticmethod."""

    class Reconciler:
        @obs.reconcile("tenant")
        def one(self) -> "Reconciler":
            return self

        @classmethod
        @obs.reconcile("tenant")
        def two(cls) -> type["Reconciler"]:
            return cls

        @staticmethod
        @obs.reconcile("tenant")
        async def three() -> str:
            return "three"

    reconciler = Reconciler()
    assert reconciler.one() is reconciler
    assert reconciler.two() is Reconciler
    assert _call(reconciler.three) == "three"
    assert _results(value)["success"] == 3


def test_kopf_runs_a_decorated_sync_handler_to_its_end(obs: sloctl.Instrumentation, value: Value) -> None:
    """kopf runs a sync handler in a thread; decorated, it still is one."""
    from kopf._core.actions.invocation import invoke

    assert asyncio.run(invoke(obs.reconcile("tenant")(_sync))) == "done"
    assert _results(value)["success"] == 1


def test_functions_of_one_controller_share_its_series(obs: sloctl.Instrumentation, value: Value) -> None:
    """Create, update and delete may be functions of their own."""
    for _ in range(2):
        obs.reconcile("tenant")(_sync)()
    obs.reconcile("database")(_sync)()
    assert _results(value)["success"] == 2
    assert _results(value, "database")["success"] == 1


def test_instrumentations_of_one_registry_share_the_families() -> None:
    """Two parts of one process record into the same families instead of clashing."""
    registry = CollectorRegistry()
    for name in ("one", "two"):
        sloctl.Instrumentation(name, registry=registry).reconcile("tenant")(_sync)()
    labels = {"controller": "tenant", "result": "success"}
    assert registry.get_sample_value("controller_runtime_reconcile_total", labels) == 2


def _generator() -> Iterator[int]:
    yield 1


async def _async_generator() -> AsyncIterator[int]:
    yield 1


class _Callable:
    async def __call__(self) -> None: ...


class _Yields:
    def __call__(self) -> Iterator[int]:
        yield 1


@pytest.mark.parametrize(
    ("controller", "function", "message", "hint"),
    [
        ("tenant", _generator, "_generator yields, so a call of it does no work yet", "return"),
        ("tenant", _async_generator, "_async_generator yields", "return"),
        ("tenant", functools.partial(_generator), "_generator yields", "return"),
        ("tenant", classmethod(_sync), "is no function", "below @classmethod"),
        ("tenant", staticmethod(_sync), "is no function", "below @classmethod or @staticmethod"),
        ("tenant", _Callable, "_Callable is a class", "above the method"),
        ("tenant", functools.partial(_Callable), "_Callable is a class", "above the method"),
        ("tenant", _Yields(), "_Yields.__call__ yields, so a call of it does no work yet", "return"),
        ("tenant", _Callable(), "is an object that is called", "__call__"),
        ("", _sync, "a controller needs a name", '@obs.reconcile("tenant")'),
        (_sync, _sync, "a controller needs a name", '@obs.reconcile("tenant")'),
    ],
)
def test_misuse_is_refused_where_it_stands(
    obs: sloctl.Instrumentation, controller: Any, function: Any, message: str, hint: str
) -> None:
    """What cannot be measured is refused when it is decorated, with a reason and what to do."""
    with pytest.raises(sloctl.DeclarationError) as refused:
        obs.reconcile(controller)(function)
    assert message in str(refused.value)
    assert hint in refused.value.hint


async def test_a_coroutine_that_is_closed_elsewhere_ends_its_span(
    obs: sloctl.Instrumentation, spans: InMemorySpanExporter
) -> None:
    """A loop that ends with a call under way closes it in another context; that is no fault of the host's."""
    obs.gauge("missing", "Missing.", labels={"tenant": sloctl.PerObject()})

    @obs.reconcile("tenant")
    async def reconcile(body: dict[str, Any]) -> None:
        await asyncio.Event().wait()

    call = reconcile({"kind": "Tenant", "metadata": {"name": "acme", "uid": "7f"}})
    contextvars.copy_context().run(call.send, None)
    call.close()
    assert [span.name for span in spans.get_finished_spans()] == ["reconcile Tenant"]
