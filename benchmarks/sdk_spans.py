"""
What @obs.reconcile adds to a call with its span, beside the same done by hand with prometheus_client and OpenTelemetry.

Both record the same metrics, and one span that names the object with its identity and tells the result. Medians over
interleaved rounds, the bare call subtracted; read the ratios, not the microseconds. The queue of recorded spans takes
all of them: a full one would write a warning for each span, by hand and here.
"""

import time
from collections.abc import Callable
from typing import Any

from measure import added_us
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, ParentBasedTraceIdRatio, Sampler
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

import sloctl
from sloctl.sdk.buckets import LAYOUTS

TENANT = {
    "apiVersion": "example.com/v1",
    "kind": "Tenant",
    "metadata": {"name": "acme", "namespace": "team-a", "uid": "460705ba", "generation": 3, "resourceVersion": "242"},
}


def bare(body: Any) -> None:
    """Do what a reconciliation does: nothing, here."""


async def bare_async(body: Any) -> None:
    """Do nothing, awaited."""


class Nowhere(SpanExporter):
    """Takes spans and lets go of them."""

    def export(self, spans: Any) -> SpanExportResult:  # noqa: ARG002 # the exporter's protocol
        """Say that all is well."""
        return SpanExportResult.SUCCESS


class ByHand:
    """Records the same as a user of the two libraries writes it."""

    def __init__(self, provider: trace.TracerProvider) -> None:
        registry = CollectorRegistry()
        bounds = LAYOUTS["controller-runtime"]
        self.total = Counter("reconcile_total", "Calls.", ["controller", "result"], registry=registry)
        self.seconds = Histogram("reconcile_seconds", "Time.", ["controller"], buckets=bounds, registry=registry)
        self.active = Gauge("active_workers", "Active.", ["controller"], registry=registry)
        self.tracer = provider.get_tracer("by-hand")

    def describe(self, span: trace.Span, body: Any) -> None:
        """Tell which object the span is about."""
        metadata = body["metadata"]
        group, _, version = body["apiVersion"].rpartition("/")
        span.set_attribute("controller", "tenant")
        span.set_attribute("object.group", group)
        span.set_attribute("object.version", version)
        span.set_attribute("object.kind", body["kind"])
        for field in ("name", "namespace", "uid", "generation", "resourceVersion"):
            span.set_attribute(field, metadata[field])

    def sync(self, body: Any) -> None:
        """Record one call."""
        self.active.labels("tenant").inc()
        started = time.perf_counter()
        with self.tracer.start_as_current_span("reconcile Tenant", kind=trace.SpanKind.CONSUMER) as span:
            self.describe(span, body)
            result = "error"
            try:
                bare(body)
                result = "success"
            finally:
                span.set_attribute("result", result)
                self.total.labels("tenant", result).inc()
                self.seconds.labels("tenant").observe(time.perf_counter() - started)
                self.active.labels("tenant").dec()

    async def asynchronous(self, body: Any) -> None:
        """Record one call that is awaited."""
        self.active.labels("tenant").inc()
        started = time.perf_counter()
        with self.tracer.start_as_current_span("reconcile Tenant", kind=trace.SpanKind.CONSUMER) as span:
            self.describe(span, body)
            result = "error"
            try:
                await bare_async(body)
                result = "success"
            finally:
                span.set_attribute("result", result)
                self.total.labels("tenant", result).inc()
                self.seconds.labels("tenant").observe(time.perf_counter() - started)
                self.active.labels("tenant").dec()


def sdk(sampler: Sampler) -> Callable[[], TracerProvider]:
    """Give what makes a provider of OpenTelemetry's SDK with this sampler."""

    def make() -> TracerProvider:
        provider = TracerProvider(sampler)
        provider.add_span_processor(BatchSpanProcessor(Nowhere(), max_queue_size=1 << 20))
        return provider

    return make


SETUPS: dict[str, tuple[float, Callable[[], trace.TracerProvider | None]]] = {
    "no provider is set": (8, lambda: None),
    "a tracer that does nothing": (8, trace.NoOpTracerProvider),
    "sampled: none": (2, sdk(ALWAYS_OFF)),
    "sampled: 1 %": (2, sdk(ParentBasedTraceIdRatio(0.01))),
    "sampled: all": (1.5, sdk(ALWAYS_ON)),
}


def main() -> None:
    """Print one line for each tracing set-up and kind of function."""
    print(f"{'metrics and span of a call':36}{'by hand':>12}{'sloctl':>12}{'ratio':>8}{'goal':>8}")
    for name, (goal, make) in SETUPS.items():
        ours = make()
        hand = ByHand(make() or trace.NoOpTracerProvider())
        obs = sloctl.Instrumentation("benchmark", registry=CollectorRegistry(), tracer_provider=ours)
        kinds = {
            "sync": {"bare": bare, "by hand": hand.sync, "sloctl": obs.reconcile("sync")(bare)},
            "async": {"bare": bare_async, "by hand": hand.asynchronous, "sloctl": obs.reconcile("async")(bare_async)},
        }
        for kind, calls in kinds.items():
            cost = added_us(calls, TENANT)
            by_hand, decorated = cost["by hand"], cost["sloctl"]
            label = f"{name}, {kind}"
            print(f"{label:36}{by_hand:>9.2f} us{decorated:>9.2f} us{by_hand / decorated:>8.1f}{goal:>8}")


if __name__ == "__main__":
    main()
