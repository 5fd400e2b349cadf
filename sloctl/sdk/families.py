"""The families that the SDK records by itself, once for each registry."""

from threading import Lock
from typing import Final, Literal, get_args
from weakref import WeakKeyDictionary

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from sloctl.model.errors import DeclarationError
from sloctl.sdk.buckets import LAYOUTS
from sloctl.sdk.guard import Guard

Result = Literal["success", "error", "requeue", "requeue_after"]


class Families:
    """
    What every controller of one registry records into.

    Names, labels, results and buckets are those of controller-runtime (pkg/internal/controller/metrics), so that
    dashboards and rules made for Go operators read them.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._reconciles = Counter(
            "controller_runtime_reconcile_total",
            "Reconciliations per controller, by what came of them.",
            ["controller", "result"],
            registry=registry,
        )
        self._errors = Counter(
            "controller_runtime_reconcile_errors_total",
            "Reconciliations per controller that ended in an error.",
            ["controller"],
            registry=registry,
        )
        self._seconds = Histogram(
            "controller_runtime_reconcile_time_seconds",
            "Time that a reconciliation took, per controller.",
            ["controller"],
            buckets=LAYOUTS["controller-runtime"],
            registry=registry,
        )
        self._active = Gauge(
            "controller_runtime_active_workers",
            "Reconciliations under way, per controller.",
            ["controller"],
            registry=registry,
        )
        self.guard = Guard(
            Counter(
                "sloctl_internal_errors_total",
                "Faults inside the instrumentation and in its use, by kind. None of them reached the operator.",
                ["kind"],
                registry=registry,
            )
        )

    def controller(self, name: str) -> "ControllerSeries":
        """Bind the series of one controller; all of them exist at 0 from here on."""
        return ControllerSeries(
            {result: self._reconciles.labels(name, result) for result in get_args(Result)},
            self._errors.labels(name),
            self._seconds.labels(name),
            self._active.labels(name),
        )


class ControllerSeries:
    """The series of one controller."""

    __slots__ = ("_errors", "_results", "_seconds", "active")

    def __init__(self, results: dict[Result, Counter], errors: Counter, seconds: Histogram, active: Gauge) -> None:
        self._results = results
        self._errors = errors
        self._seconds = seconds
        self.active = active

    def record(self, result: Result, duration_s: float) -> None:
        """Record one finished reconciliation."""
        self._results[result].inc()
        if result == "error":
            self._errors.inc()
        self._seconds.observe(duration_s)


_lock: Final = Lock()
_families: Final[WeakKeyDictionary[CollectorRegistry, Families]] = WeakKeyDictionary()


def families_of(registry: CollectorRegistry) -> Families:
    """
    Give the families of a registry, made at the first call.

    Raises:
        DeclarationError: Something else has registered one of the names.
    """
    with _lock:
        if registry not in _families:
            try:
                _families[registry] = Families(registry)
            except ValueError as error:
                raise DeclarationError(
                    f"the registry already has one of sloctl's metrics: {error}",
                    "give sloctl a registry of its own: Instrumentation(..., registry=CollectorRegistry())",
                ) from error
        return _families[registry]
