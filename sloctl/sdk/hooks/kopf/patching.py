"""Puts functions of kopf's behind wrappers, where they still are what the wrappers expect, and puts them back."""

import functools
import importlib
import inspect
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from sloctl.sdk import families
from sloctl.sdk.store import Store

_log: Final = logging.getLogger("sloctl")

Function = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Hook:
    """
    A function of kopf's and the wrapper that it gets.

    Attributes:
        module: Where kopf looks the function up when it calls it, below `kopf._core` or `kopf._cogs`.
        function: Its name there.
        needs: The parameters that the wrapper reads or that tell the function from another of that name.
        wrap: Takes the function, gives its wrapper. A wrapper passes on all that it is given: in five years of kopf
            every change was an argument more.
        kind: What the function is, as a predicate of `inspect`.
    """

    module: str
    function: str
    needs: tuple[str, ...]
    wrap: Callable[[Function], Function]
    kind: Callable[[object], bool] = inspect.iscoroutinefunction

    @property
    def name(self) -> str:
        """Give the value of the label `hook`."""
        return f"{self.module.rpartition('.')[2]}.{self.function}"

    def fits(self, found: object) -> bool:
        """Say whether what stands there, below wrappers, is the function that the wrapper was made for."""
        innermost: Any = inspect.unwrap(found) if callable(found) else found
        return self.kind(innermost) and set(self.needs) <= inspect.signature(innermost).parameters.keys()


class Patches:
    """
    The functions that are wrapped.

    Args:
        store: Where the gauge stands that names the hooks which do not fit.
    """

    def __init__(self, store: Store) -> None:
        self._degraded = store.values(families.DEGRADED)
        self._replaced: list[tuple[Any, str, Function, Function]] = []

    def install(self, hooks: Iterable[Hook]) -> list[Hook]:
        """Wrap what fits; give the hooks that do not, which are left out."""
        left_out = [hook for hook in hooks if not self._install(hook)]
        if left_out:
            names = ", ".join(hook.name for hook in left_out)
            _log.warning("this kopf is not as expected, and something is left unmeasured: %s", names)
        return left_out

    def replace(self, owner: object, name: str, wrapper: Function) -> None:
        """Put *wrapper* in a function's place."""
        self._replaced.append((owner, name, getattr(owner, name), wrapper))
        setattr(owner, name, wrapper)

    def restore(self) -> None:
        """Put everything back, the last one first; what somebody else has wrapped since stays as it is."""
        while self._replaced:
            owner, name, original, wrapper = self._replaced.pop()
            if getattr(owner, name) is wrapper:
                setattr(owner, name, original)

    def _install(self, hook: Hook) -> bool:
        degraded = self._degraded.at(hook.name)
        try:
            module = importlib.import_module(f"kopf.{hook.module}")
            found = getattr(module, hook.function)
        except (ImportError, AttributeError):
            degraded.value = 1.0
            return False
        fits = hook.fits(found)
        degraded.value = 0.0 if fits else 1.0
        if fits:
            self.replace(module, hook.function, functools.update_wrapper(hook.wrap(found), found))
        return fits
