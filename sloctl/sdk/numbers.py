"""Reads numbers that come from outside."""

import math


def number(value: object) -> float:
    """
    Give a value as a number, and what is none as NaN.

    >>> number(2), number("many")
    (2.0, nan)
    """
    try:
        return float(value)  # type: ignore[arg-type] # that is what is found out here
    except Exception:  # noqa: BLE001 # a type of the host's may raise what it likes
        return math.nan
