"""The queries of an SLO, to be checked as rules are."""

from collections.abc import Iterator
from functools import partial

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
    members = ((f"objectives[{n}]", objective.indicator) for n, objective in enumerate(slo.objectives))
    for where, indicator in (("indicator", slo.indicator), *members):
        path, *start = slo.origin.place(where)
        place = partial(_place, *start)
        fields = [getattr(indicator, name) for name in getattr(indicator, "__slots__", ())]
        for query in fields:
            if isinstance(query, Counter | Expression):
                text = Text(_promql(query), path, place)
                yield Rule("query", Text(slo.id, path, place), text, parse(text.value))


def _place(line: int, column: int, _index: int) -> tuple[int, int]:
    """Point at the indicator, wherever in its query a fault is."""
    return line, column


def _promql(query: Counter | Expression) -> str:
    """Write a query over a window of five minutes."""
    if isinstance(query, Counter):
        return str(call("rate", Selector(query.metric, query.matchers, _WINDOW_S)))
    return query.promql.replace(WINDOW, f"{_WINDOW_S}s")
