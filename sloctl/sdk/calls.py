"""Wraps functions without changing what they are: sync stays sync, async stays async, and signatures stay."""

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec, TypeVar, cast

from sloctl.model.errors import DeclarationError

_P = ParamSpec("_P")
_R = TypeVar("_R")

Finish = Callable[[object, BaseException | None], None]
Begin = Callable[[tuple[object, ...], Mapping[str, object]], Finish]


def around(function: Callable[_P, _R], how: str | None, begin: Begin) -> Callable[_P, _R]:
    """
    Call *begin* before each call of a function, and what it gives with the call's result or exception.

    What the function raises is passed on as it is. Neither *begin* nor what it gives may raise.

    Args:
        function: What is wrapped.
        how: As for `is_async`.
        begin: Takes the arguments of a call.

    Raises:
        DeclarationError: It is no plain function.
    """
    target: Callable[_P, Any] = function
    if is_async(function, how):

        @functools.wraps(function)
        async def wrapped(*args: _P.args, **kwargs: _P.kwargs) -> Any:
            finish = begin(args, kwargs)
            try:
                value = await target(*args, **kwargs)
            except BaseException as error:
                finish(None, error)
                raise
            finish(value, None)
            return value

    else:

        @functools.wraps(function)
        def wrapped(*args: _P.args, **kwargs: _P.kwargs) -> Any:
            finish = begin(args, kwargs)
            try:
                value = target(*args, **kwargs)
            except BaseException as error:
                finish(None, error)
                raise
            finish(value, None)
            return value

    return cast("Callable[_P, _R]", wrapped)


def is_async(function: Callable[..., object], how: str | None) -> bool:
    """
    Say whether a call has to be awaited.

    Asks the innermost function, as kopf does: a decorator that guesses otherwise makes kopf run a coroutine
    function in a thread, where nobody awaits it.

    Args:
        function: What is decorated.
        how: How the decorator is written, for the hints; None when the wrapper is to be no attribute of a class.

    Raises:
        DeclarationError: It is no function, one that yields, or a class.
    """
    is_static = isinstance(function, staticmethod)  # as an attribute, its wrapper would be given the instance
    if (is_static and how is not None) or not callable(function):
        raise DeclarationError(
            f"{function!r} is no function", f"write {how} directly above def, below @classmethod or @staticmethod"
        )
    innermost = function
    while isinstance(innermost, functools.partial) or hasattr(innermost, "__wrapped__"):
        innermost = innermost.func if isinstance(innermost, functools.partial) else innermost.__wrapped__
    if inspect.isclass(innermost):
        raise DeclarationError(
            f"{innermost.__qualname__} is a class, and to make an instance is no work to measure",
            f"write {how} above the method that does the work",
        )
    its_call = getattr(innermost, "__call__", None)  # noqa: B004 # not asked whether it is callable
    for called in (innermost, its_call):
        if inspect.isgeneratorfunction(called) or inspect.isasyncgenfunction(called):
            raise DeclarationError(
                f"{called.__qualname__} yields, so a call of it does no work yet", "return instead of yielding"
            )
    if inspect.iscoroutinefunction(its_call):
        raise DeclarationError(f"{innermost!r} is an object that is called", f"decorate its __call__ with {how}")
    return inspect.iscoroutinefunction(innermost)
