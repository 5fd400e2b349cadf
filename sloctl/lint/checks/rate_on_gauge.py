"""The rate of something that is no counter."""

from collections.abc import Iterator
from typing import Final

from sloctl.lint.check import Problem, check
from sloctl.lint.known import Known
from sloctl.lint.rules import Rule
from sloctl.model.findings import Severity
from sloctl.promql.tree import Call, Selector, Subquery

_FUNCTIONS: Final = {"rate", "irate", "increase", "resets"}
_KINDS: Final = {"gauge", "summary"}


@check("rate-on-gauge", Severity.ERROR)
def rate_on_gauge(rule: Rule, known: Known) -> Iterator[Problem]:
    """Find functions of counters that are applied to gauges, to recorded results and to computed ones."""
    for node in rule.nodes:
        if not isinstance(node, Call) or node.function not in _FUNCTIONS:
            continue
        match node.args[0]:
            case Selector(metric=metric) as selector if known.kind(metric) in _KINDS:
                what = "a recorded result" if metric in known.recorded else f"a {known.kind(metric)}"
                hint = "take the rate first, of the counter itself"
                hint = hint if metric in known.recorded else "delta() or deriv() tell how a gauge moves"
                yield Problem(selector, f"{node.function}() of {metric}, which is {what} and no counter", hint)
            case Subquery(expr=inner) if not isinstance(inner, Selector):
                hint = "take the rate of each counter first, then compute"
                yield Problem(
                    node, f"{node.function}() of a computed result, in which no reset of a counter shows", hint
                )
