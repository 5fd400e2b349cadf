"""
What this process did to each object, so that its next reconciliation can name its causes without a question or a write.

Only spans that are exported are remembered: a link to any other leads nowhere.
"""

import time
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Final, NamedTuple

from opentelemetry.trace import SpanContext

from sloctl.sdk.generation import Convergence
from sloctl.sdk.store import Store

OBJECTS: Final = 20_000
"""How many objects are remembered unless something else is asked for."""

_FEW: Final = 8
"""How many writes of an object that no event has shown yet, and how many of its children, are remembered."""

_ADMISSION_S: Final = 60.0
_ADMISSIONS: Final = 1024


class Attempt(NamedTuple):
    """
    A handler's attempt that will be followed by another one.

    Attributes:
        context: Its span.
        reason: Why there will be another.
        number: How many attempts came before it.
        ended_s: When it ended, by the monotonic clock.
    """

    context: SpanContext | None
    reason: str
    number: int
    ended_s: float


class Entry:
    """
    What is remembered of one object.

    Attributes:
        attempt: The span of the last reconciliation that was not about its deletion.
        generation: The last one that was seen.
        traceparent: The last value of the annotation that was seen.
        writes: By resource version, the span that wrote it; only those that no event has shown yet.
        unfinished: The last attempts of handlers that will try again.
        owners: The uids of its owners.
        children: By uid, the span that last wrote the child since this object was reconciled.
        convergence: The open span of its generation, if there is one.
    """

    __slots__ = ("attempt", "children", "convergence", "generation", "owners", "traceparent", "unfinished", "writes")

    def __init__(self) -> None:
        self.attempt: SpanContext | None = None
        self.generation: object = None
        self.traceparent: str | None = None
        self.writes: dict[str, SpanContext] | None = None
        self.unfinished: dict[Hashable, Attempt] | None = None
        self.owners: tuple[str, ...] = ()
        self.children: dict[str, SpanContext] | None = None
        self.convergence: Convergence | None = None


class Ledger:
    """
    Remembers objects by uid, never by name: a name may be another object's by now.

    It keeps at least the half of *objects* that was used last, and never more than all of them; one that is at rest
    takes some 600 bytes. Safe to use from any thread.
    """

    def __init__(self, objects: int = OBJECTS, clock: Callable[[], float] = time.monotonic) -> None:
        self._half = max(1, objects // 2)
        self._recent: dict[str, Entry] = {}
        self._older: dict[str, Entry] = {}
        self._admissions: dict[Hashable, tuple[float, SpanContext]] = {}
        self._lock = Lock()
        self._clock = clock

    def __len__(self) -> int:
        return len(self._recent) + len(self._older)

    def resize(self, objects: int) -> None:
        """Remember so many objects from here on."""
        self._half = max(1, objects // 2)

    def at(self, uid: str) -> Entry:
        """Give what is remembered of an object, which may be nothing yet."""
        return self._recent.get(uid) or self._renew(uid)

    def known(self, uid: str | None) -> Entry | None:
        """Give what is remembered of an object; None when that is nothing, or when it has no uid."""
        return self._recent.get(uid) or self._older.get(uid)  # type: ignore[arg-type] # None is in neither

    def _renew(self, uid: str) -> Entry:
        with self._lock:
            if (found := self._recent.get(uid)) is None:
                found = self._older.pop(uid, None) or Entry()
                if len(self._recent) >= self._half:
                    self._recent, self._older = {}, self._recent
                self._recent[uid] = found
            return found

    def forget(self, uid: str | None) -> None:
        """Let go of an object that is gone."""
        with self._lock:
            entry = self._recent.pop(uid, None) or self._older.pop(uid, None)  # type: ignore[arg-type] # as above
        if entry is not None and entry.convergence is not None:
            entry.convergence.end("deleted")

    def wrote(self, uid: str, resource_version: str, context: SpanContext) -> None:
        """
        Remember that a span wrote an object; its owners are told as well.

        Resource versions are compared for equality only: Kubernetes promises no order of theirs.
        """
        if not context.trace_flags.sampled:
            return
        entry = self.at(uid)
        owners = [self.at(owner) for owner in entry.owners] if entry.owners else ()
        with self._lock:
            entry.writes = _with(entry.writes, resource_version, context)
            for owner in owners:
                if owner.attempt is None or owner.attempt.trace_id != context.trace_id:
                    owner.children = _with(owner.children, uid, context)

    def seen(self, entry: Entry, resource_version: object) -> SpanContext | None:
        """Give the span that wrote a version of an object, and forget that write and those before it."""
        if not entry.writes:
            return None
        with self._lock:
            writes = entry.writes or {}
            if not isinstance(resource_version, str) or resource_version not in writes:
                return None
            versions = list(writes)
            later = versions[versions.index(resource_version) + 1 :]
            entry.writes = {version: writes[version] for version in later} or None
            return writes[resource_version]

    def admit(self, key: Hashable, context: SpanContext) -> None:
        """Remember for a minute that a webhook let an object pass; it has no uid yet, so by another key."""
        if not context.trace_flags.sampled:
            return
        with self._lock:
            self._admissions.pop(key, None)
            if len(self._admissions) >= _ADMISSIONS:
                del self._admissions[next(iter(self._admissions))]
            self._admissions[key] = self._clock() + _ADMISSION_S, context

    def admission(self, key: Callable[[], Hashable]) -> SpanContext | None:
        """Give the span of the webhook that let an object pass; *key* is called only when there may be one."""
        if not self._admissions:
            return None
        with self._lock:
            until, context = self._admissions.pop(key(), (0.0, None))
            return context if self._clock() < until else None


def _with(known: dict[str, SpanContext] | None, key: str, context: SpanContext) -> dict[str, SpanContext]:
    known = dict(known or ())
    known.pop(key, None)
    if len(known) >= _FEW:
        del known[next(iter(known))]
    known[key] = context
    return known


def ledger_of(store: Store) -> Ledger:
    """Give the ledger of a store, made at the first call: all that trace into one operator share it."""
    return store.part(Ledger, Ledger)
