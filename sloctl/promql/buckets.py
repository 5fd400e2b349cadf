"""
How the bound of a histogram's bucket is spelt.

Prometheus 2 keeps what a program writes. Go writes the shortest form, with an exponent from a million on; Python and
OpenMetrics write a float. Prometheus 3 makes a float of Go's form where that has no exponent.
"""

from decimal import Decimal

from sloctl.model.indicators import Matcher

_GO_EXPONENTS = range(-4, 6)
"""Those of numbers that Go writes without one. Source: strconv.FormatFloat with 'g' and the shortest precision."""


def le_matcher(bound: float) -> Matcher:
    r"""
    Match the label of a bucket in every spelling.

    Args:
        bound: Its upper bound, finite.

    >>> [le_matcher(bound).value for bound in (0.25, 1, 1e6)]
    ['0.25', '1|1\\.0', '1000000|1000000\\.0|1e\\+06']
    """
    plain = f"{Decimal(repr(float(bound))):f}".removesuffix(".0")
    spellings = sorted({plain, repr(float(bound)), _go(bound)})
    if len(spellings) == 1:
        return Matcher("le", "=", spellings[0])
    return Matcher("le", "=~", "|".join(spelling.replace(".", r"\.").replace("+", r"\+") for spelling in spellings))


def _go(bound: float) -> str:
    number = Decimal(repr(float(bound))).normalize()
    if number.adjusted() in _GO_EXPONENTS:
        return f"{number:f}"
    digits = str(number.scaleb(-number.adjusted()))
    return f"{digits}e{number.adjusted():+03d}"
