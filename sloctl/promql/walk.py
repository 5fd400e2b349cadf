"""Goes through an expression tree."""

from collections.abc import Iterator

from sloctl.promql.tree import Aggregate, Binary, Call, Expr, Subquery, Unary


def children(expr: Expr) -> tuple[Expr, ...]:
    """
    Give the operands of a node, from left to right.

    >>> from sloctl.promql.tree import Selector
    >>> [str(child) for child in children(Selector("a") / 2)]
    ['a', '2']
    """
    match expr:
        case Binary():
            return expr.lhs, expr.rhs
        case Call():
            return expr.args
        case Aggregate():
            return (expr.expr,) if expr.param is None else (expr.param, expr.expr)
        case Subquery() | Unary():
            return (expr.expr,)
    return ()


def walk(expr: Expr) -> Iterator[Expr]:
    """Give a node and all nodes below it, from the outside in and from left to right."""
    yield expr
    for child in children(expr):
        yield from walk(child)
