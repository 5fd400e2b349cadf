"""Comments in a file that switch checks off: ``# sloctl: disable=CHECK[,CHECK] reason``."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from sloctl.model.findings import Finding, Severity

CHECK: Final = "disable-comment"
_COMMENT: Final = re.compile(r"#\s*sloctl:\s*(?P<said>.*)")
_DISABLE: Final = re.compile(r"disable=(?P<checks>[\w-]+(?:,[\w-]+)*)(?:\s+(?P<reason>\S.*))?")
_HINT: Final = "write: # sloctl: disable=CHECK reason"


@dataclass(frozen=True, slots=True)
class Exemption:
    """
    Lines of a file for which checks are switched off.

    Args:
        path: The file.
        lines: From 1.
        checks: Their ids.
    """

    path: str
    lines: range
    checks: frozenset[str]

    def covers(self, finding: Finding) -> bool:
        """Tell whether a finding is not to be shown."""
        return finding.path == self.path and finding.line in self.lines and finding.check in self.checks


def read_comments(
    text: str, path: str, starts: Sequence[int], checks: Collection[str]
) -> tuple[list[Exemption], list[Finding]]:
    """
    Read the comments of a file.

    A comment is for the rule that it stands in, or right above. Before the first rule and not right above it, it is
    for the whole file.

    Args:
        text: The file.
        path: Its name.
        starts: The first lines of its rules, from 1, in ascending order.
        checks: The ids that there are.

    Returns:
        What is switched off, and a finding for each comment that does not work.
    """
    exemptions: list[Exemption] = []
    findings: list[Finding] = []
    if "sloctl:" not in text:
        return exemptions, findings
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        comment = _COMMENT.search(line)
        if comment is None:
            continue
        disable = _DISABLE.fullmatch(comment["said"].strip())
        fault = _fault(disable, checks)
        if disable is None or fault:
            findings.append(Finding(path, number, comment.start() + 1, CHECK, Severity.ERROR, fault, _HINT))
        else:
            scope = _scope(number, lines, starts)
            exemptions.append(Exemption(path, scope, frozenset(disable["checks"].split(","))))
    return exemptions, findings


def _fault(disable: re.Match[str] | None, checks: Collection[str]) -> str:
    if disable is None:
        return "this comment says nothing that sloctl knows"
    unknown = [name for name in disable["checks"].split(",") if name not in checks]
    if unknown:
        return f"there is no check '{unknown[0]}'"
    return "" if disable["reason"] else "a check is switched off without a reason"


def _scope(number: int, lines: Sequence[str], starts: Sequence[int]) -> range:
    """Give the lines that a comment on a line is for."""
    at = number
    while at <= len(lines) and lines[at - 1].lstrip().startswith("#"):
        at += 1
    first = at if at in starts else max((start for start in starts if start <= number), default=0)
    following = [start for start in starts if start > first]
    return range(first, following[0] if first and following else len(lines) + 1)
