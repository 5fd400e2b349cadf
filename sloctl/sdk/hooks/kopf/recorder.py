"""What one instrumentation of kopf records, by watched resource and by controller."""

import logging
from typing import Final, Protocol

from sloctl.sdk import families
from sloctl.sdk.hooks.kopf.lag import LoopLag
from sloctl.sdk.hooks.kopf.outcomes import HandlerCells
from sloctl.sdk.hooks.kopf.queues import Queue
from sloctl.sdk.hooks.kopf.serving import serve
from sloctl.sdk.hooks.kopf.watches import Watch
from sloctl.sdk.instrumentation import Instrumentation
from sloctl.sdk.serve import Server

_log: Final = logging.getLogger("sloctl")


class Resource(Protocol):
    """A kind of object as kopf describes it."""

    group: str
    version: str
    plural: str
    kind: str | None


class _Parts:
    """
    What all instrumentations of one store share: a scrape shows sums over all of them, and counters never go down.

    Attributes:
        groups: The groups of the kinds of one name.
        queues: By resource.
        watches: By resource.
        cells: By controller and handler.
    """

    def __init__(self) -> None:
        self.groups: dict[str, set[str]] = {}
        self.queues: dict[tuple[str, str], Queue] = {}
        self.watches: dict[tuple[str, str], Watch] = {}
        self.cells: dict[tuple[str, str], HandlerCells] = {}


class Recorder:
    """
    Hands out what the hooks add to.

    Args:
        obs: Where everything goes.
        served: Serve it when an operator starts, where the environment says so.

    Attributes:
        obs: The same.
        store: Of its registry.
        guard: Takes the hooks' own faults.
        starvation_said: A queue that waits for nothing was reported.
    """

    def __init__(self, obs: Instrumentation, *, served: bool) -> None:
        self.obs: Final = obs
        self.store: Final = obs._store
        self.guard: Final = obs._guard
        self._served = served
        self._is_new = True
        self._server: Server | None = None
        self._lag = LoopLag(self.store)
        parts = self.store.part(_Parts, _Parts)
        self._groups, self._queues, self._watches, self._cells = parts.groups, parts.queues, parts.watches, parts.cells
        self.starvation_said = False

    def started(self) -> None:
        """Take note of an operator that starts on the running event loop."""
        self._lag.follow()
        if self._is_new:
            self._is_new = False
            self._give_way()
            if self._served:
                self._server = serve(self.obs)

    def _give_way(self) -> None:
        """Leave the operator its own metrics, all of which it has declared by now, where ours have the same names."""
        taken = [declaration.name for declaration in families.BUILTIN if self.store.give_way(declaration)]
        for name in taken:
            self.store.values(families.DEGRADED).at(name).value = 1.0
        if taken:
            _log.warning(
                "the operator has metrics of its own named like sloctl's, which are not shown: %s", ", ".join(taken)
            )

    def close(self) -> None:
        """End what was begun when an operator started."""
        self._lag.stop()
        for watch in self._watches.values():
            watch.close()
        if self._server is not None:
            self._server.close()

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
            informer = self.watch(resource).labels
            found.waited.feed(self.store.buckets(families.INFORMER_SECONDS), *informer)
        return found

    def known(self, resource: Resource) -> Queue | None:
        """Give the work queue of a resource, if it has one."""
        return self._queues.get((resource.plural, resource.group))

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
