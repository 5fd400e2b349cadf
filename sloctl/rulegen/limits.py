"""What an SLO may ask of its rules in vain."""

from collections.abc import Iterator

from sloctl.model import names
from sloctl.model.alerting_quality import policy_findings
from sloctl.model.durations import format_duration
from sloctl.model.findings import Finding, Severity
from sloctl.model.periods import CalendarPeriod
from sloctl.model.slo import Slo
from sloctl.model.windows import DAY_S, HOUR_S
from sloctl.rulegen.calendar import block_s, can_be_tested, steps
from sloctl.rulegen.composite import Composite
from sloctl.rulegen.watch import watched

_EVERY_MONTH_D = 28


def limits(slo: Slo, slice_s: float) -> Iterator[Finding]:
    """
    Say which parts of an SLO no rules can be written for.

    Args:
        slo: As it was read.
        slice_s: Seconds between two evaluations.
    """

    def fault(place: str, summary: str, hint: str = "", severity: Severity = Severity.ERROR) -> Finding:
        return Finding(*slo.origin.place(place), "not-supported", severity, summary, hint)

    period = slo.time_window
    if isinstance(period, CalendarPeriod):
        if block_s(period) < slice_s:
            yield fault("time_window", "a period cannot start off the whole minute", "use a startTime of :00 seconds")
        elif not can_be_tested(slo):
            block = format_duration(block_s(period))
            summary = f"a period of {steps(period)} steps of {block} is more than promtool can test"
            hint = "each evaluation of the budget takes them all; start it on the whole hour, or make it shorter"
            yield fault("time_window", summary, hint, Severity.WARNING)
        if period.unit not in {"d", "w"} and period.start.day > _EVERY_MONTH_D:
            yield fault("time_window", "some months lack the day on which this period starts", "use the 28th or before")
    elif period.seconds % HOUR_S or period.seconds < DAY_S:
        yield fault(
            "time_window", "the window must be a whole number of hours, and a day or more", "28d and 30d are usual"
        )
    lengths = {objective.slice_s for objective in slo.objectives}
    for length_s in sorted(lengths - {0}):
        if length_s % slice_s:
            hint = f"--slice takes a divisor of a minute; it is {format_duration(slice_s)}"
            summary = f"a timeSliceWindow of {format_duration(length_s)} does not hold whole evaluations"
            yield fault("objectives", summary, hint)
    if slo.is_composite and len(lengths) > 1:
        yield fault("objectives", "the timeSliceWindow of all members of a composite must be the same")
    for request in slo.alerting.requests:
        if request.condition.op in {"lt", "lte"}:
            yield fault("alerting", f"'{request.name}' would alert while little is burnt", "use op: gt or gte")
    if slo.alerting.name:
        summary = f"all alerts are named {names.ALERT}"
        yield fault("alerting", summary, "their labels tell them apart", Severity.WARNING)
    yield from alert_findings(slo, slice_s)


def alert_findings(slo: Slo, scrape_s: float) -> Iterator[Finding]:
    """
    Find alerts of an SLO that cannot work; a composite alerts as a whole.

    Args:
        slo: As it was read.
        scrape_s: As for [`policy_findings`][sloctl.model.alerting_quality.policy_findings].
    """
    place = slo.origin.place("alerting")
    for part in slo.split():
        whole = Composite(part).whole if part.is_composite else part
        yield from policy_findings(watched(part), whole.budget_ratio, slo.period_s, scrape_s=scrape_s, place=place)
