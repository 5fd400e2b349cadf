"""Reads the period of an SLO."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sloctl.model.durations import SHORTHAND_S
from sloctl.model.periods import CALENDAR_UNITS, CalendarPeriod, Period, RollingPeriod
from sloctl.specio.reader import Fields, Reader
from sloctl.specio.tree import Value

_WINDOW: Final = Fields(["duration"], ["isRolling", "calendar"])
_CALENDAR: Final = Fields(["startTime", "timeZone"])
START_FORMAT: Final = "%Y-%m-%d %H:%M:%S"


def read_period(read: Reader, value: Value, where: str) -> Period | None:
    """Read the only window of a list."""
    windows = read.items(value, where)
    if len(windows) != 1:
        read.fault(value, "wrong-value", f"{where} needs exactly one window")
        return None
    where = f"{where}[0]"
    fields = read.fields(windows[0], where, _WINDOW)
    duration = _duration(read, fields["duration"], f"{where}.duration") if "duration" in fields else None
    rolling = _is_rolling(read, windows[0], fields, where)
    if rolling:
        return RollingPeriod(duration[0] * SHORTHAND_S[duration[1]]) if duration is not None else None
    if "calendar" not in fields:
        return None
    calendar = read.fields(fields["calendar"], f"{where}.calendar", _CALENDAR)
    start = _start(read, calendar["startTime"], f"{where}.calendar.startTime") if "startTime" in calendar else None
    zone = _zone(read, calendar["timeZone"], f"{where}.calendar.timeZone") if "timeZone" in calendar else None
    if duration is None or start is None or zone is None:
        return None
    units = {unit: unit for unit in CALENDAR_UNITS}
    if duration[1] not in units:
        summary = f"{where} cannot follow the calendar in steps of '{duration[1]}'"
        read.fault(fields["duration"], "wrong-value", summary, f"one of: {', '.join(units)}")
        return None
    return CalendarPeriod(duration[0], units[duration[1]], start, zone)


def _is_rolling(read: Reader, window: Value, fields: dict[str, Value], where: str) -> bool:
    calendar = "calendar" in fields
    if "isRolling" not in fields:
        if not calendar and fields:
            read.unclear(window, f"{where} needs 'isRolling' or 'calendar'", "isRolling: true", "missing-field")
        return not calendar
    rolling = read.flag(fields["isRolling"], f"{where}.isRolling")
    if rolling and calendar:
        read.fault(fields["calendar"], "wrong-value", f"{where} is rolling, and so follows no calendar")
    if rolling is False and not calendar:
        read.fault(fields["isRolling"], "missing-field", f"{where} needs 'calendar', for it is not rolling")
    return bool(rolling)


def _duration(read: Reader, value: Value, where: str) -> tuple[int, str] | None:
    shorthand = read.shorthand(value, where)
    if shorthand is None or shorthand[1] != "m":
        return shorthand
    count = shorthand[0]
    read.unclear(value, f"{where} is {count} minute(s), for a month is M", f"{count}M")
    return count, "M"


def _start(read: Reader, value: Value, where: str) -> datetime | None:
    text = read.text(value, where)
    if text is None:
        return None
    try:
        return datetime.strptime(text, START_FORMAT)  # its zone stands beside it
    except ValueError:
        read.fault(value, "wrong-value", f"{where} cannot be '{text}'", "for example: 2024-01-31 00:00:00")
        return None


def _zone(read: Reader, value: Value, where: str) -> str | None:
    name = read.text(value, where)
    if name is None:
        return None
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError, ValueError):
        hint = "a name of the IANA time zone database, for example Europe/Berlin or UTC"
        read.fault(value, "wrong-value", f"there is no time zone '{name}' on this machine", hint)
        return None
    return name
