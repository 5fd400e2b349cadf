"""What is read from a set of specs."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sloctl.model.slo import Origin, Slo

T = TypeVar("T", "Slo", "Service", "DataSource")


@dataclass(frozen=True, slots=True)
class Service:
    """What SLOs belong to."""

    name: str
    display_name: str = ""
    description: str = ""
    origin: Origin = field(default_factory=Origin, compare=False)


@dataclass(frozen=True, slots=True)
class DataSource:
    """
    A server that metrics are read from.

    Args:
        name: What SLOs refer to.
        type: For example ``Prometheus``.
        connection_details: How to reach it, in any form; may hold secrets, so it is not shown with the rest.
        display_name: For people.
        description: For people.
        origin: Where it was read.
    """

    name: str
    type: str
    connection_details: Any = field(default=None, repr=False)
    display_name: str = ""
    description: str = ""
    origin: Origin = field(default_factory=Origin, compare=False)


@dataclass(frozen=True, slots=True)
class Specs:
    """
    The SLOs of some files, and what they refer to.

    Args:
        slos: In the order in which they stand.
        services: Those that are described.
        data_sources: Those that are described.
    """

    slos: tuple[Slo, ...] = ()
    services: tuple[Service, ...] = ()
    data_sources: tuple[DataSource, ...] = ()

    def by_path(self) -> "dict[str, Specs]":
        """Give what each file holds."""
        slos, services, sources = _by_path(self.slos), _by_path(self.services), _by_path(self.data_sources)
        paths = [*slos, *services, *sources]
        return {path: Specs(slos.get(path, ()), services.get(path, ()), sources.get(path, ())) for path in paths}


def _by_path(items: Iterable[T]) -> dict[str, tuple[T, ...]]:
    found: dict[str, list[T]] = {}
    for item in items:
        found.setdefault(item.origin.path, []).append(item)
    return {path: tuple(those) for path, those in found.items()}
