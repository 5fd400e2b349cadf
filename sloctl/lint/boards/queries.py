"""PromQL as dashboards write it: with variables in it."""

import re
from collections.abc import Mapping
from typing import Final

_STRING: Final = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|`[^`]*`")
_VARIABLE: Final = re.compile(
    r"\$\{(?P<braced>[^\W\d]\w*)[^}]*\}|\$(?P<plain>[^\W\d]\w*)|\[\[(?P<old>[^\W\d]\w*)[^\]]*\]\]"
)
"""A number stands for what a group of a regular expression has found."""
_BUILT_IN: Final[Mapping[str, str]] = {
    "__rate_interval": "4m",
    "__interval": "1m",
    "__range": "3h",
    "__auto": "4m",
    "__rate_interval_ms": "240000",
    "__interval_ms": "60000",
    "__range_s": "10800",
    "__range_ms": "10800000",
    "__from": "0",
    "__to": "0",
    "__dashboard": "dashboard",
    "__org": "1",
}
"""What Grafana knows by itself, each with a value that it could have."""
_IN_RANGE: Final = re.compile(r"\[[^\[\]\"]*$")
_DURATION: Final = "4m"


def variables_of(text: str) -> list[str]:
    """
    List the variables that a text names, in their order.

    >>> variables_of('sum by ($by) (up{job=~"${job:regex}"})')
    ['by', 'job']
    """
    return [_name(match) for match in _VARIABLE.finditer(text)]


def first_value(query: str) -> str:
    """
    Give the first of the values that a variable's text lists, without the name that people see.

    >>> first_value("Five minutes : 5m, One hour : 1h"), first_value("a,b")
    ('5m', 'a')
    """
    return query.partition(",")[0].rpartition(" : ")[2].strip()


def is_built_in(name: str) -> bool:
    """Tell whether Grafana brings a variable."""
    return name.startswith("__")


def expanded(query: str, values: Mapping[str, str]) -> str:
    """
    Put values in the place of variables, so that a query can be read.

    Args:
        query: PromQL with variables. Inside quotes they are left alone, for there they are text.
        values: Of the dashboard's variables; the others stand for a label, or in a range for a duration.

    >>> expanded('sum by ($by) (rate(a{b="$c"}[$__rate_interval])) > ${least}', {"least": "2"})
    'sum by (by) (rate(a{b="$c"}[4m])) > 2'
    """
    parts: list[str] = []
    start = 0
    for quoted in (*_STRING.finditer(query), None):
        end = quoted.start() if quoted else len(query)
        parts.append(filled(query[start:end], values))
        if quoted:
            parts.append(quoted[0])
            start = quoted.end()
    return "".join(parts)


def filled(text: str, values: Mapping[str, str]) -> str:
    """Put values in the place of all variables, those inside quotes too, as Grafana does."""

    def value(match: re.Match[str]) -> str:
        name = _name(match)
        known = values.get(name) or _BUILT_IN.get(name)
        return known or (_DURATION if _IN_RANGE.search(text[: match.start()]) else name)

    return _VARIABLE.sub(value, text)


def _name(match: re.Match[str]) -> str:
    return match["braced"] or match["plain"] or match["old"]
