"""Arithmetic over what is known of a number: that it lies between two others."""

import math
from typing import Final, NamedTuple

from sloctl.promql.tree import Number

MIRRORED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
"""The comparison that says the same with its sides exchanged."""


class Values(NamedTuple):
    """
    All values that an element can have lie in this interval, ends included; NaN is left aside.

    An end that is excluded is the next number inside.

    >>> str(Values(0, 1)), str(Values(0, math.inf))
    ('between 0 and 1', 'at least 0')
    """

    low: float
    high: float

    def __str__(self) -> str:
        """Say it in words."""
        low, high = (Number(float(f"{end:.12g}")) for end in self)  # without the noise of binary fractions
        if self.low == self.high:
            return f"always {low}"
        if math.isinf(self.high):
            return f"at least {low}"
        return f"at most {high}" if math.isinf(self.low) else f"between {low} and {high}"


Range = Values | None
"""The values of a result; None: it never has an element."""


def hull(*ranges: Range) -> Range:
    """Give the values of elements from several results."""
    found = [some for some in ranges if some is not None]
    return Values(min(some.low for some in found), max(some.high for some in found)) if found else None


def meet(left: Values, right: Values) -> Range:
    """Give the values that are in both."""
    low, high = max(left.low, right.low), min(left.high, right.high)
    return Values(low, high) if low <= high else None


def clamp(found: Values, low: float, high: float) -> Values:
    """Limit values as `clamp` does."""
    return Values(min(max(found.low, low), high), max(min(found.high, high), low))


def filtered(found: Values, op: str, other: Values) -> Range:
    """
    Give the values that a comparison lets through.

    >>> filtered(Values(0, 1), ">", Values(1, 1)) is None
    True
    """
    match op:
        case "==":
            return meet(found, other)
        case "!=":
            return _without(found, other)
        case "<":
            return meet(found, Values(-math.inf, math.nextafter(other.high, -math.inf)))
        case "<=":
            return meet(found, Values(-math.inf, other.high))
        case ">":
            return meet(found, Values(math.nextafter(other.low, math.inf), math.inf))
    return meet(found, Values(other.low, math.inf))


def _without(found: Values, other: Values) -> Range:
    """Take one number away where it is an end."""
    if other.low != other.high:
        return found
    low = math.nextafter(found.low, math.inf) if found.low == other.low else found.low
    high = math.nextafter(found.high, -math.inf) if found.high == other.high else found.high
    return Values(low, high) if low <= high else None


def summed(found: Values) -> Values:
    """Give the values of a sum of one element or more."""
    return Values(found.low if found.low >= 0 else -math.inf, found.high if found.high <= 0 else math.inf)


def added(left: Values, right: Values) -> Values:
    """Give the values of a sum of two; where infinities meet, anything."""
    low, high = left.low + right.low, left.high + right.high
    return Values(-math.inf if math.isnan(low) else low, math.inf if math.isnan(high) else high)


def multiplied(left: Values, right: Values) -> Values:
    """Give the values of a product; 0 times infinity is 0, the limit of small times large."""
    products = [0.0 if math.isnan(a * b) else a * b for a in left for b in right]
    return Values(min(products), max(products))


def divided(left: Values, right: Values) -> Values:
    """
    Give the values of a quotient.

    >>> divided(Values(1, 2), Values(0, 4))
    Values(low=0.25, high=inf)
    """
    if right.low < 0 < right.high:
        return Values(-math.inf, math.inf)
    beyond = math.copysign(math.inf, right.low + right.high)  # what one divided by an end that is zero tends to
    quotients = [a / b if b else a * beyond for a in left for b in right]
    quotients = [0.0 if math.isnan(quotient) else quotient for quotient in quotients]
    return Values(min(quotients), max(quotients))
