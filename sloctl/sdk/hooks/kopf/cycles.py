"""
Handling cycles: what kopf does to one object from a cause until its handlers are done.

kopf runs one handler after another, each in a pass of its own, and comes back to the object through the event of its
own patch. So one cause takes several passes, and several patches; together they are one root span.
"""

import time
from collections.abc import Collection, Mapping
from contextvars import ContextVar
from typing import Any, Final

from sloctl.sdk.attributes import Attributes
from sloctl.sdk.hooks.kopf.passes import PASS
from sloctl.sdk.links import BULK, link
from sloctl.sdk.spans import Spans
from sloctl.sdk.tracing import OpenSpan, Tracing

PATIENCE_S: Final = 5.0
"""What waits for longer than this is another cycle: an hour later the same trace would be wrong."""

_WORST_FIRST: Final = ("terminal", "error", "requeue_after", "requeue", "cancelled")


class Traces:
    """The spans of one instrumentation of kopf."""

    def __init__(self, tracing: Tracing) -> None:
        self.tracing: Final = tracing
        self.guard: Final = tracing.guard
        self._spans: dict[str, Spans] = {}

    def on(self) -> bool:
        """Say whether anything is traced."""
        return self.tracing.tracer is not None or self.tracing.find() is not None

    def of(self, controller: str) -> Spans:
        """Give the root spans of a controller."""
        found = self._spans.get(controller)
        if found is None:
            found = self._spans[controller] = Spans(self.tracing, controller)
        return found

    def attempt(self, handler: str, retries: int, uid: str | None) -> OpenSpan:
        """Open the span of a handler's attempt below the current one; the one before it is linked, if it is known."""
        entry = self.tracing.ledger.at(uid) if uid else None
        before = entry.unfinished.get(handler) if entry is not None and entry.unfinished else None
        attributes: Attributes = {"sloctl.handler.id": handler, "sloctl.reconcile.attempt": retries + 1}
        links = []
        if retries:
            attributes["sloctl.retry.number"] = retries
            if before is not None:
                attributes["sloctl.retry.delay"] = time.monotonic() - before.ended_s
                links = [link("retry", before.context)] if before.context is not None else []
        return self.tracing.below(f"handler {handler}", attributes, links, entry, handler, before)


class Cycle:
    """
    The cycles of one object, one after the other, in the task of its worker.

    Attributes:
        root: The span of the one that is under way; None until a handler is called or something is written.
        uid: Of the object.
    """

    __slots__ = (
        "_active_ns",
        "_caused_by",
        "_controller",
        "_delays",
        "_done",
        "_event",
        "_failed",
        "_reason",
        "_traces",
        "_written",
        "root",
        "uid",
    )

    def __init__(self, traces: Traces) -> None:
        self._traces = traces
        self.root: OpenSpan | None = None
        self.uid: str | None = None
        self._event: Mapping[str, Any] | None = None
        self._controller = ""
        self._reason: str | None = None
        self._caused_by: Any = None
        self._written: dict[str, None] = {}
        self._failed: dict[str, tuple[str, BaseException | None]] = {}
        self._delays = False
        self._done = False
        self._active_ns = 0

    def begin(self, event: Mapping[str, Any], controller: str) -> None:
        """Begin a pass over an event: it goes on with the cycle when kopf's own write caused it, and soon."""
        try:
            metadata, ledger = event["object"]["metadata"], self._traces.tracing.ledger
            version = metadata.get("resourceVersion")
            self._event, self._controller = event, controller
            self._done = self._delays = False
            self._reason = self._caused_by = None
            self.uid = metadata.get("uid")
            entry = ledger.known(self.uid)
            if entry is not None:
                self._caused_by = ledger.seen(entry, version)
                if entry.convergence is not None:
                    entry.convergence.settle(event["object"])
            is_own = self._shown(version) or self._caused_by is not None
            if self.root is not None:
                if is_own and time.time_ns() - self._active_ns < PATIENCE_S * 1e9:
                    self.root.enter(self._traces.guard.context)
                else:
                    self.close(end_ns=self._active_ns)
        except Exception as error:
            self._traces.guard.report("hook", "failed to begin the spans of a pass", error)

    def end(self) -> None:
        """End a pass, and the cycle when nothing of it is left to come."""
        try:
            event, self._event = self._event, None
            self._caused_by = None  # a worker lives on for seconds, and what it holds makes work for the collector
            if event is None:
                return
            self._shown(event["object"]["metadata"].get("resourceVersion"))
            if self.root is not None:
                self._learn_late(self.root, event["object"]["metadata"].get("resourceVersion"))
                self.root.leave()
                self._active_ns = time.time_ns()
                under_way = PASS.get()
                if under_way is not None and under_way.outcome == "error" and not self._has_erred():
                    self._failed[""] = "error", None  # outside all handlers
                if self._done or event["type"] == "DELETED" or not (self._delays or self._awaits()):
                    self.close()
            if event["type"] == "DELETED":
                self._traces.tracing.ledger.forget(self.uid)
        except Exception as error:
            self._traces.guard.report("hook", "failed to end the spans of a pass", error)

    def ensure(self, handler: str | None = None) -> None:
        """Open the root span, unless it is open or there is no pass."""
        if self.root is not None or self._event is None:
            return
        entry = self._traces.tracing.ledger.known(self.uid)
        unfinished = entry.unfinished if entry is not None else None
        links = [link("self", self._caused_by)] if self._caused_by is not None else ()
        reason = None if unfinished else self._reason
        spans = self._traces.of(self._controller)
        self.root = spans.start(self._event["object"], handler or next(iter(unfinished or ()), None), reason, links)
        self.root.enter(self._traces.guard.context)

    def resumes(self) -> None:
        """Take note that the pass is about objects that were there before the operator."""
        self._reason = BULK

    def handled(self, delays: bool) -> None:
        """Take note that the pass has called its handlers; without delays all of them are done."""
        self._done = not delays

    def waits(self, delays: Collection[float]) -> bool:
        """Take note of the delays after which kopf comes back; say whether they are such that the cycle ends."""
        self._delays = bool(delays)
        return self._delays and min(delays) > PATIENCE_S

    def wrote(self, answer: Any) -> None:
        """Take note of kopf's own write, by the object that came back."""
        version = answer.get("metadata", {}).get("resourceVersion")
        if version:
            self._written[version] = None

    def came_to(self, handler: str, attempt: OpenSpan, outcome: str, error: BaseException | None) -> None:
        """End a handler's attempt, and take note of it; what an earlier one came to no longer counts."""
        attempt.close(outcome, error)
        if outcome != "success":
            self._failed[handler] = outcome, error
        elif self._failed:
            self._failed.pop(handler, None)

    def close(self, end_ns: int | None = None) -> None:
        """End the cycle, with the worst that its handlers came to."""
        root, self.root = self.root, None
        if root is not None:
            result, error = self._worst() if self._failed else ("success", None)
            root.close(result, error, end_ns)
        self._failed.clear()

    def give_up(self) -> None:
        """End what is still open when the object's worker ends."""
        self.close(end_ns=self._active_ns)

    def _worst(self) -> tuple[str, BaseException | None]:
        return min(self._failed.values(), key=lambda failed: _WORST_FIRST.index(failed[0]))

    def _has_erred(self) -> bool:
        return any(outcome == "error" for outcome, _ in self._failed.values())

    def _learn_late(self, root: OpenSpan, version: str | None) -> None:
        """
        Link the write that caused this event, where the write was answered only after its event had come.

        The patch that removes the last finalizer is answered with the version that it found: that is no cause.
        """
        entry = self._traces.tracing.ledger.known(self.uid)
        wrote = self._traces.tracing.ledger.seen(entry, version) if entry is not None else None
        if wrote is not None and wrote.trace_id != root.span.get_span_context().trace_id:
            root.add_link(link("self", wrote))

    def _shown(self, version: str | None) -> bool:
        """Say whether an event shows a write of kopf's own; that write, and those before it, are over."""
        if version not in self._written:
            return False
        while self._written:
            first = next(iter(self._written))
            del self._written[first]
            if first == version:
                break
        return True

    def _awaits(self) -> bool:
        """Say whether an event of this process's own doing is still to come."""
        entry = self._traces.tracing.ledger.known(self.uid)
        return bool(self._written or (entry is not None and entry.writes))


CYCLE: Final[ContextVar[Cycle | None]] = ContextVar("sloctl-kopf-cycle", default=None)
"""The cycles of the object whose worker this is; tasks that a pass starts inherit it as well."""
