"""What users of an operator wait for, and what its handlers and its framework do for that."""

from grafanalib.core import Panel

from sloctl.dashgen.dashboards import row
from sloctl.dashgen.fields import Colour, style
from sloctl.dashgen.operators.asked import CONTROLLERS, PYTHON_ONLY, rates, seconds
from sloctl.dashgen.queries import series

_OUTCOMES = "sloctl_handler_outcomes_total"


def objects() -> list[Panel]:
    """Show how long objects take to get ready, and to go."""
    return [
        row("Objects"),
        seconds(
            "Until ready",
            *(
                series(
                    CONTROLLERS.quantile(share, "sloctl_convergence_seconds", "controller"),
                    f"{{{{controller}}}} p{share * 100:g}",
                    exemplars=share == 0.95,
                )
                for share in (0.5, 0.95)
            ),
            description="""Time from a new spec until its object was ready, over all retries: what users wait for.
                When it leaves the reconcile time behind, objects wait for others or for retries.""",
            no_value="No object got ready in this window, or no operator tells",
        ),
        seconds(
            "Until gone p95",
            series(
                CONTROLLERS.quantile(0.95, "sloctl_deletion_seconds", "controller", "finalizer"),
                "{{controller}} {{finalizer}}",
            ),
            description="""Time from the request to delete an object until its finalizer was removed, of 19 of 20. It
                holds up whoever deletes a namespace.""",
            no_value="No object was deleted in this window, or no operator tells",
        ),
        seconds(
            "Waiting to be gone",
            series(
                CONTROLLERS.level("sloctl_finalizer_age_seconds", "controller", "finalizer", of="max"),
                "{{controller}} {{finalizer}}",
            ),
            description="""How long the oldest object has waited for a finalizer. A line that climbs as time does is an
                object that cannot be deleted: see its events and what its cleanup needs.""",
            no_value="Nothing is being deleted, or no operator tells",
        ),
    ]


def handlers() -> list[Panel]:
    """Show the handlers one by one, and what the framework does around them."""
    return [
        row("Handlers"),
        rates(
            "Handlers by outcome",
            series(CONTROLLERS.per_s(_OUTCOMES, "handler", "outcome"), "{{handler}} {{outcome}}"),
            description="""Calls of each handler, by what came of them. An outcome error is tried again, terminal is
                not. It tells which step of a reconcile fails.""",
            no_value=PYTHON_ONLY,
        ),
        seconds(
            "Handler time p95",
            series(
                CONTROLLERS.quantile(0.95, "sloctl_handler_duration_seconds", "controller", "handler"),
                "{{controller}} {{handler}}",
            ),
            description="""19 of 20 calls of each handler end within this time. The slowest one is where a reconcile
                spends its time.""",
            no_value="No handler was called in this window, or no operator tells",
        ),
        rates(
            "Handlers tried again",
            series(
                CONTROLLERS.per_s(_OUTCOMES, "controller", "handler", more='attempt="retry"'),
                "{{controller}} {{handler}}",
            ),
            description="""Calls that were not the first attempt. A steady rate: something fails for good and is tried
                for ever; see which outcome it has.""",
            no_value=PYTHON_ONLY,
        ),
        rates(
            "Asleep",
            series(
                CONTROLLERS.per_s("sloctl_sleep_seconds_total", "controller", "reason"), "{{controller}} {{reason}}"
            ),
            description="""Seconds per second that processing slept, by reason: 1 is one object that always waits.
                retry: backing off after failures. consistency: waiting to see an own write.""",
            unit="none",
            no_value="Nothing slept in this window, or no operator tells",
        ),
        rates(
            "Patches of the framework",
            series(CONTROLLERS.per_s("sloctl_patches_total", "controller"), "{{controller}}"),
            series(CONTROLLERS.per_s("sloctl_patch_conflicts_total", "controller"), "{{controller}} conflicts"),
            description="""Patches that the framework sent for its own ends: progress, finalizers. Conflicts mean that
                somebody else writes the same objects at the same time.""",
            no_value=PYTHON_ONLY,
            overrides=[style(".* conflicts", pattern=True, colour=Colour.BAD)],
        ),
        rates(
            "Cancelled",
            series(CONTROLLERS.per_s("sloctl_reconcile_cancelled_total", "controller"), "{{controller}}"),
            description="""Reconciles that were cut short, which count neither as good nor as bad. A few at each
                restart; more: objects are deleted, or processes stopped, in the middle of work.""",
            no_value=PYTHON_ONLY,
        ),
    ]
