"""
What @obs.reconcile adds to a call, beside the same metrics recorded by hand with prometheus_client, in one run.

Both count the calls by result, put their duration into a histogram of 40 bounds and tell how many are under way.
Medians over interleaved rounds, the bare call subtracted; read the ratios, not the microseconds.
"""

import time
from typing import Any

from measure import added_us
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

import sloctl
from sloctl.sdk.buckets import LAYOUTS


def bare(body: Any) -> None:
    """Do what a reconciliation does: nothing, here."""


async def bare_async(body: Any) -> None:
    """Do nothing, awaited."""


class ByHand:
    """Records the same families as a user of prometheus_client writes it."""

    def __init__(self) -> None:
        registry = CollectorRegistry()
        bounds = LAYOUTS["controller-runtime"]
        self.total = Counter("reconcile_total", "Calls.", ["controller", "result"], registry=registry)
        self.seconds = Histogram("reconcile_seconds", "Time.", ["controller"], buckets=bounds, registry=registry)
        self.active = Gauge("active_workers", "Active.", ["controller"], registry=registry)

    def sync(self, body: Any) -> None:
        """Record one call."""
        self.active.labels("tenant").inc()
        started = time.perf_counter()
        result = "error"
        try:
            bare(body)
            result = "success"
        finally:
            self.total.labels("tenant", result).inc()
            self.seconds.labels("tenant").observe(time.perf_counter() - started)
            self.active.labels("tenant").dec()

    async def asynchronous(self, body: Any) -> None:
        """Record one call that is awaited."""
        self.active.labels("tenant").inc()
        started = time.perf_counter()
        result = "error"
        try:
            await bare_async(body)
            result = "success"
        finally:
            self.total.labels("tenant", result).inc()
            self.seconds.labels("tenant").observe(time.perf_counter() - started)
            self.active.labels("tenant").dec()


def main() -> None:
    """Print one line for each kind of function and number of threads."""
    obs = sloctl.Instrumentation("benchmark", registry=CollectorRegistry(), tracing=False)
    hand = ByHand()
    kinds = {
        "sync": {"bare": bare, "by hand": hand.sync, "sloctl": obs.reconcile("sync")(bare)},
        "async": {"bare": bare_async, "by hand": hand.asynchronous, "sloctl": obs.reconcile("async")(bare_async)},
    }
    print(f"{'metrics of one reconcile':28}{'by hand':>12}{'sloctl':>12}{'ratio':>8}   goal: 12 or more")
    for kind, calls in kinds.items():
        for threads in (1, 4):
            cost = added_us(calls, {}, threads=threads)
            by_hand, ours = cost["by hand"], cost["sloctl"]
            name = f"{kind}, {threads} thread{'s' * (threads > 1)}"
            print(f"{name:28}{by_hand:>9.2f} us{ours:>9.2f} us{by_hand / ours:>8.1f}")


if __name__ == "__main__":
    main()
