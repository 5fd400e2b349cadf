"""Pools of urllib3: those of the official client, `kubernetes`."""

from collections.abc import Callable
from time import perf_counter
from typing import Any, Final

from sloctl.sdk.hooks.clients.patches import Patches
from sloctl.sdk.hooks.clients.recorder import Recorder, is_watch, once
from sloctl.sdk.hooks.clients.rest import Answers
from sloctl.sdk.hooks.clients.tracing import Traced

_INSTRUMENTATION: Final = "opentelemetry.instrumentation.urllib3:URLLib3Instrumentor"
_MARK: Final = "_sloctl_recorded"

Function = Callable[..., Any]


def attach(manager: Any, recorder: Recorder, patches: Patches) -> None:
    """Record the requests of the pools that a pool manager makes."""

    def new_pool(make: Function) -> Function:
        def made(manager: Any, *args: Any, **kwargs: Any) -> Any:
            pool = make(manager, *args, **kwargs)
            if _MARK in vars(manager):
                with recorder.guard("hook", "instrument a pool"):
                    patches.wrap(type(pool), "_make_request", lambda request: _recorded(request, recorder))
                    host = f"[{pool.host}]" if ":" in pool.host else pool.host
                    pool.__dict__[_MARK] = f"{pool.scheme}://{host}:{pool.port}"
            return pool

        return made

    patches.wrap(type(manager), "_new_pool", new_pool)
    manager.__dict__[_MARK] = True


def _recorded(request: Function, recorder: Recorder) -> Function:
    def recorded(pool: Any, conn: Any, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        origin = vars(pool).get(_MARK)
        if origin is None:
            return request(pool, conn, method, url, *args, **kwargs)
        full = origin + url if url.startswith("/") else url  # a proxy is asked for the whole of it
        traced = recorder.begin(method, full, _INSTRUMENTATION)
        if traced is not None:
            with recorder.guard("hook", "trace a request"):
                _trace(traced, kwargs)
        started = perf_counter()
        try:
            response = request(pool, conn, method, url, *args, **kwargs)
        except BaseException as error:
            recorder.unanswered(method, full, perf_counter() - started, traced, error)
            raise
        answers = recorder.answered(method, full, response.status, perf_counter() - started, traced)
        with recorder.guard("hook", "measure an answer"):
            if answers is not None:
                _measure(answers, full, kwargs.get("body"), response)
            if traced is not None and traced.learns(response.status):
                _learn(traced, response)
        return response

    return recorded


def _trace(traced: Traced, kwargs: dict[str, Any]) -> None:
    if traced.traceparent is not None:
        headers = kwargs["headers"].copy()
        headers["traceparent"] = traced.traceparent
        kwargs["headers"] = headers
    child = traced.annotated(kwargs["body"]) if isinstance(kwargs.get("body"), str | bytes) else None
    if child is not None:
        kwargs["body"] = child


def _measure(answers: Answers, url: str, body: object, response: Any) -> None:
    if body and isinstance(body, str | bytes):
        answers.sent.add(float(len(body.encode() if isinstance(body, str) else body)))
    length = response.headers.get("Content-Length")
    if length is not None:
        answers.received.add(float(length))
    elif not is_watch(url):
        release, measured = response.release_conn, once(lambda: answers.received.add(float(response.tell())))

        def released() -> None:
            release()
            measured()

        response.release_conn = released


def _learn(traced: Traced, response: Any) -> None:
    read = response.read

    def learning(*args: Any, **kwargs: Any) -> bytes:
        body: bytes = read(*args, **kwargs)
        if body:
            response.read = read
            traced.wrote(body)
        return body

    response.read = learning
