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
        seconds: How long the attempts took.
        listening: The handler and its copy that tells of errors, where kopf ignores them.
    """

    __slots__ = ("first", "listening", "retry", "seconds")

    def __init__(self, store: Store, controller: str, handler: str) -> None:
        family = store.values(families.HANDLER_OUTCOMES)
        self.first, self.retry = (
            {outcome: family.at(controller, handler, outcome, attempt) for outcome in (*OUTCOMES, "ignored")}
            for attempt in ("first", "retry")
        )
        self.seconds = store.buckets(families.HANDLER_SECONDS).at(controller, handler)
        self.listening: tuple[Any, Any] | None = None


def hooks(recorder: "Recorder") -> list[Hook]:
    """Give the hooks that record what came of handlers."""
    report = recorder.guard.report

    def execute_handler_once(original: Function) -> Function:
        """Wrap one attempt of one handler of any kind: kopf tells what came of it by what it returns."""
        ignored = getattr(inspect.unwrap(original).__globals__.get("ErrorsMode"), "IGNORED", "IGNORED")

        async def wrapper(*args: Any, **kwargs: Any) -> Any:
            try:
                call = _Call(recorder, kwargs)
                if (kwargs["handler"].errors or kwargs.get("default_errors")) is ignored:
                    kwargs["handler"] = call.listen(kwargs["handler"])
            except Exception as error:
                report("hook", "failed to begin a handler", error)
                return await original(*args, **kwargs)
            result = None
            try:
                result = await original(*args, **kwargs)
            finally:
                try:
                    call.end(result)
                except Exception as error:
                    report("hook", "failed to record what came of a handler", error)
            return result

        return wrapper

    def process_changing_cause(original: Function) -> Function:
        """Wrap the part of a pass that calls changing handlers: it returns the delays of those that are not done."""
        reasons = getattr(inspect.unwrap(original).__globals__.get("causes"), "HANDLER_REASONS", ())

        def wrapper(*args: Any, **kwargs: Any) -> Any:
            changing = original(*args, **kwargs)
            return followed(changing) if kwargs["cause"].reason in reasons else changing

        async def followed(changing: Any) -> Any:
            delays = await changing
            under_way = PASS.get()
            if delays and under_way is not None and under_way.outcome == "success":
                under_way.outcome = "requeue"
            return delays

        return wrapper

    return [
        Hook("_core.actions.execution", "execute_handler_once", ("handler", "cause", "state"), execute_handler_once),
        Hook("_core.reactor.processing", "process_changing_cause", ("cause",), process_changing_cause),
    ]


class _Call:
    """One attempt of one handler."""

    __slots__ = ("attempts", "cells", "failures", "handling", "started", "timed", "under_way")

    def __init__(self, recorder: "Recorder", kwargs: Mapping[str, Any]) -> None:
        handler, cause = kwargs["handler"], kwargs["cause"]
        self.under_way: Pass | None = None
        self.handling: Handling | None = None
        self.failures: list[Exception] = []
        self.timed = True
        under_way, role = PASS.get(), type(cause).__name__
        if under_way is None:
            self.cells = recorder.cells(getattr(cause, "resource", None), handler.id)
            objects.CURRENT.set(getattr(cause, "body", None))
            if role == "DaemonCause":
                self.handling = Handling(recorder.controller(cause.resource), counted=False)
                CURRENT.set(self.handling)
                self.timed = type(handler).__name__ != "DaemonHandler"  # which runs for as long as its object lives
        else:
            queue = under_way.queue
            self.cells = queue.handlers.get(handler.id) or queue.handler(handler.id)
            if role == "ChangingCause":
                self.under_way = under_way
                if under_way.handling is None:
                    under_way.reconcile()
            objects.CURRENT.set(under_way.event["object"])
        self.attempts = self.cells.retry if kwargs["state"].retries else self.cells.first
        self.started = perf_counter()

    def listen(self, handler: Any) -> Any:
        """Give a copy of a handler that tells of errors which kopf is going to ignore."""
        self.failures = []
        _failures.set(self.failures)
        copy = self.cells.listening
        if copy is None or copy[0] is not handler:
            copy = self.cells.listening = (handler, _listening(handler))
        return copy[1]

    def end(self, result: Any) -> None:
        """Record the attempt by what kopf makes of it; None stands for one that was cancelled."""
        if self.handling is not None:
            self.handling.open = False
            CURRENT.set(None)
        if result is None:
            return
        outcome = came_to(result)
        self.attempts["ignored" if self.failures else outcome].value += 1.0
        if self.timed:
            self.cells.seconds.add(perf_counter() - self.started)
        if (under_way := self.under_way) is not None:
            under_way.came_to(outcome)
            if not result.final:
                under_way.queue.retries.value += 1.0
            if is_timeout(result.exception):
                under_way.queue.controller.timeouts += 1


def came_to(result: Any) -> Outcome:
    """Say what came of an attempt: an error that is final is not tried again, whatever it was."""
    if result.exception is None:
        return "success"
    return "terminal" if result.final else outcome_of(result.exception) or "error"


def _listening(handler: Any) -> Any:
    try:
        return dataclasses.replace(handler, fn=around(handler.fn, "a handler", _listen))
    except DeclarationError:  # no plain function: its errors stay unheard
        return handler


def _listen(_args: tuple[object, ...], _kwargs: Mapping[str, object]) -> Finish:
    failures = _failures.get()

    def finish(_value: object, error: BaseException | None) -> None:
        if failures is not None and isinstance(error, Exception):
            failures.append(error)

    return finish
