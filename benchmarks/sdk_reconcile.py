"""
What @obs.reconcile costs, beside the same done by hand with prometheus_client and OpenTelemetry, in one run.

Medians over interleaved rounds, the bare call subtracted; read the ratios, not the microseconds.
"""

import time
from collections.abc import Callable
from statistics import median
from typing import Any

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

import sloctl
from sloctl.sdk.buckets import LAYOUTS

ROUNDS, CALLS = 15, 2000
TENANT = {
    "apiVersion": "example.com/v1",
    "kind": "Tenant",
    "metadata": {"name": "acme", "namespace": "team-a", "uid": "460705ba", "generation": 3, "resourceVersion": "242"},
}


def bare(body: Any) -> None:
    """Do what a reconciliation does: nothing, here."""


def by_hand(provider: trace.TracerProvider) -> Callable[[Any], None]:
    """Record the same families and one span, as a user of the two libraries writes it."""
    registry = CollectorRegistry()
    total = Counter("reconcile_total", "Calls.", ["controller", "result"], registry=registry)
    seconds = Histogram(
        "reconcile_seconds", "Time.", ["controller"], buckets=LAYOUTS["controller-runtime"], registry=registry
    )
    active = Gauge("active_workers", "Active.", ["controller"], registry=registry)
    tracer = provider.get_tracer("by-hand")

    def reconcile(body: Any) -> None:
        active.labels("tenant").inc()
        started = time.perf_counter()
        with tracer.start_as_current_span("reconcile tenant", kind=trace.SpanKind.CONSUMER) as span:
            metadata = body["metadata"]
            span.set_attribute("controller", "tenant")
            span.set_attribute("kind", body["kind"])
            for field in ("name", "namespace", "uid", "generation", "resourceVersion"):
                span.set_attribute(field, metadata[field])
            result = "error"
            try:
                bare(body)
                result = "success"
            finally:
                span.set_attribute("result", result)
                total.labels("tenant", result).inc()
                seconds.labels("tenant").observe(time.perf_counter() - started)
                active.labels("tenant").dec()

    return reconcile


def decorated(provider: trace.TracerProvider) -> Callable[[Any], None]:
    """Let sloctl do it."""
    obs = sloctl.Instrumentation("benchmark", registry=CollectorRegistry(), tracer_provider=provider)
    return obs.reconcile("tenant")(bare)


def cost_us(functions: dict[str, Callable[[Any], None]]) -> dict[str, float]:
    """Measure all functions in turns; give the median microseconds of one call of each."""
    rounds: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(ROUNDS):
        for name, function in functions.items():
            started = time.perf_counter()
            for _ in range(CALLS):
                function(TENANT)
            rounds[name].append((time.perf_counter() - started) / CALLS * 1e6)
    return {name: median(found) for name, found in rounds.items()}


def main() -> None:
    """Print one line for each tracing set-up."""
    providers = {"no tracing": trace.NoOpTracerProvider(), "every call traced": TracerProvider()}
    print(f"{'':20}{'by hand':>12}{'sloctl':>12}{'ratio':>8}")
    for name, provider in providers.items():
        cost = cost_us({"bare": bare, "by hand": by_hand(provider), "sloctl": decorated(provider)})
        hand, ours = cost["by hand"] - cost["bare"], cost["sloctl"] - cost["bare"]
        print(f"{name:20}{hand:>9.1f} us{ours:>9.1f} us{ours / hand:>8.2f}")


if __name__ == "__main__":
    main()
