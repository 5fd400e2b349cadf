"""What is read from a set of specs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sloctl.model.slo import Slo


@dataclass(frozen=True, slots=True)
class Service:
    """What SLOs belong to."""

    name: str
    display_name: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class DataSource:
    """
    A server that metrics are read from.

    Args:
        name: What SLOs refer to.
        type: For example ``Prometheus``.
        connection_details: How to reach it, in any form; may hold secrets, so it is never printed.
        display_name: For people.
        description: For people.
    """

    name: str
    type: str
    connection_details: Any = field(default=None, repr=False)
    display_name: str = ""
    description: str = ""


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

    def by_path(self) -> Mapping[str, Sequence[Slo]]:
        """Give the SLOs of each file that has any."""
        slos: dict[str, list[Slo]] = {}
        for slo in self.slos:
            slos.setdefault(slo.origin.path, []).append(slo)
        return slos
