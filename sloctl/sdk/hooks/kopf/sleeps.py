"""Sleep inside passes: the time in which kopf waits on purpose and nothing is worked on."""

import sys
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from sloctl.sdk import families
from sloctl.sdk.hooks.kopf.passes import PASS, Pass
from sloctl.sdk.hooks.kopf.patching import Function, Hook

if TYPE_CHECKING:
    from sloctl.sdk.hooks.kopf.recorder import Recorder

_REASONS: Final = {
    "kopf._core.actions.application": "retry",  # until a handler is to be tried again
    "kopf._core.reactor.processing": "consistency",  # until the pass's own last patch comes back as an event
    "kopf._core.actions.throttlers": "throttle",  # after an error outside all handlers
}
"""Why the modules that sleep in a pass do so. Others sleep as well: timers, peering; that is no part of a pass."""


def hooks(recorder: "Recorder") -> list[Hook]:
    """Give the hooks that record sleep."""
    family = recorder.store.values(families.SLEEP_SECONDS)

    async def noted(under_way: Pass, reason: str, sleeping: Any) -> Any:
        began = perf_counter()
        under_way.queue.asleep.add(under_way)
        try:
            return await sleeping
        finally:
            seconds = perf_counter() - began
            under_way.queue.asleep.discard(under_way)
            under_way.slept += seconds
            with recorder.guard("hook", "record a sleep"):
                family.at(under_way.queue.name, reason).value += seconds

    def sleep(original: Function) -> Function:
        """Wrap kopf's sleep, which ends early when something happens to the object."""

        def wrapper(*args: Any, **kwargs: Any) -> Any:
            reason = _REASONS.get(sys._getframe(1).f_globals.get("__name__", ""))
            under_way = PASS.get()
            sleeping = original(*args, **kwargs)
            return sleeping if reason is None or type(under_way) is not Pass else noted(under_way, reason, sleeping)

        return wrapper

    def wait_for(original: Function) -> Function:
        """Wrap what a pass waits with, at an operator's start, until all objects are in the indices."""

        def wrapper(toggles: Any, *args: Any, **kwargs: Any) -> Any:
            waiting = original(toggles, *args, **kwargs)
            with recorder.guard("hook", "see what a pass waits for"):
                if type(under_way := PASS.get()) is Pass and toggles.is_off():
                    return noted(under_way, "index", waiting)
            return waiting

        return wrapper

    return [
        Hook("_cogs.aiokits.aiotime", "sleep", ("delays", "wakeup"), sleep),
        Hook("_cogs.aiokits.aiotoggles", "ToggleSet.wait_for", ("self",), wait_for),
    ]
