"""What a catalogue or a Prometheus tells about metrics."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sloctl.model.catalogue import Declaration

TARGET_LABELS: Final = frozenset(
    {"cluster", "container", "endpoint", "instance", "job", "namespace", "node", "pod", "prometheus", "service"}
)
"""Labels that a scrape adds to what a program exposes: Prometheus's own, and those of the Prometheus Operator."""

Labels = Mapping[str, frozenset[str]]
"""The labels of a metric, each with the values that it can take; no values are any."""


@dataclass(frozen=True, slots=True)
class Metric:
    """
    The series of one name.

    Args:
        name: As queries spell it.
        kind: ``counter``, ``gauge``, ``histogram`` (a native one), ``summary`` (its quantiles), or empty: not known.
        labels: None: any.
        is_ratio: Whether its values are between 0 and 1.
    """

    name: str
    kind: str = ""
    labels: Labels | None = None
    is_ratio: bool = False


def series_of(name: str, kind: str, labels: Labels | None, *, is_ratio: bool = False) -> list[Metric]:
    """
    Give the series that a metric family is exposed as.

    >>> [metric.name for metric in series_of("a_seconds", "summary", None)]
    ['a_seconds_count', 'a_seconds_sum', 'a_seconds']
    """
    if kind not in {"histogram", "summary"}:
        return [Metric(name, kind, labels, is_ratio)]
    series = [Metric(f"{name}_count", "counter", labels), Metric(f"{name}_sum", "counter", labels)]
    if kind == "summary":
        return [*series, Metric(name, kind, None if labels is None else {**labels, "quantile": frozenset()})]
    buckets = Metric(f"{name}_bucket", "counter", None if labels is None else {**labels, "le": frozenset()})
    return [*series, buckets, Metric(name, kind, labels)]


def declared(family: Declaration, target_labels: Iterable[str] = ()) -> list[Metric]:
    """
    Give the series of a family that a program declares.

    Args:
        family: As in its catalogue.
        target_labels: What the scrape adds beside `TARGET_LABELS`.
    """
    labels = dict.fromkeys(TARGET_LABELS.union(target_labels), frozenset[str]())
    labels |= {label.name: frozenset(label.values) for label in family.labels}
    is_stateset = family.kind == "stateset"
    kind = "gauge" if is_stateset else family.kind
    return series_of(family.name, kind, labels, is_ratio=is_stateset or family.intent == "ratio")
