"""All at a glance: what stands first."""

from grafanalib.core import Panel

from sloctl.dashgen import slos
from sloctl.dashgen.exposed import RANGE
from sloctl.dashgen.fields import Colour, link, steps, style
from sloctl.dashgen.panels import table
from sloctl.dashgen.queries import cells, now
from sloctl.dashgen.toolkit.asked import (
    ANY,
    BUSY_STEPS,
    CAUSES,
    FAILED,
    FAULTS,
    LOADED,
    MISSED,
    NO_RULERS,
    NO_SDK,
    PER_SLO,
    PROMETHEUS,
    READ,
    READINGS,
    RECORDED,
    SDK,
    SLOS,
    age_s,
    busy_ratio,
    cost,
    grown,
    no_data,
    number,
    per_slo,
    rules,
    without_rules,
)
from sloctl.model import names


def at_a_glance() -> list[Panel]:
    """Show single values, then each SLO."""
    return [*_values(), _every_slo()]


def _values() -> list[Panel]:
    return [
        number(
            "SLOs",
            now(f"count(count {PER_SLO} ({SLOS.info}))", "SLOs"),
            description="""SLOs whose rules are evaluated now. Compare with how many you have specs of: a missing one is
                not measured.""",
            no_value=slos.NO_SLOS,
            steps=steps(Colour.PLAIN),
        ),
        number(
            "Without rules",
            now(f"count({without_rules()}) or 0 * {PROMETHEUS.level(LOADED)}", "SLOs"),
            description="""SLOs that were known in this time, and of which no group of rules is loaded now. Meant to go:
                fine. Otherwise push the rules again, and see the ruler's log.""",
            no_value=NO_RULERS,
        ),
        number(
            "Rules",
            now(f"sum({rules()})", "rules"),
            description="""Rules of SLOs that are loaded. A drop without a change of specs: a file is gone, or was
                refused.""",
            no_value=NO_RULERS,
            steps=steps(Colour.PLAIN),
        ),
        number(
            "Failed evaluations",
            now(f"sum({grown(FAILED, RANGE)})", "failed"),
            description="""Evaluations of rules of SLOs that failed in this time. Any: slices are missing; the ruler's
                log says why.""",
            no_value=NO_RULERS,
        ),
        number(
            "Missed evaluations",
            now(f"sum({grown(MISSED, RANGE)})", "missed"),
            description="""Evaluations of groups of SLOs that were left out, since the one before took too long. Any:
                slices are missing.""",
            no_value=NO_RULERS,
        ),
        number(
            "Slowest group",
            now(f"max({busy_ratio()})", "slowest"),
            description="""The last evaluation of the slowest group, as a share of its interval. Near 100 % evaluations
                are about to be missed: give the ruler more, or spread the groups.""",
            no_value=NO_RULERS,
            unit="percentunit",
            steps=BUSY_STEPS,
            decimals=1,
        ),
        number(
            "Without data",
            now(f"count({no_data()} > 0) or 0 * count({SLOS.objective})", "SLOs"),
            description="""SLOs for which SLONoData fires: nothing is counted of them. Any: its line below says why.""",
            no_value=slos.NO_SLOS,
        ),
        number(
            "Newest count",
            now(f"max({age_s()})", "ago"),
            description="""How long ago events were counted last, in the SLO for which that is longest. Minutes: there
                is no target, or no ruler.""",
            no_value=slos.NO_SLOS,
            unit="s",
            steps=slos.AGE_STEPS,
        ),
        number(
            "Series",
            now(f"count({RECORDED})", "series"),
            description="""Series that the rules of SLOs record. They grow with the groups of each SLO: see below which
                one is dear, and group it by less.""",
            no_value=slos.NO_SLOS,
            unit="short",
            steps=steps(Colour.PLAIN),
        ),
        number(
            "Rules last read",
            now(f"min({PROMETHEUS.series(READ)})", "read"),
            description="""Whether every Prometheus took its configuration and rules when it last read them. Refused: it
                keeps the old ones, and does not start with the new ones.""",
            no_value=NO_RULERS,
            steps=steps(Colour.BAD, (1, Colour.GOOD)),
            mappings=READINGS,
        ),
        number(
            "Faults of the SDK",
            now(SDK.number(FAULTS), "faults"),
            description="""Faults inside the instrumentation or in its use, in this time. No operator was harmed by
                them, but what they should have recorded is missing.""",
            no_value=NO_SDK,
        ),
        number(
            "Hooks left out",
            now(SDK.level("sloctl_instrumentation_degraded"), "hooks"),
            description="""Hooks that do not fit the installed framework or client. Any: what they record is missing,
                see the table below for which.""",
            no_value=NO_SDK,
        ),
    ]


def _every_slo() -> Panel:
    detail = link(
        "Show ${__value.text}",
        slos.DETAIL,
        ["datasource", "cluster"],
        service="${__data.fields.Service}",
        slo="${__value.text}",
    )
    return table(
        "Every SLO",
        {
            "Rules": cells(rules()),
            "Busy": cells(per_slo(busy_ratio(), "max")),
            "Failed": cells(grown(FAILED, RANGE)),
            "Missed": cells(grown(MISSED, RANGE)),
            "Newest count": cells(age_s()),
            "Series": cells(cost()),
            "Data": cells(f"max {PER_SLO} ({no_data()})"),
        },
        description="""Each SLO: how many rules are loaded, how busy they keep the ruler (the share of the interval),
            what went wrong in this time, and what they cost. Click a name for what the SLO says.""",
        unit="none",
        no_value=slos.NO_SLOS,
        renamed={names.LABEL_SERVICE: "Service", names.LABEL_SLO: "SLO"},
        height=7,
        overrides=[
            style("SLO", links=[detail]),
            style("Rules", noValue="not told"),
            style("Busy", unit="percentunit", decimals=1, noValue="not told"),
            style(
                "Failed|Missed",
                pattern=True,
                decimals=0,
                thresholds=ANY,
                cellOptions={"type": "color-text"},
                noValue="not told",
            ),
            style(
                "Newest count",
                unit="s",
                decimals=0,
                thresholds=slos.AGE_STEPS,
                cellOptions={"type": "color-text"},
                noValue="none",
            ),
            style("Data", mappings=CAUSES, cellOptions={"type": "color-text"}),
        ],
        sort_by="Newest count",
        descending=True,
    )
