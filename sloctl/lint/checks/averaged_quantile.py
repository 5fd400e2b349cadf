"""Percentiles that are added up or averaged."""

import re
from collections.abc import Iterator
from typing import Final

from sloctl.lint.check import Problem, check
from sloctl.lint.known import Known
from sloctl.lint.labels import labels_of
from sloctl.lint.rules import Rule
from sloctl.model.findings import Severity
from sloctl.promql.tree import Aggregate, Binary, Call, Expr, Selector, Subquery, Unary

_AGGREGATES: Final = {"avg", "sum", "quantile"}
_OVER_TIME: Final = {"avg_over_time", "sum_over_time", "quantile_over_time", "rate", "increase"}
_QUANTILES: Final = {"histogram_quantile", "quantile_over_time"}
_HAND_ON: Final = {"clamp", "clamp_max", "clamp_min", "label_replace", "label_join", "last_over_time", "round", "abs"}
_NAME: Final = re.compile(
    r"(?:^|[_:])(?:p\d{2,3}|\d{2,3}(?:th|pct)?_?(?:percentile|quantile)|(?:percentile|quantile)_?\d*)(?=$|[_:])"
)


@check("averaged-quantile", Severity.WARNING)
def averaged_quantile(rule: Rule, known: Known) -> Iterator[Problem]:
    """Find sums and averages, over series or over time, of quantiles."""
    for node in rule.nodes:
        match node:
            case Aggregate(op=op) if op in _AGGREGATES:
                inner = node.expr
            case Call(function=function) if function in _OVER_TIME:
                inner = node.args[-1]
            case _:
                continue
        if _is_quantile(inner, known):
            summary = "the average or sum of percentiles is no percentile of anything"
            hint = "keep a histogram: sum its buckets by le, then take histogram_quantile()"
            yield Problem(node, summary, hint)


def _is_quantile(expr: Expr, known: Known) -> bool:
    match expr:
        case Subquery() | Unary():
            return _is_quantile(expr.expr, known)
        case Aggregate(op="quantile"):
            return True
        case Aggregate(op="max" | "min" | "topk" | "bottomk"):
            return _is_quantile(expr.expr, known)
        case Call(function=function) if function in _QUANTILES:
            return True
        case Call(function=function) if function in _HAND_ON:
            return _is_quantile(expr.args[0], known)
        case Binary(op="*" | "/"):
            return _is_quantile(expr.lhs, known)
        case Selector():
            key = _is_quantile, expr.metric, expr.matchers
            return known.remember(key, lambda: _selects_quantile(expr, known), False)
    return False


def _selects_quantile(selector: Selector, known: Known) -> bool:
    labels = {*(labels_of(selector, known) or ()), *(matcher.label for matcher in selector.matchers)}
    if known.kind(selector.metric) == "summary" or "quantile" in labels:
        return True
    rules = known.recorders(selector)
    if rules:
        return any(_is_quantile(rule.expr, known) for rule in rules)
    return _NAME.search(selector.metric) is not None
