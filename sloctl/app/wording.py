"""How the numbers of SLOs are written for people, on whatever shows them."""

from typing import Final

from sloctl.app.status import SloStatus

UNKNOWN: Final = "-"
_UNITS: Final = (("s", 1), ("min", 60), ("h", 3600), ("d", 86_400))
_DIGITS: Final = 4
_ALL_DIGITS: Final = 18
"""As many tell any two numbers apart."""
_SOME: Final = 2
"""From so many of a unit on it is used."""


def percent(ratio: float | None) -> str:
    """
    Write a share.

    What is less than all never reads as all.

    >>> percent(0.9995), percent(0.999996), percent(1.0), percent(None)
    ('99.95 %', '99.9996 %', '100 %', '-')
    """
    if ratio is None:
        return UNKNOWN
    texts = (f"{ratio * 100:.{digits}g}" for digits in range(_DIGITS, _ALL_DIGITS))
    return f"{next(text for text in texts if ratio >= 1 or float(text) < 100)} %"


def times(burn: float | None) -> str:
    """
    Write a burn rate.

    >>> times(14.4)
    '14.4x'
    """
    return UNKNOWN if burn is None else f"{burn:.1f}x"


def duration(seconds: float) -> str:
    """
    Write a duration in the largest unit of which there are some.

    >>> duration(90), duration(150), duration(3 * 86400)
    ('90 s', '2 min', '3 d')
    """
    name, size = next(((name, size) for name, size in reversed(_UNITS) if seconds >= _SOME * size), _UNITS[0])
    return f"{seconds / size:.0f} {name}"


def coverage(slo: SloStatus) -> str:
    """
    Say from how much of the period the budget is known.

    >>> coverage(SloStatus("shop", "errors", period="30d", period_s=30 * 86400, coverage_ratio=0.5))
    'from 15 d of 30 d'
    """
    if slo.coverage_ratio is None or slo.period_s is None:
        return ""
    return f"from {duration(slo.coverage_ratio * slo.period_s)} of {slo.period[:-1]} {slo.period[-1]}"


def spent(slo: SloStatus) -> str:
    """
    Say when the budget will be spent.

    >>> spent(SloStatus("shop", "errors", exhaustion_s=0)), spent(SloStatus("shop", "errors", exhaustion_s=7200))
    ('spent', '2 h')
    """
    if slo.exhaustion_s is None:
        return UNKNOWN
    return duration(slo.exhaustion_s) if slo.exhaustion_s else "spent"
