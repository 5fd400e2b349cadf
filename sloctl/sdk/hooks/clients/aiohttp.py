"""
Sessions of aiohttp: those of kopf and kubernetes_asyncio.

What is replaced is `ClientSession._request`, through which every request goes. A trace config sees the same and costs
several times as much: aiohttp awaits each of its signals, those that nobody listens to as well (`make bench` prints
both).
"""

from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any, Final

from multidict import CIMultiDict, istr

from sloctl.sdk.hooks.clients.patches import Patches
from sloctl.sdk.hooks.clients.recorder import Recorder, is_watch
from sloctl.sdk.hooks.clients.tracing import Traced

_INSTRUMENTATION: Final = "opentelemetry.instrumentation.aiohttp_client:AioHttpClientInstrumentor"
_LENGTH: Final = istr("Content-Length")

Method = Callable[..., Awaitable[Any]]


def attach(session: Any, recorder: Recorder, patches: Patches) -> None:
    """Record the requests of a session."""
    patches.shadow(session, "_request", _recorded(session, recorder))
    connector = session.connector
    if hasattr(connector, "_wait_for_available_connection"):
        patches.shadow(connector, "_wait_for_available_connection", _waiting(connector, recorder))
    if hasattr(connector, "_resolver"):
        patches.shadow(connector._resolver, "resolve", _resolving(connector._resolver, recorder))


def _recorded(session: Any, recorder: Recorder) -> Method:
    plain, begin, answered = type(session), recorder.begin, recorder.answered

    async def recorded(method: str, str_or_url: Any, **kwargs: Any) -> Any:
        url = str(str_or_url)
        traced = begin(method, url, _INSTRUMENTATION)
        if traced is not None:
            try:
                _trace(traced, kwargs)
            except Exception as error:  # noqa: BLE001 # telemetry never breaks the host
                recorder.guard.report("hook", "failed to trace a request", error)
        started = perf_counter()
        try:
            response = await plain._request(session, method, str_or_url, **kwargs)
        except BaseException as error:
            recorder.unanswered(method, url, perf_counter() - started, traced, error)
            raise
        seconds = perf_counter() - started
        try:
            has_body = "json" in kwargs or "data" in kwargs
            sent = float(response.request_info.headers.get(_LENGTH, 0)) if has_body else 0.0
            content = response.content
            received = float(content.total_bytes) if content.is_eof() else None
            answered(method, url, response.status, seconds, sent, received, traced)
            if received is None and not is_watch(url):
                content.on_eof(lambda: recorder.received(method, url, float(content.total_bytes)))
            if traced is not None and traced.learns(response.status):
                _learn(traced, response)
        except Exception as error:  # noqa: BLE001 # telemetry never breaks the host
            recorder.guard.report("hook", "failed to record an answer", error)
        return response

    return recorded


def _trace(traced: Traced, kwargs: dict[str, Any]) -> None:
    if traced.traceparent is not None:
        headers = kwargs.get("headers") or {}
        copy = dict(headers) if type(headers) is dict else CIMultiDict(headers)
        copy["traceparent"] = traced.traceparent
        kwargs["headers"] = copy
    if traced.creates:
        for where in ("json", "data"):
            body = kwargs.get(where)
            if isinstance(body, str | bytes | dict):
                kwargs[where] = traced.annotated(body)


def _learn(traced: Traced, response: Any) -> None:
    async def learning() -> bytes:
        vars(response).pop("read", None)  # else the response would hold itself until garbage is collected
        body: bytes = await response.read()
        traced.wrote(body)
        return body

    response.read = learning


def _waiting(connector: Any, recorder: Recorder) -> Method:
    plain = type(connector)

    async def waiting(*args: Any, **kwargs: Any) -> None:
        started = perf_counter()
        try:
            await plain._wait_for_available_connection(connector, *args, **kwargs)
        finally:
            recorder.waited(perf_counter() - started)

    return waiting


def _resolving(resolver: Any, recorder: Recorder) -> Method:
    plain = type(resolver)

    async def resolving(host: str, *args: Any, **kwargs: Any) -> Any:
        started = perf_counter()
        try:
            return await plain.resolve(resolver, host, *args, **kwargs)
        finally:
            recorder.resolved(host, perf_counter() - started)

    return resolving
