"""The queries of a dashboard, to be checked as rules are."""

from collections.abc import Iterator
from functools import partial

from sloctl.lint.boards.board import Board
from sloctl.lint.boards.parts import Query
from sloctl.lint.rules import Rule, Text
from sloctl.promql.tree import Expr


def board_queries(board: Board) -> Iterator[tuple[Query, Rule]]:
    """Give what a dashboard asks of Prometheus; what is no PromQL is passed over."""
    for query in board.queries:
        if isinstance(query.read, Expr):
            path, *start = board.place(query.text_path)
            place = partial(_place, *start)
            name = Text(f"{board.title}: {query.name}", path, place)
            yield query, Rule("query", name, Text(query.expanded, path, place), query.read)


def _place(line: int, column: int, _index: int) -> tuple[int, int]:
    """Point at the query, wherever in it a fault is: its variables have other lengths than their values."""
    return line, column
