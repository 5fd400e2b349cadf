"""How an SLO did over time: which questions its graphs ask."""

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any, Final

from sloctl.board.graphs import Graph, Line, Span
from sloctl.board.pairs import Pair, read_pairs
from sloctl.board.reading import Row
from sloctl.clients.prometheus import Prometheus, Series
from sloctl.model import names
from sloctl.model.durations import parse_shorthand
from sloctl.model.errors import BackendError
from sloctl.model.windows import DAY_S, HOUR_S
from sloctl.promql.sloqueries import AT_RISK_BELOW, NOW_WINDOW, SloQueries

RANGES_S: Final = (900, HOUR_S, 6 * HOUR_S, DAY_S, 7 * DAY_S, 30 * DAY_S)
"""Ranges of time to choose from, in seconds."""
_STEPS: Final = 240
_EVENTS_OVER: Final = ((DAY_S, "5m"), (7 * DAY_S, "1h"), (float("inf"), "6h"))
"""Up to which range of time events are counted over which window."""
_BURN: Final = names.burn_name("")


def usual_range_s(row: Row) -> int:
    """Give the range of time that shows what is known, up to a day, in seconds."""
    return min(_known_range_s(row), DAY_S)


@dataclass(frozen=True, slots=True)
class Past:
    """
    How an SLO did.

    Args:
        range_s: How far back that goes, in seconds.
        pairs: Of its alerts.
        graphs: What was recorded.
    """

    range_s: int = 0
    pairs: Sequence[Pair] = ()
    graphs: Sequence[Graph] = ()


async def read_past(prometheus: Prometheus, row: Row, until_s: float, range_s: int) -> Past:
    """
    Read how an SLO did. A graph whose question fails says so, and the others are drawn.

    Args:
        prometheus: Where to ask.
        row: The SLO, or the part of one.
        until_s: The end of each graph, in Unix seconds.
        range_s: How far back they go, in seconds; that of the budget goes back to where the period began, or to where
            data begins.
    """
    pairs = await read_pairs(prometheus, row, until_s)
    return Past(range_s, pairs, await _graphs(prometheus, row, pairs, until_s, range_s))


async def _graphs(
    prometheus: Prometheus, row: Row, pairs: Sequence[Pair], until_s: float, range_s: int
) -> Sequence[Graph]:
    ask, status = row.queries, row.status
    period_s = status.period_s or 30 * DAY_S
    span, period = _span(until_s, range_s), _span(until_s, min(_known_range_s(row), period_s))
    events_over = next(window for up_to_s, window in _EVENTS_OVER if range_s <= up_to_s)
    budget = Graph(
        "budget",
        "Error budget left",
        "What is left of the bad events that the objective allows over the period. A steep fall is an incident, a"
        " steady one a chronic fault, a rise an old incident that has left the period. Spent evenly it would follow the"
        " dashed line, to 0 % where the period ends; below 0 % the objective is missed.",
        "ratio",
        period,
        "The rules have recorded no budget in this time.",
    )
    burns = Graph(
        "burn",
        "Burn rates",
        "How many times faster than sustainable the budget goes, over each window. At 1x it lasts for exactly the"
        " period. An alert fires while both windows of a pair are above its limit.",
        "times",
        span,
        "No events in any window: there is nothing that could burn.",
    )
    sli = Graph(
        "sli",
        f"SLI over {NOW_WINDOW} against the objective",
        "The share of good events. While it stays under the dashed line, the budget is spent faster than it lasts: look"
        " at what changed where that begins.",
        "ratio",
        span,
        "No events in this time: of none, no share is good or bad.",
    )
    events = Graph(
        "events",
        f"Events in {events_over}",
        "What the SLI is made of. Where good events end and no bad ones begin, nothing is being asked, or nothing is"
        " being counted.",
        "events",
        span,
        "The rules have recorded no events in this time.",
    )
    return await asyncio.gather(
        _answer(budget, _budget(prometheus, ask, period, period_s)),
        _answer(burns, _burns(prometheus, ask, pairs, span)),
        _answer(sli, _sli(prometheus, ask, span, status.objective_ratio)),
        _answer(events, _events(prometheus, ask, span, events_over)),
    )


async def _answer(graph: Graph, lines: Coroutine[Any, Any, list[Line]]) -> Graph:
    try:
        found = await lines
    except BackendError as error:
        return replace(graph, error=str(error))
    known = [line.points[0][0] for line in found if line.points and not line.is_limit]
    since_s = min([*known, graph.span.until_s - graph.span.step_s])  # nothing is drawn where nothing is known
    return replace(graph, lines=found, span=replace(graph.span, since_s=since_s))


async def _budget(prometheus: Prometheus, ask: SloQueries, span: Span, period_s: float) -> list[Line]:
    left, starts = await asyncio.gather(
        _over(prometheus, ask.budget_left, span), prometheus.query(ask.period_start_s, span.until_s)
    )
    start_s = starts[0].value if starts else span.until_s - period_s
    even = [(at_s, 1 - (at_s - start_s) / period_s) for at_s in (max(span.since_s, start_s), span.until_s)]
    return [
        *(Line("budget left", series.points) for series in left),
        Line("spent evenly", even, is_limit=True),
        span.level("at risk", AT_RISK_BELOW),
    ]


async def _burns(prometheus: Prometheus, ask: SloQueries, pairs: Iterable[Pair], span: Span) -> list[Line]:
    found = await _over(prometheus, ask.burns, span)
    by_window = {series.labels["__name__"].removeprefix(_BURN): series.points for series in found}
    return [
        *(Line(window, by_window[window]) for window in sorted(by_window, key=parse_shorthand)),
        *(span.level(pair.limit, pair.threshold) for pair in pairs),
    ]


async def _sli(prometheus: Prometheus, ask: SloQueries, span: Span, objective: float | None) -> list[Line]:
    found = await _over(prometheus, ask.sli(NOW_WINDOW), span)
    limits = [] if objective is None else [span.level("objective", objective)]
    return [*(Line("SLI", series.points) for series in found), *limits]


async def _events(prometheus: Prometheus, ask: SloQueries, span: Span, window: str) -> list[Line]:
    total, bad = await asyncio.gather(
        *(_over(prometheus, ask.events(count, window), span) for count in ("total", "bad"))
    )
    if not total or not bad:
        return []
    of_bad = dict(bad[0].points)
    good = [(at_s, all_ - of_bad[at_s]) for at_s, all_ in total[0].points if at_s in of_bad]
    return [Line("good", good), Line("bad", bad[0].points)]


async def _over(prometheus: Prometheus, expr: str, span: Span) -> list[Series]:
    """Ask for values over time; those that are no numbers have no place on a scale."""
    found = await prometheus.query_range(expr, span.since_s, span.until_s, span.step_s)
    return [Series(series.labels, [point for point in series.points if isfinite(point[1])]) for series in found]


def _span(until_s: float, range_s: float) -> Span:
    return Span(until_s - range_s, until_s, max(round(range_s / _STEPS), 1))


def _known_range_s(row: Row) -> int:
    """Give the smallest range that goes back to where data begins."""
    period_s, coverage = row.status.period_s, row.status.coverage_ratio
    known_s = DAY_S if period_s is None or coverage is None else period_s * coverage
    return next((range_s for range_s in RANGES_S if range_s >= known_s), round(known_s))
