"""An alert that does not say what it means or what to do."""

from collections.abc import Iterator
from typing import Final

from sloctl.lint.check import Problem, check
from sloctl.lint.known import Known
from sloctl.lint.rules import Rule
from sloctl.model.findings import Severity

_WANTED: Final = {
    "a summary": ("summary", "message", "description"),
    "a runbook": ("runbook_url", "runbook"),
}


@check("missing-annotation", Severity.INFO)
def missing_annotation(rule: Rule, _known: Known) -> Iterator[Problem]:
    """Find alerts without a text for people, and without a runbook."""
    if rule.kind == "alert":
        for what, names in _WANTED.items():
            if not any(name in rule.annotations for name in names):
                yield Problem(rule.name, f"alert {rule.name.value} has no annotation for {what}", f"add {names[0]}")
