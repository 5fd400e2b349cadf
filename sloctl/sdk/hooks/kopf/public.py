"""What kopf's public decorators can tell, for a kopf whose inside is not as expected."""

import importlib
from collections.abc import Mapping
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sloctl.model.errors import DeclarationError
from sloctl.sdk.calls import Finish, around
from sloctl.sdk.controllers import controller_of
from sloctl.sdk.handlers import attempt_of
from sloctl.sdk.handling import CURRENT, Handling
from sloctl.sdk.hooks.kopf.patching import Function, Hooks
from sloctl.sdk.outcomes import is_timeout, outcome_of
from sloctl.sdk.spans import Spans

if TYPE_CHECKING:
    from sloctl.sdk.hooks.kopf.recorder import Recorder

_CHANGING: Final = frozenset({"create", "update", "delete", "resume", "field"})
_OTHERS: Final = frozenset({"event", "timer", "daemon", "index", "validate", "mutate"})


class Missing(NamedTuple):
    """
    What kopf's inside does not tell.

    Attributes:
        passes: Which handlers it calls together, as one reconciliation.
        outcomes: What came of handlers.
        cycles: Which passes belong together, as one trace.
    """

    passes: bool
    outcomes: bool
    cycles: bool


def install(recorder: "Recorder", hooks: Hooks, missing: Missing) -> None:
    """
    Record the handlers that are declared from here on, each call by itself.

    A call of a changing handler stands for a reconciliation, as under `@obs.reconcile`; what kopf makes of its errors
    (retries that are used up, timeouts) stays unknown.

    Args:
        recorder: Where they are recorded.
        hooks: Replaces the decorators.
        missing: What is recorded.
    """
    on = importlib.import_module("kopf.on")
    kopf = importlib.import_module("kopf")
    for name in _CHANGING | _OTHERS:
        decorator = getattr(on, name, None)
        if decorator is None:
            continue
        recording = _recording(recorder, decorator, missing, changing=name in _CHANGING)
        for module in (on, kopf):
            if getattr(module, name, None) is decorator:
                hooks.replace(module, name, recording)


def _recording(recorder: "Recorder", decorator: Function, missing: Missing, *, changing: bool) -> Function:
    def declare(*args: Any, **kwargs: Any) -> Function:
        register = decorator(*args, **kwargs)

        def decorated(function: Function) -> Any:
            handler = str(kwargs.get("id") or getattr(function, "__qualname__", ""))
            recording = _Recording(recorder, handler, missing, changing=changing)
            try:
                register(around(function, None, recording.begin))
            except DeclarationError:  # no plain function, and kopf may know what to do with it
                register(function)
            return function  # as kopf does: the next decorator above is another handler, with a record of its own

        return decorated

    return declare


class _Recording:
    """Records the calls of one handler."""

    def __init__(self, recorder: "Recorder", handler: str, missing: Missing, *, changing: bool) -> None:
        tracing = recorder.obs._tracing
        self._recorder = recorder
        self._handler = handler
        self._changing = changing
        self._counted = changing and missing.passes
        self._outcomes = missing.outcomes
        self._tracing = tracing if changing and missing.cycles else None
        self._spans: dict[str, Spans] = {}

    def begin(self, args: tuple[object, ...], kwargs: Mapping[str, Any]) -> Finish:
        """Record a call that begins."""
        try:
            return self._begin(args, kwargs)
        except Exception as error:
            self._recorder.guard.report("hook", "failed to begin a handler", error)
            return lambda _value, _error: None

    def _begin(self, args: tuple[object, ...], kwargs: Mapping[str, Any]) -> Finish:
        resource = kwargs["resource"]
        name = self._recorder.controller(resource)
        cells = self._recorder.cells(resource, self._handler) if self._outcomes else None
        controller = controller_of(self._recorder.store, name) if self._counted else None
        if self._tracing is not None and name not in self._spans:
            self._spans[name] = Spans(self._tracing, name)
        span = self._spans[name].open(args, kwargs) if self._tracing is not None else None
        if controller is not None:
            controller.start()
        handling = Handling(name, counted=self._changing)
        token = CURRENT.set(handling)
        attempt = attempt_of(kwargs)
        started = perf_counter()

        def finish(_value: object, error: BaseException | None) -> None:
            seconds = perf_counter() - started
            handling.open = False
            with self._recorder.guard("hook", "record what came of a handler"):
                CURRENT.reset(token)
                outcome = outcome_of(error)
                if span is not None:
                    span.close(outcome or "cancelled", error)
                if controller is not None:
                    controller.end(outcome, seconds)
                    controller.timeouts += is_timeout(error)
                if cells is not None and outcome is not None:
                    (cells.retry if attempt == "retry" else cells.first)[outcome].value += 1.0
                    cells.took(seconds)

        return finish
