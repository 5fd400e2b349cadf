"""
Sessions of aiohttp: those of kopf and kubernetes_asyncio.

What is replaced is `ClientSession._request`, through which every request goes. A trace config sees the same and costs
several times as much: aiohttp awaits each of its signals, those that nobody listens to as well (`make bench` prints
both).
"""

from collections.abc import Callable, Coroutine
from time import perf_counter
from typing import Any, Final

from multidict import CIMultiDict

from sloctl.sdk.hooks.clients.patches import Patches
from sloctl.sdk.hooks.clients.recorder import Recorder, is_watch
from sloctl.sdk.hooks.clients.rest import Answers
from sloctl.sdk.hooks.clients.tracing import Traced

_INSTRUMENTATION: Final = "opentelemetry.instrumentation.aiohttp_client:AioHttpClientInstrumentor"
_MARK: Final = "_sloctl_recorded"

Request = Callable[..., Coroutine[Any, Any, Any]]


def attach(session: Any, recorder: Recorder, patches: Patches) -> None:
    """Record the requests of a session."""
    patches.wrap(type(session), "_request", lambda request: _recorded(request, recorder))
    session.__dict__[_MARK] = True
    resolver = getattr(session.connector, "_resolver", None)
    if resolver is not None:
        patches.wrap(type(resolver), "resolve", lambda resolve: _timed(resolve, recorder))
        resolver.__dict__[_MARK] = True


def _recorded(request: Request, recorder: Recorder) -> Request:
    begin, answered, unanswered = recorder.begin, recorder.answered, recorder.unanswered

    async def recorded(session: Any, method: str, str_or_url: Any, **kwargs: Any) -> Any:
        url = str(str_or_url)
        traced = begin(method, url, _INSTRUMENTATION)
        if traced is not None:
            with recorder.guard("hook", "trace a request"):
                _trace(traced, kwargs)
        started = perf_counter()
        try:
            response = await request(session, method, str_or_url, **kwargs)
        except BaseException as error:
            unanswered(method, url, perf_counter() - started, traced, error)
            raise
        answers = answered(method, url, response.status, perf_counter() - started, traced)
        try:
            if answers is not None:
                _measure(answers, url, kwargs, response)
            if traced is not None and traced.learns(response.status):
                _learn(traced, response)
        except Exception as error:  # noqa: BLE001 # telemetry never breaks the host
            recorder.guard.report("hook", "failed to measure an answer", error)
        return response

    def chosen(session: Any, *args: Any, **kwargs: Any) -> Coroutine[Any, Any, Any]:
        return (recorded if _MARK in vars(session) else request)(session, *args, **kwargs)

    return chosen


def _trace(traced: Traced, kwargs: dict[str, Any]) -> None:
    if traced.traceparent is not None:
        headers = CIMultiDict(kwargs.get("headers") or ())
        headers["traceparent"] = traced.traceparent
        kwargs["headers"] = headers
    for where in ("json", "data"):
        body = kwargs.get(where)
        child = traced.annotated(body) if isinstance(body, str | bytes | dict) else None
        if child is not None:
            kwargs[where] = child


def _measure(answers: Answers, url: str, kwargs: dict[str, Any], response: Any) -> None:
    if "json" in kwargs or "data" in kwargs:
        sent = int(response.request_info.headers.get("Content-Length", 0))
        if sent:
            answers.sent.add(float(sent))
    content, received = response.content, answers.received
    if content.is_eof():
        received.add(float(content.total_bytes))
    elif not is_watch(url):
        content.on_eof(lambda: received.add(float(content.total_bytes)))


def _learn(traced: Traced, response: Any) -> None:
    read = response.read

    async def learning() -> bytes:
        body: bytes = await read()
        traced.wrote(body)
        return body

    response.read = learning


def _timed(resolve: Request, recorder: Recorder) -> Request:
    async def timed(resolver: Any, host: str, *args: Any, **kwargs: Any) -> Any:
        started = perf_counter()
        try:
            return await resolve(resolver, host, *args, **kwargs)
        finally:
            recorder.resolved(host, perf_counter() - started)

    def chosen(resolver: Any, *args: Any, **kwargs: Any) -> Coroutine[Any, Any, Any]:
        return (timed if _MARK in vars(resolver) else resolve)(resolver, *args, **kwargs)

    return chosen
