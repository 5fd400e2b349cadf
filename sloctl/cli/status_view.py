"""Draws how SLOs are doing."""

from collections.abc import Sequence
from typing import Final

from rich.table import Table
from rich.text import Text

from sloctl.app.status import SloStatus

UNKNOWN: Final = "-"
_BURNS: Final = (("5m", "1h"), ("6h", "3d"))
_UNITS: Final = (("s", 1), ("min", 60), ("h", 3600), ("d", 86_400))
_SOME: Final = 2
"""From so many of a unit on it is used."""


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


def percent(ratio: float | None) -> str:
    """Write a share."""
    return UNKNOWN if ratio is None else f"{ratio * 100:.4g} %"


def times(burn: float | None) -> str:
    """Write a burn rate."""
    return UNKNOWN if burn is None else f"{burn:.1f}x"


def coverage(slo: SloStatus) -> str:
    """Say from how much of the period the budget is known."""
    if slo.coverage_ratio is None or slo.period_s is None:
        return ""
    return f"from {_time(slo.coverage_ratio * slo.period_s)} of {slo.period[:-1]} {slo.period[-1]}"


def spent(slo: SloStatus) -> str:
    """Say when the budget will be spent."""
    if slo.exhaustion_s is None:
        return UNKNOWN
    return _time(slo.exhaustion_s) if slo.exhaustion_s else "spent"


def _firing(slo: SloStatus) -> Text:
    if not slo.is_known:
        return _two("not known", "to Prometheus", "yellow")
    firing = ", ".join([*slo.tiers, *slo.alerts])
    return _two(firing or "none", spent(slo), "bold red" if firing else "green")


def _two(above: str, below: str = "", style: str = "") -> Text:
    return Text.assemble((above, style), "\n", (below, "dim"))


def _time(seconds: float) -> str:
    name, size = next(((name, size) for name, size in reversed(_UNITS) if seconds >= _SOME * size), _UNITS[0])
    return f"{seconds / size:.0f} {name}"
