"""Telemetry never breaks the host: its own faults are counted, logged once for each kind, and go no further."""

import logging
from types import TracebackType
from typing import Final, Literal, get_args

import prometheus_client
from opentelemetry import context as contexts
from opentelemetry.context import Context

Kind = Literal["label", "span", "value"]

_log: Final = logging.getLogger("sloctl")
_KEY: Final = contexts.create_key("sloctl-guard")


class Guard:
    """
    Takes the SDK's own failures.

    Args:
        counter: The family with the label `kind` that counts them.
    """

    def __init__(self, counter: prometheus_client.Counter) -> None:
        self._counters = {kind: counter.labels(kind) for kind in get_args(Kind)}
        self._logged: set[Kind] = set()
        self.context = contexts.set_value(_KEY, self, Context())
        """The context of what it guards, for `current_guard`."""

    def report(self, kind: Kind, problem: str, error: Exception | None = None) -> None:
        """Count a failure; log it when it is the first of its kind."""
        self._counters[kind].inc()
        if kind not in self._logged:
            self._logged.add(kind)
            _log.warning("%s (from now on, faults of kind %r are only counted)", problem, kind, exc_info=error)

    def __call__(self, kind: Kind, doing: str) -> "_Guarded":
        """Guard a block; *doing* completes the sentence "failed to ..."."""
        return _Guarded(self, kind, doing)


class _Guarded:
    __slots__ = ("_doing", "_guard", "_kind")

    def __init__(self, guard: Guard, kind: Kind, doing: str) -> None:
        self._guard = guard
        self._kind: Kind = kind
        self._doing = doing

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, _type: type[BaseException] | None, error: BaseException | None, _traceback: TracebackType | None
    ) -> bool:
        if not isinstance(error, Exception):
            return False
        self._guard.report(self._kind, f"failed to {self._doing}", error)
        return True


_OUTSIDE: Final = Guard(
    prometheus_client.Counter("sloctl_outside_errors", "Never exposed: no registry is known.", ["kind"], registry=None)
)


def current_guard() -> Guard:
    """Give the guard of the reconciliation under way; outside of all, one that only logs."""
    found = contexts.get_value(_KEY)
    return found if isinstance(found, Guard) else _OUTSIDE
