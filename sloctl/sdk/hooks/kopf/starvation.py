"""Finds a work queue whose objects wait although there is room to handle them."""

import logging
from collections import deque
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from sloctl.sdk.hooks.kopf.queues import Queue
    from sloctl.sdk.hooks.kopf.recorder import Recorder

_log: Final = logging.getLogger("sloctl")
_LONG_S: Final = 1.0
_IDLE: Final = 0.5


class Slots:
    """
    The slots of a watcher with a limit, and how much of the time something happens in them.

    kopf leaves a slot to an object until no event of that object has come for a while, 5 s by default. So with a limit
    of N only N objects are handled in that time, however quick the handlers are.

    Args:
        queue: What the slots take their objects from.
        settings: kopf's.
        recorder: Says whether this was said before.
    """

    def __init__(self, queue: "Queue", settings: Any, recorder: "Recorder") -> None:
        self.held = 0.0
        """For how many seconds, in all, passes that have ended held a slot."""
        self._queue = queue
        self._where = "queueing" if hasattr(settings, "queueing") else "batching"
        self._settings = getattr(settings, self._where)
        self._recorder = recorder
        self._then: deque[tuple[float, float]] = deque(maxlen=256)

    def taken(self, now: float, arrived: float) -> None:
        """Look at a pass that takes a slot: did it wait for long while the slots were idle?"""
        if not self._then or now - self._then[-1][0] > _LONG_S / 4:
            self._then.append((now, self.held))
        waited = now - arrived
        if waited < _LONG_S or self._recorder.starvation_said:
            return
        since, held_before = next((then for then in self._then if then[0] >= arrived), (now, 0.0))
        seconds = now - since
        if seconds < _LONG_S:
            return
        held = self.held - held_before + sum(now - max(each.started, since) for each in self._queue.running)
        if held < _IDLE * seconds * self._settings.worker_limit:
            self._recorder.starvation_said = True
            _log.warning(
                "%s waits while it could be handled: an object waited for %.1f s, of which the %d slots of "
                "settings.%s.worker_limit were in use for %.0f %%. kopf leaves a slot to an object for %g s after "
                "its last event: set settings.%s.idle_timeout to 0.1 or less, or remove the worker_limit",
                self._queue.name,
                waited,
                self._settings.worker_limit,
                self._where,
                100 * held / (seconds * self._settings.worker_limit),
                self._settings.idle_timeout,
                self._where,
            )
