"""The period of an SLO: the window over which its budget is kept."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sloctl.model.durations import SHORTHAND_S, window_name

CalendarUnit = Literal["d", "w", "M", "Q", "Y"]
CALENDAR_UNITS: Final[tuple[CalendarUnit, ...]] = ("d", "w", "M", "Q", "Y")


@dataclass(frozen=True, slots=True)
class RollingPeriod:
    """
    A period that ends at every moment.

    >>> RollingPeriod(30 * 86400).name
    '30d'
    """

    seconds: int

    @property
    def name(self) -> str:
        """Name it as a window."""
        return window_name(self.seconds)


@dataclass(frozen=True, slots=True)
class CalendarPeriod:
    """
    A period that starts anew at fixed times.

    Args:
        count: How many units long.
        unit: Days, weeks, months, quarters or years.
        start: When one of the periods starts, by the clocks of *zone*; those before and after it follow.
        zone: A name of the IANA time zone database.

    >>> CalendarPeriod(1, "M", datetime(2024, 1, 1), "Europe/Berlin").name
    '1M'
    """

    count: int
    unit: CalendarUnit
    start: datetime
    zone: str

    @property
    def seconds(self) -> int:
        """Give the nominal length; a month counts 30 days, a quarter 90, a year 365."""
        return self.count * SHORTHAND_S[self.unit]

    @property
    def name(self) -> str:
        """Name it as OpenSLO's shorthand has it, but days by their hours: a window of a day is something else."""
        return f"{24 * self.count}h" if self.unit == "d" else f"{self.count}{self.unit}"


Period = RollingPeriod | CalendarPeriod
