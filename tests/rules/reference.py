"""
The budgets of OpenSLO in plain Python, on the same slices as the rules.

Source: OpenSLO v1 README, "budgetingMethod" and "objectives".
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sloctl.model.periods import CalendarPeriod
from sloctl.model.slo import Objective, Slo


class Events(NamedTuple):
    """The events of a minute."""

    bad: float
    total: float


def error_ratio(slo: Slo, objective: Objective, minutes: Sequence[Events]) -> float | None:
    """Give the share of the period that was bad; `None` where nothing happened."""
    if slo.budgeting == "Occurrences":
        total = sum(minute.total for minute in minutes)
        return sum(minute.bad for minute in minutes) / total if total else None
    size = objective.slice_s // 60
    slices = [minutes[start : start + size] for start in range(0, len(minutes) // size * size, size)]
    shares = [
        sum(minute.bad for minute in part) / sum(minute.total for minute in part)
        for part in slices
        if any(minute.total for minute in part)
    ]
    if slo.budgeting == "Timeslices":
        shares = [float(1 - share < objective.slice_ratio) for share in shares]
    return sum(shares) / len(shares) if shares else None


def budget_left(slo: Slo, members: Sequence[Sequence[Events]]) -> float:
    """
    Give the share of the budget that is left.

    Args:
        slo: With one objective, or a composite.
        members: What happened, minute by minute from the period's start, for each objective.
    """
    if slo.is_composite and slo.budgeting == "Timeslices":
        return 1 - _any_bad(slo, members) / (1 - max(objective.ratio for objective in slo.objectives))
    weights = sum(objective.weight for objective in slo.objectives)
    burn = 0.0
    for objective, minutes in zip(slo.objectives, members, strict=True):
        burn += objective.weight / weights * (error_ratio(slo, objective, minutes) or 0) / (1 - objective.ratio)
    return 1 - burn


def _any_bad(slo: Slo, members: Sequence[Sequence[Events]]) -> float:
    size = slo.objectives[0].slice_s // 60
    verdicts = []
    for start in range(0, len(members[0]) // size * size, size):
        ratios = [
            error_ratio(slo, objective, minutes[start : start + size])
            for objective, minutes in zip(slo.objectives, members, strict=True)
        ]
        if any(ratio is not None for ratio in ratios):
            verdicts.append(any(ratios))
    return sum(verdicts) / len(verdicts)


def period_start(period: CalendarPeriod, at: datetime) -> datetime:
    """Give the last start of a period up to a moment, by going from one start to the next."""
    zone = ZoneInfo(period.zone)
    start, steps = period.start, 0
    while (following := _after(period, steps + 1)).replace(tzinfo=zone).timestamp() <= at.timestamp():
        start, steps = following, steps + 1
    return start.replace(tzinfo=zone)


def _after(period: CalendarPeriod, steps: int) -> datetime:
    count = steps * period.count
    if period.unit in {"d", "w"}:
        return period.start + timedelta(days=count * (7 if period.unit == "w" else 1))
    month = period.start.year * 12 + period.start.month - 1 + count * {"M": 1, "Q": 3, "Y": 12}[period.unit]
    return period.start.replace(year=month // 12, month=month % 12 + 1)
