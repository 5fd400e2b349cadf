"""What one instrumentation of kopf records, by watched resource and by controller."""

from typing import Final, Protocol

from sloctl.sdk.guard import Guard
from sloctl.sdk.hooks.kopf.outcomes import HandlerCells
from sloctl.sdk.hooks.kopf.queues import Queue
from sloctl.sdk.hooks.kopf.watches import Watch
from sloctl.sdk.store import Store


class Resource(Protocol):
    """A kind of object as kopf describes it."""

    group: str
    version: str
    plural: str
    kind: str | None


class Recorder:
    """
    Hands out what the hooks add to.

    Attributes:
        store: Of the registry to which everything goes.
        guard: Takes the hooks' own faults.
        starvation_said: A queue that waits for nothing was reported.
    """

    def __init__(self, store: Store, guard: Guard) -> None:
        self.store: Final = store
        self.guard: Final = guard
        self._groups: dict[str, set[str]] = {}
        self._queues: dict[tuple[str, str], Queue] = {}
        self._watches: dict[tuple[str, str], Watch] = {}
        self._cells: dict[tuple[str, str], HandlerCells] = {}
        self.starvation_said = False

    def claim(self, resource: Resource) -> None:
        """Take note of a resource that is about to be watched: kinds of one name are told apart by their groups."""
        self._groups.setdefault(_kind(resource), set()).add(resource.group)

    def controller(self, resource: Resource) -> str:
        """Give the value of the label `controller`: the kind in lower case, with its group where kinds share a name."""
        kind = _kind(resource)
        return f"{kind}.{resource.group}" if len(self._groups.get(kind, ())) > 1 else kind

    def queue(self, resource: Resource) -> Queue:
        """Give the work queue of a resource, made at the first call."""
        found = self._queues.get((resource.plural, resource.group))
        if found is None:
            found = self._queues[resource.plural, resource.group] = Queue(self.store, self.controller(resource))
        return found

    def watch(self, resource: Resource) -> Watch:
        """Give what is recorded about the watches of a resource, made at the first call."""
        found = self._watches.get((resource.plural, resource.group))
        if found is None:
            found = Watch(self.store, resource.group, resource.version, resource.plural)
            self._watches[resource.plural, resource.group] = found
        return found

    def cells(self, resource: Resource | None, handler: str) -> HandlerCells:
        """Give what a handler came to that no pass called: a timer, a webhook, one of the operator itself."""
        key = (self.controller(resource) if resource is not None else "", handler)
        found = self._cells.get(key)
        if found is None:
            found = self._cells[key] = HandlerCells(self.store, *key)
        return found


def _kind(resource: Resource) -> str:
    return (resource.kind or resource.plural).lower()
