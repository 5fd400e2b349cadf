"""Absence made to look like zero."""

from collections.abc import Iterator

from sloctl.lint.check import Problem, check
from sloctl.lint.known import Known
from sloctl.lint.rules import Rule
from sloctl.model.findings import Severity
from sloctl.promql.tree import Binary, Call, Expr, Number


@check("zero-fill", Severity.WARNING)
def zero_fill(rule: Rule, _known: Known) -> Iterator[Problem]:
    """Find `or vector(0)`."""
    for node in rule.nodes:
        if isinstance(node, Binary) and node.op == "or" and _is_constant(node.rhs):
            summary = f"'or {node.rhs}' has no labels, and hides that a target is gone"
            hint = "fill by the same labels from what is always there: or 0 * sum by (...) (total)"
            yield Problem(node.rhs, summary, hint)


def _is_constant(expr: Expr) -> bool:
    return isinstance(expr, Call) and expr.function == "vector" and isinstance(expr.args[0], Number)
