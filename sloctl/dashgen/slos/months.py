"""
An SLO by calendar months in UTC, as panels, whatever its own period is.

They are made of sums of six hours; so the running month lags up to six hours.
"""

from collections.abc import Iterator
from typing import Final

from grafanalib.core import Panel, Target

from sloctl.dashgen.fields import Colour, steps, style
from sloctl.dashgen.panels import bar_gauge, timeseries
from sloctl.dashgen.queries import now, series
from sloctl.dashgen.slos.looks import DASHED
from sloctl.model.names import Count
from sloctl.promql.sloqueries import MONTH_WINDOW, SloQueries

_MONTHS: Final = 12
_LONGEST_D: Final = 31
_EVENLY: Final = "spent evenly"


def month_budget(ask: SloQueries) -> Panel:
    """Draw what is left of the running month's budget, at the traffic that it has had so far."""
    objective = f"max({ask.objective})"
    left = f"1 - {_errors(ask, 0)} / (1 - {objective})"
    even = f"1 - (day_of_month() - 1 + hour() / 24) / days_in_month() + 0 * {objective}"
    return timeseries(
        "Error budget of this month",
        series(left, "budget left"),
        series(even, _EVENLY),
        description="""What is left of the budget of the calendar month in UTC, all chosen groups together, against a
            budget that is spent evenly. Below the dashed line it goes too fast; at 0 % the month is missed.""",
        unit="percentunit",
        no_value="No data: no events in this month so far",
        maximum=1,
        width=16,
        custom={"axisSoftMin": 0, "fillOpacity": 0},
        overrides=[style(_EVENLY, colour=Colour.WATCH, lineWidth=1, lineStyle=DASHED)],
        since="now/M",
    )


def months(ask: SloQueries) -> Panel:
    """Tell the SLI of each month of the last year."""

    def each() -> Iterator[Target]:
        for ago in range(_MONTHS):
            name = ("this month", "last month")[ago] if ago < 2 else f"{ago} months ago"
            yield now(f"1 - {_errors(ask, ago)}", name)

    return bar_gauge(
        "Kept, month by month",
        *each(),
        description="""The SLI of each calendar month in UTC, all chosen groups together, as far back as Prometheus
            keeps data. Compare with the objective, and report it.""",
        unit="percentunit",
        no_value="No data of that month",
        steps=steps(Colour.PLAIN),
        decimals=3,
        maximum=1,
    )


def _errors(ask: SloQueries, ago: int) -> str:
    """Ask for the share of bad events of the month so many before that in which the time range ends."""
    return f"{_events(ask, 'bad', ago)} / ({_events(ask, 'total', ago)} > 0)"


def _events(ask: SloQueries, count: Count, ago: int) -> str:
    inside = f"(month(vector(time() - 3600)) + {ago} - month(vector(${{__to:date:seconds}}))) % 12 == 0"
    chosen = f"{ask.events(count, MONTH_WINDOW)} and on () ({inside})"
    return f"sum(sum_over_time(({chosen})[{_LONGEST_D * (ago + 1)}d:{MONTH_WINDOW}]))"
