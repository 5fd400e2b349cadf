"""What a check is."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sloctl.lint.known import Known
from sloctl.lint.rules import Rule, Text
from sloctl.model.findings import Finding, Severity
from sloctl.promql.tree import Expr


@dataclass(frozen=True, slots=True)
class Problem:
    """
    What a check has to say about a rule.

    Args:
        where: A node of the rule's expression, or one of the rule's texts.
        summary: One sentence that says what is wrong.
        hint: What to do about it; may be empty.
        inside: A regular expression for what to point at, behind the start of *where*.
        index: Where to point at in a text.
    """

    where: Expr | Text
    summary: str
    hint: str = ""
    inside: str = ""
    index: int = 0


Run = Callable[[Rule, Known], Iterator[Problem]]


@dataclass(frozen=True, slots=True)
class Check:
    """
    A check: a sentence about rules that hold water.

    Args:
        id: How findings, comments and its page in docs/checks name it.
        severity: Of its findings.
        run: Looks at one rule.
    """

    id: str
    severity: Severity
    run: Run

    def findings(self, rule: Rule, known: Known) -> Iterator[Finding]:
        """Check a rule."""
        for problem in self.run(rule, known):
            where = problem.where
            text, start = (rule.query, where.position) if isinstance(where, Expr) else (where, problem.index)
            if problem.inside:
                found = re.compile(problem.inside).search(text.value, start + 1)
                start = found.start() if found else start
            yield Finding(text.path, *text.place(start), self.id, self.severity, problem.summary, problem.hint)


def check(name: str, severity: Severity) -> Callable[[Run], Check]:
    """Make a check of a function."""
    return lambda run: Check(name, severity, run)
