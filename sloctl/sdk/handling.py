"""What a framework's instrumentation is in the middle of, so that a decorator below it does not count it again."""

from contextvars import ContextVar
from typing import Final


class Handling:
    """
    The handling of one object by an instrumented framework, which has opened the root span for it.

    Attributes:
        controller: The value of the label `controller`.
        counted: The framework's instrumentation counts this as a reconciliation.
        open: It is under way; tasks that outlive it inherit it as well.
    """

    __slots__ = ("controller", "counted", "open")

    def __init__(self, controller: str, *, counted: bool) -> None:
        self.controller = controller
        self.counted = counted
        self.open = True


CURRENT: Final[ContextVar[Handling | None]] = ContextVar("sloctl-handling", default=None)
