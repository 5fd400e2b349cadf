"""SLOs for tests."""

from dataclasses import replace

from sloctl.model.indicators import Counter, Expression, Indicator, Matcher, RatioIndicator
from sloctl.model.periods import Period, RollingPeriod
from sloctl.model.slo import Budgeting, Objective, Slo

ERRORS = RatioIndicator(
    Counter("requests_total"), Counter("requests_total", (Matcher("code", "=~", "5.."),)), part_is_good=False
)
DAY_S = 86400
PERIOD = RollingPeriod(30 * DAY_S)


def slo(
    indicator: Indicator | None = ERRORS,
    *objectives: Objective,
    budgeting: Budgeting = "Occurrences",
    period: Period = PERIOD,
) -> Slo:
    """Make an SLO; its objective is 99 % unless one is given."""
    return Slo("s", "service", indicator, objectives or (Objective(0.99),), period, budgeting)


def query(promql: str) -> Expression:
    """Make an expression over a window."""
    return Expression(promql.replace("[w]", "[{{.window}}]"))


def member(indicator: Indicator, key: str, objective: Objective, weight: float = 1) -> Objective:
    """Make a member of a composite."""
    return replace(objective, key=key, indicator=indicator, weight=weight)
