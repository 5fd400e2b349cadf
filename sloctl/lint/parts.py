"""Tells whether one count is a part of another, so that their quotient is a ratio between 0 and 1."""

from dataclasses import replace

from sloctl.promql.tree import Aggregate, Binary, Call, Expr, Number, Selector, Subquery


def is_part(part: Expr, whole: Expr) -> bool:
    """
    Tell whether *part* counts some of the events that *whole* counts, as far as the two expressions show.

    That makes it the smaller one where nothing is counted below zero.

    >>> from sloctl.promql.parse import parse
    >>> is_part(parse('sum(rate(a{code="500"}[5m]))'), parse("sum(rate(a[5m])) > 0"))
    True
    >>> is_part(parse("a"), parse("b"))
    False
    """
    whole = unguarded(whole)
    match part, whole:
        case Selector(), Selector():
            return _selects_part(part, whole)
        case Binary(op="-"), _:
            return is_part(part.lhs, whole) and is_part(part.rhs, part.lhs)
        case Binary(op="or"), _:
            return is_part(part.lhs, whole) and is_part(part.rhs, whole)
        case Binary(op="*", lhs=Number(value=0)), _:
            return True
        case Aggregate(op="sum" | "count"), Aggregate():
            return (part.op, part.clause) == (whole.op, whole.clause) and is_part(part.expr, whole.expr)
        case Call(function="rate" | "increase" | "sum_over_time" | "count_over_time"), Call():
            return part.function == whole.function and is_part(part.args[0], whole.args[0])
        case Subquery(), Subquery():
            return replace(part, expr=whole.expr) == whole and is_part(part.expr, whole.expr)
    return False


def unguarded(expr: Expr) -> Expr:
    """
    Give what a comparison with a number lets through.

    >>> from sloctl.promql.parse import parse
    >>> print(unguarded(parse("sum(a) > 0")))
    sum(a)
    """
    while isinstance(expr, Binary) and expr.op in {">", "!=", ">="} and isinstance(expr.rhs, Number):
        expr = expr.lhs
    return expr


def _selects_part(part: Selector, whole: Selector) -> bool:
    bounds = [m for m in part.matchers if m.label == "le"]
    if part.metric.endswith("_bucket") and whole.metric == f"{part.metric.removesuffix('_bucket')}_count" and bounds:
        part = replace(part, metric=whole.metric)
    return set(whole.matchers) <= set(part.matchers) and replace(part, matchers=whole.matchers) == whole
