"""The PromQL of the shipped dashboards, read without a Prometheus."""

import json
import re

import promql_parser
import pytest

from tests.dashgen.grafana import BOARDS, Json, expanded, placeholders, queries, variables

QUERIES = [
    pytest.param(expanded(text, placeholders(board)), id=f"{name}: {place}")
    for name, board in BOARDS.items()
    for place, text in queries(board)
]
each_query = pytest.mark.parametrize("expr", QUERIES)


def selectors(expr: str) -> list[promql_parser.VectorSelector]:
    """List the selectors of a query."""
    return [node for node in _walk(promql_parser.parse(expr)) if isinstance(node, promql_parser.VectorSelector)]


def _walk(node: promql_parser.Expr) -> list[promql_parser.Expr]:
    parts = [getattr(node, name, None) for name in ("expr", "lhs", "rhs", "param", "vector_selector")]
    children = [part for part in [*parts, *getattr(node, "args", [])] if isinstance(part, promql_parser.Expr)]
    return [node, *(below for child in children for below in _walk(child))]


@each_query
def test_parses_with_known_variables(expr: str) -> None:
    """Every query is PromQL once its variables, all of them defined, have values."""
    assert promql_parser.parse(expr)


@each_query
def test_rates_of_counters_only(expr: str) -> None:
    """Rate and increase take counters, and a counter's bare value is never shown."""
    cumulative = {s.name for s in selectors(expr) if s.name and re.search(r"_(total|bucket|count|sum)$", s.name)}
    nodes = _walk(promql_parser.parse(expr))
    counted = {
        node.args[0].vector_selector.name
        for node in nodes
        if isinstance(node, promql_parser.Call) and node.func.name in {"rate", "increase"}
    }
    bare_allowed = not counted and isinstance(nodes[0], promql_parser.VectorSelector)  # a variable's selector

    assert set() == counted - cumulative
    assert bare_allowed or {s.name for s in selectors(expr)} & cumulative <= counted


@each_query
def test_quantiles_keep_le(expr: str) -> None:
    """A quantile's buckets are summed by `le` at least."""
    for node in _walk(promql_parser.parse(expr)):
        if isinstance(node, promql_parser.Call) and node.func.name == "histogram_quantile":
            assert "le" in node.args[1].modifier.labels


@pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
def test_choices_of_several_match_as_patterns(board: Json) -> None:
    """A variable that may hold several values stands behind `=~` wherever it stands, and every variable is used."""
    texts = [text for _, text in queries(board)]
    for variable in variables(board):
        operators = {op for text in texts for op in re.findall(rf'(=~?)"\${variable["name"]}"', text)}
        if variable["multi"]:
            assert {"=~"} == operators, variable["name"]
        else:
            assert f"${variable['name']}" in json.dumps([texts, board["panels"]]), variable["name"]


def test_rates_follow_the_dashboards_resolution() -> None:
    """A rate over time spans Grafana's own rate interval, a rate of now the chosen time range; no window is fixed."""
    windows = {
        window
        for board in BOARDS.values()
        for _, text in queries(board)
        for window in re.findall(r"(?:rate|increase)\([^()]*\[([^\]]+)\]", text)
    }

    assert {"$__rate_interval", "$__range"} == windows
