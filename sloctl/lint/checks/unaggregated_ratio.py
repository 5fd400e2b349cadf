"""A quotient in which every series is divided by itself."""

from collections.abc import Iterator
from typing import Final

from sloctl.lint.check import Problem, check
from sloctl.lint.known import Known
from sloctl.lint.rules import Rule
from sloctl.model.findings import Severity
from sloctl.promql.tree import Binary, Call, Expr, Selector

_FUNCTIONS: Final = {"rate", "irate", "increase", "delta", "sum_over_time"}


@check("unaggregated-ratio", Severity.ERROR)
def unaggregated_ratio(rule: Rule, _known: Known) -> Iterator[Problem]:
    """Find divisions of one metric by itself where the series meet one to one."""
    for node in rule.nodes:
        if not isinstance(node, Binary) or node.op != "/":
            continue
        left, right = _series(node.lhs), _series(node.rhs)
        if left is None or right is None or not left.metric or left.metric != right.metric:
            continue
        apart = sorted({m.label for m in set(left.matchers) ^ set(right.matchers)})
        if apart and not _ignored(node, apart):
            summary = f"every series is divided by itself, which gives 1: both sides keep the label '{apart[0]}'"
            yield Problem(node, summary, "sum both sides by the labels that are to stay, then divide")


def _series(expr: Expr) -> Selector | None:
    """Give the selector whose labels an expression keeps."""
    while isinstance(expr, Call) and expr.function in _FUNCTIONS:
        expr = expr.args[0]
    return expr if isinstance(expr, Selector) else None


def _ignored(node: Binary, labels: list[str]) -> bool:
    """Tell whether the labels that tell the sides apart play no part in the matching."""
    listed = set(labels) <= set(node.matching.labels)
    match node.matching.clause:
        case "ignoring":
            return listed
        case "on":
            return not set(labels) & set(node.matching.labels)
    return False
