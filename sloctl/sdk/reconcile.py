"""The decorator that turns a function into a measured and traced reconciliation."""

import functools
import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from time import perf_counter
from typing import Any, Final, ParamSpec, TypeVar, cast

from sloctl.model.errors import DeclarationError
from sloctl.sdk.families import ControllerSeries, Result
from sloctl.sdk.spans import Spans

_P = ParamSpec("_P")
_R = TypeVar("_R")

_HOW: Final = '@obs.reconcile("tenant")'


class Controller:
    """What one controller records into, bound once."""

    __slots__ = ("series", "spans")

    def __init__(self, series: ControllerSeries, spans: Spans) -> None:
        self.series = series
        self.spans = spans

    def wrap(self, function: Callable[_P, _R]) -> Callable[_P, _R]:
        """
        Record every call of *function*, which stays what it was: sync or async, with its signature.

        Raises:
            DeclarationError: It is no function, one that yields, or a class.
        """
        target: Callable[_P, Any] = function
        if _is_async(function):

            @functools.wraps(function)
            async def measured(*args: _P.args, **kwargs: _P.kwargs) -> Any:
                call = _Call(self, args, kwargs)
                try:
                    value = await target(*args, **kwargs)
                except BaseException as error:
                    call.end(error)
                    raise
                call.end(None)
                return value

        else:

            @functools.wraps(function)
            def measured(*args: _P.args, **kwargs: _P.kwargs) -> Any:
                call = _Call(self, args, kwargs)
                try:
                    value = target(*args, **kwargs)
                except BaseException as error:
                    call.end(error)
                    raise
                call.end(None)
                return value

        return cast("Callable[_P, _R]", measured)


class _Call:
    __slots__ = ("_series", "_span", "_started")

    def __init__(self, controller: Controller, args: Sequence[object], kwargs: Mapping[str, object]) -> None:
        self._series = controller.series
        self._series.active.inc()
        self._span = controller.spans.open(args, kwargs)
        self._started = perf_counter()

    def end(self, error: BaseException | None) -> None:
        duration_s = perf_counter() - self._started
        result = _result(error)
        if result is not None:
            self._series.record(result, duration_s)
        self._series.active.dec()
        if self._span is not None:
            self._span.close(result or "cancelled", error)


def _result(error: BaseException | None) -> Result | None:
    """Say what came of a call; None for one that was cancelled, which is neither good nor bad."""
    if error is None:
        return "success"
    if not isinstance(error, Exception):
        return None
    # Whoever raises an error of kopf has imported kopf; nobody else needs it.
    come_back = getattr(sys.modules.get("kopf"), "TemporaryError", ())
    return "requeue_after" if isinstance(error, come_back) else "error"


def _is_async(function: Callable[..., object]) -> bool:
    """
    Say whether a call has to be awaited.

    Asks the innermost function, as kopf does: a decorator that guesses otherwise makes kopf run a coroutine
    function in a thread, where nobody awaits it.
    """
    if not callable(function):
        raise DeclarationError(f"{function!r} is no function", f"write {_HOW} directly above def, below @classmethod")
    innermost = function
    while isinstance(innermost, functools.partial) or hasattr(innermost, "__wrapped__"):
        innermost = innermost.func if isinstance(innermost, functools.partial) else innermost.__wrapped__
    if inspect.isclass(innermost):
        raise DeclarationError(
            f"{innermost.__qualname__} is a class, and to make an instance reconciles nothing",
            f"write {_HOW} above the method that reconciles",
        )
    if inspect.isgeneratorfunction(innermost) or inspect.isasyncgenfunction(innermost):
        raise DeclarationError(
            f"{innermost.__qualname__} yields, so a call of it reconciles nothing yet", "return instead of yielding"
        )
    if inspect.iscoroutinefunction(getattr(innermost, "__call__", None)):  # noqa: B004 # not asked whether it is callable
        raise DeclarationError(f"{innermost!r} is an object that is called", f"decorate its __call__ with {_HOW}")
    return inspect.iscoroutinefunction(innermost)
