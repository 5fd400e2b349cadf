"""Works out which labels the result of an expression has."""

from typing import Final

from sloctl.lint.known import Known
from sloctl.promql.tree import Aggregate, Binary, Call, Expr, Number, Selector, String, Subquery, Unary

Labels = frozenset[str] | None
"""The labels that a vector's elements can have; None: not known."""

NONE: Final = frozenset[str]()
_SCALARS: Final = frozenset({"scalar", "time", "pi"})
_KEEP_SERIES: Final = frozenset({"topk", "bottomk", "limitk", "limit_ratio"})
_SETS: Final = frozenset({"and", "or", "unless"})
_FROM_MATCHERS: Final = frozenset({"absent", "absent_over_time"})


def is_scalar(expr: Expr) -> bool:
    """
    Tell whether an expression is a number and no vector.

    >>> from sloctl.promql.parse import parse
    >>> is_scalar(parse("14.4 * (1 - 0.999)")), is_scalar(parse("vector(1)"))
    (True, False)
    """
    match expr:
        case Unary():
            return is_scalar(expr.expr)
        case Binary():
            return is_scalar(expr.lhs) and is_scalar(expr.rhs)
        case Call():
            return expr.function in _SCALARS
    return isinstance(expr, Number)


def labels_of(expr: Expr, known: Known) -> Labels:
    """
    Give the labels that the elements of a result can have.

    Args:
        expr: Anything.
        known: Tells the labels of metrics, and by their rules those of recorded series.

    >>> from sloctl.promql.parse import parse
    >>> sorted(labels_of(parse("sum by (a, b) (c) * on (a) group_left (d) e"), Known()))
    ['a', 'b', 'd']
    """
    match expr:
        case Selector():
            key = labels_of, expr.metric, expr.matchers
            return known.remember(key, lambda: _selected(expr, known), None)
        case Subquery() | Unary():
            return labels_of(expr.expr, known)
        case Aggregate():
            return _aggregated(expr, labels_of(expr.expr, known))
        case Call():
            return _called(expr, known)
        case Binary() if expr.op in _SETS:
            left, right = labels_of(expr.lhs, known), labels_of(expr.rhs, known)
            return _union(left, right) if expr.op == "or" else left
        case Binary():
            return _matched(expr, known)
    return NONE


def _union(*labels: Labels) -> Labels:
    found = NONE
    for some in labels:
        if some is None:
            return None
        found |= some
    return found


def _selected(selector: Selector, known: Known) -> Labels:
    rules = known.recorders(selector)
    if rules:
        return _union(*(_union(labels_of(rule.expr, known), frozenset(rule.labels)) for rule in rules))
    metric = known.metrics.get(selector.metric)
    return None if metric is None or metric.labels is None else frozenset(metric.labels)


def _aggregated(expr: Aggregate, inner: Labels) -> Labels:
    if expr.op in _KEEP_SERIES:
        return inner
    if expr.clause == "without":
        kept = None if inner is None else inner.difference(expr.labels)
    else:
        kept = frozenset(expr.labels) if inner is None else inner.intersection(expr.labels)
    if expr.op == "count_values":
        return _union(kept, frozenset({expr.param.value})) if isinstance(expr.param, String) else None
    return kept


def _called(expr: Call, known: Known) -> Labels:
    if expr.function == "info":
        return None
    if expr.function in _FROM_MATCHERS:
        inner = expr.args[0]
        return frozenset(m.label for m in inner.matchers if m.op == "=") if isinstance(inner, Selector) else NONE
    vectors = [arg for arg in expr.args if not isinstance(arg, String) and not is_scalar(arg)]
    if not vectors:
        return NONE
    labels = labels_of(vectors[0], known)
    if labels is None:
        return None
    if expr.function in {"label_replace", "label_join"} and isinstance(expr.args[1], String):
        return labels | {expr.args[1].value}
    return labels - {"le"} if expr.function == "histogram_quantile" else labels


def _matched(expr: Binary, known: Known) -> Labels:
    """Give the labels of arithmetic and comparisons."""
    if is_scalar(expr.lhs) or is_scalar(expr.rhs):
        return labels_of(expr.rhs if is_scalar(expr.lhs) else expr.lhs, known)
    matching = expr.matching
    if matching.group:
        many = expr.lhs if matching.group == "left" else expr.rhs
        return _union(labels_of(many, known), frozenset(matching.include))
    if matching.clause == "on":
        return frozenset(matching.labels)
    sides = [labels_of(side, known) for side in (expr.lhs, expr.rhs)]
    sure = [labels for labels in sides if labels is not None]  # only elements with the same labels meet
    return frozenset.intersection(*sure).difference(matching.labels) if sure else None
