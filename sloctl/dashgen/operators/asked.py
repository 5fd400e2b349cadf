"""What the rows ask more than once, and the shapes that recur in them."""

from functools import partial
from typing import Final

from grafanalib.core import Panel

from sloctl.dashgen.dashboards import CHOSEN_TARGETS
from sloctl.dashgen.exposed import PER_TARGET, RANGE, STEP, Exposed
from sloctl.dashgen.fields import Colour, link, steps, style
from sloctl.dashgen.panels import timeseries
from sloctl.dashgen.queries import series

UID: Final = "sloctl-controllers"
"""The dashboard of all the rows, which others lead to."""

PROCESSES: Final = Exposed()
CONTROLLERS: Final = Exposed(f'{CHOSEN_TARGETS}, controller=~"$controller"')
TIME: Final = "controller_runtime_reconcile_time_seconds"
WORKERS: Final = "controller_runtime_active_workers"
LIMIT: Final = "controller_runtime_max_concurrent_reconciles"

NO_OPERATOR: Final = "No data: no operator is scraped under these choices"
NO_RECONCILES: Final = "No reconciles in this window"
PYTHON_ONLY: Final = "No data: only operators that sloctl's SDK instruments record this"
OVER_RANGE: Final = "over the chosen time range"
ERROR_STEPS: Final = steps(Colour.GOOD, (0.01, Colour.WATCH), (0.05, Colour.BAD))

OPERATORS: Final = f"and on ({', '.join(PER_TARGET)}) {PROCESSES.series(WORKERS)}"
"""A job may hold more than operators; only processes that run a controller count."""
STACKED: Final = {"stacking": {"mode": "normal", "group": "A"}, "fillOpacity": 45, "lineWidth": 1}

KEPT: Final = ("datasource", "cluster", "job", "namespace", "instance")
"""Choices that a link to a single controller keeps."""
ALONE: Final = style(
    ".*",
    pattern=True,
    links=[link("Show ${__field.labels.controller} alone", UID, KEPT, controller="${__field.labels.controller}")],
)
"""Leads from a controller's line to a dashboard of it alone."""

rates = partial(timeseries, unit="ops", minimum=0, width=8)
"""Events in a second, a third of the width."""
seconds = partial(timeseries, unit="s", minimum=0, width=8)
"""Times, a third of the width."""
levels = partial(timeseries, unit="none", minimum=0, decimals=0, width=8, custom={"lineInterpolation": "stepAfter"})
"""Whole numbers as of each scrape, a third of the width."""


def total(*by: str, window: str = STEP, ask: Exposed = CONTROLLERS) -> str:
    """Ask for reconciles in a second."""
    return ask.per_s("controller_runtime_reconcile_total", *by, window=window)


def error_ratio(*by: str, window: str = STEP, ask: Exposed = CONTROLLERS) -> str:
    """Ask for the share of reconciles that failed; nothing where there were none."""
    errors = ask.per_s("controller_runtime_reconcile_errors_total", *by, window=window)
    return f"{errors} / ({total(*by, window=window, ask=ask)} > 0)"


def saturation() -> str:
    """Ask for the busy workers of each controller's busiest process, of as many as may be; 0 without a limit."""
    return f"max by (controller) ({CONTROLLERS.series(WORKERS)} / {CONTROLLERS.series(LIMIT)})"


def scraped() -> str:
    """Ask for 1 per operator's process that could be scraped, 0 for one that is gone within the time shown."""
    known = f"max_over_time({PROCESSES.series(WORKERS)}[{RANGE}])"
    return f"({PROCESSES.series('up')} and on ({', '.join(PER_TARGET)}) {known})"


def quantiles(
    title: str, histogram: str, *, description: str, no_value: str, ask: Exposed = PROCESSES, width: int = 8
) -> Panel:
    """Show below which time a half, 19 of 20, and 99 of 100 stay, with the traces of single ones."""
    return seconds(
        title,
        *(
            series(ask.quantile(share, histogram), f"p{share * 100:g}", exemplars=share == 0.99)
            for share in (0.5, 0.95, 0.99)
        ),
        description=description,
        no_value=no_value,
        width=width,
        custom={"fillOpacity": 0},
        overrides=[
            style("p50", colour=Colour.GOOD),
            style("p95", colour=Colour.FACT),
            style("p99", colour="purple", lineWidth=1),
        ],
    )
