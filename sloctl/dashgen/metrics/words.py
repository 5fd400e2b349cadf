"""How metrics are called, counted and asked for on a dashboard."""

from collections.abc import Mapping, Sequence
from math import inf, prod
from typing import Final

from sloctl.dashgen.exposed import Exposed
from sloctl.dashgen.queries import highest
from sloctl.model.catalogue import Declaration, Label

ASK: Final = Exposed()
INFO: Final = "_info"
"""Ends the names of gauges that tell facts by their labels."""
NOT_SCRAPED: Final = "No data: nothing that exposes it is scraped under these choices"
_MOST: Final = 10
"""Series of a panel, where a metric may have any number."""
_READABLE: Final = 20
"""Series of a panel that one can still tell apart."""
_UNITS: Final[Mapping[str, str]] = {
    "amperes": "amp",
    "bytes": "bytes",
    "celsius": "celsius",
    "grams": "massg",
    "joules": "joule",
    "kelvin": "kelvin",
    "meters": "lengthm",
    "metres": "lengthm",
    "ratio": "percentunit",
    "seconds": "s",
    "volts": "volt",
}
"""Grafana's ids of the base units in which names end."""


def title_of(metric: Declaration) -> str:
    """
    Name a metric for people.

    >>> title_of(Declaration("tenant_backup_timestamp_seconds", "gauge", "", intent="timestamp"))
    'Tenant backup'
    """
    words = metric.name.removesuffix("_total").removesuffix(INFO)
    words = words.removesuffix(f"_{metric.unit}").removesuffix("_timestamp")
    return words.replace("_", " ").capitalize()


def unit_of(metric: Declaration) -> str:
    """
    Give Grafana's id of a metric's unit.

    >>> unit_of(Declaration("disk_used_ratio", "gauge", "")), unit_of(Declaration("tenants", "gauge", ""))
    ('percentunit', 'short')
    """
    return _UNITS.get(metric.unit or "", "short")


def described(metric: Declaration, *more: str) -> str:
    """Say what a metric tells, then what a panel makes of it, and what it is called."""
    told = " ".join(metric.documentation.split()).rstrip(".")
    return " ".join([f"{told or title_of(metric)}.", *more, f"Metric: {metric.name}."])


def names_of(labels: Sequence[Label]) -> list[str]:
    """Name labels."""
    return [label.name for label in labels]


def legend(metric: Declaration, labels: Sequence[Label]) -> str:
    """Name each series by its labels, or the only one by the metric."""
    return " ".join(f"{{{{{name}}}}}" for name in names_of(labels)) or title_of(metric)


def by_labels(labels: Sequence[Label]) -> str:
    """
    Say how series are kept apart, and that only some are shown, where that is so.

    >>> by_labels([Label("tier"), Label("zone")])
    ' by tier and zone'
    """
    by = f" by {' and '.join(names_of(labels))}" if labels else ""
    return f"{by}, of which the {_MOST} highest are shown" if _is_many(labels) else by


def some_of(expr: str, labels: Sequence[Label]) -> str:
    """Ask for the highest only, where labels may keep more series apart than a panel can show."""
    return highest(expr, _MOST) if _is_many(labels) else expr


def _is_many(labels: Sequence[Label]) -> bool:
    return prod(inf if label.kind in {"object", "bounded"} else len(label.values) or 1 for label in labels) > _READABLE
