"""The pairs of windows that alert, as panels."""

from collections.abc import Callable, Iterator
from typing import Final

from grafanalib.core import Panel, Target

from sloctl.dashgen.fields import Colour, Json, style
from sloctl.dashgen.panels import table, timeseries
from sloctl.dashgen.queries import cells, series
from sloctl.dashgen.slos.looks import BURN_UNIT, DASHED, EXCEEDED, NO_EVENTS
from sloctl.model.durations import window_name
from sloctl.model.names import Tier
from sloctl.model.windows import WORKBOOK, BurnWindow
from sloctl.promql.sloqueries import SloQueries

_COLOURS: Final = dict(zip(WORKBOOK, (Colour.BAD, Colour.FACT) * 2, strict=True))


def burn_panel(ask: SloQueries, tier: Tier, what_to_do: str) -> Panel:
    """Draw the windows of a tier, each pair in one colour with the limit that both have to pass."""
    pairs = [pair for pair in WORKBOOK if pair.tier == tier]
    rule = ", or ".join(map(_name, pairs))
    return timeseries(
        f"Burn rate: {tier}",
        *(query for pair in pairs for query in _queries(ask, pair)),
        description=f"""How many times faster than sustainable the budget goes, in the worst of the chosen groups; 1×
            spends it exactly within the period. It alerts while both windows of a colour ({rule}) are above the dashed
            line of that colour. {what_to_do}""",
        unit=BURN_UNIT,
        no_value=NO_EVENTS,
        minimum=0,
        custom={"scaleDistribution": {"type": "symlog", "log": 10, "linearThreshold": 1}, "fillOpacity": 0},
        overrides=[override for pair in pairs for override in _styles(pair)],
        height=9,
    )


def pairs_table(ask: SloQueries) -> Panel:
    """Tell of each pair how it compares with its limit."""

    def column(value: Callable[[BurnWindow], str]) -> Target:
        named = (
            f'label_replace(label_replace({value(pair)}, "tier", "{pair.tier}", "", ""),'
            f' "windows", "{_name(pair)}", "", "")'
            for pair in WORKBOOK
        )
        return cells("\nor\n".join(named))

    def weighted(window_s: int) -> str:
        return f"max({ask.weighted(window_name(window_s))})"

    def exceeded(pair: BurnWindow) -> str:
        burns = (ask.weighted(window_name(window_s)) for window_s in (pair.long_s, pair.short_s))
        above = " * ".join(f"({burn} > bool on () group_left () {_limit(ask, pair)})" for burn in burns)
        return f"2 * max({above})"

    return table(
        "Alert by alert",
        {
            "Limit": column(lambda pair: _limit(ask, pair)),
            "Long window": column(lambda pair: weighted(pair.long_s)),
            "Short window": column(lambda pair: weighted(pair.short_s)),
            "State": column(exceeded),
            "Spent at that rate in": column(lambda pair: f"max({ask.period_s}) / ({weighted(pair.long_s)} > 0)"),
        },
        description="""Each pair of windows and its limit, as alerts of the standard policy compare them: in the worst
            of the chosen groups, weighted by traffic. Both above in one group: it fires, a page only with more errors
            than chance brings.""",
        unit=BURN_UNIT,
        no_value=NO_EVENTS,
        renamed={"tier": "Alert", "windows": "Windows"},
        height=6,
        width=14,
        overrides=[
            style("Limit|.* window", pattern=True, decimals=2),
            style("State", unit="none", mappings=EXCEEDED, cellOptions={"type": "color-text"}),
            style("Spent at that rate in", unit="s", noValue="it does not burn"),
        ],
    )


def _name(pair: BurnWindow) -> str:
    return f"{window_name(pair.long_s)} and {window_name(pair.short_s)}"


def _limit(ask: SloQueries, pair: BurnWindow) -> str:
    """Ask for the burn rate above which a pair alerts, as `BurnWindow.threshold` has it."""
    return f"clamp_min({pair.budget_share} * max({ask.period_s}) / {pair.long_s}, 1)"


def _queries(ask: SloQueries, pair: BurnWindow) -> Iterator[Target]:
    for window in map(window_name, (pair.long_s, pair.short_s)):
        yield series(f"max({ask.burn(window)})", window)
    yield series(_limit(ask, pair), f"{pair.tier} limit of {_name(pair)}")


def _styles(pair: BurnWindow) -> list[Json]:
    """Draw the long window thick, the short one thin, and the limit dashed, in one colour."""
    colour = _COLOURS[pair]
    return [
        style(window_name(pair.long_s), colour=colour, lineWidth=3),
        style(window_name(pair.short_s), colour=colour, lineWidth=1),
        style(f"{pair.tier} limit of {_name(pair)}", colour=colour, lineWidth=1, lineStyle=DASHED),
    ]
