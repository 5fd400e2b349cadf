"""
Hours of operators' lives, as a Prometheus would have scraped them: two processes of an operator in Python, with all
that sloctl's SDK can record, and one in Go, with what controller-runtime records there.
"""

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from sloctl.model.catalogue import Declaration, Label
from sloctl.model.windows import SLICE_S
from sloctl.sdk.buckets import LAYOUTS
from sloctl.sdk.families import BUILTIN

Labels = dict[str, str]

JOB: Final = "tenant-operator"
NAMESPACE: Final = "operators"
RECONCILES_A_MINUTE: Final = {"tenant": 40, "tenantdatabase": 90, "shop": 25}
RESULTS: Final = {"requeue": 0.05, "requeue_after": 0.10}

VALUES: Final[dict[str, Sequence[str]]] = {
    "attempt": ("first", "retry"),
    "code": ("200", "201", "409", "500"),
    "finalizer": ("example.com/tenant-operator",),
    "generation": ("0", "1", "2"),
    "group": ("example.com",),
    "handler": ("reconcile", "remove"),
    "hook": ("patching.patch_obj", "queueing.worker"),
    "host": ("10.96.0.1:443",),
    "kind": ("hook", "scrape", "value"),
    "label": ("database",),
    "method": ("GET", "PATCH", "POST"),
    "metric": ("tenant_requests_total",),
    "operator": ("tenant-operator",),
    "outcome": ("success", "requeue", "error"),
    "priority": ("0", "-100"),
    "resource": ("tenants.example.com", "configmaps"),
    "tier": ("gold", "silver"),
    "type": ("MODIFIED", "ADDED", "DELETED", "BOOKMARK"),
    "verb": ("GET", "PATCH", "POST"),
    "version": ("v1",),
    "webhook": ("/validate-tenant", "/mutate-tenant"),
}
"""What labels say; the first is the most frequent, each next one a quarter of it."""
REASONS: Final = {
    "sloctl_sleep_seconds_total": ("retry", "consistency", "index"),
    "sloctl_spans_dropped_total": ("queue_full", "export_failed", "shutdown"),
}

PER_FAILURE: Final = {
    "controller_runtime_reconcile_panics_total": 0.02,
    "controller_runtime_reconcile_timeouts_total": 0.1,
    "controller_runtime_terminal_reconcile_errors_total": 0.1,
    "rest_client_request_retries_total": 2.0,
    "sloctl_internal_errors_total": 0.05,
    "sloctl_label_overflow_total": 0.05,
    "sloctl_patch_conflicts_total": 1.0,
    "sloctl_spans_dropped_total": 0.5,
    "sloctl_watch_expired_total": 0.02,
    "sloctl_watch_relists_total": 0.02,
    "workqueue_retries_total": 1.0,
}
"""Counters that follow the failed reconciles, and by how much."""
PER_RECONCILE: Final = {
    "process_cpu_seconds_total": 0.05,
    "python_gc_objects_uncollectable_total": 0.0,
    "rest_client_requests_total": 3.0,
    "sloctl_leaderless_seconds_total": 0.001,
    "sloctl_sleep_seconds_total": 0.2,
    "sloctl_watch_events_total": 2.0,
    "workqueue_adds_total": 1.2,
}
"""Counters that follow all reconciles; any other at a tenth."""
MIDDLES: Final = {
    "controller_runtime_reconcile_time_seconds": 0.12,
    "controller_runtime_webhook_latency_seconds": 0.008,
    "rest_client_rate_limiter_duration_seconds": 0.004,
    "rest_client_request_duration_seconds": 0.03,
    "sloctl_convergence_seconds": 2.5,
    "sloctl_deletion_seconds": 6.0,
    "workqueue_queue_duration_seconds": 0.01,
    "workqueue_work_duration_seconds": 0.15,
}
"""What half of a histogram's observations are below; of others, the middle one of the bounds."""
SLO_READS: Final = ("controller_runtime_reconcile_time_seconds", "tenant_database_provisioning_seconds")
"""Histograms of which a rule may ask for any bound."""
LEVELS: Final = {
    "go_goroutines": (180, 260),
    "go_memstats_heap_inuse_bytes": (3e7, 6e7),
    "go_threads": (11, 14),
    "process_max_fds": (1024, 1024),
    "process_open_fds": (22, 31),
    "process_resident_memory_bytes": (9e7, 1.1e8),
    "process_virtual_memory_bytes": (5e8, 5.2e8),
    "scrape_duration_seconds": (0.004, 0.012),
    "scrape_samples_post_metric_relabeling": (1780, 1790),
    "scrape_samples_scraped": (1800, 2100),
    "sloctl_event_loop_lag_seconds": (0.002, 0.04),
    "sloctl_finalizer_age_seconds": (0, 45),
    "sloctl_watch_stream_age_seconds": (0, 50),
    "up": (1, 1),
    "workqueue_longest_running_processor_seconds": (0, 2),
    "workqueue_unfinished_work_seconds": (0, 5),
}
"""Between what gauges go up and down; any other between none and three."""


def _declared(kind: str, names: str, *labels: str) -> list[Declaration]:
    return [Declaration(name, kind, name, tuple(map(Label, labels))) for name in names.split()]  # type: ignore[arg-type]


SCRAPED: Final = [
    *_declared("counter", "process_cpu_seconds_total"),
    *_declared("gauge", "process_max_fds process_open_fds process_resident_memory_bytes process_virtual_memory_bytes"),
    *_declared("gauge", "process_start_time_seconds scrape_duration_seconds scrape_samples_scraped up"),
    *_declared("gauge", "scrape_samples_post_metric_relabeling"),
]
IN_PYTHON: Final = [
    *BUILTIN,
    *_declared(
        "counter",
        "python_gc_collections_total python_gc_objects_collected_total python_gc_objects_uncollectable_total",
        "generation",
    ),
    *_declared("gauge", "python_info"),
    *_declared("counter", "tenant_databases_provisioned_total", "tier"),
    Declaration(
        "tenant_database_provisioning_seconds",
        "histogram",
        "Time to make a database file, when there was none.",
        buckets=(*LAYOUTS["controller-runtime"],),
        slo_threshold=2.0,
    ),
    *_declared("gauge", "tenants_active"),
]
IN_GO: Final = [
    *(
        declaration
        for declaration in BUILTIN
        if declaration.name.startswith(("certwatcher_", "controller_runtime_", "workqueue_"))
        or declaration.name in ("leader_election_master_status", "rest_client_requests_total")
    ),
    *_declared("counter", "go_gc_duration_seconds_count"),
    *_declared("gauge", "go_goroutines go_info go_memstats_heap_inuse_bytes go_threads"),
]


@dataclass(frozen=True)
class Process:
    """
    An operator's process.

    Args:
        labels: What its scrape attaches.
        families: What it exposes.
        controllers: What it runs.
        share: Of the work of its operator that it does.
        build: What its language tells about itself.
        limit: Of reconciles at once.
        restart: When it starts anew, as a share of the time; 0 for before.
    """

    labels: Labels
    families: Sequence[Declaration]
    controllers: Sequence[str]
    share: float
    build: Labels
    limit: float = math.inf
    restart: float = 0


PYTHON: Final = {"implementation": "CPython", "major": "3", "minor": "11", "patchlevel": "7", "version": "3.11.7"}
PROCESSES: Final = [
    *(
        Process(
            {"job": JOB, "namespace": NAMESPACE, "instance": instance},
            [*SCRAPED, *IN_PYTHON],
            ("tenant", "tenantdatabase"),
            share,
            PYTHON,
        )
        for instance, share in {"10.0.0.7:8080": 0.6, "10.0.0.8:8080": 0.4}.items()
    ),
    Process(
        {"job": "go-operator", "namespace": NAMESPACE, "instance": "10.0.1.7:8080"},
        [*SCRAPED, *IN_GO],
        ("shop",),
        1,
        {"version": "go1.24.4"},
        limit=4,
        restart=0.8,
    ),
]


def reconciles(controller: str, slices: int) -> tuple[list[float], list[float]]:
    """Give all and bad reconciles of each slice; a slow rhythm and a little unrest, without chance."""
    total, bad = [], []
    for i in range(slices):
        wave = 1 + 0.3 * ((i * 7919) % 97) / 97 + 0.4 * abs(((i / 180) % 2) - 1)
        total.append(float(round(RECONCILES_A_MINUTE[controller] * wave)))
        bad.append(float(round(total[-1] * _failing(controller, i / slices) + (i * 31 % 11 == 0))))
    return total, bad


def _failing(controller: str, progress: float) -> float:
    """Give the share of reconciles that fail: one controller for a while, and again at the end."""
    if controller != "tenant":
        return 0.002
    return 0.35 if 0.55 < progress < 0.75 else 0.12 if progress > 0.93 else 0.004


def operator_samples(times: list[int]) -> Iterator[str]:
    """
    Give lines of OpenMetrics, of one family after the other.

    Args:
        times: Of the scrapes, seconds since 1970; the steps between them divide a slice.
    """
    for process in PROCESSES:
        life = _Life(process, times)
        for declaration in process.families:
            yield from life.family(declaration)


class _Life:
    """What a process has counted at each scrape, from which follows all that it exposes."""

    def __init__(self, process: Process, times: list[int]) -> None:
        self._process = process
        self._times = times
        self._restart = int(process.restart * len(times))
        scrapes = SLICE_S // (times[1] - times[0])
        self._total: dict[str, list[float]] = {}
        self._bad: dict[str, list[float]] = {}
        for controller in process.controllers:
            slices = reconciles(controller, -(-len(times) // scrapes))
            self._total[controller], self._bad[controller] = (
                self._counted([value * process.share / scrapes for value in values for _ in range(scrapes)])
                for values in slices
            )

    def family(self, declaration: Declaration) -> Iterator[str]:
        """Give all series of a family."""
        give = {"counter": self._counter, "gauge": self._gauge, "histogram": self._histogram}[declaration.kind]
        for labels, weight in self._label_sets(declaration):
            yield from give(declaration, {**self._process.labels, **labels}, weight)

    def _label_sets(self, declaration: Declaration) -> Iterator[tuple[Labels, float]]:
        """Give the labels of each series, and which part of the events it has."""
        names = [label.name for label in declaration.labels if label.name != "name"]
        special = {"controller": self._process.controllers, "reason": REASONS.get(declaration.name, ())}
        if declaration.name == "controller_runtime_reconcile_total":
            special["result"] = ("success", *RESULTS, "error")
        choices = [list(enumerate(special.get(name) or VALUES[name])) for name in names]
        for chosen in itertools.product(*choices):
            labels = {name: value for name, (_, value) in zip(names, chosen, strict=True)}
            if len(names) < len(declaration.labels):
                labels["name"] = labels.get("controller") or labels.get("resource") or self._process.labels["job"]
            ranks = [
                rank for name, (rank, _) in zip(names, chosen, strict=True) if name not in ("controller", "result")
            ]
            yield labels, 0.75 * 0.25 ** sum(ranks)

    def _counter(self, declaration: Declaration, labels: Labels, weight: float) -> Iterator[str]:
        name = declaration.name
        if name in PER_FAILURE:
            values = [PER_FAILURE[name] * weight * value for value in self._of(self._bad, labels)]
        elif name == "controller_runtime_reconcile_errors_total":
            values = self._of(self._bad, labels)
        elif "result" in labels:
            values = self._by_result(labels)
        else:
            factor = PER_RECONCILE.get(name, 0.1) * weight
            values = [factor * value for value in self._of(self._total, labels)]
        yield from self._series(name, labels, values)

    def _by_result(self, labels: Labels) -> list[float]:
        total, bad = self._of(self._total, labels), self._of(self._bad, labels)
        if labels["result"] == "error":
            return bad
        share = {**RESULTS, "success": 1 - sum(RESULTS.values())}[labels["result"]]
        return [share * (each - failed) for each, failed in zip(total, bad, strict=True)]

    def _histogram(self, declaration: Declaration, labels: Labels, weight: float) -> Iterator[str]:
        name = declaration.name
        many = len(declaration.buckets) > 20 and name not in SLO_READS
        bounds = declaration.buckets[:: 3 if many else 1]  # fewer series, and quantiles all the same
        middle = MIDDLES.get(name, bounds[len(bounds) // 2])
        if labels.get("controller") == "tenantdatabase":
            middle *= 3
        middle *= 2 - weight if "verb" in labels else 1
        total = [(1 if "controller" in labels else weight) * value for value in self._of(self._total, labels)]
        for bound in bounds:
            below = bound**2 / (bound**2 + middle**2)
            yield from self._series(
                f"{name}_bucket", {**labels, "le": str(float(bound))}, [below * value for value in total]
            )
        yield from self._series(f"{name}_bucket", {**labels, "le": "+Inf"}, total)
        yield from self._series(f"{name}_count", labels, total)
        yield from self._series(f"{name}_sum", labels, [value * middle for value in total])

    def _gauge(self, declaration: Declaration, labels: Labels, weight: float) -> Iterator[str]:
        name = declaration.name
        if name in ("go_info", "python_info"):
            labels = {**labels, **self._process.build}
        special: Mapping[str, Callable[[int], float]] = {
            "controller_runtime_active_workers": lambda i: self._busy(labels["controller"], i),
            "controller_runtime_max_concurrent_reconciles": lambda _: self._process.limit,
            "go_info": lambda _: 1,
            "leader_election_master_status": lambda _: self._process.share > 0.5,
            "process_start_time_seconds": self._started,
            "python_info": lambda _: 1,
            "sloctl_instrumentation_degraded": lambda _: self._process.share < 0.5 and weight < 0.5,
        }
        low, high = LEVELS.get(name, (0, 3))
        height = (high - low) * self._process.share
        value = special.get(name, lambda i: low + height * abs(((3 * i + 7 * len(name)) % 200) / 100 - 1))
        whole = name not in special and isinstance(low, int) and not name.endswith("_seconds")
        values = [float(value(i)) for i in range(len(self._times))]
        yield from self._series(name, labels, [float(round(each)) for each in values] if whole else values)

    def _busy(self, controller: str, i: int) -> float:
        total = self._total[controller]
        done = max(0, total[i] - total[i - 1]) if i else 0
        return float(round(min(done / 4, self._process.limit)))

    def _started(self, i: int) -> float:
        return self._times[self._restart] if self._restart and i >= self._restart else self._times[0] - 3600

    def _of(self, counted: dict[str, list[float]], labels: Labels) -> list[float]:
        """Give a controller's counts, or those of all of them."""
        if "controller" in labels:
            return counted[labels["controller"]]
        return [sum(values) for values in zip(*counted.values(), strict=True)]

    def _counted(self, events: list[float]) -> list[float]:
        """Give the sum of the events up to each scrape, since the process started."""
        events = events[: len(self._times)]
        return [*accumulate(events[: self._restart]), *accumulate(events[self._restart :])]

    def _series(self, name: str, labels: Labels, values: Sequence[float]) -> Iterator[str]:
        selector = ",".join(f'{key}="{value}"' for key, value in labels.items())
        return (f"{name}{{{selector}}} {value!r} {at}" for value, at in zip(values, self._times, strict=True))
