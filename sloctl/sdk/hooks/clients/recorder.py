"""What every hook calls: before a request is sent, when its answer begins, when none came."""

import re
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from time import perf_counter
from typing import Final, NamedTuple

from opentelemetry.context import get_current

from sloctl.sdk.guard import Guard
from sloctl.sdk.hooks.clients.rest import BATCH, requests_of
from sloctl.sdk.hooks.clients.tracing import RequestSpans, Traced
from sloctl.sdk.store import Store
from sloctl.sdk.tracing import Tracing

NO_ANSWER: Final = "<error>"
"""Stands where the code of an answer would: client-go's word for it."""

_WATCH: Final = re.compile(r"[?&]watch=(?:1|true)\b", re.IGNORECASE)


class _Failure(NamedTuple):
    """
    A request that may be sent again.

    Attributes:
        method: As it was sent.
        url: As it was sent.
        code: Of the answer.
        ended: When, by `perf_counter`.
        number: How often it had been sent again before.
    """

    method: str
    url: str
    code: int | str
    ended: float
    number: int


_FAILED: Final[ContextVar[_Failure | None]] = ContextVar("sloctl-failed-request", default=None)
"""The last request of this task or thread, when it failed."""

_WAITED: Final[ContextVar[float]] = ContextVar("sloctl-request-waited", default=0.0)
"""How many seconds the next request of this task or thread has waited for its turn, or the one that is under way."""


class Recorder:
    """
    Records the requests of one process. What is called before a request, or after a failed one, does not raise.

    A request counts as sent again when the same task or thread sends it next after it got no answer, a 429 or a 5xx:
    that holds for the retries of every client library, which none of them tells about.
    """

    def __init__(self, store: Store, guard: Guard, tracing: Tracing | None) -> None:
        self._requests = requests_of(store)
        self._noted = self._requests.noted
        self._spans = RequestSpans(tracing) if tracing else None
        self.guard = guard

    def begin(self, method: str, url: str, instrumentation: str) -> Traced | None:
        """
        Tell that a request is about to be sent.

        Args:
            method: Of HTTP, in any case.
            url: With its scheme and authority.
            instrumentation: Which of OpenTelemetry's own would open the span of this request.

        Returns:
            Its span, where one is recorded around it.
        """
        try:
            if (failure := _FAILED.get()) is None and not get_current():
                return None
            resent = self._again(failure, method, url) if failure is not None else 0
            if self._spans is not None and (context := get_current()):
                return self._spans.open(context, method, url, resent, instrumentation)
        except Exception as error:  # noqa: BLE001 # telemetry never breaks the host
            self.guard.report("hook", "failed to begin a request's record", error)
        return None

    def answered(
        self,
        method: str,
        url: str,
        code: int,
        seconds: float,
        sent: float,
        received: float | None,
        traced: Traced | None,
    ) -> None:
        """
        Tell that an answer began.

        Args:
            method: As it was told to `begin`.
            url: As it was told to `begin`.
            code: Of the answer.
            seconds: Since `begin`.
            sent: The size of the request's body in bytes.
            received: The size of the answer's body in bytes; None when it is not known yet, or never.
            traced: What `begin` gave.
        """
        self._noted.append((method, url, code, seconds, sent, received))
        if len(self._noted) > BATCH:
            self._requests.add_up()
        if _WAITED.get():
            self._settle(method, url)
        if code >= 429 and (code == 429 or code >= 500):
            self._failed(method, url, code, traced)
        if traced is not None:
            traced.answered(code)

    def received(self, method: str, url: str, size: float) -> None:
        """Tell the size of an answer's body in bytes, when it was not known to `answered`."""
        with self.guard("hook", "record an answer's size"):
            self._requests.received(method, url, size)

    def unanswered(self, method: str, url: str, seconds: float, traced: Traced | None, error: BaseException) -> None:
        """Tell that a request ended in an error: mostly without an answer, or with one that its session refused."""
        with self.guard("hook", "record a request"):
            status = getattr(error, "status", None)
            code = status if isinstance(status, int) and status else NO_ANSWER
            self._noted.append((method, url, code, seconds, 0.0, None))
            if len(self._noted) > BATCH:
                self._requests.add_up()
            self._settle(method, url)
            self._failed(method, url, code, traced)
            if traced is not None:
                traced.unanswered(error)

    def waited(self, seconds: float) -> None:
        """Tell that the request of this task that is under way had to wait for a connection."""
        _WAITED.set(_WAITED.get() + seconds)

    def resolved(self, host: str, seconds: float) -> None:
        """Tell that a host's name was resolved."""
        with self.guard("hook", "record a name's resolution"):
            self._requests.resolved(host, seconds)

    def _failed(self, method: str, url: str, code: int | str, traced: Traced | None) -> None:
        _FAILED.set(_Failure(method, url, code, perf_counter(), traced.resent if traced is not None else 0))

    def _settle(self, method: str, url: str) -> None:
        if waited := _WAITED.get():
            _WAITED.set(0.0)
            self._requests.waited(method, url, waited)

    def _again(self, failure: _Failure, method: str, url: str) -> int:
        _FAILED.set(None)
        if (failure.method, failure.url) != (method, url):
            return 0
        self._requests.sent_again(method, url, failure.code)
        if failure.code == 429:
            _WAITED.set(perf_counter() - failure.ended)
        return failure.number + 1


def is_watch(url: str) -> bool:
    """Say whether the answer to a request is a stream without an end."""
    return _WATCH.search(url) is not None


def length(headers: Mapping[str, str]) -> float | None:
    """Give the size of a body in bytes, where its headers tell it."""
    found = headers.get("Content-Length")
    return float(found) if found is not None else None


def once(then: Callable[[], None]) -> Callable[[], None]:
    """Call *then* the first time only."""
    left = [then]

    def call() -> None:
        if left:
            left.pop()()

    return call
