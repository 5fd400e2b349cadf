"""All SLOs at a glance: which are met, which are at risk, which burn, which alert, and which nobody measures."""

from functools import partial

from sloctl.dashgen import (
    Colour,
    bar_gauge,
    highest,
    link,
    lowest,
    now,
    prometheus_dashboard,
    row,
    same_tag_links,
    series,
    slos,
    state_timeline,
    states,
    style,
    table,
    timeseries,
)
from sloctl.model import names
from sloctl.promql.sloqueries import AT_RISK_BELOW, PER_SLO, SloQueries

ASK = SloQueries(slos.CHOSEN_SERVICES, whole=True)
WORST_LEFT = slos.worst(ASK.budget_left)
WORST_BURN = slos.worst(ASK.burn("1h"), "max")


count = partial(slos.count, ASK, "SLOs", no_value="No SLOs", width=3)


dashboard = prometheus_dashboard(
    "SLO / Overview",
    uid=slos.OVERVIEW,
    description=__doc__,
    tags=["sloctl", "slo"],
    links=[same_tag_links("sloctl dashboards", "sloctl")],
    variables=slos.service_choices(),
    annotations=[slos.pages(ASK), *slos.starts()],
    panels=[
        count(
            "SLOs",
            ASK.info,
            "SLOs whose rules are evaluated. Fewer than you have specs: rules are missing, see SLO / Toolkit health.",
        ),
        count(
            "Met",
            f"{WORST_LEFT} >= 0",
            "SLOs that have kept their objective over their period: all parts have budget left. The rest are Breached.",
        ),
        count(
            "At risk",
            f"{WORST_LEFT} >= 0 < {AT_RISK_BELOW}",
            "SLOs with less than a quarter of the budget left in some part. Go easy on risky changes to them.",
            Colour.WATCH,
        ),
        count(
            "Breached",
            f"{WORST_LEFT} < 0",
            "SLOs of which some part has spent all its budget. Repair before anything else is changed.",
            Colour.BAD,
        ),
        count(
            "Burning",
            f"{WORST_BURN} > 1",
            "SLOs that spent more in the last hour than lasts for the period. Look at the fastest below.",
            Colour.WATCH,
        ),
        count(
            "Pages",
            f"max {PER_SLO} ({ASK.alerts(tier='page')})",
            "SLOs whose page fires. Act now: the table leads to each of them.",
            Colour.BAD,
        ),
        count(
            "Tickets",
            f"max {PER_SLO} ({ASK.alerts(tier='ticket')})",
            "SLOs whose ticket fires. Plan the repair within days.",
            Colour.WATCH,
        ),
        count(
            "No data",
            ASK.unmeasured,
            "SLOs of which no event was counted in five minutes: no target, or no rules. Find out which.",
            Colour.WATCH,
        ),
        table(
            "Every SLO",
            {
                "Objective": slos.column(ASK.of_parts(ASK.objective)),
                "Period": slos.column(ASK.of_parts(ASK.period_s)),
                "SLI": slos.column(ASK.sli_period),
                "Budget left": slos.column(ASK.budget_left),
                "Burn 1h": slos.column(ASK.burn("1h")),
                "Burn 6h": slos.column(ASK.burn("6h")),
                "Spent in": slos.column(ASK.exhaustion_or(slos.LASTS_S)),
                "Page": slos.column(ASK.of_parts(ASK.alert_state("page"))),
                "Ticket": slos.column(ASK.of_parts(ASK.alert_state("ticket"))),
            },
            description="""Each SLO, and each part of it that has a budget of its own, as of now; the least budget comes
                first. Spent in: at the rate of the last hour. Click a name for the detail.""",
            unit="none",
            no_value=slos.NO_SLOS,
            hidden=[names.LABEL_ID, "__name__"],
            renamed={names.LABEL_CLUSTER: "Cluster", names.LABEL_SERVICE: "Service", names.LABEL_SLO: "SLO"},
            height=10,
            overrides=[
                style(
                    "SLO",
                    links=[
                        link(
                            "Show ${__value.text}",
                            slos.DETAIL,
                            ["datasource", "cluster"],
                            service="${__data.fields.Service}",
                            slo="${__value.text}",
                        )
                    ],
                ),
                style("Objective", unit="percentunit"),
                style("Period", unit="s", decimals=0),
                style("SLI", unit="percentunit", decimals=3, noValue="no events"),
                style(
                    "Budget left",
                    unit="percentunit",
                    decimals=1,
                    min=0,
                    max=1,
                    thresholds=slos.BUDGET_STEPS,
                    cellOptions={"type": "gauge", "mode": "basic", "valueDisplayMode": "text"},
                ),
                style(
                    "Burn .*",
                    pattern=True,
                    unit=slos.BURN_UNIT,
                    decimals=2,
                    thresholds=slos.BURN_STEPS,
                    cellOptions={"type": "color-text"},
                    noValue="no events",
                ),
                style("Spent in", unit="s", mappings=slos.EXHAUSTION_WORDS, noValue="no events"),
                style(
                    "Page|Ticket",
                    pattern=True,
                    mappings=slos.ALERT_STATES,
                    cellOptions={"type": "color-text"},
                    noValue="no rules",
                ),
            ],
            sort_by="Budget left",
        ),
        row("Where it goes"),
        timeseries(
            "Least budget left",
            series(lowest(WORST_LEFT), slos.SLO_NAME),
            description="""The ten SLOs whose budget got lowest in this time, each by its worst part. A steep fall is an
                incident, a steady one a chronic fault. At 0 % the objective is missed.""",
            unit="percentunit",
            no_value=slos.NO_SLOS,
            steps=slos.BUDGET_STEPS,
            custom={"fillOpacity": 0, "axisSoftMin": 0, "axisSoftMax": 1},
            calcs=["lastNotNull", "min"],
        ),
        timeseries(
            "Fastest burn rates over 1h",
            series(highest(WORST_BURN), slos.SLO_NAME),
            description="""The ten SLOs that spent their budget fastest in this time. Above 1× it does not last for the
                period; from the red line on, it pages at a period of 30 days.""",
            unit=slos.BURN_UNIT,
            no_value=slos.NO_EVENTS,
            minimum=0,
            steps=slos.BURN_STEPS,
            custom={
                "fillOpacity": 0,
                "scaleDistribution": {"type": "symlog", "log": 10, "linearThreshold": 1},
            },
            calcs=["lastNotNull", "max"],
        ),
        bar_gauge(
            "Budget left by service",
            now(f"sort(min by ({names.LABEL_SERVICE}) ({ASK.budget_left}))", f"{{{{{names.LABEL_SERVICE}}}}}"),
            description="""The least budget among the SLOs of each service. The shortest bar is the service that needs
                its team first; an empty one has missed an objective.""",
            unit="percentunit",
            no_value=slos.NO_SLOS,
            steps=slos.BUDGET_STEPS,
            maximum=1,
            decimals=1,
        ),
        state_timeline(
            "Alerts",
            series(
                f"max by ({names.LABEL_CLUSTER}, {names.LABEL_SERVICE}, {names.LABEL_SLO}, {names.LABEL_TIER})"
                f" (2 * {ASK.alerts()} or {ASK.alerts(state='pending')})",
                f"{slos.SLO_NAME} {{{{{names.LABEL_TIER}}}}}",
            ),
            description="""SLOs that alerted in this time, and when. Several at once point at something that they share;
                many short ones ask for another objective.""",
            no_value="No alert in this time",
            mappings=slos.ALERT_STATES,
            width=16,
            height=8,
        ),
        state_timeline(
            "Kept, day by day",
            series(ASK.missed("1d"), slos.SLO_NAME, every="1d"),
            description="""Whether the day before each point kept the objective, in the worst part of each SLO, over the
                last 30 days. A red day alone is an incident; red days in a row are a fault nobody repairs.""",
            no_value=slos.NO_SLOS,
            mappings=states({0: ("Kept", Colour.GOOD), 1: ("Missed", Colour.BAD)}),
            since="30d",
            height=8,
        ),
    ],
)
