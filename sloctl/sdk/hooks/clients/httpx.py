"""Clients of httpx and of httpx2, sync and async: those of lightkube and kr8s."""

import inspect
from collections.abc import Callable
from time import perf_counter
from typing import Any, Final

from sloctl.sdk.hooks.clients.patches import Patches
from sloctl.sdk.hooks.clients.recorder import Recorder, is_watch, once
from sloctl.sdk.hooks.clients.rest import Answers
from sloctl.sdk.hooks.clients.tracing import Traced

_INSTRUMENTATION: Final = "opentelemetry.instrumentation.httpx:HTTPXClientInstrumentor"
_MARK: Final = "_sloctl_recorded"

Function = Callable[..., Any]


def attach(client: Any, recorder: Recorder, patches: Patches) -> None:
    """Record the requests of a client."""
    patches.wrap(type(client), "_send_single_request", lambda send: _recorded(send, recorder))
    client.__dict__[_MARK] = True


def _recorded(send: Function, recorder: Recorder) -> Function:
    def begin(request: Any) -> tuple[Any, str, Traced | None]:
        url = str(request.url)
        traced = recorder.begin(request.method, url, _INSTRUMENTATION)
        if traced is not None:
            with recorder.guard("hook", "trace a request"):
                request = _trace(traced, request)
        return request, url, traced

    def end(request: Any, url: str, seconds: float, traced: Traced | None, response: Any) -> Any:
        answers = recorder.answered(request.method, url, response.status_code, seconds, traced)
        with recorder.guard("hook", "measure an answer"):
            if answers is not None:
                _measure(answers, url, request, response)
            if traced is not None and traced.learns(response.status_code):
                _learn(traced, response)
        return response

    if inspect.iscoroutinefunction(send):

        async def arecorded(client: Any, request: Any) -> Any:
            if _MARK not in vars(client):
                return await send(client, request)
            request, url, traced = begin(request)
            started = perf_counter()
            try:
                response = await send(client, request)
            except BaseException as error:
                recorder.unanswered(request.method, url, perf_counter() - started, traced, error)
                raise
            return end(request, url, perf_counter() - started, traced, response)

        return arecorded

    def recorded(client: Any, request: Any) -> Any:
        if _MARK not in vars(client):
            return send(client, request)
        request, url, traced = begin(request)
        started = perf_counter()
        try:
            response = send(client, request)
        except BaseException as error:
            recorder.unanswered(request.method, url, perf_counter() - started, traced, error)
            raise
        return end(request, url, perf_counter() - started, traced, response)

    return recorded


def _trace(traced: Traced, request: Any) -> Any:
    if traced.traceparent is not None:
        request.headers["traceparent"] = traced.traceparent
    child = traced.annotated(request.content) if request.method == "POST" else None
    if child is None:
        return request
    headers = request.headers.copy()
    headers.pop("Content-Length", None)
    return type(request)(request.method, request.url, headers=headers, content=child, extensions=request.extensions)


def _measure(answers: Answers, url: str, request: Any, response: Any) -> None:
    sent = request.headers.get("Content-Length", "0")
    if sent != "0":
        answers.sent.add(float(sent))
    length = response.headers.get("Content-Length")
    if length is not None:
        answers.received.add(float(length))
    elif not is_watch(url):
        measured = once(lambda: answers.received.add(float(response.num_bytes_downloaded)))
        _after(response, "close", lambda _: measured())
        _after(response, "aclose", lambda _: measured())


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
