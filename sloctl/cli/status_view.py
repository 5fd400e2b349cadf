"""Draws how SLOs are doing."""

from collections.abc import Sequence
from typing import Final

from rich.table import Table
from rich.text import Text

from sloctl.app.status import SloStatus
from sloctl.app.wording import coverage, percent, spent, times

_BURNS: Final = (("5m", "1h"), ("6h", "3d"))


def slo_table(slos: Sequence[SloStatus]) -> Table:
    """Draw SLOs as a table; a row has two lines, so that it fits 80 columns."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column(_two("SLO", "service"))
    columns = [
        ("SLI", "objective"),
        ("budget left", ""),
        *((f"burn {short}", f"burn {long}") for short, long in _BURNS),
    ]
    for above, below in columns:
        table.add_column(_two(above, below), justify="right", no_wrap=True)
    table.add_column(_two("firing", "spent in"), no_wrap=True)
    for slo in sorted(slos, key=lambda slo: slo.budget_left_ratio or 0):  # what a low terminal cuts off is the best
        left = slo.budget_left_ratio
        table.add_row(
            _two(slo.display_name or slo.name, ", ".join([slo.service, *slo.group.values()])),
            _two(percent(slo.sli_ratio), percent(slo.objective_ratio)),
            _two(percent(left), coverage(slo), "red" if left is not None and left < 0 else ""),
            *(_two(times(slo.burn.get(short)), times(slo.burn.get(long))) for short, long in _BURNS),
            _firing(slo),
        )
    return table


def _firing(slo: SloStatus) -> Text:
    if not slo.is_known:
        return _two("not known", "to Prometheus", "yellow")
    firing = ", ".join([*slo.tiers, *slo.alerts])
    return _two(firing or "none", spent(slo), "bold red" if firing else "green")


def _two(above: str, below: str = "", style: str = "") -> Text:
    return Text.assemble((above, style), "\n", (below, "dim"))
