"""Works out which values the result of an expression can take, by interval arithmetic."""

import math
from collections.abc import Callable
from typing import Final

from sloctl.lint.intervals import (
    MIRRORED,
    Range,
    Values,
    added,
    clamp,
    divided,
    filtered,
    hull,
    meet,
    multiplied,
    summed,
)
from sloctl.lint.known import Known, matches
from sloctl.lint.labels import is_scalar
from sloctl.lint.parts import is_part, unguarded
from sloctl.model import names
from sloctl.promql.tree import Aggregate, Binary, Call, Expr, Number, Selector, Subquery, Unary

ANY: Final = Values(-math.inf, math.inf)
_POSITIVE: Final = Values(0, math.inf)
RATIO: Final = Values(0, 1)
_ONE: Final = Values(1, 1)
_COUNT: Final = Values(1, math.inf)

_METRICS: Final = {"up": RATIO, "ALERTS": _ONE, "probe_success": RATIO, "probe_http_ssl": RATIO}
_RATIOS: Final = names.error_name("")
_FUNCTIONS: Final = {
    **dict.fromkeys(
        ("rate", "irate", "increase", "changes", "resets", "stddev_over_time", "stdvar_over_time"), _POSITIVE
    ),
    **dict.fromkeys(("abs", "sqrt", "exp", "time", "timestamp", "histogram_count"), _POSITIVE),
    **dict.fromkeys(("absent", "absent_over_time", "present_over_time"), _ONE),
    "count_over_time": _COUNT,
    "histogram_fraction": RATIO,
    "sgn": Values(-1, 1),
    "minute": Values(0, 59),
    "hour": Values(0, 23),
    "day_of_week": Values(0, 6),
    "day_of_month": Values(1, 31),
    "day_of_year": Values(1, 366),
    "days_in_month": Values(28, 31),
    "month": Values(1, 12),
}
_OVER_TIME: Final = ("avg", "min", "max", "last", "first", "quantile")
_PASS: Final = {
    *(f"{name}_over_time" for name in _OVER_TIME),
    *("label_join", "label_replace", "scalar", "sort", "sort_desc", "sort_by_label", "sort_by_label_desc", "vector"),
}
_NEVER_EMPTY: Final = {"absent", "absent_over_time", "scalar"}
_AGGREGATES: Final = {
    "count": _COUNT,
    "count_values": _COUNT,
    "group": _ONE,
    "stddev": _POSITIVE,
    "stdvar": _POSITIVE,
}
COMPARISONS: Final = frozenset({"==", "!=", "<", "<=", ">", ">="})


def values_of(expr: Expr, known: Known) -> Range:
    """
    Give the values that the elements of a result can have.

    Args:
        expr: Anything.
        known: Tells by their rules the values of recorded series, and by their kind those of metrics.

    >>> from sloctl.promql.parse import parse
    >>> values_of(parse("1 - sum(rate(a{b='c'}[5m])) / sum(rate(a[5m]))"), Known())
    Values(low=0.0, high=1.0)
    >>> values_of(parse("count(up) == 0"), Known()) is None
    True
    """

    def inner(part: Expr) -> Range:
        return values_of(part, known)

    match expr:
        case Number():
            return ANY if math.isnan(expr.value) else Values(expr.value, expr.value)
        case Selector():
            unknown: Range = ANY
            return known.remember((values_of, expr.metric, expr.matchers), lambda: _selected(expr, known), unknown)
        case Subquery():
            return inner(expr.expr)
        case Unary():
            found = inner(expr.expr)
            return found and Values(-found.high, -found.low)
        case Aggregate():
            found = inner(expr.expr)
            return found and (summed(found) if expr.op == "sum" else _AGGREGATES.get(expr.op, found))
        case Call():
            return _called(expr, inner)
        case Binary():
            return _combined(expr, inner)
    return ANY


def _selected(selector: Selector, known: Known) -> Range:
    if contradicts_itself(selector):
        return None
    if selector.metric.startswith(_RATIOS):
        return RATIO
    rules = known.recorders(selector)
    if rules:
        return hull(*(values_of(rule.expr, known) for rule in rules))
    metric = known.metrics.get(selector.metric)
    if metric is not None and metric.is_ratio:
        return RATIO
    return _METRICS.get(selector.metric, _POSITIVE if known.kind(selector.metric) == "counter" else ANY)


def contradicts_itself(selector: Selector) -> bool:
    """
    Tell whether no series can satisfy all matchers.

    >>> from sloctl.model.indicators import Matcher
    >>> contradicts_itself(Selector("a", (Matcher("b", "=", "c"), Matcher("b", "!~", "c|d"))))
    True
    """
    given = {m.label: m.value for m in selector.matchers if m.op == "="}
    return any(m.label in given and not matches(m, given[m.label]) for m in selector.matchers)


def _called(call: Call, inner: Callable[[Expr], Range]) -> Range:
    args = [inner(arg) for arg in call.args]
    if None in args and call.function not in _NEVER_EMPTY:
        return None
    first = next((arg for arg, expr in zip(args, call.args, strict=True) if not is_scalar(expr)), None) or ANY
    match call.function:
        case "sum_over_time":
            return summed(first)
        case "clamp" if args[1] and args[2]:
            return clamp(first, args[1].low, args[2].high)
        case "clamp_min" if args[1]:
            return clamp(first, args[1].low, math.inf)
        case "clamp_max" if args[1]:
            return clamp(first, -math.inf, args[1].high)
        case "vector":
            return args[0]
    return first if call.function in _PASS else _FUNCTIONS.get(call.function, ANY)


def _combined(expr: Binary, inner: Callable[[Expr], Range]) -> Range:
    left, right = inner(expr.lhs), inner(expr.rhs)
    match expr.op:
        case "or":
            return hull(left, right)
        case "unless":
            return left
    if left is None or right is None:
        return None
    if expr.op == "and":
        same = not expr.matching.clause and _subject(expr.lhs) == _subject(expr.rhs)
        return meet(left, right) if same else left
    if expr.op in COMPARISONS:
        return _compared(expr, left, right)
    if expr.op == "/" and is_part(expr.lhs, expr.rhs):
        whole = inner(unguarded(expr.rhs))
        if whole is not None and whole.low >= 0:
            return RATIO
    return _computed(expr.op, left, right)


def _subject(expr: Expr) -> Expr:
    """Give what a comparison compares; an expression without one is its own subject."""
    while isinstance(expr, Binary) and expr.op in COMPARISONS and not expr.as_bool and is_scalar(expr.rhs):
        expr = expr.lhs
    return expr


def _compared(expr: Binary, left: Values, right: Values) -> Range:
    if is_scalar(expr.lhs) and not is_scalar(expr.rhs):  # the vector's values are kept
        kept = filtered(right, MIRRORED.get(expr.op, expr.op), left)
    else:
        kept = filtered(left, expr.op, right)
    return (RATIO if kept else Values(0, 0)) if expr.as_bool else kept


def _computed(op: str, left: Values, right: Values) -> Values:
    match op:
        case "+":
            return added(left, right)
        case "-":
            return added(left, Values(-right.high, -right.low))
        case "/":
            return divided(left, right)
        case "*":
            return multiplied(left, right)
        case "%" | "^" if left.low >= 0 and right.low >= 0:
            return _POSITIVE
    return ANY
