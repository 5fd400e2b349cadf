"""What is stored: objects by resource, one revision counter, and a log of recent changes to watch from."""

import asyncio
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from sloctl.kubesim.errors import Obj, expired

Key = tuple[str, str]
"""Namespace (empty for what is cluster-wide) and name."""
Change = Literal["ADDED", "MODIFIED", "DELETED"]


@dataclass(frozen=True, slots=True)
class Event:
    """One change: the object after it (for a deletion its last state, under the new revision) and before it."""

    type: Change
    revision: int
    obj: Obj
    previous: Obj | None


class Collection:
    """
    The objects of one resource and their recent changes.

    Args:
        revision: Where its log begins; older revisions are answered with 410.
        capacity: How many changes the log holds at least.
    """

    def __init__(self, revision: int, capacity: int) -> None:
        self.objects: dict[Key, Obj] = {}
        self.closed = False
        self._log: list[Event] = []
        self._floor = revision
        self._capacity = capacity
        self._waiting: set[asyncio.Event] = set()

    def append(self, event: Event) -> None:
        """Log a change and wake who waits for one."""
        self._log.append(event)
        if len(self._log) > 2 * self._capacity:
            self._floor = self._log[self._capacity - 1].revision
            del self._log[: self._capacity]
        self.wake()

    def since(self, revision: int) -> list[Event]:
        """
        Give the changes after a revision, oldest first.

        Raises:
            ApiError: 410, when the log no longer reaches back so far.
        """
        if revision < self._floor:
            raise expired(f"too old resource version: {revision} ({self._floor})")
        return self._log[bisect_right(self._log, revision, key=lambda event: event.revision) :]

    def at(self, revision: int) -> dict[Key, Obj]:
        """
        Give the objects as they were at a revision, by undoing what came later.

        Raises:
            ApiError: 410, when the log no longer reaches back so far.
        """
        objects = dict(self.objects)
        for event in reversed(self.since(revision)):
            key = key_of(event.obj)
            if event.previous is None:
                del objects[key]
            else:
                objects[key] = event.previous
        return objects

    def close(self) -> None:
        """End every watch: the resource is no longer served."""
        self.closed = True
        self.wake()

    def wake(self) -> None:
        """Let every watch look again."""
        for flag in self._waiting:
            flag.set()

    @contextmanager
    def changes(self) -> Iterator[asyncio.Event]:
        """Give a flag that is set at every change, for as long as somebody watches."""
        flag = asyncio.Event()
        self._waiting.add(flag)
        try:
            yield flag
        finally:
            self._waiting.discard(flag)


class Store:
    """
    Every collection, and the revision that counts all their changes.

    Args:
        capacity: How many changes each collection remembers at least.
    """

    def __init__(self, capacity: int = 1000) -> None:
        # From 2 on, so that revision 1 is too old everywhere: clients' way to provoke a 410.
        self.revision = 2
        self.capacity = capacity
        self.listeners: list[Callable[[str, Event], None]] = []
        self._collections: dict[str, Collection] = {}

    def collection(self, resource: str) -> Collection:
        """Give the collection of a resource (`plural.group`), made at its first use."""
        if resource not in self._collections:
            self._collections[resource] = Collection(self.revision, self.capacity)
        return self._collections[resource]

    def collections(self) -> list[tuple[str, Collection]]:
        """Give every collection with its resource's name."""
        return list(self._collections.items())

    def drop(self, resource: str) -> None:
        """Forget a resource and end its watches."""
        if collection := self._collections.pop(resource, None):
            collection.close()

    def put(self, resource: str, obj: Obj) -> Obj:
        """Store a new or changed object under the next revision; gives what is stored."""
        collection = self.collection(resource)
        stored = self._stamped(obj)
        key = key_of(stored)
        previous = collection.objects.get(key)
        collection.objects[key] = stored
        self._publish(resource, collection, Event("MODIFIED" if previous else "ADDED", self.revision, stored, previous))
        return stored

    def remove(self, resource: str, key: Key) -> None:
        """Remove an object; watchers are told its last stored state."""
        collection = self.collection(resource)
        previous = collection.objects.pop(key)
        last = self._stamped(previous)
        self._publish(resource, collection, Event("DELETED", self.revision, last, previous))

    def close(self) -> None:
        """End every watch."""
        for _, collection in self.collections():
            collection.close()

    def _stamped(self, obj: Obj) -> Obj:
        self.revision += 1
        return obj | {"metadata": obj["metadata"] | {"resourceVersion": str(self.revision)}}

    def _publish(self, resource: str, collection: Collection, event: Event) -> None:
        collection.append(event)
        for listener in self.listeners:
            listener(resource, event)


def key_of(obj: Obj) -> Key:
    """Give the key that an object is stored under."""
    metadata = obj["metadata"]
    return metadata.get("namespace", ""), metadata["name"]
