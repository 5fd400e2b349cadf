"""Finds the counter inside a query of a spec."""

import re
from typing import Final

from sloctl.model.indicators import Counter
from sloctl.promql.parse import parse
from sloctl.promql.tree import Aggregate, Call, Expr, Selector

_WINDOW_TOKEN: Final = re.compile(r"\[\s*\{\{\s*\.window\s*\}\}\s*\]")
_RANGE_FUNCTIONS: Final = {"rate", "increase", "irate"}


def read_counter(query: str) -> tuple[Counter, tuple[str, ...]]:
    """
    Read which series a query counts, and by which labels it keeps them apart.

    The range of the query plays no part: the rules bring their own.

    Args:
        query: A selector; or `rate`, `increase` or `irate` of one; or the `sum`, by labels or not, of either. A range
            may be fixed or Sloth's ``{{.window}}``.

    Raises:
        ValueError: It does not parse or has another shape; the message says why.

    >>> read_counter('sum by (controller) (rate(errors_total[5m]))')
    (Counter(metric='errors_total', matchers=()), ('controller',))
    """
    expr = parse(_WINDOW_TOKEN.sub("[5m]", query))
    labels: tuple[str, ...] = ()
    if isinstance(expr, Aggregate):
        if expr.op != "sum" or expr.clause == "without":
            raise ValueError(f"events are summed, by labels or not; '{f'{expr.op} {expr.clause}'.strip()}' is not read")
        labels, expr = tuple(dict.fromkeys(expr.labels)), expr.expr
    if isinstance(expr, Call):
        if expr.function not in _RANGE_FUNCTIONS:
            raise ValueError(f"events are the increase of a counter, not {expr.function}()")
        expr = expr.args[0]
    return _counter(expr), labels


def _counter(expr: Expr) -> Counter:
    if not isinstance(expr, Selector):
        raise ValueError(f"a counter is selected by its name and labels, not computed as '{expr}'")
    if not expr.metric and not any(m.label == "__name__" and m.op == "=" for m in expr.matchers):
        raise ValueError("a counter is one metric, and its name is missing")
    if expr.offset_s or expr.at:
        raise ValueError("offset and @ would move events in time")
    return Counter(expr.metric, expr.matchers)
