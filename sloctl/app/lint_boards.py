"""Checks over dashboards: of themselves, and of their queries as if those were rules."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from sloctl.lint import CHECKS as RULE_CHECKS
from sloctl.lint import check_rules
from sloctl.lint.boards import CHECKS, Board, check_board
from sloctl.lint.boards.asked import board_queries
from sloctl.lint.boards.parts import Part
from sloctl.lint.known import Known
from sloctl.model.findings import Finding
from sloctl.specio.files import read_text
from sloctl.specio.lintfile import CHECK as LINT_FILE
from sloctl.specio.lintfile import LintFile

BOARD_CHECK_IDS: Final = (*(check.id for check in CHECKS), LINT_FILE)
"""What can be switched off in dashboards; docs/checks/dashboards.md has them all."""
_EXCLUDABLE: Final = (*(check.id for check in CHECKS), *(check.id for check in RULE_CHECKS))
LINT_NAME: Final = ".lint"
"""What the file is called that leaves something out of the dashboards beside it."""


def board_findings(
    files: Sequence[tuple[Path, Sequence[Board]]], known: Known, disabled: Collection[str]
) -> Iterator[Finding]:
    """
    Check dashboards, but for what the `.lint` files beside them leave out.

    Args:
        files: Each with its dashboards.
        known: What is known about metrics.
        disabled: The ids of checks that are left out.
    """
    for folder in dict.fromkeys(path.parent for path, _ in files):
        here = [board for path, boards in files if path.parent == folder for board in boards]
        lint_file = read_lint_file(folder)
        for board in here:
            for part, finding in _found(board, known, disabled):
                remains = lint_file.applied(board, part, finding)
                if remains is not None:
                    yield remains
        yield from lint_file.findings
        yield from lint_file.unused(here, {check.id for check in CHECKS}.difference(disabled))


def read_lint_file(folder: Path) -> LintFile:
    """Read the `.lint` file of a folder; without one, it says nothing."""
    path = folder / LINT_NAME
    return LintFile(read_text(path) if path.is_file() else "", str(path), _EXCLUDABLE)


def _found(board: Board, known: Known, disabled: Collection[str]) -> Iterator[tuple[Part | None, Finding]]:
    for problem, finding in check_board(board, disabled):
        yield problem.part, finding
    for query, rule in board_queries(board):
        for finding in check_rules([rule], known, disabled):
            yield query, replace(finding, summary=f"{query.name}: {finding.summary}")
