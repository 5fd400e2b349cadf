"""Puts functions in the place of others, and puts those back."""

from collections.abc import Callable
from typing import Any

Function = Callable[..., Any]


class Patches:
    """The functions that were replaced."""

    def __init__(self) -> None:
        self._replaced: list[tuple[type, str, Function, Function]] = []

    def replace(self, owner: type, name: str, function: Function) -> None:
        """Put a function in the place of a method of this very class."""
        self._replaced.append((owner, name, vars(owner)[name], function))
        setattr(owner, name, function)

    def wrap(self, owner: type, name: str, wrapper: Callable[[Function], Function]) -> None:
        """
        Wrap a method where the class, or what it inherits from, defines it; once, however often this is called.

        Raises:
            AttributeError: There is no such method.
        """
        for base in owner.__mro__:
            if name in vars(base):
                if not any(base is other and name == known for other, known, _, _ in self._replaced):
                    self.replace(base, name, wrapper(vars(base)[name]))
                return
        raise AttributeError(f"{owner.__qualname__} has no {name}")

    def restore(self) -> None:
        """Put everything back, the last one first; what somebody else has replaced since stays."""
        while self._replaced:
            owner, name, original, function = self._replaced.pop()
            if vars(owner).get(name) is function:
                setattr(owner, name, original)
