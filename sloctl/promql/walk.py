"""Goes through an expression tree."""

from collections.abc import Callable, Iterator
from dataclasses import replace

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


def rewrite(expr: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """
    Give an expression with each of its nodes replaced by what *change* makes of it, from the inside out.

    >>> from sloctl.promql.tree import Selector
    >>> print(rewrite(Selector("a") / Selector("b"), lambda node: Selector("c") if node == Selector("a") else node))
    c / b
    """

    def inner(child: Expr) -> Expr:
        return rewrite(child, change)

    match expr:
        case Call():
            expr = replace(expr, args=tuple(map(inner, expr.args)))
        case Aggregate() | Unary() | Subquery():
            expr = replace(expr, expr=inner(expr.expr))
        case Binary():
            expr = replace(expr, lhs=inner(expr.lhs), rhs=inner(expr.rhs))
    return change(expr)
