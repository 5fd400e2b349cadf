"""The instrumentor as a part of OpenTelemetry's instrumentation, and what it does where kopf is not as expected."""

import contextlib
import importlib
import logging
from collections.abc import Iterator
from importlib.metadata import entry_points, requires
from typing import Any

import kopf
import pytest
from opentelemetry.instrumentation.instrumentor import BaseInstrumentor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from packaging.requirements import Requirement
from prometheus_client import CollectorRegistry

import sloctl
from sloctl.model.errors import DeclarationError
from sloctl.sdk.controllers import Controller
from sloctl.sdk.hooks.kopf import admission, background, outcomes, peering, queues, sleeps, start, watches, writes
from sloctl.sdk.hooks.kopf import spans as tracing
from sloctl.sdk.hooks.kopf.lifetimes import Lifetimes
from sloctl.sdk.hooks.kopf.passes import Pass
from sloctl.sdk.hooks.kopf.patching import Hook
from sloctl.sdk.hooks.kopf.recorder import Recorder
from tests.sdk.conftest import Value
from tests.sdk.kopf.conftest import KIND, Operator, create, until
from tests.support.cluster import Cluster

MODULES = (start, watches, queues, outcomes, sleeps, writes, background, admission, peering, tracing)


def all_hooks() -> list[Hook]:
    """Give every hook."""
    recorder = Recorder(sloctl.Instrumentation("test", registry=CollectorRegistry()), served=False)
    return [hook for module in MODULES for hook in module.hooks(recorder)]


@contextlib.contextmanager
def other(hook: Hook, found: object) -> Iterator[None]:
    """Put something else in the place of a function of kopf's; None takes it away."""
    owner, name = place(hook)
    original = getattr(owner, name)
    delattr(owner, name)
    if found is not None:
        setattr(owner, name, found)
    try:
        yield
    finally:
        setattr(owner, name, original)


def place(hook: Hook) -> tuple[Any, str]:
    """Give the module or class that holds the function that a hook needs, and its name there."""
    owner, name, _ = hook.find()
    return owner, hook.used_by or name


@pytest.fixture
def instrumentor() -> Iterator[sloctl.KopfInstrumentor]:
    """Give the instrumentor; it is taken back."""
    instrumentor = sloctl.KopfInstrumentor()
    yield instrumentor
    if instrumentor.is_instrumented_by_opentelemetry:
        instrumentor.uninstrument()


def test_it_is_an_instrumentor_that_the_launcher_finds() -> None:
    """The entry point gives the class, and what it declares is what the launcher reads in the package's metadata."""
    (found,) = entry_points(group="opentelemetry_instrumentor", name="kopf")
    assert found.load() is sloctl.KopfInstrumentor
    assert issubclass(sloctl.KopfInstrumentor, BaseInstrumentor)
    declared = [Requirement(each) for each in requires("sloctl") or ()]
    instruments = [each for each in declared if each.marker and each.marker.evaluate({"extra": "instruments"})]
    ours = [Requirement(each) for each in sloctl.KopfInstrumentor().instrumentation_dependencies()]
    assert [(each.name, each.specifier) for each in instruments] == [(each.name, each.specifier) for each in ours]


def test_uninstrumenting_puts_back_exactly_what_was_there(
    instrumentor: sloctl.KopfInstrumentor, obs: sloctl.Instrumentation
) -> None:
    """Every function is replaced while kopf is instrumented, and is the very same function afterwards."""
    places = [hook.find()[:2] for hook in all_hooks()]
    before = [vars(owner).get(name) for owner, name in places]
    for _ in range(2):
        instrumentor.instrument(obs=obs)
        assert all(vars(owner)[name] is not found for (owner, name), found in zip(places, before, strict=True))
        instrumentor.uninstrument()
        assert all(vars(owner).get(name) is found for (owner, name), found in zip(places, before, strict=True))


def test_what_somebody_else_has_wrapped_since_stays(
    instrumentor: sloctl.KopfInstrumentor, obs: sloctl.Instrumentation
) -> None:
    """Another instrumentation's wrapper is not torn out with ours."""
    from kopf._core.reactor import queueing

    original = queueing.watcher
    instrumentor.instrument(obs=obs)

    def another() -> None:
        pass

    queueing.watcher = another
    try:
        instrumentor.uninstrument()
        assert queueing.watcher is another
    finally:
        queueing.watcher = original


def test_an_instrumentation_is_given_alone(instrumentor: sloctl.KopfInstrumentor, obs: sloctl.Instrumentation) -> None:
    """It has a registry already, so a second one beside it is refused."""
    with pytest.raises(DeclarationError, match="registry"):
        instrumentor.instrument(obs=obs, registry=CollectorRegistry())


@pytest.mark.parametrize("hook", all_hooks(), ids=lambda hook: hook.name)
@pytest.mark.parametrize("found", ["nothing", "another kind", "other arguments"])
def test_a_function_that_is_not_as_expected_is_left_alone(
    instrumentor: sloctl.KopfInstrumentor,
    obs: sloctl.Instrumentation,
    value: Value,
    caplog: pytest.LogCaptureFixture,
    hook: Hook,
    found: str,
) -> None:
    """One warning names what is not measured, a gauge shows it, and all other hooks are in place."""

    async def other_arguments(what: object) -> None:
        """Take nothing that the hook needs."""

    stands = {"nothing": None, "another kind": len, "other arguments": other_arguments}[found]
    owner, name = place(hook)
    with other(hook, stands), caplog.at_level(logging.WARNING, "sloctl"):
        instrumentor.instrument(obs=obs)
        standing = vars(owner).get(name)
        instrumentor.uninstrument()
    assert standing is stands
    (record,) = [record for record in caplog.records if record.name == "sloctl"]
    assert hook.name in record.getMessage()
    for each in all_hooks():
        assert value("sloctl_instrumentation_degraded", hook=each.name) == (each.name == hook.name)


@pytest.mark.parametrize(
    "missing",
    ["queueing.watcher", "execution.execute_handler_once", "queueing.worker"],
)
async def test_without_kopfs_inside_the_public_decorators_tell_of_handlers(
    instrumentor: sloctl.KopfInstrumentor,
    obs: sloctl.Instrumentation,
    value: Value,
    cluster: Cluster,
    operator: Operator,
    spans: InMemorySpanExporter,
    missing: str,
) -> None:
    """A call of a changing handler is a reconciliation then, or a trace; outcomes are told from what it raises."""
    hook, *_ = [each for each in all_hooks() if each.name == missing]

    class Different:
        """Calls kopf's function and does not look like it."""

        def __init__(self) -> None:
            self.function = getattr(importlib.import_module(f"kopf.{hook.module}"), hook.function)
            self.__name__ = hook.function

        async def __call__(self, **kwargs: Any) -> Any:
            return await self.function(**kwargs)

    with other(hook, Different()):
        instrumentor.instrument(obs=obs)
        failed: list[bool] = []

        @kopf.on.create(*KIND, registry=operator.handlers, id="made")
        @kopf.on.update(*KIND, registry=operator.handlers, id="changed")
        async def created(**_: Any) -> None:
            if not failed:
                failed.append(True)
                raise kopf.TemporaryError("later", delay=0.05)

        @kopf.on.event(*KIND, registry=operator.handlers, id="seen")
        def event(**_: Any) -> None:
            raise ValueError("bad")

        await operator.start()
        await create(cluster, "blue")
        total = "controller_runtime_reconcile_total"
        await until(lambda: value(total, controller="resident", result="success") == 1)
        assert value(total, controller="resident", result="requeue_after") == 1
        assert value(total, controller="resident", result="error") == 0
        labels = {"controller": "resident", "handler": "made"}
        counted = "sloctl_handler_outcomes_total"
        assert value(counted, **labels, outcome="requeue_after", attempt="first") == 1
        assert value(counted, **labels, outcome="success", attempt="retry") == 1
        operator.stop()
        roots = [span for span in spans.get_finished_spans() if span.parent is None]
        attempts = {root.attributes["sloctl.reconcile.attempt"] for root in roots}
        assert attempts == {1, 2}
    instrumentor.uninstrument()


async def test_a_fault_inside_a_hook_reaches_nobody(
    instrumentor: sloctl.KopfInstrumentor,
    obs: sloctl.Instrumentation,
    value: Value,
    cluster: Cluster,
    operator: Operator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The operator does its work with every hook broken, and the faults are counted."""

    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("a fault of ours")

    instrumentor.instrument(obs=obs)
    for name in ("queue", "watch", "cells", "controller", "claim", "known", "started"):
        monkeypatch.setattr(Recorder, name, broken)
    done: list[str] = []

    @kopf.on.create(*KIND, registry=operator.handlers)
    def created(name: str, **_: Any) -> None:
        done.append(name)

    @kopf.timer(*KIND, registry=operator.handlers, interval=0.05)
    def tick(**_: Any) -> None:
        done.append("tick")

    await operator.start(watching=False)
    await create(cluster, "blue")
    await until(lambda: {"blue", "tick"} <= set(done))
    assert (value("sloctl_internal_errors_total", kind="hook") or 0) > 5


async def test_faults_in_the_midst_of_a_pass_reach_nobody(
    instrumentor: sloctl.KopfInstrumentor,
    obs: sloctl.Instrumentation,
    value: Value,
    cluster: Cluster,
    operator: Operator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A pass or a handler whose record cannot be begun or ended is processed like any other."""

    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(Lifetimes, "seen", broken)
    instrumentor.instrument(obs=obs)
    done: list[str] = []

    @kopf.on.create(*KIND, registry=operator.handlers)
    def created(name: str, **_: Any) -> None:
        done.append(name)
        raise kopf.PermanentError("whatever it comes to")

    await operator.start()
    await create(cluster, "unseen")
    await until(lambda: "unseen" in done)
    await until(lambda: (value("sloctl_internal_errors_total", kind="hook") or 0) >= 1)
    assert value("workqueue_unfinished_work_seconds", name="resident", controller="resident") == 0
    for owner, name in ((Controller, "start"), (Pass, "came_to"), (Controller, "end")):
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, broken)
            before = value("sloctl_internal_errors_total", kind="hook") or 0
            await create(cluster, f"no-{name.replace('_', '-')}")
            await until(lambda: f"no-{name.replace('_', '-')}" in done)  # noqa: B023 # called at once
            await until(lambda: (value("sloctl_internal_errors_total", kind="hook") or 0) > before)  # noqa: B023


async def test_counters_go_on_when_kopf_is_instrumented_anew(
    instrumentor: sloctl.KopfInstrumentor, obs: sloctl.Instrumentation, value: Value, cluster: Cluster
) -> None:
    """What the operator before it counted is still counted, and the next operator's first list is no second one."""
    names = (
        "workqueue_adds_total",
        "workqueue_queue_duration_seconds_count",
        "informer_processing_latency_seconds_count",
    )
    handled: list[str] = []
    counted: list[list[float]] = []
    for name in ("blue", "red"):
        instrumentor.instrument(obs=obs)
        operator = Operator(cluster.url, value)

        @kopf.on.create(*KIND, registry=operator.handlers)
        def created(name: str, **_: Any) -> None:
            handled.append(name)

        await operator.start(watching=False)
        await create(cluster, name)
        await until(lambda made=name: made in handled)  # type: ignore[misc]
        operator.stop()
        instrumentor.uninstrument()
        lines = [line.rpartition(" ") for line in obs.exposition().decode().splitlines()]
        counted.append([sum(float(found) for series, _, found in lines if series.startswith(each)) for each in names])
    assert all(0 < first < second for first, second in zip(*counted, strict=True))
    assert value("sloctl_watch_relists_total", resource="residents.example.com") == 0
