"""Durations: seconds inside, the shorthand of Prometheus and OpenSLO outside."""

import re
from typing import Final

_UNITS_MS: Final = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}

_LONG_UNITS_MS: Final = {"y": 365 * 86_400_000, "w": 7 * 86_400_000, **_UNITS_MS}
_PROMETHEUS: Final = re.compile("".join(f"(?:(?P<{unit}>[0-9]{{1,9}}){unit})?" for unit in _LONG_UNITS_MS))

MONTH_D: Final = 30
QUARTER_D: Final = 90
YEAR_D: Final = 365
SHORTHAND_S: Final = {
    "s": 1,
    "m": 60,
    "h": 3600,
    "d": 86_400,
    "w": 7 * 86_400,
    "M": MONTH_D * 86_400,
    "Q": QUARTER_D * 86_400,
    "Y": YEAR_D * 86_400,
}
"""Seconds of each unit of OpenSLO's shorthand."""


def format_duration(seconds: float) -> str:
    """
    Write a duration as Prometheus reads it, exact to a millisecond.

    Args:
        seconds: Above 0.

    Raises:
        ValueError: *seconds* is below half a millisecond.

    >>> format_duration(297.5), format_duration(30 * 86400), format_duration(5400)
    ('4m57s500ms', '30d', '1h30m')
    """
    left = round(seconds * 1000)
    if left <= 0:
        raise ValueError(f"a duration is above 0, not {seconds} s")
    parts = []
    for unit, size in _UNITS_MS.items():
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts)


def window_name(seconds: int) -> str:
    """
    Name a window by its one largest whole unit, as recorded series are named.

    >>> window_name(300), window_name(86400), window_name(28 * 86400), window_name(5400)
    ('5m', '1d', '28d', '90m')
    """
    for unit in ("d", "h", "m"):
        count, rest = divmod(seconds * 1000, _UNITS_MS[unit])
        if count and not rest:
            return f"{count}{unit}"
    return f"{seconds}s"


def parse_duration(text: str) -> float:
    """
    Read a duration as Prometheus does: integers and units, from the longest to the shortest.

    Args:
        text: For example ``1h30m``.

    Returns:
        Seconds.

    Raises:
        ValueError: *text* is not of that form, or is 0.

    >>> parse_duration("1h30m"), parse_duration("4w"), parse_duration("500ms")
    (5400.0, 2419200.0, 0.5)
    """
    match = _PROMETHEUS.fullmatch(text)
    total_ms = sum(int(match[unit]) * size for unit, size in _LONG_UNITS_MS.items() if match[unit]) if match else 0
    if not total_ms:
        raise ValueError(f"'{text}' is not a duration: write for example 1h30m or 4w")
    return total_ms / 1000


def parse_shorthand(text: str) -> int:
    """
    Read OpenSLO's duration shorthand: an integer and one of ``s m h d w M Q Y``.

    OpenSLO leaves the length of a month, a quarter and a year to its reader; they are 30, 90 and 365 days here,
    as in OpenSLO's own SDK.

    Args:
        text: For example ``28d``.

    Returns:
        Seconds.

    Raises:
        ValueError: *text* is not of that form, or is 0.

    Source: OpenSLO v1 README, "Duration shorthand".

    >>> parse_shorthand("28d"), parse_shorthand("1M")
    (2419200, 2592000)
    """
    match = re.fullmatch(r"([1-9][0-9]{0,8})([smhdwMQY])", text)
    if not match:
        raise ValueError(f"'{text}' is not a duration: write an integer above 0 and one of s m h d w M Q Y")
    return int(match[1]) * SHORTHAND_S[match[2]]
