"""
What a scrape costs, beside prometheus_client's of the same series, in one run.

Half of the lines are counters, half belong to histograms with 14 bounds, all with 3 labels; no created series. Each
case is a process of its own, the two sides in turns; CPU time, medians. Read the ratios.
"""

import gc
import gzip
import json
import random
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from statistics import median, quantiles

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest

LABELS = ("controller", "namespace", "name")
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0)
LINES_OF_HISTOGRAM = len(BOUNDS) + 3
PROCESSES = 3
SCRAPES = {"prometheus_client": 3, "sloctl": 9, "sloctl, no cache": 9}

Adders = tuple[list[Callable[[float], None]], list[Callable[[float], None]]]
Peer = tuple[Adders, Callable[[], object], Callable[[], object]]


def prometheus_clients(lines: int) -> Peer:
    """Give what adds to each series of prometheus_client, its text, and its text as its server compresses it."""
    disable_created_metrics()
    registry = CollectorRegistry()
    events = Counter("operator_events", "Events.", LABELS, registry=registry)
    waits = Histogram("operator_wait_seconds", "Time waited.", LABELS, buckets=BOUNDS, registry=registry)
    adders = (
        [events.labels(*values).inc for values in labels(lines // 2)],
        [waits.labels(*values).observe for values in labels(lines // 2 // LINES_OF_HISTOGRAM)],
    )
    return adders, lambda: generate_latest(registry), lambda: gzip.compress(generate_latest(registry))


def ours(lines: int, cache_bytes: int) -> Peer:
    """Give the same of sloctl."""
    from sloctl.model.catalogue import Declaration, Label
    from sloctl.sdk.exposition import Exposition
    from sloctl.sdk.guard import Guard
    from sloctl.sdk.negotiate import TEXT
    from sloctl.sdk.serve import compressed, paced
    from sloctl.sdk.store import store_of

    registry = CollectorRegistry()
    store = store_of(registry)
    names = tuple(map(Label, LABELS))
    events = store.values(Declaration("operator_events_total", "counter", "Events.", names))
    waits = store.buckets(Declaration("operator_wait_seconds", "histogram", "Time waited.", names, buckets=BOUNDS))
    adders = (
        [events.at(*values).add for values in labels(lines // 2)],
        [waits.at(*values).add for values in labels(lines // 2 // LINES_OF_HISTOGRAM)],
    )
    exposition = Exposition(registry, Guard(store), cache_bytes)
    return (
        adders,
        lambda: sum(map(len, paced(exposition.render(TEXT)))),
        lambda: list(compressed(paced(exposition.render(TEXT)))),
    )


def labels(count: int) -> list[tuple[str, str, str]]:
    """Give the labels of some series."""
    return [("tenant", f"team-{number % 100}", f"object-{number}") for number in range(count)]


def peer(side: str, lines: int) -> Peer:
    """Set up one side, with something in every series."""
    if side == "prometheus_client":
        made = prometheus_clients(lines)
    else:
        made = ours(lines, 0 if "no cache" in side else 64 * 1024 * 1024)
    change(made[0], 1.0, 1000)
    gc.collect()
    return made


def change(adders: Adders, share: float, most: int = 10) -> None:
    """Add to a share of the series, picked at random."""
    for add in adders[0]:
        if random.random() < share:
            add(random.randint(1, most))
    for add in adders[1]:
        if random.random() < share:
            add(random.expovariate(1.0))


def measure(side: str, lines: int) -> dict[str, float]:
    """Measure one side in this process: milliseconds of CPU per scrape, and its peak of memory after all of them."""
    adders, text, zipped = peer(side, lines)
    text()

    def milliseconds(share: float, scrape: Callable[[], object]) -> float:
        found = []
        for _ in range(SCRAPES[side]):
            change(adders, share)
            started = time.process_time()
            scrape()
            found.append((time.process_time() - started) * 1e3)
        return median(found)

    return {
        "all changed": milliseconds(1.0, text),
        "5 % changed": milliseconds(0.05, text),
        "all changed, gzip": milliseconds(1.0, zipped),
        "peak MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def reconciliations(side: str) -> dict[str, float]:
    """
    Measure a reconciliation on one thread while another one scrapes 100,000 lines in a loop, compressed.

    It waits half a millisecond for an answer and computes for some microseconds.
    """
    import sloctl

    obs = sloctl.Instrumentation("benchmark", registry=CollectorRegistry())

    @obs.reconcile("tenant")
    def reconcile() -> None:
        time.sleep(0.0005)
        sum(range(1000))

    _, _, zipped = peer(side, 100_000) if side else (None, None, lambda: time.sleep(0.1))
    stopped, scrapes = threading.Event(), []

    def scrape() -> None:
        while not stopped.is_set():
            zipped()
            scrapes.append(None)

    thread = threading.Thread(target=scrape)
    thread.start()
    found = []
    until = time.perf_counter() + 8
    while (started := time.perf_counter()) < until:
        reconcile()
        found.append((time.perf_counter() - started) * 1e3)
    stopped.set()
    thread.join()
    return {"p50 ms": median(found), "p99 ms": quantiles(found, n=100)[98], "scrapes": len(scrapes)}


def in_process(function: str, *arguments: object) -> dict[str, float]:
    """Call a function of this file in a process of its own."""
    command = [sys.executable, __file__, function, json.dumps(arguments)]
    found: dict[str, float] = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    return found


def main() -> None:
    """Print the figures."""
    print(f"{'lines':>8}  {'':20}{'prometheus_client':>18}{'sloctl':>10}{'ratio':>8}{'no cache':>10}{'ratio':>8}")
    for lines in (1_000, 10_000, 100_000):
        rounds = [{side: in_process("measure", side, lines) for side in SCRAPES} for _ in range(PROCESSES)]
        for case in rounds[0]["sloctl"]:
            theirs, cached, plain = (median(found[side][case] for found in rounds) for side in SCRAPES)
            unit = "MB" if case == "peak MB" else "ms"
            ratios = [mine / theirs if unit == "MB" else theirs / mine for mine in (cached, plain)]
            name = case if unit == "MB" else f"{case}, ms"
            print(
                f"{lines:>8}  {name:20}{theirs:>18.2f}{cached:>10.2f}{ratios[0]:>8.2f}{plain:>10.2f}{ratios[1]:>8.2f}"
            )
    print("\nA reconciliation while 100,000 lines are scraped in a loop")
    for side in ("", *SCRAPES):
        found = in_process("reconciliations", side)
        print(f"  {side or 'no scrape':20}" + "".join(f"{value:>10.2f} {name}" for name, value in found.items()))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(
            json.dumps({"measure": measure, "reconciliations": reconciliations}[sys.argv[1]](*json.loads(sys.argv[2])))
        )
    else:
        main()
