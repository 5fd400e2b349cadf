"""The decorator that turns a function into a measured and traced reconciliation."""

import functools
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar, cast

from opentelemetry import trace as api

from sloctl.sdk import objects
from sloctl.sdk.calls import Finish, around, is_async
from sloctl.sdk.controllers import BOUNDS, Controller
from sloctl.sdk.guard import Guard
from sloctl.sdk.handling import CURRENT
from sloctl.sdk.objects import Owned
from sloctl.sdk.outcomes import OUTCOMES, Classifier, Outcome, is_timeout, outcome_of
from sloctl.sdk.spans import Spans
from sloctl.sdk.store import HAS_GIL
from sloctl.sdk.tracing import OpenSpan

if TYPE_CHECKING:
    from contextvars import Token

_P = ParamSpec("_P")
_R = TypeVar("_R")

_HOW: Final = '@obs.reconcile("tenant")'


class Reconciler:
    """
    Records the calls of functions as the reconciliations of one controller.

    Args:
        controller: Its cells.
        spans: Opens the root spans; None traces nothing.
        guard: Takes what the classifier raises.
        classify: The user's own reading of an outcome.
        per_object: The metrics whose series belong to objects: where there are any, the object is kept at hand.
    """

    def __init__(
        self,
        controller: Controller,
        spans: Spans | None,
        guard: Guard,
        classify: Classifier | None,
        per_object: Sequence[Owned],
    ) -> None:
        self._controller = controller
        self._spans = spans
        self._guard = guard
        self._classify = classify
        self._per_object = per_object

    def wrap(self, function: Callable[_P, _R]) -> Callable[_P, _R]:
        """
        Record every call of *function*, which stays what it was: sync or async, with its signature.

        Raises:
            DeclarationError: It is no function, one that yields, or a class.
        """
        measured = around(function, _HOW, self._begin)
        return measured if self._classify or not HAS_GIL else self._lean(function, measured)

    def _begin(self, args: tuple[object, ...], kwargs: Mapping[str, object]) -> Finish:
        handled = CURRENT.get()
        if handled is not None and handled.open and handled.counted:
            return _nothing
        self._controller.start()
        span = self._spans.open(args, kwargs) if self._spans and not (handled and handled.open) else None
        before = self._keep_at_hand(args, kwargs) if self._per_object else None
        started = perf_counter()
        return lambda value, error: self._end(perf_counter() - started, value, error, span, before)

    def _keep_at_hand(self, args: tuple[object, ...], kwargs: Mapping[str, object]) -> "Token[Any] | None":
        with self._guard("label", "find the object that is reconciled"):
            return objects.CURRENT.set(objects.object_in(args, kwargs))
        return None

    def _end(
        self,
        seconds: float,
        value: object,
        error: BaseException | None,
        span: OpenSpan | None,
        before: "Token[Any] | None" = None,
    ) -> None:
        outcome = self._outcome(value, error)
        self._controller.end(outcome, seconds)
        if is_timeout(error):
            self._controller.timeouts += 1
        if before is not None:
            with suppress(ValueError):  # a coroutine that is closed elsewhere: its context is left already
                objects.CURRENT.reset(before)
        if span is not None:
            if outcome is not None:
                self._controller.note(seconds, span.span)
            span.close(outcome or "cancelled", error)

    def _outcome(self, value: object, error: BaseException | None) -> Outcome | None:
        if self._classify is not None and (error is None or isinstance(error, Exception)):
            with self._guard("classifier", "classify an outcome"):
                found = self._classify(error, value)
                if found in OUTCOMES:
                    return found
                if found is not None:
                    self._guard.report("classifier", f"{found!r} is no outcome: one of {', '.join(OUTCOMES)}")
        return outcome_of(error)

    def _lean(self, function: Callable[_P, _R], measured: Callable[_P, Any]) -> Callable[_P, _R]:
        # What `measured` does for a success, with the bodies of Controller.start and Cell.add in place, and the host's
        # provider looked up before anything is called for it: calls would be half the cost.
        controller, handling, end = self._controller, CURRENT.get, self._end
        cell = controller.cells["success"]
        counts, bounds = cell.counts, BOUNDS
        open_span = self._spans.open if self._spans else None
        has_provider, per_object = self._spans is not None and not self._spans.follows_global, self._per_object
        target: Callable[_P, Any] = function
        if is_async(function, _HOW):

            @functools.wraps(function)
            async def lean(*args: _P.args, **kwargs: _P.kwargs) -> Any:
                if handling() or per_object:
                    return await measured(*args, **kwargs)
                controller.started += 1
                span = open_span(args, kwargs) if open_span and (has_provider or api._TRACER_PROVIDER) else None
                started = perf_counter()
                try:
                    value = await target(*args, **kwargs)
                except BaseException as error:
                    end(perf_counter() - started, None, error, span)
                    raise
                seconds = perf_counter() - started
                counts[bisect_left(bounds, seconds)] += 1
                cell.seconds += seconds
                if span is not None:
                    controller.note(seconds, span.span)
                    span.close("success")
                return value

        else:

            @functools.wraps(function)
            def lean(*args: _P.args, **kwargs: _P.kwargs) -> Any:
                if handling() or per_object:
                    return measured(*args, **kwargs)
                controller.started += 1
                span = open_span(args, kwargs) if open_span and (has_provider or api._TRACER_PROVIDER) else None
                started = perf_counter()
                try:
                    value = target(*args, **kwargs)
                except BaseException as error:
                    end(perf_counter() - started, None, error, span)
                    raise
                seconds = perf_counter() - started
                counts[bisect_left(bounds, seconds)] += 1
                cell.seconds += seconds
                if span is not None:
                    controller.note(seconds, span.span)
                    span.close("success")
                return value

        return cast("Callable[_P, _R]", lean)


def _nothing(_value: object, _error: BaseException | None) -> None:
    """End a call that is recorded elsewhere."""
