"""The part of an Instrumentation that declares metrics."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, overload

from sloctl.model.catalogue import Declaration, Intent, Label
from sloctl.model.errors import DeclarationError
from sloctl.sdk import objects
from sloctl.sdk.buckets import Layout, bounds
from sloctl.sdk.declare import check_age, check_metric, with_states
from sloctl.sdk.gauges import InFlight, Level, Ratio, State, Timestamp
from sloctl.sdk.guard import Guard
from sloctl.sdk.labels import Labels
from sloctl.sdk.metrics import Counter, Histogram
from sloctl.sdk.readings import Readings
from sloctl.sdk.store import Store


class Declares:
    """Declares metrics, each with what it means."""

    _store: Store
    _guard: Guard

    def counter(self, name: str, documentation: str, *, labels: Labels | None = None) -> Counter:
        """
        Declare a count of events. It is scraped as *name* with `_total`, which *name* may have already.

        Raises:
            DeclarationError: The name, the documentation or a label cannot stand, or the name is taken.

        >>> from prometheus_client import CollectorRegistry
        >>> from sloctl import Enum, Instrumentation
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
        scraped = check_metric("counter", name, documentation, labels)
        family = self._store.values(Declaration(scraped, "counter", documentation, _described(labels)))
        return Counter.over(self._guard, self._store, scraped, labels, family)

    @overload
    def gauge(
        self,
        name: str,
        documentation: str,
        *,
        intent: Literal["level"] = "level",
        labels: Labels | None = None,
        drop_after_s: float | None = None,
    ) -> Level: ...
    @overload
    def gauge(
        self, name: str, documentation: str, *, intent: Literal["in-flight"], labels: Labels | None = None
    ) -> InFlight: ...
    @overload
    def gauge(
        self,
        name: str,
        documentation: str,
        *,
        intent: Literal["ratio"],
        labels: Labels | None = None,
        drop_after_s: float | None = None,
    ) -> Ratio: ...
    @overload
    def gauge(
        self,
        name: str,
        documentation: str,
        *,
        intent: Literal["timestamp"],
        labels: Labels | None = None,
        drop_after_s: float | None = None,
    ) -> Timestamp: ...
    def gauge(
        self,
        name: str,
        documentation: str,
        *,
        intent: Intent = "level",
        labels: Labels | None = None,
        drop_after_s: float | None = None,
    ) -> Level | InFlight | Ratio | Timestamp:
        """
        Declare a gauge by what it is for.

        A level and what is in flight are at 0 from the start. A ratio, a timestamp, and what is dropped after some
        time show nothing until they are set: 0 would be a claim.

        Args:
            name: A ratio's ends in `_ratio`, a timestamp's in `_timestamp_seconds`.
            documentation: What it tells.
            intent: `level` is set to any finite number. `in-flight` tracks blocks or calls that are under way. `ratio`
                is set to 0 up to 1. `timestamp` is set to now, or to seconds since 1970.
            labels: The labels and what bounds their values.
            drop_after_s: Seconds without an update after which a series is no longer scraped, until the next update.
                None keeps it, unless it belongs to an object (`PerObject`) and goes with that.

        Raises:
            DeclarationError: The name does not fit the intent; the documentation, a label or the time cannot stand;
                or the name is taken.

        >>> from prometheus_client import CollectorRegistry
        >>> from sloctl import Instrumentation
        >>> obs = Instrumentation("tenant-operator", registry=CollectorRegistry())
        >>> syncs = obs.gauge("syncs_in_flight", "Syncs under way.", intent="in-flight")
        >>> with syncs.track():
        ...     obs.registry.get_sample_value("syncs_in_flight")
        1.0
        """
        labels = labels or {}
        check_metric("gauge", name, documentation, labels, intent)
        drop_after_s = check_age(name, drop_after_s, intent)
        family = self._store.values(Declaration(name, "gauge", documentation, _described(labels), intent, drop_after_s))
        if intent == "in-flight":
            return InFlight.over(self._guard, self._store, name, labels, family)
        if intent == "level":
            source = family if drop_after_s is None else Readings(family, drop_after_s)
            return Level.over(self._guard, self._store, name, labels, source)
        kind = Ratio if intent == "ratio" else Timestamp
        return kind.over(self._guard, self._store, name, labels, Readings(family, drop_after_s))

    def state(
        self,
        name: str,
        documentation: str,
        *,
        states: Sequence[str],
        labels: Labels | None = None,
        drop_after_s: float | None = None,
    ) -> State:
        """
        Declare in which of some states something is: one series for each state, of which exactly one is at 1.

        The label that holds the state is called like the metric. Nothing is shown until a state is set.

        Args:
            name: For example `tenant_phase`.
            documentation: What is in these states.
            states: All of them.
            labels: The labels and what bounds their values.
            drop_after_s: As for `gauge`.

        Raises:
            DeclarationError: The name, the documentation, a state, a label or the time cannot stand, or the name is
                taken.

        >>> from prometheus_client import CollectorRegistry
        >>> from sloctl import Instrumentation
        >>> obs = Instrumentation("tenant-operator", registry=CollectorRegistry())
        >>> link = obs.state("upstream_link", "The link to the upstream.", states=("Up", "Down"))
        >>> link.set("Down")
        >>> [obs.registry.get_sample_value("upstream_link", {"upstream_link": state}) for state in ("Up", "Down")]
        [0.0, 1.0]
        """
        labels = labels or {}
        check_metric("stateset", name, documentation, labels)
        every = with_states(name, labels, states)
        drop_after_s = check_age(name, drop_after_s)
        family = self._store.values(
            Declaration(name, "stateset", documentation, _described(every), drop_after_s=drop_after_s)
        )
        return State.over(self._guard, self._store, name, labels, Readings(family, drop_after_s, tuple(states)))

    def histogram(
        self,
        name: str,
        documentation: str,
        *,
        buckets: Layout | Sequence[float],
        labels: Labels | None = None,
        slo_threshold: float | None = None,
        native: bool = False,
    ) -> Histogram:
        """
        Declare measurements that are counted by size.

        Args:
            name: Ends in the unit of what is measured, as `_seconds`.
            documentation: What is measured.
            buckets: The upper bounds in that unit, or the name of a layout that Go's controllers use, in seconds.
            labels: The labels and what bounds their values.
            slo_threshold: The bound of an SLO in that unit; put among the buckets, so that it is counted exactly.
            native: Give a native histogram as well, to scrapers that can take one.

        Raises:
            DeclarationError: The name, the documentation, a label or a bound cannot stand, or the name is taken.
        """
        labels = labels or {}
        check_metric("histogram", name, documentation, labels)
        if isinstance(buckets, str) and not name.endswith("_seconds"):
            raise DeclarationError(f"{name}: layouts are in seconds", "let the name end in _seconds, or give bounds")
        declaration = Declaration(
            name,
            "histogram",
            documentation,
            _described(labels),
            buckets=bounds(name, buckets, slo_threshold),
            slo_threshold=None if slo_threshold is None else float(slo_threshold),
            native=native,
        )
        return Histogram.over(self._guard, self._store, name, labels, self._store.buckets(declaration))

    def forget(self, obj: Mapping[str, Any] | str) -> None:
        """
        Let go of the series that belong to an object that was deleted, for good.

        kopf's instrumentation does it by itself. What is neither an object nor a uid counts as a fault.

        Args:
            obj: The object, or its uid.
        """
        with self._guard("label", "forget an object"):
            objects.forget(self._store, obj)

    def catalogue(self) -> tuple[Declaration, ...]:
        """Give all metrics that are declared, and those that sloctl records by itself so far, by name."""
        return tuple(family.declaration for _, family in sorted(self._store.families.items()))


def _described(labels: Labels) -> tuple[Label, ...]:
    return tuple(kind.describe(name) for name, kind in labels.items())
