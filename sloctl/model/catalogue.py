"""What is known about a metric before its first value, as code, docs, rules and dashboards share it."""

from dataclasses import dataclass
from typing import Any, Final, Literal

MetricKind = Literal["counter", "gauge", "histogram", "stateset"]
Intent = Literal["in-flight", "level", "ratio", "timestamp"]
LabelKind = Literal["bounded", "enum", "free", "object"]

UNITS: Final = frozenset(
    ("amperes", "bytes", "celsius", "grams", "joules", "kelvin", "meters", "metres", "ratio", "seconds", "volts")
)
"""The base units in which a metric's name may end. Source: Prometheus' page on naming."""


@dataclass(frozen=True, slots=True)
class Label:
    """
    A label and what bounds its values.

    Attributes:
        name: As it is scraped.
        kind: `enum` takes one of `values`; `bounded` takes any text, at most `limit` of them; `object` names the
            object that the series belongs to; `free` is what the SDK fills in by itself, as `controller`.
        values: Of an `enum`.
        limit: Of a `bounded` label; 0 otherwise.
    """

    name: str
    kind: LabelKind = "free"
    values: tuple[str, ...] = ()
    limit: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Give the label as the exported catalogue has it."""
        return {"name": self.name, "kind": self.kind, "values": list(self.values), "limit": self.limit or None}


@dataclass(frozen=True, slots=True)
class Declaration:
    """
    A metric family.

    Attributes:
        name: As it is scraped: a counter's ends in `_total`.
        kind: Its type; a `stateset` is exposed as a gauge in formats that have no such type.
        documentation: One sentence that says what it tells.
        labels: In the order of their declaration; the label that holds a state set's state is the last one.
        intent: What a gauge is for.
        drop_after_s: Seconds without an update after which a series of a gauge is dropped; None keeps it.
        buckets: A histogram's upper bounds without +Inf, in the unit that the name ends in.
        slo_threshold: The bound that an SLO asks about; one of `buckets`.
        native: The histogram is exposed as a native one too, to scrapers that ask for protobuf.
    """

    name: str
    kind: MetricKind
    documentation: str
    labels: tuple[Label, ...] = ()
    intent: Intent = "level"
    drop_after_s: float | None = None
    buckets: tuple[float, ...] = ()
    slo_threshold: float | None = None
    native: bool = False

    @property
    def unit(self) -> str | None:
        """
        The base unit in which its name ends.

        >>> Declaration("sleep_seconds_total", "counter", "Time asleep.").unit
        'seconds'
        """
        last = self.name.removesuffix("_total").rpartition("_")[2]
        return last if last in UNITS else None

    def to_dict(self) -> dict[str, Any]:
        """
        Give the metric as the exported catalogue has it. All keys are always there.

        `intent` is None for all but gauges. `staleness` says when a series goes: with the object that it belongs to,
        or after some seconds without an update, or never.

        >>> Declaration("tenants", "gauge", "Tenants.", (Label("tier", "enum", ("gold",)),)).to_dict()["labels"]
        [{'name': 'tier', 'kind': 'enum', 'values': ['gold'], 'limit': None}]
        """
        with_object = any(label.kind == "object" for label in self.labels)
        return {
            "name": self.name,
            "kind": self.kind,
            "documentation": self.documentation,
            "unit": self.unit,
            "labels": [label.to_dict() for label in self.labels],
            "intent": self.intent if self.kind == "gauge" else None,
            "staleness": {"with_object": with_object, "after_seconds": self.drop_after_s},
            "buckets": list(self.buckets),
            "slo_threshold": self.slo_threshold,
            "native": self.native,
        }
