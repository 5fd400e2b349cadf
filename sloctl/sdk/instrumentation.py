"""The object through which an operator instruments itself."""

from collections.abc import Callable, Mapping, Sequence
from typing import ParamSpec, TypeVar

import prometheus_client
from opentelemetry import trace
from prometheus_client import CollectorRegistry, generate_latest

from sloctl._version import __version__
from sloctl.model.errors import DeclarationError
from sloctl.sdk.buckets import Layout, bounds
from sloctl.sdk.declare import check_metric
from sloctl.sdk.families import families_of
from sloctl.sdk.labels import Enum, is_text
from sloctl.sdk.metrics import Counter, Gauge, Histogram
from sloctl.sdk.reconcile import Controller
from sloctl.sdk.serve import Server, WithoutCreated
from sloctl.sdk.spans import Spans

_P = ParamSpec("_P")
_R = TypeVar("_R")
_Collector = TypeVar("_Collector")


class Instrumentation:
    """
    Metrics and spans of one operator. Make one for each process.

    Args:
        name: The operator's name; stands on its spans as the scope's attribute `sloctl.operator`.
        registry: Where metrics are registered; prometheus_client's own registry when not given.
        tracer_provider: Where spans go; the one that is set through OpenTelemetry's API when not given.

    Raises:
        DeclarationError: The registry already has metrics of another origin under sloctl's names.

    >>> obs = Instrumentation("tenant-operator", registry=CollectorRegistry())
    >>> @obs.reconcile("tenant")
    ... def reconcile(body):
    ...     return body["metadata"]["name"]
    >>> reconcile({"metadata": {"name": "acme"}})
    'acme'
    >>> b'controller_runtime_reconcile_total{controller="tenant",result="success"} 1.0' in obs.exposition()
    True
    """

    def __init__(
        self,
        name: str,
        *,
        registry: CollectorRegistry | None = None,
        tracer_provider: trace.TracerProvider | None = None,
    ) -> None:
        self.name = name
        self.registry = prometheus_client.REGISTRY if registry is None else registry
        self._tracer = trace.get_tracer("sloctl", __version__, tracer_provider, attributes={"sloctl.operator": name})
        self._families = families_of(self.registry)

    def reconcile(self, controller: str) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
        """
        Record the calls of a function as the reconciliations of a controller.

        The function may be sync or async, a method, and stand under kopf's decorators. What it raises is passed on:
        kopf's TemporaryError counts as `requeue_after`, any other exception as `error`. A call that is cancelled
        counts as neither and has no duration; its span says `cancelled`.

        Args:
            controller: The value of the label `controller`; by custom the kind in lower case.

        Raises:
            DeclarationError: The controller has no name, or what is decorated is not a plain function.
        """
        if not is_text(controller):
            raise DeclarationError("a controller needs a name", 'write @obs.reconcile("tenant")')
        series = self._families.controller(controller)
        return Controller(series, Spans(self._tracer, self._families.guard, controller)).wrap

    def counter(self, name: str, documentation: str, *, labels: Mapping[str, Enum] | None = None) -> Counter:
        """
        Declare a count of events. It is scraped as *name* with `_total`, which *name* may have already.

        Raises:
            DeclarationError: The name, the documentation or a label cannot stand, or the name is taken.

        >>> obs = Instrumentation("tenant-operator", registry=CollectorRegistry())
        >>> made = obs.counter("databases_made", "Databases made.", labels={"tier": Enum("gold", "silver")})
        >>> made.labels(tier="gold").inc()
        >>> print(obs.exposition().decode().partition("# HELP databases_made_total")[2].strip())
        Databases made.
        # TYPE databases_made_total counter
        databases_made_total{tier="gold"} 1.0
        databases_made_total{tier="silver"} 0.0
        """
        labels = labels or {}
        check_metric("counter", name, documentation, labels)
        collector = self._register(
            name, lambda: prometheus_client.Counter(name, documentation, [*labels], registry=self.registry)
        )
        return Counter.over(name, self._families.guard, collector, labels)

    def gauge(self, name: str, documentation: str, *, labels: Mapping[str, Enum] | None = None) -> Gauge:
        """
        Declare a level that goes up and down.

        Raises:
            DeclarationError: The name, the documentation or a label cannot stand, or the name is taken.
        """
        labels = labels or {}
        check_metric("gauge", name, documentation, labels)
        collector = self._register(
            name, lambda: prometheus_client.Gauge(name, documentation, [*labels], registry=self.registry)
        )
        return Gauge.over(name, self._families.guard, collector, labels)

    def histogram(
        self,
        name: str,
        documentation: str,
        *,
        buckets: Layout | Sequence[float],
        labels: Mapping[str, Enum] | None = None,
        slo_threshold: float | None = None,
    ) -> Histogram:
        """
        Declare measurements that are counted by size.

        Args:
            name: Ends in the unit of what is measured, as `_seconds`.
            documentation: What is measured.
            buckets: The upper bounds in that unit, or the name of a layout that Go's controllers use.
            labels: The labels and their values.
            slo_threshold: The bound of an SLO in that unit; put among the buckets, so that it is counted exactly.

        Raises:
            DeclarationError: The name, the documentation, a label or a bound cannot stand, or the name is taken.
        """
        labels = labels or {}
        check_metric("histogram", name, documentation, labels)
        limits = bounds(buckets, slo_threshold)
        collector = self._register(
            name,
            lambda: prometheus_client.Histogram(name, documentation, [*labels], buckets=limits, registry=self.registry),
        )
        return Histogram.over(name, self._families.guard, collector, labels)

    def exposition(self) -> bytes:
        """Give what a scrape gets, in Prometheus' text format and without `_created` series."""
        return generate_latest(WithoutCreated(self.registry))

    def serve(self, port: int = 8080, address: str = "0.0.0.0") -> Server:  # noqa: S104 # a scrape comes from outside the pod
        """
        Serve /metrics, /healthz, /livez and /readyz from a thread of its own.

        Args:
            port: 0 picks a free one; read it from the server's `port`.
            address: All of IPv4 by default, so that Prometheus and the kubelet reach the pod.

        Returns:
            The server, running; `close()` it or use it as a context manager.

        Raises:
            UsageError: The port is not one.
            BackendError: The port is in use or may not be used.
        """
        return Server(self.registry, port, address)

    def _register(self, name: str, make: Callable[[], _Collector]) -> _Collector:
        try:
            return make()
        except ValueError as error:
            raise DeclarationError(f"{name} is declared twice", "declare it once, at the top of a module") from error
