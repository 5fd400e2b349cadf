"""An average of ratios that stand for different amounts of traffic."""

import re
from collections.abc import Iterator
from typing import Final

from sloctl.lint.check import Problem, check
from sloctl.lint.known import Known
from sloctl.lint.labels import is_scalar
from sloctl.lint.rules import Rule
from sloctl.model.findings import Severity
from sloctl.promql.tree import Aggregate, Binary, Call, Expr, Selector, Subquery, Unary
from sloctl.promql.walk import walk

_FLOWS: Final = {"rate", "irate", "increase"}
_HAND_ON: Final = {"clamp", "clamp_max", "clamp_min", "label_replace", "label_join", "last_over_time", "round", "abs"}
_RECORDED_RATIO: Final = re.compile(r":.*ratio(_rate|_increase)?_?\d+[smhdw]")
"""A recorded ratio whose name ends in its window: it is one of events, not of a level."""


@check("average-of-ratios", Severity.WARNING)
def average_of_ratios(rule: Rule, known: Known) -> Iterator[Problem]:
    """Find averages, over time or over series, of quotients of events."""
    for node in rule.nodes:
        averaged = _averaged(node)
        if averaged is not None and _is_ratio(averaged, known):
            summary = "an average of ratios counts a quiet minute as much as a busy one"
            yield Problem(node, summary, "sum the numerators and the denominators, then divide once")


def _averaged(node: Expr) -> Expr | None:
    """Give what is averaged; a sum divided by a count is an average too."""
    match node:
        case Aggregate(op="avg"):
            return node.expr
        case Call(function="avg_over_time"):
            return node.args[0]
        case Binary(op="/", lhs=Call(function="sum_over_time") as top, rhs=Call(function="count_over_time") as bottom):
            return top.args[0] if top.args == bottom.args else None
        case Binary(op="/", lhs=Aggregate(op="sum") as top, rhs=Aggregate(op="count") as bottom):
            return top.expr if top.expr == bottom.expr else None
    return None


def _is_ratio(expr: Expr, known: Known) -> bool:
    match expr:
        case Subquery() | Unary() | Aggregate():
            return _is_ratio(expr.expr, known)
        case Call(function=function) if function in _HAND_ON:
            return _is_ratio(expr.args[0], known)
        case Binary(op="/") if not is_scalar(expr.rhs):
            return any(isinstance(part, Call) and part.function in _FLOWS for part in walk(expr.rhs))
        case Binary() if is_scalar(expr.lhs) or is_scalar(expr.rhs):
            return _is_ratio(expr.rhs if is_scalar(expr.lhs) else expr.lhs, known)
        case Selector():
            key = _is_ratio, expr.metric, expr.matchers
            return known.remember(key, lambda: _selects_ratio(expr, known), False)
    return False


def _selects_ratio(selector: Selector, known: Known) -> bool:
    rules = known.recorders(selector)
    if rules:
        return any(_is_ratio(rule.expr, known) for rule in rules)
    return _RECORDED_RATIO.search(selector.metric) is not None
