"""What kopf writes for its own ends, and what goes wrong outside handlers."""

import inspect
from typing import TYPE_CHECKING, Any

from sloctl.sdk.hooks.kopf.passes import PASS, Pass
from sloctl.sdk.hooks.kopf.patching import Function, Hook

if TYPE_CHECKING:
    from sloctl.sdk.hooks.kopf.recorder import Recorder


def hooks(recorder: "Recorder") -> list[Hook]:
    """Give the hooks that record patches and errors outside handlers."""
    report = recorder.guard.report

    def patch_obj(original: Function) -> Function:
        """Wrap a patch; what of it met a newer version of the object comes back, to be tried again."""
        current = PASS.get

        async def wrapper(*args: Any, **kwargs: Any) -> Any:
            answer = await original(*args, **kwargs)
            try:
                under_way = current()
                queue = under_way.queue if type(under_way) is Pass else recorder.known(kwargs["resource"])
                if queue is not None:
                    queue.patches.value += 1.0
                    if type(answer) is tuple and answer[1] is not None:  # kopf before 1.44 gives the object alone
                        queue.conflicts.value += 1.0
            except Exception as error:
                report("hook", "failed to record a patch", error)
            return answer

        return wrapper

    def next_delay(original: Function) -> Function:
        """Wrap `next`, with which kopf takes the time to throttle an object for: once for each error, and only then."""

        def wrapper(*args: Any) -> Any:
            with recorder.guard("hook", "record an error outside handlers"):
                if type(under_way := PASS.get()) is Pass:
                    under_way.fail()
            return original(*args)

        return wrapper

    return [
        Hook("_cogs.clients.patching", "patch_obj", ("resource", "patch"), patch_obj),
        Hook("_core.actions.throttlers", "next", (), next_delay, inspect.isbuiltin, used_by="throttled"),
    ]
