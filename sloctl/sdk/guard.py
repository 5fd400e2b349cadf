"""Telemetry never breaks the host: its own faults are counted, logged once for each kind, and go no further."""

import logging
from types import TracebackType
from typing import Final, Literal, get_args

from opentelemetry import context as contexts
from opentelemetry.context import Context
from prometheus_client import CollectorRegistry

from sloctl.sdk import families
from sloctl.sdk.store import Store

Kind = Literal["classifier", "hook", "label", "scrape", "span", "value"]

_log: Final = logging.getLogger("sloctl")
_KEY: Final = contexts.create_key("sloctl-guard")


class Guard:
    """
    Takes the SDK's own failures.

    Args:
        store: Where they are counted, by their kind.
    """

    def __init__(self, store: Store) -> None:
        family = store.values(families.INTERNAL_ERRORS)
        self._counts = {kind: family.at(kind) for kind in get_args(Kind)}
        self._logged: set[Kind] = set()
        self.context = contexts.set_value(_KEY, self, Context())
        """The context of what it guards, for `current_guard`."""

    def report(self, kind: Kind, problem: str, error: Exception | None = None) -> None:
        """Count a failure; log it when it is the first of its kind."""
        self._counts[kind].add(1)
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


_NOWHERE: Final = CollectorRegistry()
_OUTSIDE: Final = Guard(Store(_NOWHERE))


def current_guard() -> Guard:
    """Give the guard of the reconciliation under way; outside of all, one that only logs."""
    found = contexts.get_value(_KEY)
    return found if isinstance(found, Guard) else _OUTSIDE
