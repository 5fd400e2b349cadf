"""Spans of handling cycles and of the handlers in them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from opentelemetry import context as contexts

from sloctl.sdk.hooks.kopf.cycles import CYCLE, Cycle, Traces
from sloctl.sdk.hooks.kopf.outcomes import came_to
from sloctl.sdk.hooks.kopf.patching import Function, Hook
from sloctl.sdk.hooks.kopf.ticks import TICK, Tick
from sloctl.sdk.propagation import TRACEPARENT
from sloctl.sdk.tracing import OpenSpan

if TYPE_CHECKING:
    from sloctl.sdk.hooks.kopf.recorder import Recorder

_IGNORED: Final = ("metadata", "annotations", TRACEPARENT)


def hooks(recorder: "Recorder", traces: Traces) -> list[Hook]:
    """Give the hooks that open spans around passes and handlers."""
    report = traces.guard.report

    def worker(original: Function) -> Function:
        """Wrap the task that makes the passes over one object."""

        async def wrapper(*args: Any, **kwargs: Any) -> Any:
            if not traces.on():
                return await original(*args, **kwargs)
            cycle = Cycle(traces)
            CYCLE.set(cycle)
            contexts.attach(traces.guard.context)  # for as long as the task lives: it has a context of its own
            try:
                return await original(*args, **kwargs)
            finally:
                cycle.give_up()

        return wrapper

    def process_resource_event(original: Function) -> Function:
        """Wrap one pass."""
        ignoring: Any = None

        async def wrapper(*args: Any, **kwargs: Any) -> Any:
            nonlocal ignoring
            cycle = CYCLE.get()
            try:
                storage = kwargs["settings"].persistence.diffbase_storage
                if storage is not ignoring:
                    ignoring = storage
                    ignore(storage)
                if cycle is not None:
                    cycle.begin(kwargs["raw_event"], recorder.controller(kwargs["resource"]))
            except Exception as error:
                report("hook", "failed to begin the spans of a pass", error)
            if cycle is None:
                return await original(*args, **kwargs)
            try:
                return await original(*args, **kwargs)
            finally:
                try:
                    cycle.end()
                except Exception as error:
                    report("hook", "failed to end the spans of a pass", error)

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
            role = type(kwargs["cause"]).__name__
            span: _Attempt | None = None
            if role in _TRACED and traces.on():
                try:
                    span = _Attempt(traces, recorder, role, kwargs)
                except Exception as error:
                    report("hook", "failed to open the span of a handler", error)
            if span is None:
                return await original(*args, **kwargs)
            result = None
            try:
                result = await original(*args, **kwargs)
            finally:
                try:
                    span.end(result)
                except Exception as error:
                    report("hook", "failed to end the span of a handler", error)
            return result

        return wrapper

    def apply(original: Function) -> Function:
        """Wrap the end of a pass: it patches, or sleeps and then touches the object, to come back to it."""

        async def wrapper(*args: Any, **kwargs: Any) -> Any:
            cycle = CYCLE.get()
            if cycle is None:
                return await original(*args, **kwargs)
            delays = kwargs["delays"]
            is_long, patches = cycle.waits(min(delays) if delays else None), bool(kwargs["patch"])
            if is_long and not patches:
                cycle.close()
            answer = await original(*args, **kwargs)
            if is_long and patches:
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
        Hook("_core.reactor.queueing", "worker", ("processor", "key"), worker),
        Hook(
            "_core.reactor.processing",
            "process_resource_event",
            ("settings", "resource", "raw_event"),
            process_resource_event,
        ),
        Hook("_core.reactor.processing", "process_changing_cause", ("cause",), process_changing_cause),
        Hook("_core.actions.execution", "execute_handler_once", ("handler", "cause", "state"), execute_handler_once),
        Hook("_core.actions.application", "apply", ("patch", "delays"), apply),
        Hook("_cogs.clients.api", "patch", ("url", "payload"), patch),
    ]
