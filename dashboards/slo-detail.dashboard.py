"""One SLO: what it promises, what is left of its budget, how fast that goes, and whether the figures can be trusted."""

from collections.abc import Callable, Iterator

from sloctl.dashgen import (
    CHOSEN_CLUSTERS,
    Colour,
    annotation,
    bar_gauge,
    cells,
    choice,
    cluster_choice,
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
from sloctl.model.durations import window_name
from sloctl.model.windows import WORKBOOK, BurnWindow
from sloctl.promql.sloqueries import SloQueries

# Labels by which SLOs keep separate budgets. An SLO without them has one budget, and ".*" matches it too.
GROUPED_BY = ("controller",)
GROUP_NAME = " ".join(f"{{{{{label}}}}}" for label in (names.LABEL_CLUSTER, names.LABEL_SLO, *GROUPED_BY))

SLO = f'{CHOSEN_CLUSTERS}, {names.LABEL_SERVICE}="$service", {names.LABEL_SLO}="$slo"'
ASK = SloQueries(SLO, ", ".join(f'{label}=~"${label}"' for label in GROUPED_BY))

OBJECTIVE = f"max({ASK.objective})"
PERIOD_S = f"max({ASK.period_s})"
DASHED = {"fill": "dash", "dash": [8, 8]}
PAIRS_LOOK = dict(zip(WORKBOOK, (Colour.BAD, Colour.FACT) * 2, strict=True))
MONTHS = 12


def burn_panel(title: str, tier: names.Tier, what_to_do: str) -> object:
    """Draw the windows of a tier, each pair in one colour with the limit that both have to pass."""
    pairs = [pair for pair in WORKBOOK if pair.tier == tier]
    rule = ", or ".join(pair_name(pair) for pair in pairs)
    return timeseries(
        title,
        *(query for pair in pairs for query in pair_queries(pair)),
        description=f"""How many times faster than sustainable the budget goes, in the worst of the chosen groups; 1×
            spends it exactly within the period. It alerts while both windows of a colour ({rule}) are above the dashed
            line of that colour. {what_to_do}""",
        unit=slos.BURN_UNIT,
        no_value=slos.NO_EVENTS,
        minimum=0,
        custom={"scaleDistribution": {"type": "symlog", "log": 10, "linearThreshold": 1}, "fillOpacity": 0},
        overrides=[override for pair in pairs for override in pair_styles(pair)],
        height=9,
    )


def pair_name(pair: BurnWindow) -> str:
    """Name a pair of windows."""
    return f"{window_name(pair.long_s)} and {window_name(pair.short_s)}"


def limit(pair: BurnWindow) -> str:
    """Give the burn rate above which a pair alerts."""
    return f"clamp_min({pair.budget_share} * {PERIOD_S} / {pair.long_s}, 1)"


def pair_queries(pair: BurnWindow) -> list[object]:
    """Ask for both windows of a pair and for its limit."""
    windows = [window_name(window_s) for window_s in (pair.long_s, pair.short_s)]
    return [
        *(series(f"max({ASK.burn(window)})", window) for window in windows),
        series(limit(pair), f"{pair.tier} limit of {pair_name(pair)}"),
    ]


def pair_styles(pair: BurnWindow) -> list[object]:
    """Draw the long window thick, the short one thin, and the limit dashed, in one colour."""
    colour = PAIRS_LOOK[pair]
    return [
        style(window_name(pair.long_s), colour=colour, lineWidth=3),
        style(window_name(pair.short_s), colour=colour, lineWidth=1),
        style(f"{pair.tier} limit of {pair_name(pair)}", colour=colour, lineWidth=1, lineStyle=DASHED),
    ]


def of_pairs(value: Callable[[BurnWindow], str]) -> object:
    """Ask for a table's column with a cell for each pair."""
    return cells(
        "\nor\n".join(
            f'label_replace(label_replace({value(pair)}, "tier", "{pair.tier}", "", ""),'
            f' "windows", "{pair_name(pair)}", "", "")'
            for pair in WORKBOOK
        )
    )


def weighted(window_s: int) -> str:
    """Give a window's burn rate as the alerts compare it: weighted by traffic."""
    return f"max({ASK.weighted(window_name(window_s))})"


def exceeded(pair: BurnWindow) -> str:
    """Give 2 while both windows are above the limit, else 0."""
    return f"2 * (({weighted(pair.long_s)} > bool {limit(pair)}) * ({weighted(pair.short_s)} > bool {limit(pair)}))"


def of_month(count: names.Count, ago: int) -> str:
    """
    Add up the events of a calendar month in UTC, six hours at a time, since months end on such multiples.

    Args:
        count: Which events.
        ago: How many months before the one in which the time range ends.
    """
    inside = f"(month(vector(time() - 3600)) + {ago} - ${{__to:date:M}}) % 12 == 0"
    return f"sum(sum_over_time(({ASK.events(count, '6h')} and on () ({inside}))[{31 * (ago + 1)}d:6h]))"


def months() -> Iterator[object]:
    """Ask for the SLI of each month, the running one first."""
    for ago in range(MONTHS):
        name = "this month" if ago == 0 else "last month" if ago == 1 else f"{ago} months ago"
        yield now(f"1 - {of_month('bad', ago)} / ({of_month('total', ago)} > 0)", name)


def left_of_month() -> str:
    """Give what is left of the budget that the running calendar month allows at the traffic it has had so far."""
    return f"1 - {of_month('bad', 0)} / ({of_month('total', 0)} > 0) / (1 - {OBJECTIVE})"


def ideal() -> str:
    """Give what would be left of it if it were spent evenly from the first to the last day of the month in UTC."""
    return f"1 - (day_of_month() - 1 + hour() / 24) / days_in_month() + 0 * {OBJECTIVE}"


dashboard = prometheus_dashboard(
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
            for label in GROUPED_BY
        ),
        choice("period", "Period", f"label_values({names.INFO}{{{SLO}}}, period)", hidden=True),
    ],
    annotations=[
        annotation(
            "Alerts",
            ASK.alerts(),
            title=f"{{{{{names.LABEL_TIER}}}}} alert fires",
            text=GROUP_NAME,
            colour=Colour.BAD,
        ),
        slos.restarts(),
    ],
    panels=[
        table(
            "What it promises",
            {"": cells(ASK.info)},
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
            now(OBJECTIVE, "objective"),
            description="The share of events that has to be good over the period. Change it in the spec.",
            unit="percentunit",
            no_value=slos.NO_RULES,
            steps=steps(Colour.PLAIN),
            width=2,
        ),
        stat(
            "SLI over $period",
            now(f"min({ASK.sli_period})", "SLI"),
            description="""The share of good events over the period, in the worst of the chosen groups. Compare it with
                the objective; the budget beside it says the same in one number.""",
            unit="percentunit",
            no_value=slos.NO_EVENTS,
            steps=steps(Colour.PLAIN),
            decimals=3,
            width=3,
        ),
        stat(
            "Error budget left",
            now(f"min({ASK.budget_left})", "budget left"),
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
            now(f"min({ASK.budget_left}) * {PERIOD_S} * (1 - {OBJECTIVE})", "of a full outage"),
            description="""How long everything may fail before the objective is missed, at the usual traffic. Shorter
                than an outage usually is: hold risky changes back.""",
            unit="s",
            no_value=slos.NO_RULES,
            steps=steps(Colour.BAD, (0, Colour.PLAIN)),
            width=3,
        ),
        stat(
            "Left, in events",
            now(f"min({ASK.budget_left} * {ASK.allowed})", "bad events"),
            description="""How many more bad events the period's traffic so far allows, in the worst of the chosen
                groups. Below 0: so many too many.""",
            unit="short",
            no_value=slos.NO_EVENTS,
            steps=steps(Colour.BAD, (0, Colour.PLAIN)),
            width=3,
        ),
        stat(
            "Burn rate 1h",
            now(f"max({ASK.burn('1h')})", "burn"),
            description="""How many times faster than sustainable the last hour spent the budget, in the worst of the
                chosen groups. Above 1×: it will not last for the period.""",
            unit=slos.BURN_UNIT,
            no_value=slos.NO_EVENTS,
            steps=slos.BURN_STEPS,
            width=3,
        ),
        stat(
            "Budget is spent in",
            now(f"min({slos.or_lasts(ASK.exhaustion_s, ASK.burn('1h'))})", "spent in"),
            description="""When the budget is gone if it goes on as in the last hour. Shorter than it takes to repair:
                act now.""",
            unit="s",
            no_value=slos.NO_EVENTS,
            mappings=slos.EXHAUSTION_WORDS,
            steps=slos.EXHAUSTION_STEPS,
            width=3,
        ),
        *(
            stat(
                title,
                now(f"max({ASK.alert_state(tier)})", tier),
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
        row("Error budget"),
        timeseries(
            "SLI over 1h against the objective",
            series(ASK.sli("1h"), GROUP_NAME),
            series(OBJECTIVE, "objective"),
            series(f"clamp_max(min({ASK.sli('1h')}), scalar({OBJECTIVE}))", "shortfall"),
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
                    lineStyle=DASHED,
                    fillBelowTo="shortfall",
                    fillOpacity=30,
                ),
                style("shortfall", lineWidth=0, hideFrom={"legend": True, "tooltip": True, "viz": False}),
            ],
        ),
        timeseries(
            "Error budget left over $period",
            series(ASK.budget_left, GROUP_NAME),
            description="""What is left of the rolling period's budget, by group. A steep fall is an incident, a steady
                one a chronic fault, a rise an old incident that has left the period. At 0 % the objective is
                missed.""",
            unit="percentunit",
            no_value=slos.NO_RULES,
            steps=slos.BUDGET_STEPS,
            custom={"axisSoftMin": 0, "axisSoftMax": 1},
            calcs=["lastNotNull", "min"],
        ),
        timeseries(
            "Error budget of this month",
            series(left_of_month(), "budget left"),
            series(ideal(), "spent evenly"),
            description="""What is left of the budget of the calendar month in UTC, all chosen groups together, against
                a budget that is spent evenly. Below the dashed line it goes too fast; at 0 % the month is missed.""",
            unit="percentunit",
            no_value="No data: no events in this month so far",
            maximum=1,
            width=16,
            custom={"axisSoftMin": 0, "fillOpacity": 0},
            overrides=[style("spent evenly", colour=Colour.WATCH, lineWidth=1, lineStyle=DASHED)],
            since="now/M",
        ),
        bar_gauge(
            "Kept, month by month",
            *months(),
            description="""The SLI of each calendar month in UTC, all chosen groups together, as far back as Prometheus
                keeps data. Compare with the objective, and report it.""",
            unit="percentunit",
            no_value="No data of that month",
            steps=steps(Colour.PLAIN),
            decimals=3,
            maximum=1,
        ),
        row("Burn rate and alerts"),
        burn_panel("Burn rate: page", "page", "When it does, follow the runbook now."),
        burn_panel("Burn rate: ticket", "ticket", "When it does, plan the repair within days."),
        table(
            "Alert by alert",
            {
                "Limit": of_pairs(limit),
                "Long window": of_pairs(lambda pair: weighted(pair.long_s)),
                "Short window": of_pairs(lambda pair: weighted(pair.short_s)),
                "State": of_pairs(exceeded),
                "Spent at that rate in": of_pairs(lambda pair: f"{PERIOD_S} / ({weighted(pair.long_s)} > 0)"),
            },
            description="""Each pair of windows and its limit, as alerts compare them: in the worst of the chosen
                groups, weighted by traffic. Both above: it fires, a page only with more errors than chance brings.""",
            unit=slos.BURN_UNIT,
            no_value=slos.NO_EVENTS,
            renamed={"tier": "Alert", "windows": "Windows"},
            height=6,
            width=14,
            overrides=[
                style("Limit|.* window", pattern=True, decimals=2),
                style(
                    "State",
                    unit="none",
                    mappings=slos.EXCEEDED,
                    cellOptions={"type": "color-text"},
                ),
                style("Spent at that rate in", unit="s", noValue="it does not burn"),
            ],
        ),
        state_timeline(
            "Alerts",
            *(series(f"max({ASK.alert_state(tier)})", tier) for tier in ("page", "ticket")),
            description="""When each tier was quiet, pending or firing. Frequent short alerts ask for a better indicator
                or another objective.""",
            no_value=slos.NO_RULES,
            mappings=slos.ALERT_STATES,
            width=10,
            height=6,
        ),
        row("Events"),
        timeseries(
            "Events in 5m",
            series(f"sum({ASK.events('bad', '5m')})", "bad"),
            series(f"sum({ASK.events('total', '5m')} - {ASK.events('bad', '5m')})", "good"),
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
            series(f"topk(10, {ASK.events('bad', '5m')})", GROUP_NAME),
            description="""Where the bad events are: the ten groups with most of them. One line alone is that group's
                own fault; all together are something that they share.""",
            unit="short",
            no_value=slos.NO_EVENTS,
            minimum=0,
            custom={"fillOpacity": 0},
        ),
        table(
            "Spent by group",
            {
                "Budget left": slos.column(ASK.budget_left),
                "Share of what is spent": slos.column(ASK.spent_share),
                "SLI 1h": slos.column(ASK.sli("1h")),
                "Burn 1h": slos.column(ASK.burn("1h")),
                "Burn 6h": slos.column(ASK.burn("6h")),
                "Events 1h": slos.column(ASK.events("total", "1h")),
                "Bad 1h": slos.column(ASK.events("bad", "1h")),
            },
            description="""Each group of the SLO with its own budget, and how much of all bad events of the period were
                its. The worst comes first: start there; choose the group above to see it alone.""",
            unit="none",
            no_value=slos.NO_RULES,
            hidden=[names.LABEL_ID, names.LABEL_SLO, names.LABEL_SERVICE, "__name__"],
            renamed={label: label.capitalize() for label in (*GROUPED_BY, names.LABEL_CLUSTER)},
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
        row("Can these figures be trusted?"),
        timeseries(
            "Coverage of $period",
            series(ASK.coverage, GROUP_NAME),
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
            now(f"min({ASK.known_s})", "known from"),
            description="""How much of the period the figures rest on. A young SLO, or one whose rules did not run for a
                while, knows less than its period; read the budget accordingly, or backfill.""",
            unit="s",
            no_value=slos.NO_RULES,
            steps=steps(Colour.PLAIN),
            height=6,
        ),
        stat(
            "Newest slice",
            now(f"max({ASK.age_s})", "age"),
            description="""How long ago the rules last counted events, in the group that waits longest. More than a few
                minutes: the service is gone, the scrape fails or the rules do not run.""",
            unit="s",
            no_value="None in 5m",
            steps=slos.AGE_STEPS,
            height=6,
        ),
        stat(
            "Events in 1h",
            now(f"sum({ASK.events('total', '1h')})", "events"),
            description="What the burn rate of an hour rests on. With few events, one failure looks like an outage.",
            unit="short",
            no_value=slos.NO_EVENTS,
            steps=steps(Colour.PLAIN),
            height=6,
        ),
        stat(
            "One bad event burns",
            now(f"max({ASK.one_bad_event})", "one bad event"),
            description="""The burn rate over 1h that a single bad event makes, in the quietest of the chosen groups.
                Above the page limit one failure can page: measure more events, or lower the objective.""",
            unit=slos.BURN_UNIT,
            no_value=slos.NO_EVENTS,
            steps=slos.BURN_STEPS,
            decimals=2,
            height=6,
        ),
    ],
)
