"""Whether rules are loaded and evaluated in time, and what they record."""

from grafanalib.core import Panel

from sloctl.dashgen import slos
from sloctl.dashgen.dashboards import row
from sloctl.dashgen.panels import state_timeline
from sloctl.dashgen.queries import series
from sloctl.dashgen.toolkit.asked import (
    BUSY_STEPS,
    CAUSES,
    FAILED,
    FROM_0_TO_1,
    GROUPS,
    MISSED,
    NO_RULERS,
    SLO,
    age_s,
    busy_ratio,
    by_group,
    cost,
    grown,
    lines,
    no_data,
    per_slo,
    rules,
)

_LAST = "prometheus_rule_group_last_evaluation"


def evaluations() -> list[Panel]:
    """Show the rules at work."""
    return [
        row("Are the rules loaded and evaluated?"),
        lines(
            "Evaluation time of the interval",
            series(by_group(busy_ratio()), "{{group}}"),
            description="""How much of its interval each group's evaluation takes. From 100 % on, evaluations are
                missed. Climbing with the number of series: group SLOs by less, or give the ruler more.""",
            unit="percentunit",
            no_value=NO_RULERS,
            steps=BUSY_STEPS,
        ),
        lines(
            "Failed evaluations",
            series(grown(FAILED), SLO),
            description="""Evaluations that failed, by SLO. A few at once: the server was overloaded. Steadily: two
                series where a rule expects one; the ruler's log names the rule.""",
            no_value=NO_RULERS,
            custom=FROM_0_TO_1,
        ),
        lines(
            "Missed evaluations",
            series(grown(MISSED), SLO),
            description="""Evaluations that were left out, by SLO. Slices of that time are missing for good, and
                coverage falls: see what made the group slow.""",
            no_value=NO_RULERS,
            custom=FROM_0_TO_1,
        ),
        lines(
            "Rules loaded",
            series(rules(), SLO),
            description="""Rules of each SLO. A step is a new version; a line that ends is an SLO whose rules are gone
                from the ruler: push them again unless it was meant to go.""",
            no_value=NO_RULERS,
            custom={"lineInterpolation": "stepAfter", "fillOpacity": 0},
        ),
        lines(
            "Since the last evaluation",
            series(by_group(f"time() - {GROUPS.series(f'{_LAST}_timestamp_seconds')}"), "{{group}}"),
            description="""How long ago each group was evaluated. A saw as high as the interval is right; a line that
                climbs is a ruler that stands still.""",
            unit="s",
            no_value=NO_RULERS,
        ),
        lines(
            "Samples of an evaluation",
            series(per_slo(GROUPS.series(f"{_LAST}_samples")), SLO),
            description="""Samples that the last evaluation of an SLO's groups gave. 0: its selectors find nothing. A
                jump: it was grouped by a label that has many values.""",
            no_value=NO_RULERS,
        ),
    ]


def records() -> list[Panel]:
    """Show what the rules leave behind."""
    return [
        row("What do the rules record?"),
        lines(
            "Newest count by SLO",
            series(age_s(), SLO),
            description="""How long ago events were counted last. It stays below a minute or two; a climb means that the
                target is gone, or the ruler does not keep up.""",
            unit="s",
            no_value=slos.NO_SLOS,
            steps=slos.AGE_STEPS,
            width=12,
            custom={"axisSoftMax": 180},
        ),
        lines(
            "Series by SLO",
            series(cost(), SLO),
            description="""Series that each SLO has, which is what it costs. A climb follows the values of the labels
                that it is grouped by: each group takes some fifty.""",
            no_value=slos.NO_SLOS,
            width=12,
        ),
        state_timeline(
            "SLOs without data",
            series(no_data(), slos.SLO_NAME),
            description="""Which SLOs were not measured, when, and why. Target is down: nothing is scraped of what the
                SLO is about. Never matched: its selectors found nothing for a whole period, so mend the spec.""",
            no_value=slos.NO_SLOS,
            mappings=CAUSES,
        ),
    ]
