"""One pass of kopf's over an object: it takes an event, may call handlers, and writes what they ask for."""

from collections.abc import Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

from sloctl.sdk import objects
from sloctl.sdk.handling import CURRENT, Handling
from sloctl.sdk.outcomes import Outcome

if TYPE_CHECKING:
    from sloctl.sdk.hooks.kopf.queues import Queue

_SEVERITY: Final[dict[Outcome, int]] = {"success": 0, "requeue": 1, "requeue_after": 2, "error": 3, "terminal": 4}


class Pass:
    """
    What is known of a pass while it is under way.

    Attributes:
        queue: Whose event it takes.
        event: The event, as it came in.
        started: By `perf_counter`.
        slept: How many seconds of it were sleep.
        asleep: It sleeps at this moment.
        handling: Says to decorators that this pass is counted; None until it calls its first changing handler.
        outcome: The worst of what its changing handlers came to; None until one of them has ended.
    """

    __slots__ = ("asleep", "event", "handling", "outcome", "queue", "slept", "started")

    def __init__(self, queue: "Queue", event: Mapping[str, Any], started: float) -> None:
        self.queue = queue
        self.event = event
        self.started = started
        self.slept = 0.0
        self.asleep = False
        self.handling: Handling | None = None
        self.outcome: Outcome | None = None

    def reconcile(self) -> None:
        """Begin to count as a reconciliation."""
        self.queue.controller.start()
        self.handling = handling = Handling(self.queue.name, counted=True)
        CURRENT.set(handling)

    def came_to(self, outcome: Outcome) -> None:
        """Take in what came of a part of it: the worst outcome is that of the whole."""
        if self.outcome is None or _SEVERITY[self.outcome] < _SEVERITY[outcome]:
            self.outcome = outcome

    def fail(self) -> None:
        """Count an error outside all handlers."""
        self.queue.controller.panics += 1
        if self.handling is None:
            self.reconcile()
        self.came_to("error")

    def end(self, seconds: float, *, cancelled: bool) -> None:
        """Record the reconciliation, if it was one, by its duration without sleep."""
        handling = self.handling
        if handling is not None:
            handling.open = False
            CURRENT.set(None)
            objects.CURRENT.set(None)
            self.queue.controller.end(None if cancelled else self.outcome or "success", seconds)


PASS: Final[ContextVar[Pass | None]] = ContextVar("sloctl-kopf-pass", default=None)
"""The pass in which the code runs; tasks that outlive it inherit it as well."""
