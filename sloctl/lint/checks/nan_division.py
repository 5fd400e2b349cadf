"""A division by what can be zero."""

from collections.abc import Iterator
from typing import Final

from sloctl.lint.check import Problem, check
from sloctl.lint.known import Known
from sloctl.lint.labels import is_scalar
from sloctl.lint.rules import Rule
from sloctl.lint.values import COMPARISONS, values_of
from sloctl.model.findings import Severity
from sloctl.promql.tree import Aggregate, Binary, Call, Expr
from sloctl.promql.walk import children, walk

_FLOWS: Final = {"rate", "irate", "increase", "delta", "sum_over_time"}


@check("nan-division", Severity.WARNING)
def nan_division(rule: Rule, known: Known) -> Iterator[Problem]:
    """Find recorded quotients of events whose denominator may be zero."""
    if rule.kind == "record":
        for node in kept_divisions(rule.expr):
            if may_be_zero(node.rhs, known):
                hint = "divide only where there is something: / (total > 0)"
                yield Problem(node, "without traffic this records 0 / 0, which is NaN and spoils every sum of it", hint)


def kept_divisions(expr: Expr) -> Iterator[Binary]:
    """Give the divisions whose result is not compared; no comparison but != lets NaN through."""
    match expr:
        case Binary(op=op) if op in COMPARISONS and not expr.as_bool and op != "!=":
            if is_scalar(expr.lhs) or is_scalar(expr.rhs):
                return
        case Binary(op="/"):
            yield expr
        case Binary(op="unless" | "and"):
            asked = set(walk(expr.rhs))
            yield from (division for division in kept_divisions(expr.lhs) if division.rhs not in asked)
            return
        case Aggregate(op="count" | "group"):
            return
    for child in children(expr):
        yield from kept_divisions(child)


def may_be_zero(expr: Expr, known: Known) -> bool:
    """Tell whether a denominator counts events, of which there may be none."""
    values = values_of(expr, known)
    if values is None or not values.low <= 0 <= values.high:
        return False
    return any(isinstance(part, Call) and part.function in _FLOWS for part in walk(expr))
