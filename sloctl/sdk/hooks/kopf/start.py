"""The start of an operator."""

from typing import TYPE_CHECKING, Any

from sloctl.sdk.hooks.kopf.patching import Function, Hook

if TYPE_CHECKING:
    from sloctl.sdk.hooks.kopf.recorder import Recorder


def hooks(recorder: "Recorder") -> list[Hook]:
    """Give the hook that notices an operator which starts."""

    def spawn_tasks(original: Function) -> Function:
        """Wrap what starts everything that makes an operator."""

        async def wrapper(*args: Any, **kwargs: Any) -> Any:
            with recorder.guard("hook", "begin with an operator"):
                recorder.started()
            return await original(*args, **kwargs)

        return wrapper

    return [Hook("_core.reactor.running", "spawn_tasks", ("settings", "registry"), spawn_tasks)]
