"""What came of handlers, and of the passes that called them."""

import dataclasses
import inspect
from collections.abc import Mapping
from contextvars import ContextVar
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from sloctl.model.errors import DeclarationError
from sloctl.sdk import families, objects
from sloctl.sdk.calls import Finish, around
from sloctl.sdk.handling import CURRENT, Handling
from sloctl.sdk.hooks.kopf.passes import PASS, Pass
from sloctl.sdk.hooks.kopf.patching import Function, Hook
from sloctl.sdk.outcomes import OUTCOMES, Outcome, is_timeout, outcome_of
from sloctl.sdk.store import Store

if TYPE_CHECKING:
    from sloctl.sdk.hooks.kopf.recorder import Recorder

_failures: Final[ContextVar[list[Exception] | None]] = ContextVar("sloctl-kopf-failures", default=None)


class HandlerCells:
    """
    What a handler came to; its series exist at 0 from here on.

    Attributes:
        first: First attempts by outcome, `ignored` being an error that kopf takes for a success.
        retry: Later attempts.
        took: Observes how long an attempt took, in seconds.
        listening: The handler and its copy that tells of errors, where kopf ignores them.
    """

    __slots__ = ("first", "listening", "retry", "took")

    def __init__(self, store: Store, controller: str, handler: str) -> None:
        family = store.values(families.HANDLER_OUTCOMES)
        self.first, self.retry = (
            {outcome: family.at(controller, handler, outcome, attempt) for outcome in (*OUTCOMES, "ignored")}
            for attempt in ("first", "retry")
        )
        self.took = store.buckets(families.HANDLER_SECONDS).at(controller, handler).add
        self.listening: tuple[Any, Any] | None = None


def hooks(recorder: "Recorder") -> list[Hook]:
    """Give the hooks that record what came of handlers."""
    report = recorder.guard.report

    def execute_handler_once(original: Function) -> Function:
        """Wrap one attempt of one handler of any kind: kopf tells what came of it by what it returns."""
        ignored = getattr(inspect.unwrap(original).__globals__.get("ErrorsMode"), "IGNORED", "IGNORED")
        current, clock = PASS.get, perf_counter

        async def wrapper(*args: Any, **kwargs: Any) -> Any:
            try:
                under_way, handler, cause = current(), kwargs["handler"], kwargs["cause"]
                changing, timed, handling = False, True, None
                if type(under_way) is Pass:
                    queue = under_way.queue
                    cells = queue.handlers.get(handler.id) or queue.handler(handler.id)
                    if cause.__class__.__name__ == "ChangingCause":
                        changing = True
                        if not under_way.open:
                            under_way.open = True
                            queue.controller.start()
                    if queue.objects.metrics:  # something belongs to objects, and may be named by their names
                        objects.CURRENT.set(cause.body)
                else:
                    cells = recorder.cells(getattr(cause, "resource", None), handler.id)
                    timed = type(handler).__name__ != "DaemonHandler"  # which runs for as long as its object lives
                    handling = _beside_passes(recorder, cause)
                failures = _listen(cells, kwargs) if (handler.errors or kwargs.get("default_errors")) is ignored else ()
                attempts = cells.retry if kwargs["state"].retries else cells.first
            except Exception as error:
                report("hook", "failed to begin a handler", error)
                return await original(*args, **kwargs)
            started = clock()
            try:
                result = await original(*args, **kwargs)
            finally:
                if handling is not None:
                    handling.open = False
                    CURRENT.set(None)
            try:
                if timed:
                    cells.took(clock() - started)
                outcome = "success" if result.exception is None else came_to(result)
                attempts["ignored" if failures else outcome].value += 1.0
                if changing:
                    if outcome != "success" or under_way.outcome is not None:
                        _note(under_way, outcome, result)
                    else:
                        under_way.outcome = outcome
            except Exception as error:
                report("hook", "failed to record what came of a handler", error)
            return result

        return wrapper

    def execute_handlers_once(original: Function) -> Function:
        """Wrap the choice of the handlers that are called in a pass: one of several, unless kopf is told otherwise."""

        def wrapper(*args: Any, **kwargs: Any) -> Any:
            executing = original(*args, **kwargs)
            with_more = len(kwargs["handlers"]) > 1 and kwargs["cause"].__class__.__name__ == "ChangingCause"
            return followed(executing, kwargs) if with_more else executing

        async def followed(executing: Any, kwargs: Mapping[str, Any]) -> Any:
            called = await executing
            under_way = PASS.get()
            if type(under_way) is Pass and under_way.outcome == "success":
                left = (each.id for each in kwargs["handlers"] if each.id not in called)
                if any(not kwargs["state"][each].finished for each in left):
                    under_way.outcome = "requeue"
            return called

        return wrapper

    return [
        Hook("_core.actions.execution", "execute_handler_once", ("handler", "cause", "state"), execute_handler_once),
        Hook("_core.actions.execution", "execute_handlers_once", ("handlers", "cause", "state"), execute_handlers_once),
    ]


def came_to(result: Any) -> Outcome:
    """Say what came of an attempt: an error that is final is not tried again, whatever it was."""
    if result.exception is None:
        return "success"
    return "terminal" if result.final else outcome_of(result.exception) or "error"


def _note(under_way: Pass, outcome: Outcome, result: Any) -> None:
    under_way.came_to(outcome)
    if not result.final:
        under_way.queue.retries.value += 1.0
    if is_timeout(result.exception):
        under_way.queue.controller.timeouts += 1


def _beside_passes(recorder: "Recorder", cause: Any) -> Handling | None:
    """Tell decorators what is handled by a timer or a daemon, which counts as no reconciliation."""
    objects.CURRENT.set(getattr(cause, "body", None))
    if type(cause).__name__ != "DaemonCause":
        return None
    handling = Handling(recorder.controller(cause.resource), counted=False)
    CURRENT.set(handling)
    return handling


def _listen(cells: HandlerCells, kwargs: dict[str, Any]) -> list[Exception]:
    """Have a handler tell of the errors that kopf is going to ignore; they will be in the list."""
    failures: list[Exception] = []
    _failures.set(failures)
    handler, copy = kwargs["handler"], cells.listening
    if copy is None or copy[0] is not handler:
        copy = cells.listening = (handler, _listening(handler))
    kwargs["handler"] = copy[1]
    return failures


def _listening(handler: Any) -> Any:
    try:
        return dataclasses.replace(handler, fn=around(handler.fn, None, _heard))
    except DeclarationError:  # no plain function: its errors stay unheard
        return handler


def _heard(_args: tuple[object, ...], _kwargs: Mapping[str, object]) -> Finish:
    failures = _failures.get()

    def finish(_value: object, error: BaseException | None) -> None:
        if failures is not None and isinstance(error, Exception):
            failures.append(error)

    return finish
