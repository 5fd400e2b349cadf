"""What a check of dashboards is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sloctl.lint.boards.board import Board
from sloctl.lint.boards.parts import Part
from sloctl.lint.boards.shape import Path
from sloctl.model.findings import Finding, Severity


@dataclass(frozen=True, slots=True)
class Problem:
    """
    What a check has to say about a dashboard.

    Args:
        path: Where.
        summary: One sentence that says what is wrong.
        hint: What to do about it.
        part: The panel or the query that it is about, if it is about one.
        severity: Where it is another one than the check's.
    """

    path: Path
    summary: str
    hint: str
    part: Part | None = None
    severity: Severity | None = None


Run = Callable[[Board], Iterator[Problem]]


@dataclass(frozen=True, slots=True)
class Check:
    """
    A check: a sentence about dashboards that hold water.

    Args:
        id: How findings, exclusions and its part of docs/checks/dashboards.md name it.
        severity: Of its findings.
        run: Looks at one dashboard.
    """

    id: str
    severity: Severity
    run: Run

    def findings(self, board: Board) -> Iterator[tuple[Problem, Finding]]:
        """Check a dashboard."""
        for problem in self.run(board):
            summary = f"{problem.part.name}: {problem.summary}" if problem.part else problem.summary
            severity = problem.severity or self.severity
            yield problem, Finding(*board.place(problem.path), self.id, severity, summary, problem.hint)


def check(name: str, severity: Severity = Severity.WARNING) -> Callable[[Run], Check]:
    """Make a check of a function."""
    return lambda run: Check(name, severity, run)
