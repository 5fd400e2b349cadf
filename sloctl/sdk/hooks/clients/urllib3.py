"""Pools of urllib3: those of the official client, `kubernetes`."""

from collections.abc import Callable
from time import perf_counter
from typing import Any, Final

from sloctl.sdk.hooks.clients.patches import Patches
from sloctl.sdk.hooks.clients.recorder import Recorder, is_watch, length, once
from sloctl.sdk.hooks.clients.tracing import Traced

_INSTRUMENTATION: Final = "opentelemetry.instrumentation.urllib3:URLLib3Instrumentor"
Method = Callable[..., Any]


def attach(manager: Any, recorder: Recorder, patches: Patches) -> None:
    """Record the requests of the pools that a pool manager makes."""
    plain = type(manager)

    def new_pool(*args: Any, **kwargs: Any) -> Any:
        pool = plain._new_pool(manager, *args, **kwargs)
        with recorder.guard("hook", "instrument a pool"):
            patches.shadow(pool, "_make_request", _recorded(pool, recorder))
        return pool

    patches.shadow(manager, "_new_pool", new_pool)


def _recorded(pool: Any, recorder: Recorder) -> Method:
    plain = type(pool)
    host = f"[{pool.host}]" if ":" in pool.host else pool.host
    origin = f"{pool.scheme}://{host}:{pool.port}"

    def recorded(conn: Any, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        full = origin + url if url.startswith("/") else url  # a proxy is asked for the whole of it
        traced = recorder.begin(method, full, _INSTRUMENTATION)
        if traced is not None:
            with recorder.guard("hook", "trace a request"):
                _trace(traced, kwargs)
        started = perf_counter()
        try:
            response = plain._make_request(pool, conn, method, url, *args, **kwargs)
        except BaseException as error:
            recorder.unanswered(method, full, perf_counter() - started, traced, error)
            raise
        seconds = perf_counter() - started
        with recorder.guard("hook", "record an answer"):
            received = length(response.headers)
            sent = _size(kwargs.get("body"))
            recorder.answered(method, full, response.status, seconds, sent, received, traced)
            if received is None and not is_watch(full):
                _after_reading(response, lambda: recorder.received(method, full, float(response.tell())))
            if traced is not None and traced.learns(response.status):
                _learn(traced, response)
        return response

    return recorded


def _size(body: object) -> float:
    if isinstance(body, str):
        body = body.encode()
    return float(len(body)) if isinstance(body, bytes) else 0.0


def _trace(traced: Traced, kwargs: dict[str, Any]) -> None:
    if traced.traceparent is not None:
        headers = kwargs["headers"].copy()
        headers["traceparent"] = traced.traceparent
        kwargs["headers"] = headers
    if traced.creates and isinstance(kwargs.get("body"), str | bytes):
        kwargs["body"] = traced.annotated(kwargs["body"])


def _after_reading(response: Any, then: Callable[[], None]) -> None:
    if not hasattr(response, "release_conn"):
        return  # urllib3 1: this is not yet what the caller reads
    read, then = response.read, once(then)

    def reading(*args: Any, **kwargs: Any) -> bytes:
        body: bytes = read(*args, **kwargs)
        if response.closed:
            then()
        return body

    response.read = reading


def _learn(traced: Traced, response: Any) -> None:
    read = response.read

    def learning(*args: Any, **kwargs: Any) -> bytes:
        body: bytes = read(*args, **kwargs)
        if body:
            response.read = read
            traced.wrote(body)
        return body

    response.read = learning
