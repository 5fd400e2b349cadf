"""
Spans of timers and daemons, which run in tasks of their own.

Each attempt is a root span, linked to the reconciliation that started the task. A daemon's attempt may last as long as
its object; so its span ends early, and what comes of the attempt later is a span of its own.
"""

import asyncio
from contextvars import ContextVar
from typing import Any, Final

from opentelemetry.trace import Link, SpanContext

from sloctl.sdk.guard import Guard
from sloctl.sdk.hooks.kopf.cycles import CYCLE, PATIENCE_S, Traces
from sloctl.sdk.hooks.kopf.patching import Function, Hook
from sloctl.sdk.links import DAEMON, TIMER, link

RUNNING: Final = "running"
"""The result of a daemon's attempt that outlives its span."""


class Tick:
    """One attempt of a timer or a daemon, from the call of its handler until its patch is sent."""

    __slots__ = ("_came_to", "_cause", "_controller", "_handler", "_retries", "_root", "_span", "_timeout", "_traces")

    def __init__(self, traces: Traces, controller: str, handler: Any, cause: Any, retries: int) -> None:
        self._traces = traces
        self._controller = controller
        self._handler = handler
        self._cause = cause
        self._retries = retries
        self._came_to: tuple[str, BaseException | None] = ("cancelled", None)
        self._timeout: asyncio.TimerHandle | None = None
        if (stale := TICK.get()) is not None:
            stale.close()
        spawner = _SPAWNER.get()
        if spawner is None and (entry := traces.tracing.ledger.known(cause.body.metadata.uid)) is not None:
            spawner = entry.attempt
        self._open([link("timer", spawner)] if spawner is not None else [])
        TICK.set(self)
        if type(handler).__name__ == "DaemonHandler":
            self._timeout = asyncio.get_running_loop().call_later(PATIENCE_S, self._outlive)

    def _open(self, links: list[Link]) -> None:
        body, handler = self._cause.body, self._handler.id
        reason = DAEMON if type(self._handler).__name__ == "DaemonHandler" else TIMER
        self._root = self._traces.of(self._controller).start(body, handler, reason, links)
        self._root.enter(self._traces.guard.context)
        self._span = self._traces.attempt(handler, self._retries, body.metadata.uid)

    def _outlive(self) -> None:
        self._timeout = None
        self._span.end(RUNNING)
        self._root.end(RUNNING)

    def came_to(self, outcome: str, error: BaseException | None) -> None:
        """Take note of what came of the attempt."""
        self._came_to = outcome, error
        if type(self._handler).__name__ == "DaemonHandler":
            if self._timeout is not None:
                self._timeout.cancel()
            else:
                self._span.leave()
                self._root.leave()
                if outcome == "cancelled":
                    TICK.set(None)
                    return
                started = self._root.exported
                self._open([link("timer", started)] if started is not None else [])
        self._span.close(outcome, error)
        if outcome == "cancelled":
            self.close()

    def close(self) -> None:
        """End it."""
        TICK.set(None)
        self._root.close(*self._came_to)


TICK: Final[ContextVar[Tick | None]] = ContextVar("sloctl-kopf-tick", default=None)
"""The attempt of the timer or daemon whose task this is."""

_SPAWNER: Final[ContextVar[SpanContext | None]] = ContextVar("sloctl-kopf-spawner", default=None)


def hooks(guard: Guard) -> list[Hook]:
    """Give the hooks around the tasks of timers and daemons."""

    def runner(original: Function) -> Function:
        """Wrap the task of a timer or a daemon, which inherits the pass that started it."""

        async def wrapper(*args: Any, **kwargs: Any) -> Any:
            with guard("hook", "take note of what started a daemon"):
                cycle = CYCLE.get()
                CYCLE.set(None)
                _SPAWNER.set(cycle.root.exported if cycle is not None and cycle.root is not None else None)
            return await original(*args, **kwargs)

        return wrapper

    def patch_and_check(original: Function) -> Function:
        """Wrap the patch that follows each attempt, be it empty."""

        def wrapper(*args: Any, **kwargs: Any) -> Any:
            checking = original(*args, **kwargs)
            tick = TICK.get()
            return checking if tick is None else ended(checking, tick)

        async def ended(checking: Any, tick: Tick) -> Any:
            try:
                return await checking
            finally:
                with guard("hook", "end the span of a timer"):
                    tick.close()

        return wrapper

    return [
        Hook("_core.engines.daemons", "_runner", ("handler", "cause"), runner),
        Hook("_core.actions.application", "patch_and_check", ("patch",), patch_and_check),
    ]
