"""What is known about a metric before its first value, as code, docs, rules and dashboards share it."""

from dataclasses import dataclass
from typing import Literal

MetricKind = Literal["counter", "gauge", "histogram", "stateset"]
Intent = Literal["in-flight", "level", "ratio", "timestamp"]
LabelKind = Literal["bounded", "enum", "free", "object"]


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
