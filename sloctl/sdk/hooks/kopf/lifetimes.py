"""What becomes of objects: how long a generation takes to be ready, and how long finalizers hold a deletion up."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from time import time
from typing import Any

from sloctl.sdk import families
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
                if "status" not in body or not is_ready(body, generation):
                    self._pending[uid] = at
                else:
                    self._pending.pop(uid, None)
            elif "status" in body and uid in self._pending and is_ready(body, generation):
                self._convergence.add(at - self._pending.pop(uid))
        if "deletionTimestamp" in metadata:
            self._leaving(metadata, gone=event["type"] == "DELETED")
        if event["type"] == "DELETED":
            self._generations.pop(metadata.get("uid"), None)
            self._pending.pop(metadata.get("uid"), None)

    def _leaving(self, metadata: Mapping[str, Any], *, gone: bool) -> None:
        uid = metadata["uid"]
        since = datetime.fromisoformat(metadata["deletionTimestamp"]).timestamp()
        before = self._deleting.pop(uid, (since, frozenset()))[1]
        # The event of the end still shows the last finalizers, and they are gone with the object.
        left = frozenset(metadata.get("finalizers") or ())
        removed: Iterable[str] = before | left if gone else before - left
        for finalizer in removed:
            self._deletions.at(self._controller, finalizer).add(max(0.0, time() - since))
        if left and not gone:
            self._deleting[uid] = (since, left)


def is_ready(body: Mapping[str, Any], generation: int) -> bool:
    """
    Say whether an object's status tells that a generation is ready.

    That is its condition Ready, for that generation where the condition or the status names one; an object without
    such a condition is ready when its status has observed the generation.

    >>> is_ready({"status": {"observedGeneration": 2}}, 2)
    True
    >>> is_ready({"status": {"observedGeneration": 2, "conditions": [{"type": "Ready", "status": "False"}]}}, 2)
    False
    >>> is_ready({"status": {"conditions": [{"type": "Ready", "status": "True", "observedGeneration": 1}]}}, 2)
    False
    """
    status = body.get("status")
    if not isinstance(status, Mapping):
        return False
    observed = status.get("observedGeneration")
    for condition in status.get("conditions") or ():
        if condition.get("type") == "Ready":
            return condition.get("status") == "True" and condition.get("observedGeneration", observed) in (
                None,
                generation,
            )
    return bool(observed == generation)
