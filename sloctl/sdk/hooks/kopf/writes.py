"""What kopf writes for its own ends, and what goes wrong outside handlers."""

import inspect
from typing import TYPE_CHECKING, Any

from sloctl.sdk.hooks.kopf.passes import PASS
from sloctl.sdk.hooks.kopf.patching import Function, Hook

if TYPE_CHECKING:
    from sloctl.sdk.hooks.kopf.recorder import Recorder


def hooks(recorder: "Recorder") -> list[Hook]:
    """Give the hooks that record patches and errors outside handlers."""

    def patch_obj(original: Function) -> Function:
        """Wrap a patch; what of it met a newer version of the object comes back, to be tried again."""

        async def wrapper(*args: Any, **kwargs: Any) -> Any:
            answer = await original(*args, **kwargs)
            try:
                under_way = PASS.get()
                queue = under_way.queue if under_way is not None else recorder.known(kwargs["resource"])
                if queue is not None:
                    queue.patches.value += 1.0
                    queue.conflicts.value += _conflicted(answer)
            except Exception as error:
                recorder.guard.report("hook", "failed to record a patch", error)
            return answer

        return wrapper

    def throttled(original: Function) -> Function:
        """Wrap what keeps an object from being processed for a while after an error outside handlers."""

        def wrapper(*args: Any, **kwargs: Any) -> Any:
            return _Watched(original(*args, **kwargs))

        return wrapper

    return [
        Hook("_cogs.clients.patching", "patch_obj", ("resource", "patch"), patch_obj),
        Hook("_core.actions.throttlers", "throttled", ("throttler",), throttled, inspect.isasyncgenfunction),
    ]


def _conflicted(answer: Any) -> bool:
    """Tell whether something is left to patch; kopf before 1.44 gives the object only, and never has conflicts."""
    return isinstance(answer, tuple) and answer[1] is not None


class _Watched:
    """A context manager that tells of the errors which go through it."""

    __slots__ = ("_inner",)

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __aenter__(self) -> Any:
        return self._inner.__aenter__()

    def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: Any) -> Any:
        if isinstance(error, Exception) and (under_way := PASS.get()) is not None:
            under_way.fail()
        return self._inner.__aexit__(kind, error, traceback)
