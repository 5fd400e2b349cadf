"""The queries of an SLO, to be checked as rules are."""

from collections.abc import Iterator

from sloctl.lint.rules import Rule, Text
from sloctl.model.indicators import WINDOW, Counter, Expression
from sloctl.model.slo import Slo
from sloctl.promql.parse import parse
from sloctl.promql.tree import Selector, call

_WINDOW_S = 300


def slo_queries(slo: Slo) -> Iterator[Rule]:
    """
    Give what an SLO reads.

    Args:
        slo: Sound; what its queries say is known to be PromQL.
    """
    path, line, column = slo.origin.place("indicator")

    def place(_index: int) -> tuple[int, int]:
        return line, column

    for indicator in (slo.indicator, *(objective.indicator for objective in slo.objectives)):
        fields = [getattr(indicator, name) for name in getattr(indicator, "__slots__", ())]
        for query in fields:
            if isinstance(query, Counter | Expression):
                text = Text(_promql(query), path, place)
                yield Rule("query", Text(slo.id, path, place), text, parse(text.value))


def _promql(query: Counter | Expression) -> str:
    """Write a query over a window of five minutes."""
    if isinstance(query, Counter):
        return str(call("rate", Selector(query.metric, query.matchers, _WINDOW_S)))
    return query.promql.replace(WINDOW, f"{_WINDOW_S}s")
