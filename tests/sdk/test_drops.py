"""The spans that do not reach their exporter are counted, whatever stands in their way."""

import logging
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from opentelemetry.sdk.trace import ConcurrentMultiSpanProcessor, ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor, SpanExporter, SpanExportResult
from prometheus_client import CollectorRegistry

import sloctl

REASONS = ("queue_full", "export_failed", "shutdown")


class Exporter(SpanExporter):
    """Does as it is told, and counts what it takes."""

    def __init__(self) -> None:
        self.taken = 0
        self.result = SpanExportResult.SUCCESS
        self.error: Exception | None = None
        self.open = threading.Event()
        self.open.set()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Take spans, once the way is open."""
        assert self.open.wait(20)
        self.taken += len(spans)
        if self.error is not None:
            raise self.error
        return self.result


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """OpenTelemetry logs each dropped span; pytest would keep all of that."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def _trace(obs: sloctl.Instrumentation, count: int) -> None:
    reconcile = obs.reconcile("tenant")(lambda: None)
    for _ in range(count):
        reconcile()


def _dropped(obs: sloctl.Instrumentation) -> dict[str, float | None]:
    name = "sloctl_spans_dropped_total"
    return {reason: obs.registry.get_sample_value(name, {"reason": reason}) for reason in REASONS}


def _instrumentation(provider: TracerProvider) -> sloctl.Instrumentation:
    return sloctl.Instrumentation("test", registry=CollectorRegistry(), tracer_provider=provider)


def _provider(exporter: Exporter, queue: int = 2048) -> TracerProvider:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter, max_queue_size=queue, max_export_batch_size=min(queue, 8)))
    return provider


def test_nothing_is_dropped_as_long_as_all_is_well() -> None:
    """The series stand at 0, so that a rate sees the first drop."""
    provider = _provider(exporter := Exporter())
    obs = _instrumentation(provider)
    _trace(obs, 100)
    provider.shutdown()
    assert exporter.taken == 100
    assert _dropped(obs) == dict.fromkeys(REASONS, 0)


@pytest.mark.parametrize("threads", [1, 4])
def test_what_a_full_queue_forgets_is_counted(threads: int) -> None:
    """Whoever ends spans at once while the exporter hangs: what was ended is what was exported and what was dropped."""
    provider = _provider(exporter := Exporter(), queue=16)
    obs = _instrumentation(provider)
    exporter.open.clear()
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(20):
            list(pool.map(lambda _: _trace(obs, 50), range(threads)))
            exporter.open.set()
            exporter.open.clear()
    exporter.open.set()
    provider.shutdown()
    dropped = _dropped(obs)
    assert dropped["queue_full"] == 20 * threads * 50 - exporter.taken
    assert dropped["queue_full"] > 0
    assert (dropped["export_failed"], dropped["shutdown"]) == (0, 0)


@pytest.mark.parametrize("processor", [BatchSpanProcessor, SimpleSpanProcessor])
@pytest.mark.parametrize("error", [None, RuntimeError("no such collector")])
def test_what_an_exporter_fails_to_export_is_counted(
    processor: type[BatchSpanProcessor | SimpleSpanProcessor], error: Exception | None
) -> None:
    """An exporter may say that it failed or raise; the spans of the call are dropped, and only those."""
    exporter, provider = Exporter(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(processor(exporter))
    obs = _instrumentation(provider)
    _trace(obs, 10)
    provider.force_flush()
    exporter.result, exporter.error = SpanExportResult.FAILURE, error
    _trace(obs, 20)
    provider.force_flush()
    exporter.result, exporter.error = SpanExportResult.SUCCESS, None
    _trace(obs, 30)
    provider.shutdown()
    assert exporter.taken == 60
    assert _dropped(obs) == {"queue_full": 0, "export_failed": 20, "shutdown": 0}


@pytest.mark.parametrize("processor", [BatchSpanProcessor, SimpleSpanProcessor])
def test_what_comes_after_the_shutdown_is_counted(
    processor: type[BatchSpanProcessor | SimpleSpanProcessor],
) -> None:
    """An operator that works on after its provider has gone loses its spans, and hears of it."""
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(processor(Exporter()))
    obs = _instrumentation(provider)
    provider.shutdown()
    _trace(obs, 3)
    assert _dropped(obs) == {"queue_full": 0, "export_failed": 0, "shutdown": 3}


def test_processors_that_come_later_are_watched() -> None:
    """A provider may get its processors after the first span, and some of them may hold others."""
    provider = TracerProvider(shutdown_on_exit=False)
    obs = _instrumentation(provider)
    _trace(obs, 1)
    failing, inner = Exporter(), ConcurrentMultiSpanProcessor()
    failing.result = SpanExportResult.FAILURE
    inner.add_span_processor(SimpleSpanProcessor(failing))
    provider.add_span_processor(inner)
    _trace(obs, 5)
    provider.shutdown()
    assert _dropped(obs)["export_failed"] == 5


def test_two_operators_that_share_a_provider_see_the_same_drops() -> None:
    """What is dropped is the provider's; it is counted once, and shown by each that traces into it."""
    provider = TracerProvider(shutdown_on_exit=False)
    exporter = Exporter()
    exporter.result = SpanExportResult.FAILURE
    for _ in range(2):  # one exporter behind two processors fails twice
        provider.add_span_processor(SimpleSpanProcessor(exporter))
    first, second = _instrumentation(provider), _instrumentation(provider)
    _trace(first, 3)
    assert _dropped(first)["export_failed"] == _dropped(second)["export_failed"] == 6
    provider.shutdown()


def test_an_sdk_with_another_inside_is_left_as_it_is() -> None:
    """Where a processor has no such queue, spans go their way, and the fault is counted."""
    provider = TracerProvider(shutdown_on_exit=False)
    strange = BatchSpanProcessor(Exporter())
    strange.shutdown()
    del strange._batch_processor._queue
    provider.add_span_processor(strange)
    obs = _instrumentation(provider)
    assert obs.registry.get_sample_value("sloctl_internal_errors_total", {"kind": "span"}) == 1
    assert obs.reconcile("tenant")(lambda: "done")() == "done"
