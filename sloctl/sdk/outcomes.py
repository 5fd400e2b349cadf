"""What came of a reconciliation or a handler."""

import sys
from collections.abc import Callable
from typing import Final, Literal, get_args

Outcome = Literal["success", "error", "requeue", "requeue_after", "terminal"]
Classifier = Callable[[BaseException | None, object], Outcome | None]
"""Takes what was raised, if anything was, and what was returned; gives the outcome, or None to leave it to sloctl."""

OUTCOMES: Final = get_args(Outcome)


def outcome_of(error: BaseException | None) -> Outcome | None:
    """
    Say what came of a call by what it raised; None for one that was cancelled, which is neither good nor bad.

    kopf's TemporaryError asks to come back, after its delay or at once; its PermanentError is not tried again.

    >>> outcome_of(None), outcome_of(ValueError()), outcome_of(KeyboardInterrupt())
    ('success', 'error', None)
    """
    if error is None:
        return "success"
    if not isinstance(error, Exception):
        return None
    kopf = sys.modules.get("kopf")  # whoever raises an error of kopf has imported kopf; nobody else needs it
    if isinstance(error, getattr(kopf, "TemporaryError", ())):
        return "requeue_after" if getattr(error, "delay", None) else "requeue"
    return "terminal" if isinstance(error, getattr(kopf, "PermanentError", ())) else "error"


def is_timeout(error: BaseException | None) -> bool:
    """Say whether the framework gave up on a handler because its time was over."""
    return isinstance(error, getattr(sys.modules.get("kopf"), "HandlerTimeoutError", ()))
