"""One pass of kopf's over an object: it takes an event, may call handlers, and writes what they ask for."""

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

from sloctl.sdk.handling import CURRENT, Handling
from sloctl.sdk.outcomes import Outcome

if TYPE_CHECKING:
    from sloctl.sdk.hooks.kopf.queues import Queue

_SEVERITY: Final[dict[Outcome, int]] = {"success": 0, "requeue": 1, "requeue_after": 2, "error": 3, "terminal": 4}


class Pass(Handling):
    """
    What is known of a pass while it is under way.

    It is open, and tells decorators so, from its first changing handler on: from there it counts as a reconciliation.

    Attributes:
        queue: Whose event it takes.
        started: By `perf_counter`.
        slept: How many seconds of it were sleep.
        outcome: The worst of what its changing handlers came to; None until one of them has ended.
    """

    __slots__ = ("outcome", "queue", "slept", "started")

    queue: "Queue"
    started: float
    slept: float
    outcome: Outcome | None
    counted = True

    # The one place that makes passes sets what they have: to hand it over as arguments costs twice as much.
    __init__ = object.__init__

    @property
    def controller(self) -> str:  # type: ignore[override] # nobody sets it
        """Give the value of the label `controller`."""
        return self.queue.name

    def came_to(self, outcome: Outcome) -> None:
        """Take in what came of a part of it: the worst outcome is that of the whole."""
        if self.outcome is None or _SEVERITY[self.outcome] < _SEVERITY[outcome]:
            self.outcome = outcome

    def fail(self) -> None:
        """Count an error outside all handlers."""
        self.queue.controller.panics += 1
        if not self.open:
            self.open = True
            self.queue.controller.start()
        self.came_to("error")


PASS: Final[ContextVar[Any]] = CURRENT
"""The pass in which the code runs, or what else is handled; tasks that outlive it inherit it as well."""
