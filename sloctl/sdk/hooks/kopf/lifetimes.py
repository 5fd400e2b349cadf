"""What becomes of objects: how long a generation takes to be ready, and how long finalizers hold a deletion up."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from time import time
from typing import Any

from sloctl.sdk import families
from sloctl.sdk.generation import is_ready
from sloctl.sdk.store import Store


class Lifetimes:
    """
    The objects of one controller that were seen and are not gone.

    A generation that is ready when it is first seen is not measured: nobody saw it begin.
    """

    def __init__(self, store: Store, controller: str) -> None:
        self._controller = controller
        self._generations: dict[str, int] = {}  # by uid: the newest one
        self._pending: dict[str, float] = {}  # by uid: since when that one is known and not ready
        self._deleting: dict[str, tuple[float, frozenset[str]]] = {}  # by uid: since when, and what it waits for
        self._convergence = store.buckets(families.CONVERGENCE_SECONDS).at(controller)
        self._deletions = store.buckets(families.DELETION_SECONDS)
        ages = store.values(families.FINALIZER_AGE_SECONDS)

        def read() -> None:
            oldest: dict[str, float] = dict.fromkeys((key[1] for key in list(ages.series) if key[0] == controller), 0.0)
            now = time()
            for since, finalizers in list(self._deleting.values()):
                for finalizer in finalizers:
                    oldest[finalizer] = max(oldest.get(finalizer, 0.0), now - since)
            for finalizer, age in oldest.items():
                ages.at(controller, finalizer).value = age

        ages.readers.append(read)

    def seen(self, event: Mapping[str, Any], at: float) -> None:
        """Take in an event that arrived at a time by `perf_counter`."""
        body = event["object"]
        metadata = body["metadata"]
        if "generation" in metadata:
            uid, generation = metadata["uid"], metadata["generation"]
            if self._generations.get(uid) != generation:
                self._generations[uid] = generation
                if "status" not in body or not is_ready(body):
                    self._pending[uid] = at
                else:
                    self._pending.pop(uid, None)
            elif "status" in body and uid in self._pending and is_ready(body):
                self._convergence.add(at - self._pending.pop(uid))
        if "deletionTimestamp" in metadata:
            self._leaving(metadata)

    def gone(self, uid: str) -> None:
        """Let go of an object that was deleted, and of the finalizers that its last event still showed."""
        self._removed(*self.lost(uid))

    def lost(self, uid: str) -> tuple[float, Iterable[str]]:
        """Let go of an object; gives since when it was being deleted, and the finalizers that were seen last."""
        self._generations.pop(uid, None)
        self._pending.pop(uid, None)
        return self._deleting.pop(uid, (0.0, ()))

    def _leaving(self, metadata: Mapping[str, Any]) -> None:
        since = datetime.fromisoformat(metadata["deletionTimestamp"]).timestamp()
        left = frozenset(metadata.get("finalizers") or ())
        before = self._deleting.get(metadata["uid"])
        self._deleting[metadata["uid"]] = since, left
        if before is not None:
            self._removed(since, before[1] - left)

    def _removed(self, since: float, finalizers: Iterable[str]) -> None:
        for finalizer in finalizers:
            self._deletions.at(self._controller, finalizer).add(max(0.0, time() - since))
