"""Counters, as rates."""

from collections.abc import Mapping
from typing import Final

from grafanalib.core import Panel

from sloctl.dashgen.metrics.words import ASK, NOT_SCRAPED, by_labels, described, legend, names_of, some_of, title_of
from sloctl.dashgen.panels import timeseries
from sloctl.dashgen.queries import series
from sloctl.model.catalogue import Declaration

_UNITS: Final[Mapping[str | None, str]] = {"bytes": "Bps", "joules": "watt", "seconds": "percentunit"}
"""Grafana's ids of the units of rates; a second per second is a share of the time."""


def counter_panels(metric: Declaration) -> list[Panel]:
    """Draw how fast a counter grows, by its labels."""
    expr = some_of(ASK.per_s(metric.name, *names_of(metric.labels)), metric.labels)
    return [
        timeseries(
            title_of(metric),
            series(expr, legend(metric, metric.labels)),
            description=described(
                metric,
                f"Per second, over all chosen instances{by_labels(metric.labels)}.",
                "A change that no deployment and no traffic explains asks for a look at the log of that time.",
            ),
            unit=_UNITS.get(metric.unit, "cps"),
            no_value=NOT_SCRAPED,
            minimum=0,
        )
    ]
