"""Spans of handling cycles and of the handlers in them."""

import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from opentelemetry import context as contexts

from sloctl.sdk.hooks.kopf import marks, ticks
from sloctl.sdk.hooks.kopf.cycles import CYCLE, Cycle, Traces
from sloctl.sdk.hooks.kopf.outcomes import came_to
from sloctl.sdk.hooks.kopf.patching import Function, Hook
from sloctl.sdk.hooks.kopf.ticks import Tick

if TYPE_CHECKING:
    from sloctl.sdk.hooks.kopf.recorder import Recorder


def hooks(recorder: "Recorder") -> list[Hook]:
    """Give the hooks that trace kopf; none when nothing is ever to be traced."""
    tracing = recorder.obs._tracing
    if tracing is None or tracing.silent:
        return []
    traces = Traces(tracing)
    return [*_hooks(recorder, traces), *ticks.hooks(tracing.guard), *marks.hooks(traces)]


def _hooks(recorder: "Recorder", traces: Traces) -> list[Hook]:
    report = traces.guard.report

    def watcher(original: Function) -> Function:
        """Wrap what feeds the queue of one resource: by then the operator has chosen how kopf tells changes."""

        def wrapper(*args: Any, **kwargs: Any) -> Any:
            with traces.guard("hook", "have the annotation ignored"):
                marks.ignore(kwargs["settings"].persistence.diffbase_storage)
            return original(*args, **kwargs)

        return wrapper

    def worker(original: Function) -> Function:
        """Wrap the task that makes the passes over one object."""

        async def wrapper(*args: Any, **kwargs: Any) -> Any:
            working = original(*args, **kwargs)
            del args, kwargs  # a worker lives on for seconds, and what it holds makes work for the collector
            if not traces.on():
                return await working
            cycle = Cycle(traces)
            CYCLE.set(cycle)
            contexts.attach(traces.guard.context)  # for as long as the task lives: it has a context of its own
            try:
                return await working
            finally:
                cycle.give_up()

        return wrapper

    def process_changing_cause(original: Function) -> Function:
        """Wrap the part of a pass that calls changing handlers: it returns the delays of those that are not done."""

        async def wrapper(*args: Any, **kwargs: Any) -> Any:
            cycle, cause = CYCLE.get(), kwargs["cause"]
            if cycle is not None and cause.reason == "resume":
                cycle.resumes()
            delays = await original(*args, **kwargs)
            if cycle is not None:
                cycle.handled(bool(delays))
            return delays

        return wrapper

    def execute_handler_once(original: Function) -> Function:
        """Wrap one attempt of one handler."""

        async def wrapper(*args: Any, **kwargs: Any) -> Any:
            came_to = None
            if traces.on():
                try:
                    came_to = _begin(traces, recorder, kwargs)
                except Exception as error:
                    report("hook", "failed to open the span of a handler", error)
            if came_to is None:
                return await original(*args, **kwargs)
            result = None
            try:
                result = await original(*args, **kwargs)
            finally:
                try:
                    came_to(*_outcome(result))
                except Exception as error:
                    report("hook", "failed to end the span of a handler", error)
            return result

        return wrapper

    def apply(original: Function) -> Function:
        """Wrap the end of a pass: it patches, or sleeps and then touches the object, to come back to it."""

        def wrapper(*args: Any, **kwargs: Any) -> Any:
            applying = original(*args, **kwargs)
            cycle = CYCLE.get()
            if cycle is not None:
                try:
                    if cycle.waits(kwargs["delays"]):
                        if kwargs["patch"]:
                            return closed(applying, cycle)
                        cycle.close()
                except Exception as error:
                    report("hook", "failed to see how long a pass waits", error)
            return applying

        async def closed(applying: Any, cycle: Cycle) -> Any:
            answer = await applying
            cycle.close()
            return answer

        return wrapper

    def patch(original: Function) -> Function:
        """Wrap a patch, whatever it is for."""

        async def wrapper(*args: Any, **kwargs: Any) -> Any:
            cycle = CYCLE.get()
            if cycle is None:
                return await original(*args, **kwargs)
            try:
                cycle.ensure()
            except Exception as error:
                report("hook", "failed to open the span of a cycle", error)
            answer = await original(*args, **kwargs)
            try:
                cycle.wrote(answer)
            except Exception as error:
                report("hook", "failed to read what was written", error)
            return answer

        return wrapper

    return [
        Hook("_core.reactor.queueing", "watcher", ("settings",), watcher),
        Hook("_core.reactor.queueing", "worker", ("processor", "key"), worker),
        Hook("_core.reactor.processing", "process_changing_cause", ("cause",), process_changing_cause),
        Hook("_core.actions.execution", "execute_handler_once", ("handler", "cause", "state"), execute_handler_once),
        Hook("_core.actions.application", "apply", ("patch", "delays"), apply),
        Hook("_cogs.clients.api", "patch", ("url", "payload"), patch),
    ]


CameTo = Callable[[str, BaseException | None], None]


def _begin(traces: Traces, recorder: "Recorder", kwargs: Mapping[str, Any]) -> CameTo | None:
    """Open the span of an attempt, if it is to have one; give what takes what came of it."""
    handler, cause, retries = kwargs["handler"], kwargs["cause"], kwargs["state"].retries
    role, cycle = type(cause).__name__, CYCLE.get()
    if role == "ChangingCause" and cycle is not None:
        cycle.ensure(handler.id)
        span = traces.attempt(handler.id, retries, cycle.uid)
        return functools.partial(cycle.came_to, handler.id, span)
    if role == "DaemonCause":
        return Tick(traces, recorder.controller(cause.resource), handler, cause, retries).came_to
    if role == "WebhookCause":
        return traces.attempt(handler.id, retries, None).close
    return None


def _outcome(result: Any) -> tuple[str, BaseException | None]:
    """Say what kopf makes of an attempt; None stands for one that was cancelled."""
    if result is None:
        return "cancelled", None
    error = result.exception
    if error is None:
        return "success", None
    if type(error).__name__ == "HandlerChildrenRetry":  # kopf's own way to say that its sub-handlers are not done
        error = None
    return came_to(result), error
