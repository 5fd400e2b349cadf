"""Decorators for the steps inside a reconciliation: a handler with its span, a duration, an outcome that is counted."""

from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Final, ParamSpec, TypeVar

from sloctl.model.errors import DeclarationError
from sloctl.sdk import families
from sloctl.sdk.calls import Finish, around
from sloctl.sdk.handling import CURRENT
from sloctl.sdk.labels import Enum
from sloctl.sdk.metrics import Counter, Histogram
from sloctl.sdk.outcomes import OUTCOMES, outcome_of
from sloctl.sdk.store import Store
from sloctl.sdk.tracing import Tracing

_P = ParamSpec("_P")
_R = TypeVar("_R")

_ATTEMPTS: Final = Enum("first", "retry")

OUTCOME_LABELS: Final[Mapping[str, Enum]] = {"outcome": Enum(*OUTCOMES), "attempt": _ATTEMPTS}
"""The labels of a counter that `@obs.counts` feeds."""


def attempt_of(kwargs: Mapping[str, object]) -> str:
    """Tell a first attempt from a later one: kopf passes the number of tries before this one as `retry`."""
    tries = kwargs.get("retry")
    return "retry" if type(tries) is int and tries > 0 else "first"  # the host may call something else so


class HandlerSeries:
    """
    What a handler came to; its series exist at 0 from here on.

    Attributes:
        attempts: By attempt and outcome.
        seconds: How long the attempts took.
    """

    __slots__ = ("attempts", "seconds")

    def __init__(self, store: Store, controller: str, handler: str) -> None:
        family = store.values(families.HANDLER_OUTCOMES)
        self.attempts = {
            attempt: {outcome: family.at(controller, handler, outcome, attempt) for outcome in OUTCOMES}
            for attempt in _ATTEMPTS.values
        }
        self.seconds = store.buckets(families.HANDLER_SECONDS).at(controller, handler)


class Handler:
    """
    Records the calls of functions as one handler: a span below the current one, its duration and its outcome.

    Args:
        store: Where it is recorded.
        tracing: Opens the spans; None traces nothing.
        name: The value of the label `handler`.
        controller: The value of the label `controller`, unless an instrumented framework knows it.
    """

    def __init__(self, store: Store, tracing: Tracing | None, name: str, controller: str) -> None:
        self._store = store
        self._tracing = tracing
        self._name = name
        self._controller = controller
        self._series = {controller: HandlerSeries(store, controller, name)}

    def wrap(self, function: Callable[_P, _R]) -> Callable[_P, _R]:
        """
        Record every call of *function*, which stays what it was: sync or async, with its signature.

        Raises:
            DeclarationError: It is no function, one that yields, or a class.
        """
        return around(function, '@obs.handler("resize")', self._begin)

    def _begin(self, _args: tuple[object, ...], kwargs: Mapping[str, object]) -> Finish:
        handled = CURRENT.get()
        controller = handled.controller if handled is not None and handled.open else self._controller
        series = self._series.get(controller) or self._of(controller)
        attempts = series.attempts[attempt_of(kwargs)]
        tracing, name = self._tracing, self._name
        span = tracing.step(f"handler {name}", {"sloctl.handler.id": name}) if tracing is not None else None
        started = perf_counter()

        def finish(_value: object, error: BaseException | None) -> None:
            outcome = outcome_of(error)
            if outcome is not None:
                attempts[outcome].add(1)
                series.seconds.add(perf_counter() - started)
            if span is not None:
                span.close(outcome or "cancelled", error)

        return finish

    def _of(self, controller: str) -> HandlerSeries:
        return self._series.setdefault(controller, HandlerSeries(self._store, controller, self._name))


def timed(histogram: Histogram) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Observe how long each call takes, in seconds, however it ends."""
    if _labels_to_give(histogram, Histogram) != set():
        raise DeclarationError(f"{histogram!r} is no series of a histogram", "give one: @obs.timed(obs.histogram(...))")
    if not histogram.in_seconds:
        raise DeclarationError(f"{histogram._name} is not in seconds", "give a histogram whose name ends in _seconds")

    def begin(_args: tuple[object, ...], _kwargs: Mapping[str, object]) -> Finish:
        timing = histogram.time()
        timing.__enter__()
        return lambda _value, _error: timing.__exit__()

    return lambda function: around(function, "@obs.timed(HISTOGRAM)", begin)


def counts(counter: Counter) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Count each call by what came of it and by whether it was the first attempt; one that is cancelled is not."""
    if _labels_to_give(counter, Counter) != set(OUTCOME_LABELS):
        raise DeclarationError(
            f"{counter!r} is no counter of outcomes", "declare it so: obs.counter(..., labels=sloctl.OUTCOME_LABELS)"
        )
    series = {
        (outcome, attempt): counter.labels(outcome=outcome, attempt=attempt)
        for outcome in OUTCOMES
        for attempt in _ATTEMPTS.values
    }

    def begin(_args: tuple[object, ...], kwargs: Mapping[str, object]) -> Finish:
        attempt = attempt_of(kwargs)

        def finish(_value: object, error: BaseException | None) -> None:
            if (outcome := outcome_of(error)) is not None:
                series[outcome, attempt].inc()

        return finish

    return lambda function: around(function, "@obs.counts(COUNTER)", begin)


def _labels_to_give(metric: object, kind: type[Counter | Histogram]) -> set[str] | None:
    return set(metric.label_names) if isinstance(metric, kind) else None
