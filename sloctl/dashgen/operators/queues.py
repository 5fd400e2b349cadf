"""Whether the workers keep up with the queues."""

from grafanalib.core import Panel

from sloctl.dashgen.dashboards import row
from sloctl.dashgen.fields import Colour, steps
from sloctl.dashgen.operators.asked import (
    ALONE,
    CONTROLLERS,
    NO_OPERATOR,
    WORKERS,
    levels,
    quantiles,
    rates,
    saturation,
    seconds,
)
from sloctl.dashgen.panels import timeseries
from sloctl.dashgen.queries import series

_NOTHING_QUEUED = "Nothing was queued in this window"


def queues() -> list[Panel]:
    """Show workers and what waits for them."""
    return [
        row("Work queues"),
        levels(
            "Workers busy",
            series(CONTROLLERS.level(WORKERS, "controller"), "{{controller}}"),
            description="""Reconciles under way at each scrape, in all processes. Flat above 0 without reconciles: they
                hang. Whether they are as many as may be: see Worker saturation.""",
            no_value=NO_OPERATOR,
            custom={"lineInterpolation": "stepAfter", "axisSoftMax": 1},
        ),
        timeseries(
            "Worker saturation",
            series(saturation(), "{{controller}}"),
            description="""Busy workers as a share of as many as may be, in the busiest process of each controller. At
                100 % objects wait: allow more reconciles at once, or make each shorter. Without a limit it is always
                0 %.""",
            unit="percentunit",
            no_value="No data: no operator tells its limit",
            minimum=0,
            width=8,
            custom={"lineInterpolation": "stepAfter", "axisSoftMax": 1},
            steps=steps(Colour.GOOD, (0.8, Colour.WATCH), (1, Colour.BAD)),
            overrides=[ALONE],
        ),
        levels(
            "Queue depth",
            series(CONTROLLERS.level("workqueue_depth", "controller"), "{{controller}}"),
            description="""Objects that wait to be reconciled, of all priorities. Peaks after a restart are the first
                look at everything; a climb that goes on means that workers do not keep up.""",
            no_value=NO_OPERATOR,
        ),
        quantiles(
            "Wait in the queue",
            "workqueue_queue_duration_seconds",
            ask=CONTROLLERS,
            description="""How long objects wait for a worker. Users see it as slowness on top of the reconcile itself.
                Above a second for long: allow more at once.""",
            no_value=_NOTHING_QUEUED,
        ),
        quantiles(
            "Time at work",
            "workqueue_work_duration_seconds",
            ask=CONTROLLERS,
            description="""How long a worker is taken by an object. Longer than the reconcile time: it sleeps or waits
                inside. When it grows, the queue grows next.""",
            no_value=_NOTHING_QUEUED,
        ),
        rates(
            "Added, and added again",
            series(CONTROLLERS.per_s("workqueue_adds_total", "controller"), "{{controller}} added"),
            series(CONTROLLERS.per_s("workqueue_retries_total", "controller"), "{{controller}} again"),
            description="""Objects put into the queue, and those put there with a delay because something failed. The
                second close to the first: hardly anything succeeds at once.""",
            no_value=NO_OPERATOR,
        ),
        seconds(
            "Oldest at work by controller",
            series(
                CONTROLLERS.level("workqueue_longest_running_processor_seconds", "controller", of="max"),
                "{{controller}}",
            ),
            description="""Age of the oldest reconcile that has not ended. A line that climbs as time does is one that
                hangs: look for a call without a timeout.""",
            no_value=NO_OPERATOR,
            width=12,
        ),
        seconds(
            "Unfinished work",
            series(CONTROLLERS.level("workqueue_unfinished_work_seconds", "controller"), "{{controller}}"),
            description="""Ages of all reconciles that have not ended, summed. Its slope is how many hang: one second
                per second is one of them.""",
            no_value=NO_OPERATOR,
            width=12,
        ),
    ]
