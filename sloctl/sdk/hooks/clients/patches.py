"""Puts functions in the place of others, and puts those back."""

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary, ref

Function = Callable[..., Any]


class Patches:
    """The functions that were replaced: of classes, and of single objects for as long as those live."""

    def __init__(self) -> None:
        self._classes: list[tuple[type, str, Function, Function]] = []
        self._objects: WeakKeyDictionary[object, dict[str, ref[Function]]] = WeakKeyDictionary()

    def replace(self, owner: type, name: str, function: Function) -> None:
        """Put a function in the place of a class's method."""
        self._classes.append((owner, name, getattr(owner, name), function))
        setattr(owner, name, function)

    def shadow(self, owner: object, name: str, function: Function) -> None:
        """
        Put a function before the method of one object, unless something stands there already.

        Raises:
            AttributeError: There is no such method.
        """
        getattr(type(owner), name)
        if name not in vars(owner):
            owner.__dict__[name] = function
            self._objects.setdefault(owner, {})[name] = ref(function)  # which refers to its owner

    def restore(self) -> None:
        """Put everything back, the last one first; what somebody else has replaced since stays."""
        while self._classes:
            owner, name, original, function = self._classes.pop()
            if vars(owner).get(name) is function:
                setattr(owner, name, original)
        for instance, functions in list(self._objects.items()):
            for name, function in functions.items():
                if vars(instance).get(name) is function():
                    del instance.__dict__[name]
        self._objects.clear()
