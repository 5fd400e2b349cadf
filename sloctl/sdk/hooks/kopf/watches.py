"""Lists and watches: what comes in, how often a watch loses its place, and how old the last news is."""

import inspect
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextvars import ContextVar
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from sloctl.sdk import families
from sloctl.sdk.guard import Guard
from sloctl.sdk.hooks.kopf.patching import Function, Hook
from sloctl.sdk.store import Store

if TYPE_CHECKING:
    from sloctl.sdk.hooks.kopf.recorder import Recorder

Event = Mapping[str, Any]


class Backlog:
    """
    What one watcher has put into a queue and nobody has taken out yet.

    Attributes:
        arrivals: When each event arrived, by `perf_counter`.
        key: Gives the key of an event there: itself, or its object where only the last of several events is processed.
        limit: How many objects of this watcher may be in process at once.
        lost: Takes the uid of an object that was deleted while nobody watched.
    """

    __slots__ = ("arrivals", "key", "limit", "lost")

    def __init__(self, limit: float, lost: Callable[[str], None], *, batched: bool) -> None:
        self.lost = lost
        self.arrivals: dict[object, float] = {}
        self.key: Callable[[Event], object] = _uid if batched else id
        self.limit = limit


def _uid(event: Event) -> object:
    return event["object"]["metadata"].get("uid")


BACKLOG: Final[ContextVar[Backlog | None]] = ContextVar("sloctl-kopf-backlog", default=None)
"""Where the events of this task's watch wait; None where they go into no work queue."""

_LISTED: Final = "LISTED"


class Watch:
    """
    The lists and watches of one resource, in all the namespaces that are watched.

    Attributes:
        labels: Those of an informer's series: name, group, version, resource.
        events: How many came in, by type; None stands for those that a list brought.
        newest: The event that came in last.
        streams: Those that are open.
        backlogs: Of each watcher that feeds a work queue, what waits there.
        objects: Of each namespace that feeds a work queue, the uids of the objects that are there.
    """

    def __init__(self, store: Store, group: str, version: str, plural: str) -> None:
        name = f"{plural}.{group}" if group else plural
        self.events: defaultdict[str | None, int] = defaultdict(int)
        self.newest: Event | None = None
        self.streams: set[_Stream] = set()
        self.backlogs: list[Backlog] = []
        self.objects: defaultdict[str | None, set[str]] = defaultdict(set)
        self._listed: set[str | None] = set()
        self._requested: set[str | None] = set()
        self.labels = labels = (name, group, version, plural)
        self.relists = store.values(families.WATCH_RELISTS).at(name)
        self.expired = store.values(families.WATCH_EXPIRED).at(name)
        self.reconnects = store.values(families.WATCH_RECONNECTS).at(name)
        self.list_seconds = store.buckets(families.WATCH_LIST_SECONDS).at(name)
        events = store.values(families.WATCH_EVENTS)
        ages = store.values(families.WATCH_AGE_SECONDS)
        queued = store.values(families.INFORMER_QUEUED).at(*labels)
        version_seen = store.values(families.INFORMER_VERSION).at(*labels)

        def read_events() -> None:
            for kind, count in list(self.events.items()):
                events.at(name, kind or _LISTED).value = count

        def read_age() -> None:
            heard = [stream.heard for stream in list(self.streams)]
            if heard:
                ages.at(name).value = perf_counter() - min(heard)
            else:
                ages.drop((name,))

        def read_queued() -> None:
            queued.value = sum(len(backlog.arrivals) for backlog in self.backlogs)

        def read_version() -> None:
            if self.newest is not None:
                version_seen.value = _version(self.newest)

        events.readers.append(read_events)
        ages.readers.append(read_age)
        store.values(families.INFORMER_QUEUED).readers.append(read_queued)
        store.values(families.INFORMER_VERSION).readers.append(read_version)

    def list_begins(self, namespace: str | None) -> None:
        """Count a list, unless it is the first one of its namespace."""
        self.relists.value += namespace in self._listed
        self._listed.add(namespace)

    def request_begins(self, namespace: str | None) -> None:
        """Count a watch request, unless it is the first one of its namespace."""
        self.reconnects.value += namespace in self._requested
        self._requested.add(namespace)

    def close(self) -> None:
        """Begin anew with the next operator: its first list and its first request are no repetitions."""
        self._listed.clear()
        self._requested.clear()


class _Stream:
    """An open stream, and when it last had news."""

    __slots__ = ("heard",)

    def __init__(self) -> None:
        self.heard = perf_counter()


def _version(event: Event) -> float:
    """Give the last 15 digits of a resource version, as client-go does; 0 where it is no number."""
    digits = str(event["object"]["metadata"].get("resourceVersion", ""))[-15:]
    return float(digits) if digits.isdecimal() else 0.0


def hooks(recorder: "Recorder") -> list[Hook]:
    """Give the hooks that record lists and watches."""

    def continuous_watch(original: Function) -> Function:
        """Wrap what lists once and then watches until the place is lost."""

        def wrapper(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
            stream: AsyncIterator[Any] = original(*args, **kwargs)
            try:
                watch = recorder.watch(kwargs["resource"])
                namespace = kwargs["namespace"]
                watch.list_begins(namespace)
                return _observed(watch, namespace, stream, kwargs["operator_pause_waiter"].done, recorder.guard)
            except Exception as error:
                recorder.guard.report("hook", "failed to follow a watch", error)
                return stream

        return wrapper

    def watch_objs(original: Function) -> Function:
        """Wrap one watch request."""

        def wrapper(*args: Any, **kwargs: Any) -> Any:
            with recorder.guard("hook", "count a watch request"):
                recorder.watch(kwargs["resource"]).request_begins(kwargs["namespace"])
            return original(*args, **kwargs)

        return wrapper

    module = "_cogs.clients.watching"
    return [
        Hook(
            module,
            "continuous_watch",
            ("resource", "namespace", "operator_pause_waiter"),
            continuous_watch,
            inspect.isasyncgenfunction,
        ),
        Hook(module, "watch_objs", ("resource", "namespace"), watch_objs, inspect.isasyncgenfunction),
    ]


async def _observed(
    watch: Watch, namespace: str | None, stream: AsyncIterator[Any], paused: Callable[[], bool], guard: Guard
) -> AsyncIterator[Any]:
    backlog, events, clock = BACKLOG.get(), watch.events, perf_counter
    before, there = watch.objects[namespace], set[str]()
    arrivals, key = (None, id) if backlog is None else (backlog.arrivals, backlog.key)
    listing: float | None = 0.0
    own = _Stream()
    watch.streams.add(own)
    resumed = own.heard
    try:
        async for event in stream:
            try:
                own.heard = now = clock()
                if type(event) is dict:
                    kind = event["type"]
                    events[kind] += 1
                    watch.newest = event
                    if arrivals is not None and kind != "BOOKMARK":
                        arrivals[key(event)] = now
                        if kind == "DELETED":
                            there.discard(event["object"]["metadata"]["uid"])
                        elif kind != "MODIFIED":
                            there.add(event["object"]["metadata"]["uid"])
                    if listing is not None:
                        listing += now - resumed
                elif listing is not None:  # kopf's mark: the list is complete
                    watch.list_seconds.add(listing + now - resumed)
                    listing = None
                    if backlog is not None:
                        watch.objects[namespace] = there
                        for uid in before - there:
                            backlog.lost(uid)
            except Exception as error:
                guard.report("hook", "failed to record an event", error)
            yield event
            if listing is not None:
                resumed = clock()
        if listing is None and not paused():
            watch.expired.value += 1.0  # the one reason that is left for kopf to end this stream
    finally:
        watch.streams.discard(own)
