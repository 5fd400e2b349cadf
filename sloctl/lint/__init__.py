"""Checks over rules and queries. Pure: parsed values in, findings out."""

from collections.abc import Collection, Iterable

from sloctl.lint.checks import CHECKS
from sloctl.lint.known import Known
from sloctl.lint.rules import Rule
from sloctl.model.findings import Finding

__all__ = ["CHECKS", "check_rules"]


def check_rules(rules: Iterable[Rule], known: Known, disabled: Collection[str] = ()) -> list[Finding]:
    """
    Check rules.

    Args:
        rules: What is checked.
        known: What else is known; it should know *rules* too.
        disabled: The ids of checks that are left out.
    """
    checks = [check for check in CHECKS if check.id not in disabled]
    return [finding for rule in rules for check in checks for finding in check.findings(rule, known)]
