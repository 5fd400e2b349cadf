"""
What the hooks of the instrumentor's metrics cost by themselves, in CPU time for each object.

The calls that kopf makes for one object with an `on.create` handler (two events, two passes, one handler, one patch)
with nothing below them, bare and wrapped; the least of all rounds. For each hook it prints what it saves to leave it
out. An operator's caches are colder, so that it pays more; the time of one counter of prometheus_client is there to
compare with.
"""

# ruff: noqa: ARG001 # what stands in for kopf takes what kopf passes, by name

import asyncio
import functools
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from kopf._core.actions.execution import ErrorsMode, Outcome
from kopf._core.intents.causes import ChangingCause, Reason
from prometheus_client import CollectorRegistry, Counter

import sloctl
from sloctl.sdk.hooks.kopf import outcomes, queues, watches, writes
from sloctl.sdk.hooks.kopf.recorder import Recorder

OBJECTS, ROUNDS = 20_000, 9
CALLED = (
    "watching.continuous_watch",
    "queueing.watcher",
    "execution.execute_handler_once",
    "execution.execute_handlers_once",
    "patching.patch_obj",
)
"""The hooks that something goes through for each object."""


class Kopf:
    """The functions of kopf's that are called for each object, with nothing in them but the calls of each other."""

    def __init__(self, wrap: Callable[[str, Callable[..., Any]], Callable[..., Any]]) -> None:
        outcome = Outcome(final=True)
        handler = SimpleNamespace(id="create", errors=None)
        handler_state = SimpleNamespace(retries=0)
        settings = SimpleNamespace(queueing=SimpleNamespace(worker_limit=None))
        kind = SimpleNamespace(group="example.com", version="v1", plural="widgets", kind="Widget")
        fields = dict.fromkeys(ChangingCause.__dataclass_fields__)
        create = ChangingCause(**fields | {"reason": Reason.CREATE, "resource": kind})
        paused: Any = SimpleNamespace(done=lambda: True)

        async def continuous_watch(*, settings: Any, resource: Any, namespace: Any, operator_pause_waiter: Any) -> Any:
            for number in range(OBJECTS):
                for event in events(number):
                    yield event

        async def execute_handler_once(
            settings: Any, handler: Any, cause: Any, state: Any, lifecycle: Any, extra_context: Any, default_errors: Any
        ) -> Any:
            return outcome

        execute = wrap("execution.execute_handler_once", execute_handler_once)

        async def execute_handlers_once(
            lifecycle: Any, settings: Any, handlers: Any, cause: Any, state: Any, extra_context: Any
        ) -> Any:
            await execute(
                settings=settings,
                handler=handler,
                state=handler_state,
                cause=cause,
                lifecycle=None,
                extra_context=None,
                default_errors=ErrorsMode.TEMPORARY,
            )

        execute_all = wrap("execution.execute_handlers_once", execute_handlers_once)

        async def patch_obj(
            *, settings: Any, resource: Any, namespace: Any, name: Any, patch: Any, logger: Any, silent: bool = False
        ) -> Any:
            return None, None

        patch = wrap("patching.patch_obj", patch_obj)

        async def process_resource_event(
            resource: Any,
            raw_event: Any,
            stream_pressure: Any,
            resource_indexed: Any,
            operator_indexed: Any,
            consistency_time: Any,
        ) -> Any:
            if raw_event["type"] is None:
                await execute_all(
                    lifecycle=None, settings=settings, handlers=[handler], cause=create, state=None, extra_context=None
                )
                await patch(settings=settings, resource=kind, namespace=None, name=None, patch=None, logger=None)

        async def watcher(*, namespace: Any, settings: Any, resource: Any, processor: Any) -> None:
            stream = wrap("watching.continuous_watch", continuous_watch)(
                settings=settings, resource=resource, namespace=namespace, operator_pause_waiter=paused
            )
            async for event in stream:
                await processor(
                    raw_event=event,
                    stream_pressure=None,
                    resource_indexed=None,
                    operator_indexed=None,
                    consistency_time=None,
                )

        async def run() -> None:
            processor = functools.partial(process_resource_event, resource=kind)
            await wrap("queueing.watcher", watcher)(
                namespace=None, settings=settings, resource=kind, processor=processor
            )

        self.run = run


def events(number: int) -> list[dict[str, Any]]:
    """Give the two events of an object: it is listed, and kopf's own patch comes back."""
    metadata = {
        "name": f"w{number}",
        "namespace": "default",
        "uid": f"u{number}",
        "generation": 1,
        "resourceVersion": "1",
    }
    body = {"metadata": metadata, "spec": {"size": 1}}
    return [{"type": None, "object": body}, {"type": "MODIFIED", "object": body}]


def main() -> None:
    """Print what the hooks add to each object."""
    recorder = Recorder(sloctl.Instrumentation("bench", registry=CollectorRegistry()), served=False)
    hooks = {hook.name: hook for module in (watches, queues, outcomes, writes) for hook in module.hooks(recorder)}
    sets = {"bare": set(), "all": {*CALLED}} | {name: {*CALLED} - {name} for name in CALLED}
    least = dict.fromkeys((*sets, "inc"), float("inf"))
    counter = Counter("calls", "Calls.", registry=CollectorRegistry())
    for _ in range(ROUNDS):
        for name, used in sets.items():
            kopf = Kopf(lambda hook, function, used=used: hooks[hook].wrap(function) if hook in used else function)
            started = time.thread_time()
            asyncio.run(kopf.run())
            least[name] = min(least[name], (time.thread_time() - started) / OBJECTS * 1e6)
        started = time.thread_time()
        for _ in range(OBJECTS):
            counter.inc()
        least["inc"] = min(least["inc"], (time.thread_time() - started) / OBJECTS * 1e6)
    print(f"{'the calls themselves, per object':42}{least['bare']:6.2f} us")
    print(f"{'one Counter.inc() of prometheus_client':42}{least['inc']:6.2f} us")
    print(f"{'all hooks add':42}{least['all'] - least['bare']:6.2f} us")
    for name in CALLED:
        print(f"    of that {name:34}{least['all'] - least[name]:6.2f} us")


if __name__ == "__main__":
    main()
