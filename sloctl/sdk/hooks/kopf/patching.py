"""Puts functions of kopf's behind wrappers, where they still are what the wrappers expect, and puts them back."""

import builtins
import functools
import importlib
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sloctl.sdk import families
from sloctl.sdk.store import Store

Function = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Hook:
    """
    A function of kopf's and the wrapper that it gets.

    Attributes:
        module: Where kopf looks the function up when it calls it, below `kopf._core` or `kopf._cogs`.
        function: Its name there, behind its class's when it is a method.
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

    def find(self) -> tuple[Any, str, Function]:
        """
        Give the function that stands there, behind the module or class that holds it and its name in it.

        Raises:
            ImportError: There is no such module.
            AttributeError: There is no such function.
        """
        owner: Any = importlib.import_module(f"kopf.{self.module}")
        if self.used_by:
            user: Any = inspect.unwrap(getattr(owner, self.used_by))
            if self.function not in user.__code__.co_names:
                raise AttributeError(f"{self.used_by} does not call {self.function}")
            return owner, self.function, getattr(builtins, self.function)
        *classes, name = self.function.split(".")
        for each in classes:
            owner = getattr(owner, each)
        return owner, name, getattr(owner, name)

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
        self._replaced: list[tuple[Any, str, Function | None, Function]] = []
        self._left_out: set[str] = set()

    def install(self, hooks: Iterable[Hook]) -> list[str]:
        """Wrap what fits; give the names of the hooks that do not, which are left out."""
        return [hook.name for hook in hooks if not self._install(hook)]

    def replace(self, owner: Any, name: str, function: Function) -> None:
        """Put a function of a module or a class in another's place, until everything is put back."""
        self._replaced.append((owner, name, vars(owner).get(name), function))
        setattr(owner, name, function)

    def restore(self) -> None:
        """Put everything back, the last one first; what somebody else has replaced since stays."""
        while self._replaced:
            owner, name, original, function = self._replaced.pop()
            if vars(owner).get(name) is not function:
                continue
            if original is None:
                delattr(owner, name)
            else:
                setattr(owner, name, original)

    def _install(self, hook: Hook) -> bool:
        try:
            owner, name, found = hook.find()
            fits = hook.fits(found)
        except (ImportError, AttributeError):
            fits = False
        if fits:
            self.replace(owner, name, functools.update_wrapper(hook.wrap(found), found))
        else:
            self._left_out.add(hook.name)
        self._degraded.at(hook.name).value = float(hook.name in self._left_out)  # two hooks may share a function
        return fits
