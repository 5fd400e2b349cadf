"""Puts functions of kopf's behind wrappers, where they still are what the wrappers expect, and puts them back."""

import builtins
import functools
import importlib
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import ModuleType
from typing import Any, cast

from sloctl.sdk import families
from sloctl.sdk.store import Store

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
        used_by: Of a builtin, which is put before the one that Python has for all modules: the function that calls it.
    """

    module: str
    function: str
    needs: tuple[str, ...]
    wrap: Callable[[Function], Function]
    kind: Callable[[object], bool] = inspect.iscoroutinefunction
    used_by: str = ""

    @property
    def name(self) -> str:
        """Give the value of the label `hook`."""
        return f"{self.module.rpartition('.')[2]}.{self.function}"

    def find(self, module: ModuleType) -> Function:
        """
        Give the function that stands there.

        Raises:
            AttributeError: There is none.
        """
        if not self.used_by:
            return cast("Function", getattr(module, self.function))
        user: Any = inspect.unwrap(getattr(module, self.used_by))
        if self.function not in user.__code__.co_names:
            raise AttributeError(f"{self.used_by} does not call {self.function}")
        return cast("Function", getattr(builtins, self.function))

    def fits(self, found: object) -> bool:
        """Say whether what stands there, below wrappers, is the function that the wrapper was made for."""
        if self.used_by:
            return self.kind(found)
        innermost: Any = inspect.unwrap(found) if callable(found) else found
        return self.kind(innermost) and set(self.needs) <= inspect.signature(innermost).parameters.keys()


class Hooks:
    """
    The functions of kopf's that are wrapped.

    Args:
        store: Where the gauge stands that names the hooks which do not fit.
    """

    def __init__(self, store: Store) -> None:
        self._degraded = store.values(families.DEGRADED)
        self._replaced: list[tuple[ModuleType, str, Function | None, Function]] = []

    def install(self, hooks: Iterable[Hook]) -> list[str]:
        """Wrap what fits; give the names of the hooks that do not, which are left out."""
        return [hook.name for hook in hooks if not self._install(hook)]

    def replace(self, module: ModuleType, name: str, function: Function) -> None:
        """Put a function in another's place, until everything is put back."""
        self._replaced.append((module, name, vars(module).get(name), function))
        setattr(module, name, function)

    def restore(self) -> None:
        """Put everything back, the last one first; what somebody else has replaced since stays."""
        while self._replaced:
            module, name, original, function = self._replaced.pop()
            if vars(module).get(name) is not function:
                continue
            if original is None:
                delattr(module, name)
            else:
                setattr(module, name, original)

    def _install(self, hook: Hook) -> bool:
        degraded = self._degraded.at(hook.name)
        try:
            module = importlib.import_module(f"kopf.{hook.module}")
            found = hook.find(module)
            fits = hook.fits(found)
        except (ImportError, AttributeError):
            fits = False
        if fits:
            self.replace(module, hook.function, functools.update_wrapper(hook.wrap(found), found))
        degraded.value = 0.0 if fits else 1.0
        return fits
