"""Work queues: the events that wait for their objects' passes, and the passes that are under way."""

import functools
from bisect import bisect_left
from math import inf
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from sloctl.sdk import families
from sloctl.sdk.controllers import controller_of
from sloctl.sdk.hooks.kopf.cycles import CYCLE
from sloctl.sdk.hooks.kopf.durations import Durations
from sloctl.sdk.hooks.kopf.lifetimes import Lifetimes
from sloctl.sdk.hooks.kopf.outcomes import HandlerCells
from sloctl.sdk.hooks.kopf.passes import PASS, Pass
from sloctl.sdk.hooks.kopf.patching import Function, Hook
from sloctl.sdk.hooks.kopf.starvation import Slots
from sloctl.sdk.hooks.kopf.watches import BACKLOG, Backlog
from sloctl.sdk.ledger import ledger_of
from sloctl.sdk.objects import objects_of
from sloctl.sdk.store import Store

if TYPE_CHECKING:
    from sloctl.sdk.hooks.kopf.recorder import Recorder


class Queue:
    """
    The work queue of a controller; its series exist at 0 from here on.

    Attributes:
        name: The value of the labels `controller` and `name`.
        controller: Where its reconciliations are counted.
        running: The passes under way, those that sleep among them.
        asleep: Those of them that sleep at this moment.
        backlogs: Of each watcher that feeds it, what waits there.
        waited: How long events were in it; the same that the informer needed to hand them on.
        worked: How long passes took, without sleep.
        handlers: What its handlers came to, by their id.
        lifetimes: What becomes of its objects.
    """

    def __init__(self, store: Store, name: str) -> None:
        self._store = store
        self.name: Final = name
        self.controller: Final = controller_of(store, name)
        self.running: set[Pass] = set()
        self.asleep: set[Pass] = set()
        self.backlogs: list[Backlog] = []
        self.handlers: dict[str, HandlerCells] = {}
        self.lifetimes: Final = Lifetimes(store, name)
        self.waited: Final = Durations(families.QUEUE_SECONDS.buckets, families.INFORMER_SECONDS.buckets)
        self.worked: Final = Durations(families.WORK_SECONDS.buckets)
        self.retries: Final = store.values(families.QUEUE_RETRIES).at(name, name)
        self.patches: Final = store.values(families.PATCHES).at(name)
        self.conflicts: Final = store.values(families.PATCH_CONFLICTS).at(name)
        self.objects: Final = objects_of(store)
        self._ledger = ledger_of(store)
        self.waited.feed(store.buckets(families.QUEUE_SECONDS), name, name)
        self.worked.feed(store.buckets(families.WORK_SECONDS), name, name)
        self._derive(store)

    def handler(self, handler: str) -> HandlerCells:
        """Give what a handler came to, made at the first call."""
        found = self.handlers.get(handler)
        if found is None:
            found = self.handlers[handler] = HandlerCells(self._store, self.name, handler)
        return found

    def lost(self, uid: str) -> None:
        """Let go of an object that was deleted while nobody watched: when that was is not known."""
        self.lifetimes.lost(uid)
        self.objects.forget(uid)
        self._ledger.forget(uid)

    def _derive(self, store: Store) -> None:
        depth = store.values(families.QUEUE_DEPTH).at(self.name, self.name, "")
        adds = store.values(families.QUEUE_ADDS).at(self.name, self.name)
        unfinished = store.values(families.UNFINISHED_SECONDS).at(self.name, self.name)
        longest = store.values(families.LONGEST_RUNNING_SECONDS).at(self.name, self.name)
        most = store.values(families.MAX_CONCURRENT).at(self.name)

        def waiting() -> int:
            return sum(len(backlog.arrivals) for backlog in self.backlogs)

        def read_depth() -> None:
            depth.value = waiting()

        def read_adds() -> None:
            adds.value = sum(self.waited.counts) + waiting()

        def ages() -> list[float]:
            now = perf_counter()
            return [now - each.started - each.slept for each in list(self.running) if each not in self.asleep]

        def read_unfinished() -> None:
            unfinished.value = sum(ages())

        def read_longest() -> None:
            longest.value = max(ages(), default=0.0)

        def read_most() -> None:
            most.value = sum(backlog.limit for backlog in self.backlogs)

        store.values(families.QUEUE_DEPTH).readers.append(read_depth)
        store.values(families.QUEUE_ADDS).readers.append(read_adds)
        store.values(families.UNFINISHED_SECONDS).readers.append(read_unfinished)
        store.values(families.LONGEST_RUNNING_SECONDS).readers.append(read_longest)
        store.values(families.MAX_CONCURRENT).readers.append(read_most)


def hooks(recorder: "Recorder") -> list[Hook]:
    """Give the hook that records queues and passes."""

    def watcher(original: Function) -> Function:
        """Wrap what feeds the queue of one resource in one namespace, and starts the workers that empty it."""

        def wrapper(*args: Any, **kwargs: Any) -> Any:
            if not _handles(kwargs.get("processor")):
                return original(*args, **kwargs)
            with recorder.guard("hook", "take note of a resource"):
                recorder.claim(kwargs["resource"])
            return feed(*args, **kwargs)

        async def feed(*args: Any, **kwargs: Any) -> Any:
            opened: _Opened | None = None
            with recorder.guard("hook", "open a work queue"):
                recorder.started()
                opened = _Opened(recorder, kwargs["resource"], kwargs["settings"])
                kwargs["processor"] = opened.processor(kwargs["processor"])
            try:
                return await original(*args, **kwargs)
            finally:
                if opened is not None:
                    opened.close()

        return wrapper

    return [Hook("_core.reactor.queueing", "watcher", ("processor", "resource", "settings"), watcher)]


def _handles(processor: Any) -> bool:
    while isinstance(processor, functools.partial):
        processor = processor.func
    return getattr(processor, "__name__", "") == "process_resource_event"


class _Opened:
    """A queue, as one watcher feeds it."""

    def __init__(self, recorder: "Recorder", resource: Any, settings: Any) -> None:
        self._report = recorder.guard.report
        self._queue = recorder.queue(resource)
        self._watch = recorder.watch(resource)
        queueing = getattr(settings, "queueing", None)  # until kopf 1.42 it was `batching`
        limit = (queueing or settings.batching).worker_limit
        self._backlog = Backlog(limit or inf, self._queue.lost, batched=queueing is None)
        self._slots = Slots(self._queue, settings, recorder) if limit else None
        self._queue.backlogs.append(self._backlog)
        self._watch.backlogs.append(self._backlog)
        BACKLOG.set(self._backlog)

    def close(self) -> None:
        """Let go of what still waits: nobody takes it any more."""
        self._queue.backlogs.remove(self._backlog)
        self._watch.backlogs.remove(self._backlog)

    def processor(self, processor: Function) -> Function:
        """Wrap what processes an event: the hottest of all hooks, so all it needs is at hand and nothing is called."""
        queue, slots, report = self._queue, self._slots, self._report
        arrival, key, clock, enter, size = (
            self._backlog.arrivals.pop,
            self._backlog.key,
            perf_counter,
            PASS.set,
            bisect_left,
        )
        waits, waited, waits_by_size = queue.waited.bounds, queue.waited, queue.waited.counts
        works, worked, works_by_size = queue.worked.bounds, queue.worked, queue.worked.counts
        succeeded = queue.controller.cells["success"].add
        begins, ends, seen = queue.running.add, queue.running.discard, queue.lifetimes.seen

        async def process(*args: Any, **kwargs: Any) -> Any:
            try:
                event = kwargs["raw_event"]
                now = clock()
                arrived = arrival(key(event), now)
                waited_s = now - arrived
                waits_by_size[size(waits, waited_s)] += 1
                waited.sum += waited_s
                seen(event, arrived)
                if slots is not None:
                    slots.taken(now, arrived)
                under_way = Pass()
                under_way.queue = queue
                under_way.started = now
                under_way.slept = 0.0
                under_way.open = False
                under_way.outcome = None
                enter(under_way)
                begins(under_way)  # last, so that what fails above leaves nothing under way
            except Exception as error:
                report("hook", "failed to begin a pass", error)
                return await processor(*args, **kwargs)
            cycle = CYCLE.get()
            if cycle is not None:
                cycle.begin(event, queue.name)
            cancelled = True
            try:
                version = await processor(*args, **kwargs)
                cancelled = False
                return version
            finally:
                if cycle is not None:
                    cycle.end()
                try:
                    ends(under_way)
                    spent = clock() - now
                    worked_s = spent - under_way.slept
                    works_by_size[size(works, worked_s)] += 1
                    worked.sum += worked_s
                    if slots is not None:
                        slots.held += spent
                    if under_way.open:
                        under_way.open = False
                        if under_way.outcome == "success" and not cancelled:
                            succeeded(worked_s)
                        else:
                            queue.controller.end(None if cancelled else under_way.outcome or "success", worked_s)
                    if event["type"] == "DELETED":
                        uid = event["object"]["metadata"]["uid"]
                        queue.lifetimes.gone(uid)
                        queue.objects.forget(uid)
                except Exception as error:
                    report("hook", "failed to end a pass", error)

        return process
