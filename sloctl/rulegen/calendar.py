"""
When the running period of the calendar started, in PromQL.

A period has a number, which follows from the clocks of its zone; its start follows from the number. How far the clocks
are ahead of UTC is written out up to [`HORIZON`][sloctl.rulegen.calendar.HORIZON], as Python's time zone database knows
it; rules that are generated anew know what has changed since.
"""

from datetime import UTC, datetime
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from sloctl.model import names
from sloctl.model.periods import CalendarPeriod
from sloctl.model.rules import RecordingRule
from sloctl.model.slo import Slo
from sloctl.model.windows import DAY_S, HOUR_S
from sloctl.promql.tree import Binary, Expr, Number, Selector, call
from sloctl.rulegen.own import own, record

HORIZON: Final = (datetime(2024, 1, 1, tzinfo=UTC), datetime(2038, 1, 1, tzinfo=UTC))
"""Between these, changes of the clocks are known; before and after, they stay as at either end."""

_MONTHS: Final = {"M": 1, "Q": 3, "Y": 12}
_DAYS: Final = {"d": 1, "w": 7}
_LONGEST_DAYS: Final = {"d": 1, "w": 7, "M": 31, "Q": 92, "Y": 366}
_MOST_STEPS: Final = 3000
"""Of a period's sum: each takes three samples, and one for each part that is tested."""
_BLOCKS_S: Final = (HOUR_S, 1800, 900, 300, 60)
_MARCH_TO_1970_D: Final = 719_468
"""
Days from the first of March of the year 0 to the first day of 1970.

Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil.
"""


def longest_s(period: CalendarPeriod) -> int:
    """Give the most seconds that a period can have, the hour that clocks are put back among them."""
    return period.count * _LONGEST_DAYS[period.unit] * DAY_S + HOUR_S


def block_s(period: CalendarPeriod) -> int:
    """
    Give the longest step, in seconds, on whose multiples all periods start; 0 when there is none of a minute or more.

    It is an hour, unless the zone or the period's start is off the whole hour.

    >>> block_s(CalendarPeriod(1, "M", datetime(2024, 1, 1), "Asia/Kathmandu"))
    900
    """
    first, changes = _offsets(period.zone)
    starts = [_seconds(period.start) - offset_s for offset_s in (first, *(after for _, after in changes))]
    return next((block for block in _BLOCKS_S if all(start % block == 0 for start in starts)), 0)


def steps(period: CalendarPeriod) -> int:
    """
    Give how many blocks a period can hold; adding it up takes so many steps.

    >>> steps(CalendarPeriod(1, "M", datetime(2024, 1, 1), "UTC"))
    745
    """
    return longest_s(period) // block_s(period)


def can_be_tested(slo: Slo) -> bool:
    """
    Tell whether promtool can evaluate an SLO's rules; it refuses queries of more than 10,000 samples.

    Source: Prometheus, promql/promqltest, LazyLoader.
    """
    return not isinstance(slo.time_window, CalendarPeriod) or steps(slo.time_window) <= _MOST_STEPS


def starts_with_unix_time(period: CalendarPeriod) -> bool:
    """
    Tell whether a period starts as Unix time does, as the rules see it.

    >>> starts_with_unix_time(CalendarPeriod(1, "Q", datetime(2024, 4, 1), "UTC"))
    True
    """
    first, _ = _offsets(period.zone)
    if period.unit in _DAYS:
        return (_seconds(period.start) - first) % (period.count * _DAYS[period.unit] * DAY_S) == 0
    months = (period.start.year - 1970) * 12 + period.start.month - 1
    return not first and not _into_month_s(period) and months % (period.count * _MONTHS[period.unit]) == 0


def period_rules(slo: Slo, period: CalendarPeriod) -> list[RecordingRule]:
    """
    Record the number, the start and the length of the running period.

    Args:
        slo: The SLO.
        period: Its period.
    """
    first, changes = _offsets(period.zone)
    zone: Expr = Number(first)
    rules = []
    if changes:
        # A step at each change, by UTC.
        offset = _steps(call("time"), first, [(at, after) for at, after in changes])
        rules.append(record(slo, names.ZONE_OFFSET, call("vector", offset)))
        zone = call("scalar", own(slo, names.ZONE_OFFSET))
    now = call("time") + zone if changes or first else call("time")
    rules.append(record(slo, names.PERIOD_ID, _id(period, now)))
    number = own(slo, names.PERIOD_ID)
    rules.append(record(slo, names.PERIOD_LOCAL, _local(period, number)))
    rules.append(record(slo, names.PERIOD_NEXT, _local(period, number + _numbers(period))))
    # A step at each change, by the clocks: an hour that they skip or repeat counts as before the change.
    befores = (first, *(after for _, after in changes))
    by_clocks = [(at + max(before, after), after) for before, (at, after) in zip(befores, changes, strict=False)]

    def by_utc(local: Selector) -> Expr:
        return local - _steps(local, first, by_clocks) if changes or first else local

    start = own(slo, names.PERIOD_START)
    rules.append(record(slo, start.metric, by_utc(own(slo, names.PERIOD_LOCAL))))
    rules.append(record(slo, names.PERIOD, by_utc(own(slo, names.PERIOD_NEXT)) - start))
    return rules


def _numbers(period: CalendarPeriod) -> int:
    """Give by how much the numbers of a period and the next one differ."""
    return 1 if period.unit in _DAYS else period.count * _MONTHS[period.unit]


def _id(period: CalendarPeriod, now: Expr) -> Expr:
    """Number a period: the day or the month with which it starts."""
    start_s = _seconds(period.start)
    if period.unit in _DAYS:
        size_s = period.count * _DAYS[period.unit] * DAY_S
        return call("floor", call("vector", (now - start_s) / size_s))
    into_month_s = _into_month_s(period)
    shifted = call("vector", now - into_month_s if into_month_s else now)
    month = call("year", shifted) * 12 + call("month", shifted) - 1
    count = _numbers(period)
    if count == 1:
        return month
    first = (period.start.year * 12 + period.start.month - 1) % count
    return month - (month - first) % count


def _local(period: CalendarPeriod, number: Expr) -> Expr:
    """Give the local start of a period of that number."""
    if period.unit in _DAYS:
        return number * (period.count * _DAYS[period.unit] * DAY_S) + _seconds(period.start)
    # Days from 1970 to the first of a month, counting years from March, so that a leap day is the last of its year.
    march = number - 2
    year, month = call("floor", march / 12), march % 12
    leap = call("floor", year / 4) - call("floor", year / 100) + call("floor", year / 400)
    days = year * 365 + leap + call("floor", (month * 153 + 2) / 5) - _MARCH_TO_1970_D
    into_month_s = _into_month_s(period)
    return days * DAY_S + into_month_s if into_month_s else days * DAY_S


def _into_month_s(period: CalendarPeriod) -> int:
    """Give how far into its month a period starts, in seconds."""
    return _seconds(period.start) - _seconds(datetime(period.start.year, period.start.month, 1))


def _steps(at: Expr, first: int, changes: list[tuple[int, int]]) -> Expr:
    befores = (first, *(after for _, after in changes))
    expr: Expr = Number(first)
    for before, (when, after) in zip(befores, changes, strict=False):
        expr += Binary(">=", at, Number(when), as_bool=True) * (after - before)
    return expr


@cache
def _offsets(name: str) -> tuple[int, tuple[tuple[int, int], ...]]:
    """Give a zone's offset at the start of the horizon, and when (Unix time) it becomes what, all in seconds."""
    zone = ZoneInfo(name)

    def offset_s(at: int) -> int:
        offset = datetime.fromtimestamp(at, zone).utcoffset()
        return round(offset.total_seconds()) if offset is not None else 0

    start, end = (round(at.timestamp()) for at in HORIZON)
    changes = []
    for day in range(start, end, DAY_S):
        before, after = offset_s(day), offset_s(day + DAY_S)
        if before != after:
            low, high = day, day + DAY_S
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if offset_s(middle) == before else (low, middle)
            changes.append((high, after))
    return offset_s(start), tuple(changes)


def _seconds(naive: datetime) -> int:
    return round(naive.replace(tzinfo=UTC).timestamp())
