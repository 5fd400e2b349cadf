"""What the controllers do, what comes of it, and how long it takes."""

from grafanalib.core import Panel

from sloctl.dashgen.dashboards import row
from sloctl.dashgen.exposed import STEP
from sloctl.dashgen.fields import Colour, style
from sloctl.dashgen.operators.asked import (
    ALONE,
    CONTROLLERS,
    ERROR_STEPS,
    NO_OPERATOR,
    NO_RECONCILES,
    STACKED,
    TIME,
    error_ratio,
    quantiles,
    rates,
    seconds,
    total,
)
from sloctl.dashgen.panels import heatmap, timeseries
from sloctl.dashgen.queries import buckets, series

_FAILURES = {
    "controller_runtime_terminal_reconcile_errors_total": "given up",
    "controller_runtime_reconcile_panics_total": "panic",
    "controller_runtime_reconcile_timeouts_total": "timeout",
}


def reconciles() -> list[Panel]:
    """Show how many reconciles there are, by controller, result and way of failing."""
    return [
        row("Reconciles"),
        rates(
            "Reconciles by controller",
            series(total("controller"), "{{controller}}"),
            description="""Reconciles per second. A storm shows as a plateau that nothing outside explains: a controller
                that writes what it watches, or a resync that is too frequent.""",
            no_value=NO_OPERATOR,
            width=6,
            overrides=[ALONE],
        ),
        rates(
            "Reconciles by result",
            series(total("result"), "{{result}}"),
            description="""How reconciles ended, stacked. Errors are retried with growing delays; many
                requeues mean that a controller waits by asking again.""",
            no_value=NO_OPERATOR,
            width=6,
            custom=STACKED,
            overrides=[
                style("error", colour=Colour.BAD),
                style("success", colour=Colour.GOOD),
                style("requeue", colour="purple"),
                style("requeue_after", colour=Colour.FACT),
            ],
        ),
        timeseries(
            "Error ratio by controller",
            series(error_ratio("controller"), "{{controller}}"),
            description="""The share of reconciles that failed. One failing controller does not hide behind busy healthy
                ones here. From 1 % on, read its log and its objects' conditions.""",
            unit="percentunit",
            no_value=NO_RECONCILES,
            minimum=0,
            width=6,
            custom={"axisSoftMax": 0.05},
            steps=ERROR_STEPS,
            overrides=[ALONE],
        ),
        rates(
            "Failures of a kind",
            *(
                series(CONTROLLERS.per_s(name, "controller"), f"{{{{controller}}}} {word}")
                for name, word in _FAILURES.items()
            ),
            description="""Errors that are not tried again, faults outside the code that reconciles (a panic, in Go),
                and reconciles that ran out of time. Each is a defect: look in the log for the first one.""",
            no_value=NO_OPERATOR,
            width=6,
        ),
    ]


def durations() -> list[Panel]:
    """Show how long reconciles take."""
    return [
        row("Duration"),
        quantiles(
            "Reconcile time",
            TIME,
            ask=CONTROLLERS,
            description="""How long reconciles take: half of them, 19 of 20, 99 of 100 end within. When p99 leaves p50
                behind, some objects or calls are slow: a dot leads to the trace of one. When all rise, something they
                share is slow.""",
            no_value=NO_RECONCILES,
        ),
        seconds(
            "Reconcile time p95 by controller",
            series(CONTROLLERS.quantile(0.95, TIME, "controller"), "{{controller}}"),
            description="""19 of 20 reconciles of each controller end within this time. Compare with the deadline of
                whoever waits for the objects.""",
            no_value=NO_RECONCILES,
            overrides=[ALONE],
        ),
        heatmap(
            "Distribution of reconcile time",
            buckets(CONTROLLERS.number(f"{TIME}_bucket", "le", window=STEP)),
            description="""How many reconciles took how long. Two bands are two kinds of work; a band at a round number
                of seconds is a timeout. A dot leads to the trace of a single one.""",
            unit="s",
            no_value=NO_RECONCILES,
            width=8,
        ),
    ]
