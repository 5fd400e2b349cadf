"""An alert, or a part of one, that no value can set off."""

from collections.abc import Iterator
from typing import Final

from sloctl.lint.check import Problem, check
from sloctl.lint.intervals import MIRRORED, Values
from sloctl.lint.known import Known
from sloctl.lint.labels import is_scalar
from sloctl.lint.rules import Rule
from sloctl.lint.values import COMPARISONS, RATIO, contradicts_itself, values_of
from sloctl.model.findings import Severity
from sloctl.promql.tree import Aggregate, Binary, Expr, Number, Selector

_PERCENT: Final = 100


@check("never-fires", Severity.ERROR)
def never_fires(rule: Rule, known: Known) -> Iterator[Problem]:
    """Find comparisons in alerts that cannot hold, and matchers that exclude each other."""
    if rule.kind != "alert":
        return
    for node in rule.nodes:
        if isinstance(node, Selector) and contradicts_itself(node):
            summary = f"the matchers of {node.metric or 'this selector'} exclude each other"
            yield Problem(node, summary, "keep the one that is meant")
        elif isinstance(node, Binary) and node.op in COMPARISONS | {"and"} and not node.as_bool:
            yield from _impossible(node, known)


def _impossible(node: Binary, known: Known) -> Iterator[Problem]:
    left, right = values_of(node.lhs, known), values_of(node.rhs, known)
    if left is None or right is None or values_of(node, known) is not None:
        return
    if node.op == "and":
        yield Problem(node, "the two conditions exclude each other", "widen one; 'or' alerts on either")
        return
    subject, values, op, limit = node.lhs, left, node.op, node.rhs
    if is_scalar(node.lhs):
        subject, values, op, limit = node.rhs, right, MIRRORED.get(op, op), node.lhs
    hint = _instead(subject, values, op, limit)
    yield Problem(node, f"'{op} {limit}' never holds for what is {values}", hint)


def _instead(subject: Expr, values: Values, op: str, limit: Expr) -> str:
    """Say what to compare with."""
    low, high = (f"{end:.12g}" for end in values)
    match op:
        case "<" | "<=" | "==" if isinstance(subject, Aggregate) and subject.op == "count":
            return "what is not there has no count; use absent(...)"
        case ">" | ">=" if values == RATIO and isinstance(limit, Number) and 1 < limit.value <= _PERCENT:
            return f"shares go up to 1: {limit} % is {limit.value / _PERCENT:.12g}"
        case ">":
            return f"compare with less than {high}"
        case ">=":
            return f"compare with {high} or less"
        case "<":
            return f"compare with more than {low}"
        case "<=":
            return f"compare with {low} or more"
        case "==":
            return f"compare with what is {values}"
    return "compare with another number, or not at all"
