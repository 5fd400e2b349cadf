"""One SLO: what it promises, what is left of its budget, how fast that goes, and whether the figures can be trusted."""

from sloctl.dashgen import (
    CHOSEN_CLUSTERS,
    Colour,
    Context,
    annotation,
    cells,
    choice,
    cluster_choice,
    highest,
    link,
    now,
    prometheus_dashboard,
    row,
    same_tag_links,
    series,
    slos,
    stat,
    state_timeline,
    steps,
    style,
    table,
    timeseries,
)
from sloctl.model import names
from sloctl.promql.sloqueries import SloQueries

SLO = f'{CHOSEN_CLUSTERS}, {names.LABEL_SERVICE}="$service", {names.LABEL_SLO}="$slo"'


def facts(ask: SloQueries) -> list[object]:
    """Tell what is promised, and how it stands as of now."""
    objective = f"max({ask.objective})"
    return [
        table(
            "What it promises",
            {"": cells(ask.info)},
            description="The SLO as its spec tells it. When it does not say what to expect, improve the spec.",
            unit="string",
            no_value=slos.NO_RULES,
            hidden=["__name__", names.LABEL_ID, names.LABEL_SLO],
            renamed={
                "display_name": "SLO",
                "description": "Description",
                "objective": "Objective",
                "period": "Period",
                names.LABEL_SERVICE: "Service",
                names.LABEL_CLUSTER: "Cluster",
            },
            height=3,
            links=[link("All SLOs", slos.OVERVIEW, ["datasource", "cluster"])],
        ),
        stat(
            "Objective",
            now(objective, "objective"),
            description="The share of events that has to be good over the period. Change it in the spec.",
            unit="percentunit",
            no_value=slos.NO_RULES,
            steps=steps(Colour.PLAIN),
            width=3,
        ),
        stat(
            "SLI over $period",
            now(f"min({ask.sli_period})", "SLI"),
            description="""The share of good events over the period, in the worst of the chosen groups. Compare it with
                the objective; the budget beside it says the same in one number.""",
            unit="percentunit",
            no_value=slos.NO_EVENTS,
            steps=steps(Colour.PLAIN),
            decimals=3,
            width=3,
        ),
        stat(
            "Budget left",
            now(f"min({ask.budget_left})", "budget left"),
            description="""What is left of the bad events that the objective allows over the period, in the worst of the
                chosen groups. Below 25 %: go easy on risky changes. Below 0 %: the objective is missed.""",
            unit="percentunit",
            no_value=slos.NO_RULES,
            steps=slos.BUDGET_STEPS,
            decimals=1,
            filled=True,
            width=3,
        ),
        stat(
            "Left, in time",
            now(f"min({ask.budget_left}) * max({ask.period_s}) * (1 - {objective})", "of a full outage"),
            description="""How long everything may fail before the objective is missed, at the usual traffic. Shorter
                than an outage usually is: hold risky changes back.""",
            unit="s",
            no_value=slos.NO_RULES,
            steps=steps(Colour.BAD, (0, Colour.PLAIN)),
            width=3,
        ),
        stat(
            "Left, in events",
            now(f"min({ask.budget_left} * {ask.allowed})", "bad events"),
            description="""How many more bad events the period's traffic so far allows, in the worst of the chosen
                groups. Below 0: so many too many.""",
            unit="short",
            no_value=slos.NO_EVENTS,
            steps=steps(Colour.BAD, (0, Colour.PLAIN)),
            width=3,
        ),
        stat(
            "Burn rate 1h",
            now(f"max({ask.burn('1h')})", "burn"),
            description="""How many times faster than sustainable the last hour spent the budget, in the worst of the
                chosen groups. Above 1×: it will not last for the period.""",
            unit=slos.BURN_UNIT,
            no_value=slos.NO_EVENTS,
            steps=slos.BURN_STEPS,
            width=3,
        ),
        stat(
            "Spent in",
            now(f"min({ask.exhaustion_or(slos.LASTS_S)})", "spent in"),
            description="""When the budget is gone if it goes on as in the last hour. Shorter than it takes to repair:
                act now.""",
            unit="s",
            no_value=slos.NO_EVENTS,
            mappings=slos.EXHAUSTION_WORDS,
            steps=slos.EXHAUSTION_STEPS,
            width=2,
        ),
        *(
            stat(
                title,
                now(f"max({ask.alert_state(tier)})", tier),
                description=what,
                unit="none",
                no_value="No rules",
                steps=steps(Colour.GOOD, (1, Colour.WATCH), (2, Colour.BAD)),
                mappings=slos.ALERT_STATES,
                filled=True,
                width=2,
            )
            for title, tier, what in (
                ("Page", "page", "Whether the budget goes very fast. When it fires, act now: follow the runbook."),
                ("Ticket", "ticket", "Whether the budget goes steadily. When it fires, plan the repair within days."),
            )
        ),
    ]


def budget(ask: SloQueries, legend: str) -> list[object]:
    """Tell where the budget went."""
    objective = f"max({ask.objective})"
    return [
        timeseries(
            "SLI over 1h against the objective",
            series(ask.sli("1h"), legend),
            series(objective, "objective"),
            series(f"clamp_max(min({ask.sli('1h')}), scalar({objective}))", "shortfall"),
            description="""The share of good events of the last hour, by group. The red area is what the worst group
                falls short of the objective. Look at what changed where it opens.""",
            unit="percentunit",
            no_value=slos.NO_EVENTS,
            maximum=1,
            custom={"fillOpacity": 0},
            overrides=[
                style(
                    "objective",
                    colour=Colour.BAD,
                    lineWidth=1,
                    lineStyle=slos.DASHED,
                    fillBelowTo="shortfall",
                    fillOpacity=30,
                ),
                style("shortfall", lineWidth=0, hideFrom={"legend": True, "tooltip": True, "viz": False}),
            ],
        ),
        timeseries(
            "Error budget left over $period",
            series(ask.budget_left, legend),
            description="""What is left of the rolling period's budget, by group. A steep fall is an incident, a steady
                one a chronic fault, a rise an old incident that has left the period. At 0 % the objective is
                missed.""",
            unit="percentunit",
            no_value=slos.NO_RULES,
            steps=slos.BUDGET_STEPS,
            custom={"axisSoftMin": 0, "axisSoftMax": 1},
            calcs=["lastNotNull", "min"],
        ),
        slos.month_budget(ask),
        slos.months(ask),
    ]


def burn(ask: SloQueries) -> list[object]:
    """Tell how fast it goes, and whether that alerts."""
    return [
        slos.burn_panel(ask, "page", "When it does, follow the runbook now."),
        slos.burn_panel(ask, "ticket", "When it does, plan the repair within days."),
        slos.pairs_table(ask),
        state_timeline(
            "Alerts",
            *(series(f"max({ask.alert_state(tier)})", tier) for tier in ("page", "ticket")),
            description="""When each tier was quiet, pending or firing. Frequent short alerts ask for a better indicator
                or another objective.""",
            no_value=slos.NO_RULES,
            mappings=slos.ALERT_STATES,
            width=10,
            height=6,
        ),
    ]


def events(ask: SloQueries, legend: str, labels: tuple[str, ...]) -> list[object]:
    """Tell what the SLI is made of."""
    return [
        timeseries(
            "Events in 5m",
            series(f"sum({ask.events('bad', '5m')})", "bad"),
            series(f"sum({ask.events('total', '5m')} - {ask.events('bad', '5m')})", "good"),
            description="""What the SLI is made of: events of the last five minutes, stacked. When good ones go and no
                bad ones come, nothing is being asked, or nothing is being counted.""",
            unit="short",
            no_value=slos.NO_EVENTS,
            minimum=0,
            custom={"stacking": {"mode": "normal", "group": "A"}, "fillOpacity": 45, "lineWidth": 1},
            overrides=[style("bad", colour=Colour.BAD), style("good", colour=Colour.FACT)],
        ),
        timeseries(
            "Bad events in 5m by group",
            series(highest(ask.events("bad", "5m")), legend),
            description="""Where the bad events are: the ten groups that had most at once. One line alone is that
                group's own fault; all together are something that they share.""",
            unit="short",
            no_value=slos.NO_EVENTS,
            minimum=0,
            custom={"fillOpacity": 0},
        ),
        table(
            "Spent by group",
            {
                "Budget left": slos.column(ask.budget_left),
                "Share of what is spent": slos.column(ask.spent_share),
                "SLI 1h": slos.column(ask.sli("1h")),
                "Burn 1h": slos.column(ask.burn("1h")),
                "Burn 6h": slos.column(ask.burn("6h")),
                "Events 1h": slos.column(ask.events("total", "1h")),
                "Bad 1h": slos.column(ask.events("bad", "1h")),
            },
            description="""Each group of the SLO with its own budget, and how much of all bad events of the period were
                its. The worst comes first: start there; choose the group above to see it alone.""",
            unit="none",
            no_value=slos.NO_RULES,
            hidden=[names.LABEL_ID, names.LABEL_SLO, names.LABEL_SERVICE, "__name__"],
            renamed={label: label.capitalize() for label in (*labels, names.LABEL_CLUSTER)},
            overrides=[
                style("SLI 1h|Share of what is spent", pattern=True, unit="percentunit", decimals=2),
                style(
                    "Budget left",
                    unit="percentunit",
                    decimals=1,
                    thresholds=slos.BUDGET_STEPS,
                    cellOptions={"type": "color-text"},
                ),
                style(
                    "Burn .*",
                    pattern=True,
                    unit=slos.BURN_UNIT,
                    decimals=2,
                    thresholds=slos.BURN_STEPS,
                    cellOptions={"type": "color-text"},
                ),
                style(".* 1h|.* 6h", pattern=True, noValue="no events"),
            ],
            sort_by="Budget left",
            height=7,
        ),
    ]


def trust(ask: SloQueries, legend: str) -> list[object]:
    """Tell what the figures rest on."""
    return [
        timeseries(
            "Coverage of $period",
            series(ask.coverage, legend),
            description="""The share of the period's slices that exist, by group. It grows to 100 % and stays; a fall
                means that rules, Prometheus or the service were away. Backfill what is missing.""",
            unit="percentunit",
            no_value=slos.NO_RULES,
            minimum=0,
            height=6,
            width=8,
        ),
        stat(
            "Known from",
            now(f"min({ask.known_s})", "known from"),
            description="""How much of the period the figures rest on. A young SLO, or one whose rules did not run for a
                while, knows less than its period; read the budget accordingly, or backfill.""",
            unit="s",
            no_value=slos.NO_RULES,
            steps=steps(Colour.PLAIN),
            height=6,
        ),
        stat(
            "Newest slice",
            now(f"max({ask.age_s})", "age"),
            description="""How long ago the rules last counted events, in the group that waits longest. More than a few
                minutes: the service is gone, the scrape fails or the rules do not run.""",
            unit="s",
            no_value="None in 5m",
            steps=slos.AGE_STEPS,
            height=6,
        ),
        stat(
            "Events in 1h",
            now(f"sum({ask.events('total', '1h')})", "events"),
            description="What the burn rate of an hour rests on. With few events, one failure looks like an outage.",
            unit="short",
            no_value=slos.NO_EVENTS,
            steps=steps(Colour.PLAIN),
            height=6,
        ),
        stat(
            "One bad event burns",
            now(f"max({ask.one_bad_event})", "one bad event"),
            description="""The burn rate over 1h that a single bad event makes, in the quietest of the chosen groups.
                Above the page limit one failure can page: measure more events, or lower the objective.""",
            unit=slos.BURN_UNIT,
            no_value=slos.NO_EVENTS,
            steps=slos.BURN_STEPS,
            decimals=2,
            height=6,
        ),
    ]


def dashboard(context: Context) -> object:
    """Make the dashboard; SLOs without a label have one budget, which ".*" matches too."""
    ask = SloQueries(SLO, ", ".join(f'{label}=~"${label}"' for label in context.labels))
    legend = " ".join(f"{{{{{label}}}}}" for label in (names.LABEL_CLUSTER, names.LABEL_SLO, *context.labels))
    return prometheus_dashboard(
        "SLO / Detail",
        uid=slos.DETAIL,
        description=__doc__,
        tags=["sloctl", "slo"],
        links=[same_tag_links("sloctl dashboards", "sloctl")],
        variables=[
            cluster_choice(names.INFO),
            choice("service", "Service", f"label_values({names.INFO}{{{CHOSEN_CLUSTERS}}}, {names.LABEL_SERVICE})"),
            choice(
                "slo",
                "SLO",
                f'label_values({names.INFO}{{{CHOSEN_CLUSTERS}, {names.LABEL_SERVICE}="$service"}}, {names.LABEL_SLO})',
            ),
            *(
                choice(
                    label,
                    label.capitalize(),
                    f"label_values({names.TOTAL_SLICE}{{{SLO}}}, {label})",
                    several=True,
                    all_value=".*",
                )
                for label in context.labels
            ),
            choice("period", "Period", f"label_values({names.INFO}{{{SLO}}}, period)", hidden=True),
        ],
        annotations=[
            annotation(
                "Alerts",
                ask.alerts(),
                title=f"{{{{{names.LABEL_TIER}}}}} alert fires",
                text=legend,
                colour=Colour.BAD,
            ),
            *slos.starts(),
        ],
        panels=[
            *facts(ask),
            row("Error budget"),
            *budget(ask, legend),
            row("Burn rate and alerts"),
            *burn(ask),
            row("Events"),
            *events(ask, legend, context.labels),
            *slos.latency_panels(slos.latencies(context.slos), SLO),
            row("Can these figures be trusted?"),
            *trust(ask, legend),
        ],
    )
