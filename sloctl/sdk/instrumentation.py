"""The object through which an operator instruments itself."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ParamSpec, TypeVar

import prometheus_client
from opentelemetry import trace
from prometheus_client import CollectorRegistry

from sloctl.model.errors import DeclarationError, UsageError
from sloctl.model.promises import Promise
from sloctl.sdk import families
from sloctl.sdk.certificate import Certificate
from sloctl.sdk.controllers import controller_of
from sloctl.sdk.declared import Declares
from sloctl.sdk.exposition import CACHE_BYTES, Exposition
from sloctl.sdk.guard import Guard
from sloctl.sdk.handlers import Handler, counts, timed
from sloctl.sdk.labels import is_text
from sloctl.sdk.ledger import OBJECTS, ledger_of
from sloctl.sdk.metrics import Counter, Histogram
from sloctl.sdk.objects import objects_of
from sloctl.sdk.outcomes import Classifier
from sloctl.sdk.processes import warn_of_several
from sloctl.sdk.promises import Promises
from sloctl.sdk.reconcile import Reconciler
from sloctl.sdk.serve import Server
from sloctl.sdk.spans import Spans
from sloctl.sdk.store import store_of
from sloctl.sdk.tracing import Tracing

_P = ParamSpec("_P")
_R = TypeVar("_R")


class Instrumentation(Declares):
    """
    Metrics and spans of one operator. Make one for each process.

    Args:
        name: The operator's name; stands on its spans as the scope's attribute `sloctl.operator`.
        version: The operator's own version, for `sloctl_build_info`; without it there is none.
        registry: Where metrics are registered; prometheus_client's own registry when not given.
        tracer_provider: Where spans go; the one that is set through OpenTelemetry's API when not given.
        tracing: False opens no spans at all.
        redact: Leave names, namespaces and the texts of exceptions out of spans.
        generation_view: Put the reconciliations of an object's generation into one trace, which ends when it is ready.
        remember: How many objects' last reconciliations are remembered, to link the next ones to them.
        scrape_cache_bytes: How much of what a scrape wrote is kept, about, so that the next one writes what has changed
            only; 0 keeps nothing.

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
        version: str = "",
        registry: CollectorRegistry | None = None,
        tracer_provider: trace.TracerProvider | None = None,
        tracing: bool = True,
        redact: bool = False,
        generation_view: bool = False,
        remember: int = OBJECTS,
        scrape_cache_bytes: int = CACHE_BYTES,
    ) -> None:
        warn_of_several()
        self.name = name
        self.registry = prometheus_client.REGISTRY if registry is None else registry
        self._store = store_of(self.registry)
        self._guard = Guard(self._store)
        if version:
            self._store.values(families.BUILD_INFO).at(name, version).value = 1.0
        self.promises = Promises()
        self._exposition = Exposition(self.registry, self._guard, scrape_cache_bytes)
        self._tracing: Tracing | None = None
        if tracing:
            ledger_of(self._store).resize(remember)
            self._tracing = Tracing(
                name, self._store, self._guard, tracer_provider, redact=redact, generation_view=generation_view
            )

    def reconcile(
        self, controller: str, *, classify: Classifier | None = None, slos: Sequence[Promise] = ()
    ) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
        """
        Record the calls of a function as the reconciliations of a controller.

        The function may be sync or async, a method, and stand under kopf's decorators. What it raises is passed on:
        kopf's TemporaryError counts as `requeue_after`, any other exception as `error`. A call that is cancelled
        counts as neither and has no duration; its span says `cancelled`.

        Args:
            controller: The value of the label `controller`; by custom the kind in lower case.
            classify: Says what came of a call from what it raised and what it returned; None leaves it to the rules
                above.
            slos: What the controller promises; `sloctl generate rules module:NAME` makes rules of it.

        Raises:
            DeclarationError: The controller has no name, the classifier is no function, an SLO cannot be counted or is
                at odds with another one, or what is decorated is not a plain function.

        >>> import sloctl
        >>> obs = Instrumentation("tenant-operator", registry=CollectorRegistry())
        >>> @obs.reconcile("tenant", slos=[sloctl.Availability(0.99), sloctl.Latency(0.95, threshold_s=1)])
        ... def reconcile(body): ...
        >>> list(obs.promises)
        [('tenant', Availability(objective=0.99)), ('tenant', Latency(objective=0.95, threshold_s=1))]
        """
        if not is_text(controller):
            raise DeclarationError("a controller needs a name", 'write @obs.reconcile("tenant")')
        if not (classify is None or callable(classify)):
            raise DeclarationError(f"{controller}: {classify!r} cannot classify", "give a function, or leave it out")
        self.promises.add(controller, slos)
        spans = Spans(self._tracing, controller) if self._tracing and not self._tracing.silent else None
        cells, per_object = controller_of(self._store, controller), objects_of(self._store).metrics
        return Reconciler(cells, spans, self._guard, classify, per_object).wrap

    def handler(self, name: str, *, controller: str = "") -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
        """
        Record the calls of a function as a step of a reconciliation: its outcome, its duration, and a span of its own.

        The span `handler {name}` hangs from the current one. Attempts are told apart by kopf's keyword `retry`.

        Args:
            name: The value of the label `handler`.
            controller: The value of the label `controller`; an instrumented framework knows it by itself.

        Raises:
            DeclarationError: The handler has no name, or what is decorated is not a plain function.
        """
        if not is_text(name):
            raise DeclarationError("a handler needs a name", 'write @obs.handler("resize")')
        return Handler(self._store, self._tracing, name, controller).wrap

    def timed(self, histogram: Histogram) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
        """
        Observe in a declared histogram how long each call of a function takes, in seconds, however it ends.

        Raises:
            DeclarationError: It is no histogram, is not in seconds by its name, or has labels without values; or what
                is decorated is no plain function.
        """
        return timed(histogram)

    def counts(self, counter: Counter) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
        """
        Count each call of a function by what came of it, and first attempts apart from later ones.

        A handler is tried again, so a counter inside it counts one piece of work several times; outcomes do not.

        Raises:
            DeclarationError: It was not declared with `labels=sloctl.OUTCOME_LABELS`, or what is decorated is no plain
                function.

        >>> import sloctl
        >>> obs = Instrumentation("tenant-operator", registry=CollectorRegistry())
        >>> SHIPPED = obs.counter("orders_shipped", "Orders shipped, by outcome.", labels=sloctl.OUTCOME_LABELS)
        >>> @obs.counts(SHIPPED)
        ... def ship(retry=0, **_): ...
        >>> ship(retry=2)
        >>> obs.registry.get_sample_value("orders_shipped_total", {"outcome": "success", "attempt": "retry"})
        1.0
        """
        return counts(counter)

    def instrument_clients(self) -> None:
        """
        Record the requests that Kubernetes clients send: `rest_client_*`, and their spans below a recorded one.

        Those of kopf, kubernetes, kubernetes_asyncio, lightkube and kr8s; call it before the clients are made.
        """
        from sloctl.sdk.hooks import clients

        clients.instrument(self._store, self._guard, self._tracing)

    def exposition(self) -> bytes:
        """Give what a scrape gets, in Prometheus' text format and without `_created` series."""
        return self._exposition.text()

    def serve(
        self,
        port: int = 8080,
        address: str = "0.0.0.0",  # noqa: S104 # a scrape comes from outside the pod
        *,
        certfile: str | Path | None = None,
        keyfile: str | Path | None = None,
        token: str | None = None,
    ) -> Server:
        """
        Serve /metrics, /healthz, /livez and /readyz from a thread of its own.

        Args:
            port: 0 picks a free one; read it from the server's `port`.
            address: All of IPv4 by default, so that Prometheus and the kubelet reach the pod.
            certfile: A certificate in PEM format, with which everything is served over TLS; it is read again when the
                file changes.
            keyfile: Its key; not needed when *certfile* has it as well.
            token: What a scrape has to send as its bearer token, as `os.environ["METRICS_TOKEN"]`; probes need none.

        Returns:
            The server, running; `close()` it or use it as a context manager.

        Raises:
            UsageError: The port is not one, the certificate cannot be used, or the token is empty.
            BackendError: The port is in use or may not be used.
        """
        if keyfile is not None and certfile is None:
            raise UsageError(f"there is no certificate for the key {keyfile}", "give certfile= as well")
        certificate = None if certfile is None else Certificate(self._store, certfile, keyfile)
        return Server(self._exposition, self._guard, port, address, certificate, token)
