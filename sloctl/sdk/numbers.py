"""Reads numbers that come from outside."""

import math
from typing import SupportsFloat


def number(value: SupportsFloat) -> float:
    """
    Give a value as a number, and what is none as NaN.

    >>> number(2), number("many")
    (2.0, nan)
    """
    try:
        return float(value)
    except Exception:  # noqa: BLE001 # a type of the host's may raise what it likes
        return math.nan
