"""A counter's reading compared with a number."""

from collections.abc import Iterator
from typing import Final

from sloctl.lint.check import Problem, check
from sloctl.lint.known import Known
from sloctl.lint.labels import is_scalar
from sloctl.lint.rules import Rule
from sloctl.lint.values import COMPARISONS
from sloctl.model.findings import Severity
from sloctl.promql.tree import Aggregate, Binary, Call, Expr, Selector

_KEEP_READING: Final = {"abs", "ceil", "floor", "round", "last_over_time", "max_over_time", "min_over_time"}
_AGGREGATES: Final = {"sum", "max", "min", "avg", "topk", "bottomk"}


@check("raw-counter", Severity.WARNING)
def raw_counter(rule: Rule, known: Known) -> Iterator[Problem]:
    """Find comparisons of what a counter has counted since its process began."""
    for node in rule.nodes:
        if isinstance(node, Binary) and node.op in COMPARISONS and is_scalar(node.lhs) != is_scalar(node.rhs):
            read = _reading(node.rhs if is_scalar(node.lhs) else node.lhs)
            if read is not None and known.kind(read.metric) == "counter":
                summary = f"the reading of the counter {read.metric} is compared; a restart begins it anew"
                yield Problem(node, summary, f"compare what happened in a window: increase({read.metric}[1h])")


def _reading(expr: Expr) -> Selector | None:
    """Give the selector whose value an expression hands on."""
    while not isinstance(expr, Selector):
        match expr:
            case Aggregate(op=op) if op in _AGGREGATES:
                expr = expr.expr
            case Call(function=function) if function in _KEEP_READING:
                expr = expr.args[0]
            case _:
                return None
    return expr
