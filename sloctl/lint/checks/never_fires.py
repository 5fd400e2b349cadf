"""An alert, or a part of one, that no value can set off."""

from collections.abc import Iterator

from sloctl.lint.check import Problem, check
from sloctl.lint.intervals import MIRRORED
from sloctl.lint.known import Known
from sloctl.lint.labels import is_scalar
from sloctl.lint.rules import Rule
from sloctl.lint.values import COMPARISONS, contradicts_itself, values_of
from sloctl.model.findings import Severity
from sloctl.promql.tree import Binary, Selector


@check("never-fires", Severity.ERROR)
def never_fires(rule: Rule, known: Known) -> Iterator[Problem]:
    """Find comparisons in alerts that cannot hold, and matchers that exclude each other."""
    if rule.kind != "alert":
        return
    for node in rule.nodes:
        if isinstance(node, Selector) and contradicts_itself(node):
            yield Problem(node, f"the matchers of {node.metric or 'this selector'} exclude each other")
        elif isinstance(node, Binary) and node.op in COMPARISONS | {"and"} and not node.as_bool:
            yield from _impossible(node, known)


def _impossible(node: Binary, known: Known) -> Iterator[Problem]:
    left, right = values_of(node.lhs, known), values_of(node.rhs, known)
    if left is None or right is None or values_of(node, known) is not None:
        return
    if node.op == "and":
        yield Problem(node, "the two conditions exclude each other")
        return
    values, op, limit = left, node.op, node.rhs
    if is_scalar(node.lhs):
        values, op, limit = right, MIRRORED.get(op, op), node.lhs
    yield Problem(node, f"'{op} {limit}' never holds for what is {values}")
