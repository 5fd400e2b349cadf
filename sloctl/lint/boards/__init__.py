"""Checks over Grafana dashboards. Pure: parsed values in, findings out."""

from collections.abc import Collection, Iterator
from typing import Final

from sloctl.lint.boards import ids, layout, links, looks, panels, readings, targets, templates, units, whole
from sloctl.lint.boards.board import Board
from sloctl.lint.boards.check import Check, Problem
from sloctl.model.findings import Finding

__all__ = ["CHECKS", "Board", "check_board"]

CHECKS: Final[tuple[Check, ...]] = tuple(
    found
    for module in (templates, panels, targets, readings, units, ids, looks, layout, links, whole)
    for found in vars(module).values()
    if isinstance(found, Check)
)
"""In the order in which they are defined."""


def check_board(board: Board, disabled: Collection[str] = ()) -> Iterator[tuple[Problem, Finding]]:
    """
    Check a dashboard.

    Args:
        board: The dashboard.
        disabled: The ids of checks that are left out.
    """
    return (found for each in CHECKS if each.id not in disabled for found in each.findings(board))
