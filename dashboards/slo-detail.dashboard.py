"""One SLO: what it promises, what is left of its budget, how fast that goes, and whether the figures can be trusted."""

from sloctl.dashgen import (
    Colour,
    above,
    annotation,
    cells,
    choice,
    now,
    prometheus_dashboard,
    row,
    same_tag_links,
    series,
    stat,
    state_timeline,
    states,
    steps,
    style,
    table,
    timeseries,
)
from sloctl.model import names
from sloctl.model.durations import window_name
from sloctl.model.windows import HOUR_S, WORKBOOK, BurnWindow

# Labels by which SLOs keep separate budgets. An SLO without them has one budget, and ".*" matches it too.
GROUPED_BY = ("controller",)

SLO = f'{names.LABEL_SERVICE}="$service", {names.LABEL_SLO}="$slo"'
GROUPS = ", ".join([SLO, *(f'{label}=~"${label}"' for label in GROUPED_BY)])
GROUP_NAME = " ".join(["{{slo}}", *(f"{{{{{label}}}}}" for label in GROUPED_BY)])

OBJECTIVE = f"max({names.OBJECTIVE}{{{SLO}}})"
PERIOD_S = f"max({names.PERIOD}{{{SLO}}})"
NO_RULES = "No data: the rules of this SLO are not loaded, or its service has sent nothing"
NO_EVENTS = "No events in this window"

BUDGET_STEPS = steps(Colour.BAD, (0, Colour.WATCH), (0.25, Colour.GOOD))
BURN_STEPS = steps(Colour.GOOD, (1, Colour.WATCH), (WORKBOOK[0].threshold(30 * 24 * HOUR_S), Colour.BAD))
NEVER = 1e9
"""Seconds beyond which a budget may be said to last: 30 years."""
ALERT_STATES = states({0: ("Quiet", Colour.GOOD), 1: ("Pending", Colour.WATCH), 2: ("Firing", Colour.BAD)})
DASHED = {"fill": "dash", "dash": [8, 8]}
BURN_UNIT = "suffix:×"


def recorded(name: str) -> str:
    """Select a recorded series of the chosen groups."""
    return f"{name}{{{GROUPS}}}"


def alert_state(tier: names.Tier) -> str:
    """Give 2 while an alert fires, 1 while it is pending, 0 when it is quiet, and nothing without rules."""
    alert = f'ALERTS{{alertname="{names.ALERT}", {names.LABEL_TIER}="{tier}", {GROUPS}, alertstate="%s"}}'
    return f"max(2 * {alert % 'firing'} or {alert % 'pending'}) or 0 * {OBJECTIVE}"


def sli(name: str) -> str:
    """Give the share of good events of an error ratio."""
    return f"1 - {recorded(name)}"


def by_group(expr: str) -> object:
    """Ask for a table's column: one cell for each group."""
    return cells(f"max without ({names.LABEL_ID}) ({expr})")


def burn_panel(title: str, tier: names.Tier, what_to_do: str) -> object:
    """Draw the windows of a tier, each pair in one colour with the limit that both have to pass."""
    pairs = [pair for pair in WORKBOOK if pair.tier == tier]
    looks = dict(zip(pairs, (Colour.BAD, Colour.FACT), strict=True))
    rule = ", or ".join(f"{window_name(pair.long_s)} and {window_name(pair.short_s)}" for pair in pairs)
    return timeseries(
        title,
        *(query for pair in pairs for query in pair_queries(pair)),
        description=f"""How many times faster than sustainable the budget goes, in the worst of the chosen groups;
            1× spends it exactly within the period. It alerts while both windows of a colour ({rule}) are above the
            dashed line of that colour. {what_to_do}""",
        unit=BURN_UNIT,
        no_value=NO_EVENTS,
        minimum=0,
        custom={"scaleDistribution": {"type": "symlog", "log": 10, "linearThreshold": 1}, "fillOpacity": 0},
        overrides=[override for pair, colour in looks.items() for override in pair_styles(pair, colour)],
        height=9,
    )


def pair_queries(pair: BurnWindow) -> list[object]:
    """Ask for both windows of a pair and for its limit."""
    return [
        series(f"max({recorded(names.burn_name(window_name(pair.long_s)))})", window_name(pair.long_s)),
        series(f"max({recorded(names.burn_name(window_name(pair.short_s)))})", window_name(pair.short_s)),
        series(f"{pair.budget_share} * {PERIOD_S} / {pair.long_s}", limit_name(pair)),
    ]


def limit_name(pair: BurnWindow) -> str:
    """Name the limit of a pair."""
    return f"{pair.tier} limit of {window_name(pair.long_s)} and {window_name(pair.short_s)}"


def pair_styles(pair: BurnWindow, colour: Colour) -> list[object]:
    """Draw the long window thick, the short one thin, and the limit dashed, in one colour."""
    return [
        style(window_name(pair.long_s), colour=colour, lineWidth=3),
        style(window_name(pair.short_s), colour=colour, lineWidth=1),
        style(limit_name(pair), colour=colour, lineWidth=1, lineStyle=DASHED),
    ]


dashboard = prometheus_dashboard(
    "SLO / Detail",
    uid="sloctl-slo-detail",
    description=__doc__,
    tags=["sloctl", "slo"],
    links=[same_tag_links("sloctl dashboards", "sloctl")],
    variables=[
        choice("service", "Service", f"label_values({names.INFO}, {names.LABEL_SERVICE})"),
        choice("slo", "SLO", f'label_values({names.INFO}{{{names.LABEL_SERVICE}="$service"}}, {names.LABEL_SLO})'),
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
            f'ALERTS{{alertname="{names.ALERT}", {GROUPS}, alertstate="firing"}}',
            title=f"{{{{{names.LABEL_TIER}}}}} alert fires",
            text=GROUP_NAME,
            colour=Colour.BAD,
        )
    ],
    panels=[
        table(
            "What it promises",
            {"": cells(f"{names.INFO}{{{SLO}}}")},
            description="The SLO as its spec tells it. When it does not say what to expect, improve the spec.",
            unit="string",
            no_value=NO_RULES,
            hidden=["__name__", names.LABEL_ID, names.LABEL_SLO],
            renamed={
                "display_name": "SLO",
                "description": "Description",
                "objective": "Objective",
                "period": "Period",
                names.LABEL_SERVICE: "Service",
            },
            height=3,
        ),
        stat(
            "Objective",
            now(OBJECTIVE, "objective"),
            description="The share of events that has to be good over the period. Change it in the spec.",
            unit="percentunit",
            no_value=NO_RULES,
            steps=steps(Colour.PLAIN),
            width=3,
        ),
        stat(
            "SLI over $period",
            now(f"1 - (1 - min({recorded(names.BUDGET_LEFT)})) * (1 - {OBJECTIVE})", "SLI"),
            description="""The share of good events over the period, in the worst of the chosen groups. Compare it with
                the objective; the budget beside it says the same in one number.""",
            unit="percentunit",
            no_value=NO_RULES,
            steps=steps(Colour.PLAIN),
            decimals=3,
            width=3,
        ),
        stat(
            "Error budget left",
            now(f"min({recorded(names.BUDGET_LEFT)})", "budget left"),
            description="""What is left of the bad events that the objective allows over the period, in the worst of the
                chosen groups. Below 25 %: go easy on risky changes. Below 0 %: the objective is missed.""",
            unit="percentunit",
            no_value=NO_RULES,
            steps=BUDGET_STEPS,
            decimals=1,
            filled=True,
        ),
        stat(
            "Known from",
            now(f"min({recorded(names.COVERAGE)}) * {PERIOD_S}", "known from"),
            description="""How much of the period the figures rest on. A young SLO, or one whose rules did not run for a
                while, knows less than its period; read the budget accordingly, or backfill.""",
            unit="s",
            no_value=NO_RULES,
            steps=steps(Colour.PLAIN),
            width=3,
        ),
        stat(
            "Burn rate 1h",
            now(f"max({recorded(names.burn_name('1h'))})", "burn"),
            description="""How many times faster than sustainable the last hour spent the budget, in the worst of the
                chosen groups. Above 1×: it will not last for the period.""",
            unit=BURN_UNIT,
            no_value=NO_EVENTS,
            steps=BURN_STEPS,
            width=3,
        ),
        stat(
            "Budget lasts",
            now(
                f"""
                min(
                    clamp_min({recorded(names.BUDGET_LEFT)}, 0)
                  /
                    clamp_min(-deriv({recorded(names.BUDGET_LEFT)}[1h]), 1e-12)
                )
                """,
                "lasts",
            ),
            description="""When the budget is gone if it keeps falling as in the last hour. Shorter than it takes to
                repair: act now.""",
            unit="s",
            no_value=NO_RULES,
            mappings=[*states({0: ("Gone", Colour.BAD)}), above(NEVER, "Not falling", Colour.GOOD)],
            steps=steps(Colour.BAD, (24 * HOUR_S, Colour.WATCH), (7 * 24 * HOUR_S, Colour.GOOD)),
        ),
        *(
            stat(
                title,
                now(alert_state(tier), tier),
                description=what,
                unit="none",
                no_value="No rules",
                steps=steps(Colour.GOOD, (1, Colour.WATCH), (2, Colour.BAD)),
                mappings=ALERT_STATES,
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
            series(sli(names.error_name("1h")), GROUP_NAME),
            series(OBJECTIVE, "objective"),
            series(f"clamp_max(min({sli(names.error_name('1h'))}), scalar({OBJECTIVE}))", "shortfall"),
            description="""The share of good events of the last hour, by group. The red area is what the worst group
                falls short of the objective. Look at what changed where it opens.""",
            unit="percentunit",
            no_value=NO_EVENTS,
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
            series(recorded(names.BUDGET_LEFT), GROUP_NAME),
            description="""What is left of the rolling period's budget, by group. A steep fall is an incident, a
                steady one a chronic fault, a rise an old incident that has left the period. At 0 % the objective is
                missed.""",
            unit="percentunit",
            no_value=NO_RULES,
            steps=BUDGET_STEPS,
            custom={"axisSoftMin": 0, "axisSoftMax": 1},
            calcs=["lastNotNull", "min"],
        ),
        row("Burn rate and alerts"),
        burn_panel("Burn rate: page", "page", "When it does, follow the runbook now."),
        burn_panel("Burn rate: ticket", "ticket", "When it does, plan the repair within days."),
        state_timeline(
            "Alerts",
            *(series(alert_state(tier), tier) for tier in ("page", "ticket")),
            description="""When each tier was quiet, pending or firing. Frequent short alerts ask for a better
                indicator or another objective.""",
            no_value=NO_RULES,
            mappings=ALERT_STATES,
        ),
        row("Events"),
        timeseries(
            "Events in 5m",
            series(f"sum({recorded(names.sum_name('bad', '5m'))})", "bad"),
            series(f"sum({recorded(names.sum_name('total', '5m'))} - {recorded(names.sum_name('bad', '5m'))})", "good"),
            description="""What the SLI is made of: events of the last five minutes, stacked. When good ones go and no
                bad ones come, nothing is being asked, or nothing is being counted.""",
            unit="short",
            no_value=NO_EVENTS,
            minimum=0,
            custom={"stacking": {"mode": "normal", "group": "A"}, "fillOpacity": 45, "lineWidth": 1},
            overrides=[style("bad", colour=Colour.BAD), style("good", colour=Colour.FACT)],
        ),
        table(
            "By group",
            {
                "SLI 1h": by_group(sli(names.error_name("1h"))),
                "Budget left": by_group(recorded(names.BUDGET_LEFT)),
                "Burn 1h": by_group(recorded(names.burn_name("1h"))),
                "Burn 6h": by_group(recorded(names.burn_name("6h"))),
                "Events 1h": by_group(recorded(names.sum_name("total", "1h"))),
                "Bad 1h": by_group(recorded(names.sum_name("bad", "1h"))),
            },
            description="""Each group of the SLO with its own budget, the worst first. Start with the top line; choose
                the group above to see it alone.""",
            unit="none",
            no_value=NO_RULES,
            hidden=[names.LABEL_SLO, names.LABEL_SERVICE],
            renamed={label: label.capitalize() for label in GROUPED_BY},
            width=12,
            overrides=[
                style("SLI 1h", unit="percentunit", decimals=2),
                style(
                    "Budget left",
                    unit="percentunit",
                    decimals=1,
                    thresholds=BUDGET_STEPS,
                    cellOptions={"type": "color-text"},
                ),
                style(
                    "Burn .*",
                    pattern=True,
                    unit=BURN_UNIT,
                    decimals=2,
                    thresholds=BURN_STEPS,
                    cellOptions={"type": "color-text"},
                ),
                style(".* 1h", pattern=True, noValue="no events"),
            ],
            sort_by="Budget left",
        ),
        row("Can these figures be trusted?"),
        timeseries(
            "Coverage of $period",
            series(recorded(names.COVERAGE), GROUP_NAME),
            description="""The share of the period's slices that exist, by group. It grows to 100 % and stays; a fall
                means that rules, Prometheus or the service were away. Backfill what is missing.""",
            unit="percentunit",
            no_value=NO_RULES,
            minimum=0,
            height=6,
        ),
        stat(
            "Newest slice",
            now(f"time() - max(timestamp({recorded(names.TOTAL_SLICE)}))", "age"),
            description="""How long ago the rules last counted events. More than a few minutes: the service is gone, the
                scrape fails or the rules do not run.""",
            unit="s",
            no_value="None in 5m",
            steps=steps(Colour.GOOD, (180, Colour.BAD)),
            height=6,
        ),
        stat(
            "Events in 1h",
            now(f"sum({recorded(names.sum_name('total', '1h'))})", "events"),
            description="What the burn rate of an hour rests on. With few events, one failure looks like an outage.",
            unit="short",
            no_value=NO_EVENTS,
            steps=steps(Colour.PLAIN),
            height=6,
        ),
        stat(
            "One bad event burns",
            now(
                f"1 / (min({recorded(names.sum_name('total', '1h'))} > 0) * (1 - {OBJECTIVE}))",
                "one bad event",
            ),
            description="""The burn rate over 1h that a single bad event makes, in the quietest of the chosen groups.
                Above the page limit one failure can page: measure more events, or lower the objective.""",
            unit=BURN_UNIT,
            no_value=NO_EVENTS,
            steps=BURN_STEPS,
            decimals=2,
            height=6,
        ),
    ],
)
