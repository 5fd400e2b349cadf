"""
Counts the spans that were recorded and did not reach their exporter's end of the line.

OpenTelemetry's processors say so in their logs only. Two things in them are replaced by ones that count: the batch
processor's queue, which forgets its oldest span when it is full, and the method that exports. Spans that end after the
shutdown are told by the processor to its own metrics, which are replaced as well.
"""

import functools
from collections import deque
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any, Final
from weakref import WeakKeyDictionary

from opentelemetry.sdk.trace import (
    ConcurrentMultiSpanProcessor,
    ReadableSpan,
    SpanProcessor,
    SynchronousMultiSpanProcessor,
    TracerProvider,
)
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor, SpanExportResult

from sloctl.sdk import families
from sloctl.sdk.store import Store, exact

_OWN: Final = (SynchronousMultiSpanProcessor, ConcurrentMultiSpanProcessor, BatchSpanProcessor, SimpleSpanProcessor)

REASONS: Final = ("queue_full", "export_failed", "shutdown")


class Drops:
    """
    The spans that one provider's processors dropped.

    Attributes:
        others: There are processors that are not OpenTelemetry's own.
    """

    def __init__(self) -> None:
        self.others = False
        self._counted = {"export_failed": 0, "shutdown": 0}
        self._queues: list[_Queue] = []
        self._watched: list[object] = []

    def by_reason(self) -> dict[str, int]:
        """Say how many were dropped for which reason."""
        return {"queue_full": sum(queue.forgotten for queue in self._queues), **self._counted}

    @exact
    def add(self, reason: str, count: int) -> None:
        """Add spans that were dropped."""
        self._counted[reason] += count

    def watch(self, processor: SpanProcessor) -> None:
        """Count what a processor of OpenTelemetry's own drops, and what those below it do."""
        for below in getattr(processor, "_span_processors", ()):
            self.watch(below)
        if not self._is_new(processor):
            return
        if isinstance(processor, BatchSpanProcessor):
            inner = processor._batch_processor
            queue = inner._queue = _Queue(inner._queue)
            self._queues.append(queue)
            inner._metrics = _Metrics(inner._metrics, self)
            self._watch_exporter(inner._exporter)
        elif isinstance(processor, SimpleSpanProcessor):
            processor._metrics = _Metrics(processor._metrics, self)
            self._watch_exporter(processor.span_exporter)
        self.others |= type(processor) not in _OWN

    def _watch_exporter(self, exporter: Any) -> None:
        if not self._is_new(exporter):
            return
        export: Callable[..., SpanExportResult] = exporter.export

        @functools.wraps(export)
        def counted(spans: Sequence[ReadableSpan], *args: Any, **kwargs: Any) -> SpanExportResult:
            try:
                result = export(spans, *args, **kwargs)
            except BaseException:
                self.add("export_failed", len(spans))
                raise
            if result is SpanExportResult.FAILURE:
                self.add("export_failed", len(spans))
            return result

        exporter.export = counted

    def _is_new(self, watched: object) -> bool:
        if any(watched is known for known in self._watched):
            return False
        self._watched.append(watched)
        return True


class _Queue(deque[ReadableSpan]):
    """
    Counts what goes in and what comes out; what did neither stay nor come out was forgotten as the queue was full.

    No lock keeps the two ends apart: a loop that ends spans would wait for the thread that exports them.
    """

    def __init__(self, waiting: "deque[ReadableSpan]") -> None:
        super().__init__(waiting, waiting.maxlen)
        self.taken, self.given = len(self), 0
        self._forgotten = 0

    @exact
    def appendleft(self, span: ReadableSpan) -> None:
        deque.appendleft(self, span)
        self.taken += 1

    @exact
    def pop(self) -> ReadableSpan:  # type: ignore[override] # nobody pops from the middle of a deque
        self.given += 1
        try:
            return deque.pop(self)
        except IndexError:
            self.given -= 1
            raise

    @property
    def forgotten(self) -> int:
        """How many spans were forgotten; while it is being counted some may be missing, and none is one too many."""
        self._forgotten = max(self._forgotten, self.taken - len(self) - self.given)
        return self._forgotten


class _Metrics:
    """Stands before a processor's own metrics."""

    def __init__(self, metrics: Any, drops: Drops) -> None:
        self._metrics = metrics
        self._drops = drops

    def __getattr__(self, name: str) -> Any:
        return getattr(self._metrics, name)

    def drop_items(self, count: int, reason: str = "queue_full") -> None:
        """Count spans that came after the shutdown; the queue counts what it forgets by itself."""
        if reason == "already_shutdown":
            self._drops.add("shutdown", count)
        self._metrics.drop_items(count, reason)


_lock: Final = Lock()
_of_provider: Final[WeakKeyDictionary[TracerProvider, Drops]] = WeakKeyDictionary()


class _Counted(list[Drops]):
    """What one store counts."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        _expose(self, store)


def count_drops(provider: TracerProvider, store: Store) -> Drops:
    """Count what the processors of a provider drop, those that it has and those that it gets."""
    with _lock:
        drops = _of_provider.get(provider)
        if drops is None:
            drops = _of_provider[provider] = _watched(provider)
        known = store.part(_Counted, lambda: _Counted(store))
        if drops not in known:
            known.append(drops)
        return drops


def _watched(provider: TracerProvider) -> Drops:
    drops, add = Drops(), provider.add_span_processor
    drops.watch(provider._active_span_processor)

    @functools.wraps(add)
    def add_span_processor(span_processor: SpanProcessor) -> None:
        drops.watch(span_processor)
        add(span_processor)

    provider.add_span_processor = add_span_processor  # type: ignore[method-assign]
    return drops


def _expose(counted: list[Drops], store: Store) -> None:
    family = store.values(families.SPANS_DROPPED)
    series = {reason: family.at(reason) for reason in REASONS}

    def read() -> None:
        for reason, value in series.items():
            value.value = sum(drops.by_reason()[reason] for drops in counted)

    family.readers.append(read)
