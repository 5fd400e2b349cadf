"""The queries of a dashboard, to be checked as rules are."""

from collections.abc import Iterator
from functools import partial

from sloctl.lint.boards.board import Board
from sloctl.lint.rules import Rule, Text
from sloctl.promql.tree import Expr


def board_queries(board: Board) -> Iterator[Rule]:
    """Give what the panels of a dashboard ask of Prometheus; what is no PromQL is passed over."""
    for panel in board.panels:
        for target in panel.targets:
            if isinstance(target.read, Expr):
                path, *start = board.place((*target.path, "expr"))
                place = partial(_place, *start)
                name = Text(f"{board.title}: {panel.title}", path, place)
                yield Rule("query", name, Text(target.expanded, path, place), target.read)


def _place(line: int, column: int, _index: int) -> tuple[int, int]:
    """Point at the query, wherever in it a fault is: its variables have other lengths than their values."""
    return line, column
