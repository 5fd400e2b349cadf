"""Timers and daemons, which run beside the passes that start them."""

from typing import TYPE_CHECKING, Any

from opentelemetry import context as contexts
from opentelemetry.context import Context

from sloctl.sdk import objects
from sloctl.sdk.handling import CURRENT
from sloctl.sdk.hooks.kopf.patching import Function, Hook

if TYPE_CHECKING:
    from sloctl.sdk.hooks.kopf.recorder import Recorder


def hooks(recorder: "Recorder") -> list[Hook]:
    """Give the hook that frees timers and daemons of what they inherit."""

    def runner(original: Function) -> Function:
        """Wrap the task of a timer or a daemon: it inherits the pass, and the span, that happened to start it."""

        async def wrapper(*args: Any, **kwargs: Any) -> Any:
            with recorder.guard("hook", "free a daemon of its context"):
                CURRENT.set(None)
                objects.CURRENT.set(None)
                contexts.attach(Context())  # for as long as the task lives: it has a context of its own
            return await original(*args, **kwargs)

        return wrapper

    return [Hook("_core.engines.daemons", "_runner", ("handler", "cause"), runner)]
