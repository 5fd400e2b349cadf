"""
What the instrumentor's hooks cost by themselves, in CPU time for each object, with metrics and with recorded spans.

The calls that kopf makes for one object with an `on.create` handler (two events, two passes, one handler, one patch)
with nothing below them, bare and wrapped; the least of all rounds. For each hook it prints what it saves to leave it
out. An operator's caches are colder, so that it pays more; the time of one counter of prometheus_client is there to
compare with, and that of three spans of OpenTelemetry's, opened by hand where the hooks open theirs.
"""

# ruff: noqa: ARG001, ARG002, D102 # what stands in for kopf takes what kopf passes, by name

import asyncio
import functools
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from kopf._core.actions.execution import ErrorsMode, Outcome
from kopf._core.intents.causes import ChangingCause, Reason
from multidict import CIMultiDict
from opentelemetry.sdk.trace import TracerProvider
from prometheus_client import CollectorRegistry, Counter

import sloctl
from sloctl.sdk.hooks.clients import aiohttp
from sloctl.sdk.hooks.clients.patches import Patches
from sloctl.sdk.hooks.clients.recorder import Recorder as Requests
from sloctl.sdk.hooks.kopf import outcomes, queues, spans, watches, writes
from sloctl.sdk.hooks.kopf.patching import Function
from sloctl.sdk.hooks.kopf.recorder import Recorder

OBJECTS, ROUNDS = 10_000, 9
URL = "http://127.0.0.1:8001/apis/example.com/v1/namespaces/default/widgets/w0"
ANSWER = (
    b'{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"w%d","namespace":"default","uid":"u%d",'
    b'"generation":1,"resourceVersion":"2","creationTimestamp":"2026-01-01T00:00:00Z"},"spec":{"size":1}}'
)

REQUESTS = "requests"
MEASURED = (
    "watching.continuous_watch",
    "queueing.watcher",
    "execution.execute_handlers_once",
    "execution.execute_handler_once",
    "patching.patch_obj",
    REQUESTS,
)
"""The hooks of metrics that something goes through for each object."""

CALLED = frozenset(MEASURED) | {
    "queueing.worker",
    "processing.process_changing_cause",
    "application.apply",
    "application.patch_and_check",
    "api.patch",
}
"""Those of spans as well."""

Wrap = Callable[[str, Function], Function]


class Response:
    """Stands in for aiohttp's answer to a patch."""

    status = 200
    request_info = SimpleNamespace(headers=CIMultiDict({"Content-Length": "90"}))
    content = SimpleNamespace(is_eof=lambda: True, total_bytes=len(ANSWER))

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def read(self) -> bytes:
        return self._body


class Session:
    """Stands in for aiohttp's session."""

    connector = None

    async def _request(self, method: str, str_or_url: Any, **kwargs: Any) -> Response:
        return Response(ANSWER % (kwargs["json"], kwargs["json"]))


class Kopf:
    """The functions of kopf's that are called for each object, with nothing in them but the calls of each other."""

    def __init__(self, wrap: Wrap, session: Session, by_hand: Wrap) -> None:
        outcome = Outcome(final=True)
        handler = SimpleNamespace(id="create", errors=None)
        handler_state = SimpleNamespace(retries=0)
        persistence = SimpleNamespace(diffbase_storage=SimpleNamespace(ignored_fields=[]))
        settings = SimpleNamespace(queueing=SimpleNamespace(worker_limit=None), persistence=persistence)
        kind = SimpleNamespace(group="example.com", version="v1", plural="widgets", kind="Widget")
        fields = dict.fromkeys(ChangingCause.__dataclass_fields__)
        paused: Any = SimpleNamespace(done=lambda: True)

        async def continuous_watch(*, settings: Any, resource: Any, namespace: Any, operator_pause_waiter: Any) -> Any:
            for number in range(OBJECTS):
                for event in events(number):
                    yield event

        @functools.partial(wrap, "execution.execute_handler_once")
        @functools.partial(by_hand, "handler")
        async def execute_handler_once(
            settings: Any, handler: Any, cause: Any, state: Any, lifecycle: Any, extra_context: Any, default_errors: Any
        ) -> Any:
            return outcome

        @functools.partial(wrap, "execution.execute_handlers_once")
        async def execute_handlers_once(
            lifecycle: Any, settings: Any, handlers: Any, cause: Any, state: Any, extra_context: Any
        ) -> Any:
            await execute_handler_once(
                settings=settings,
                handler=handler,
                state=handler_state,
                cause=cause,
                lifecycle=None,
                extra_context=None,
                default_errors=ErrorsMode.TEMPORARY,
            )

        @functools.partial(wrap, "processing.process_changing_cause")
        async def process_changing_cause(lifecycle: Any, registry: Any, settings: Any, memory: Any, cause: Any) -> Any:
            await execute_handlers_once(
                lifecycle=None, settings=settings, handlers=[handler], cause=cause, state=None, extra_context=None
            )
            return []

        @functools.partial(wrap, "api.patch")
        @functools.partial(by_hand, "patch")
        async def api_patch(url: Any, *, settings: Any, payload: Any, headers: Any, logger: Any) -> Any:
            response = await session._request("patch", url, json=payload, headers=headers)
            await response.read()
            return {"metadata": {"resourceVersion": "2"}}

        @functools.partial(wrap, "patching.patch_obj")
        async def patch_obj(*, settings: Any, resource: Any, namespace: Any, name: Any, patch: Any, logger: Any) -> Any:
            return await api_patch(url=URL, payload=patch, headers={}, settings=settings, logger=None), None

        @functools.partial(wrap, "application.patch_and_check")
        async def patch_and_check(*, settings: Any, resource: Any, body: Any, patch: Any, logger: Any) -> Any:
            if patch is not None:
                await patch_obj(settings=settings, resource=kind, namespace=None, name=None, patch=patch, logger=None)

        @functools.partial(wrap, "application.apply")
        async def apply(*, settings: Any, resource: Any, body: Any, patch: Any, delays: Any, logger: Any) -> Any:
            return await patch_and_check(settings=settings, resource=resource, body=body, patch=patch, logger=logger)

        @functools.partial(by_hand, "reconcile")
        async def reconcile(metadata: Any) -> None:
            body = SimpleNamespace(metadata=SimpleNamespace(uid=metadata["uid"]))
            cause = ChangingCause(**fields | {"reason": Reason.CREATE, "resource": kind, "body": body})
            await process_changing_cause(lifecycle=None, registry=None, settings=settings, memory=None, cause=cause)
            patch = int(metadata["name"][1:])
            await apply(settings=settings, resource=kind, body=None, patch=patch, delays=[], logger=None)

        @functools.partial(wrap, "processing.process_resource_event")
        async def process_resource_event(
            settings: Any, resource: Any, raw_event: Any, stream_pressure: Any, consistency_time: Any
        ) -> None:
            if raw_event["type"] is None:
                await reconcile(raw_event["object"]["metadata"])
            else:
                await apply(settings=settings, resource=kind, body=None, patch=None, delays=[], logger=None)

        @functools.partial(wrap, "queueing.worker")
        async def worker(*, processor: Any, key: Any) -> None:
            for event in key:
                await processor(raw_event=event, stream_pressure=None, consistency_time=None)

        @functools.partial(wrap, "queueing.watcher")
        async def watcher(*, namespace: Any, settings: Any, resource: Any, processor: Any) -> None:
            stream = wrap("watching.continuous_watch", continuous_watch)(
                settings=settings, resource=resource, namespace=namespace, operator_pause_waiter=paused
            )
            async for event in stream:
                await worker(processor=processor, key=(event, await anext(stream)))

        self.run = functools.partial(
            watcher,
            namespace=None,
            settings=settings,
            resource=kind,
            processor=functools.partial(process_resource_event, settings=settings, resource=kind),
        )


def events(number: int) -> list[dict[str, Any]]:
    """Give the two events of an object: it is listed, and kopf's own patch comes back."""
    metadata = {"name": f"w{number}", "namespace": "default", "uid": f"u{number}", "generation": 1}
    body = {"apiVersion": "example.com/v1", "kind": "Widget", "spec": {"size": 1}}
    return [
        {"type": None, "object": body | {"metadata": metadata | {"resourceVersion": "1"}}},
        {"type": "MODIFIED", "object": body | {"metadata": metadata | {"resourceVersion": "2"}}},
    ]


class Mode:
    """The hooks of one way to instrument kopf."""

    def __init__(self, **options: Any) -> None:
        obs = sloctl.Instrumentation("bench", registry=CollectorRegistry(), **options)
        recorder = Recorder(obs, served=False)
        self._hooks = [hook for module in (watches, queues, outcomes, writes, spans) for hook in module.hooks(recorder)]
        self._requests = Requests(obs._store, obs._guard, obs._tracing)
        self._patches = Patches()

    def kopf(self, used: frozenset[str]) -> Kopf:
        """Give kopf with some of its functions wrapped."""

        def wrap(name: str, function: Function) -> Function:
            for hook in self._hooks:
                if hook.name == name and name in used:
                    function = functools.update_wrapper(hook.wrap(function), function)
            return function

        session = Session()
        if REQUESTS in used:
            aiohttp.attach(session, self._requests, self._patches)
        return Kopf(wrap, session, lambda _, function: function)


def kopf_by_hand(provider: TracerProvider) -> Kopf:
    """Give kopf with three spans that are opened without any of the hooks."""
    tracer = provider.get_tracer("by hand")

    def by_hand(name: str, function: Function) -> Function:
        async def traced(*args: Any, **kwargs: Any) -> Any:
            with tracer.start_as_current_span(name, attributes={"kind": "Widget", "handler": "create"}):
                return await function(*args, **kwargs)

        return traced

    return Kopf(lambda _, function: function, Session(), by_hand)


def cpu_us(kopf: Kopf) -> float:
    """Say how much CPU time an object takes."""
    started = time.thread_time()
    asyncio.run(kopf.run())
    return (time.thread_time() - started) / OBJECTS * 1e6


def main() -> None:
    """Print what the hooks add to each object."""
    provider = TracerProvider()
    modes = {"metrics": Mode(tracing=False), "spans": Mode(tracer_provider=provider)}
    runs: dict[str, Callable[[], Kopf]] = {
        "bare": functools.partial(modes["metrics"].kopf, frozenset()),
        "by hand": functools.partial(kopf_by_hand, provider),
    }
    for name, mode in modes.items():
        runs[name] = functools.partial(mode.kopf, CALLED)
    runs |= {each: functools.partial(modes["metrics"].kopf, CALLED - {each}) for each in MEASURED}
    least = dict.fromkeys((*runs, "inc"), float("inf"))
    counter = Counter("calls", "Calls.", registry=CollectorRegistry())
    for _ in range(ROUNDS):
        for name, run in runs.items():
            least[name] = min(least[name], cpu_us(run()))
        started = time.thread_time()
        for _ in range(OBJECTS):
            counter.inc()
        least["inc"] = min(least["inc"], (time.thread_time() - started) / OBJECTS * 1e6)
    print(f"{'the calls themselves, per object':42}{least['bare']:6.2f} us")
    print(f"{'one Counter.inc() of prometheus_client':42}{least['inc']:6.2f} us")
    print(f"{'three spans by hand add':42}{least['by hand'] - least['bare']:6.2f} us")
    for name in modes:
        print(f"{f'all hooks with {name} add':42}{least[name] - least['bare']:6.2f} us")
    print("of that with metrics")
    for each in MEASURED:
        print(f"    {each:38}{least['metrics'] - least[each]:6.2f} us")


if __name__ == "__main__":
    main()
