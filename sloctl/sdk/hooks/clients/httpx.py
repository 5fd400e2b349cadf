"""Clients of httpx and of httpx2, sync and async: those of lightkube and kr8s."""

import inspect
from collections.abc import Callable
from time import perf_counter
from typing import Any, Final

from sloctl.sdk.hooks.clients.patches import Patches
from sloctl.sdk.hooks.clients.recorder import Recorder, is_watch, length, once
from sloctl.sdk.hooks.clients.tracing import Traced

_INSTRUMENTATION: Final = "opentelemetry.instrumentation.{}:HTTPXClientInstrumentor"
Method = Callable[..., Any]


def attach(client: Any, recorder: Recorder, patches: Patches) -> None:
    """Record the requests of a client."""
    patches.shadow(client, "_send_single_request", _recorded(client, recorder))


def _recorded(client: Any, recorder: Recorder) -> Method:
    plain = type(client)
    library = plain._send_single_request.__module__.partition(".")[0]
    instrumentation = _INSTRUMENTATION.format(library)  # there is none of httpx2

    def begin(request: Any) -> tuple[Any, str, Traced | None]:
        url = str(request.url)
        traced = recorder.begin(request.method, url, instrumentation)
        if traced is not None:
            with recorder.guard("hook", "trace a request"):
                request = _trace(traced, request)
        return request, url, traced

    def answered(request: Any, url: str, seconds: float, traced: Traced | None, response: Any) -> None:
        with recorder.guard("hook", "record an answer"):
            code, sent, received = response.status_code, length(request.headers) or 0.0, length(response.headers)
            recorder.answered(request.method, url, code, seconds, sent, received, traced)
            if received is None and not is_watch(url):
                size = once(lambda: recorder.received(request.method, url, float(response.num_bytes_downloaded)))
                _after(response, "close", lambda _: size())
                _after(response, "aclose", lambda _: size())
            if traced is not None and traced.learns(code):
                _learn(traced, response)

    async def arecorded(request: Any) -> Any:
        request, url, traced = begin(request)
        started = perf_counter()
        try:
            response = await plain._send_single_request(client, request)
        except BaseException as error:
            recorder.unanswered(request.method, url, perf_counter() - started, traced, error)
            raise
        answered(request, url, perf_counter() - started, traced, response)
        return response

    def recorded(request: Any) -> Any:
        request, url, traced = begin(request)
        started = perf_counter()
        try:
            response = plain._send_single_request(client, request)
        except BaseException as error:
            recorder.unanswered(request.method, url, perf_counter() - started, traced, error)
            raise
        answered(request, url, perf_counter() - started, traced, response)
        return response

    return arecorded if inspect.iscoroutinefunction(plain._send_single_request) else recorded


def _trace(traced: Traced, request: Any) -> Any:
    if traced.traceparent is not None:
        request.headers["traceparent"] = traced.traceparent
    if not traced.creates or (child := traced.annotated(request.content)) is request.content:
        return request
    headers = request.headers.copy()
    headers.pop("Content-Length", None)
    return type(request)(request.method, request.url, headers=headers, content=child, extensions=request.extensions)


def _learn(traced: Traced, response: Any) -> None:
    _after(response, "read", traced.wrote)
    _after(response, "aread", traced.wrote)


def _after(response: Any, name: str, then: Callable[[Any], None]) -> None:
    """Call *then* with what a method gave, after each call of it."""
    method = getattr(response, name)

    async def afollowed() -> Any:
        result = await method()
        then(result)
        return result

    def followed() -> Any:
        result = method()
        then(result)
        return result

    setattr(response, name, afollowed if inspect.iscoroutinefunction(method) else followed)
