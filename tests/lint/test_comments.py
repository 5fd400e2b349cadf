"""Comments that switch checks off."""

import pytest

from sloctl.lint.comments import read_comments
from sloctl.model.findings import Finding, Severity

FILE = """\
# about this file
groups:
  - name: g
    rules:
      - record: a
        expr: x or vector(0)

      # why it is so
      - record: b
        expr: x or vector(0)
      - record: c
        expr: x or vector(0)
"""
STARTS = (5, 9, 11)
COMMENT = "# sloctl: disable=zero-fill,nan-division it is known"


def covered(line: int, comment: str = COMMENT) -> list[int]:
    """Put a comment in front of a line, or behind it when it is negative; give the rules that it covers."""
    lines = FILE.splitlines()
    if line < 0:
        lines[-line - 1] += f" {comment}"
        starts = STARTS
    else:
        lines.insert(line - 1, f"      {comment}")
        starts = tuple(start + (start >= line) for start in STARTS)
    (exemption,), findings = read_comments("\n".join(lines), "r.yaml", starts, ["zero-fill", "nan-division"])
    assert not findings
    finding = [Finding("r.yaml", start + 1, 1, "zero-fill", Severity.WARNING, "") for start in starts]
    return [number for number, found in enumerate(finding) if exemption.covers(found)]


@pytest.mark.parametrize(
    ("line", "rules"),
    [
        (1, [0, 1, 2]),
        (3, [0, 1, 2]),
        (5, [0]),
        (-5, [0]),
        (-6, [0]),
        (7, [0]),
        (8, [1]),
        (9, [1]),
        (-10, [1]),
        (11, [2]),
        (12, [2]),
    ],
)
def test_a_comment_is_for_its_rule_or_for_the_file(line: int, rules: list[int]) -> None:
    """In a rule or right above it, with other comments between, it is for that rule; above the first, for the file."""
    assert rules == covered(line)


def test_only_the_named_checks_of_the_file_are_off() -> None:
    """Other checks, other files and other lines are shown."""
    (exemption,), _ = read_comments(f"{COMMENT}\na: b", "r.yaml", (), ["zero-fill", "nan-division"])

    assert exemption.covers(Finding("r.yaml", 2, 1, "nan-division", Severity.WARNING, ""))
    assert not exemption.covers(Finding("r.yaml", 2, 1, "syntax", Severity.ERROR, ""))
    assert not exemption.covers(Finding("s.yaml", 2, 1, "nan-division", Severity.WARNING, ""))


@pytest.mark.parametrize(
    ("comment", "said"),
    [
        ("# sloctl: disable=zero-fill", "a check is switched off without a reason"),
        ("# sloctl: disable=zerofill it is known", "there is no check 'zerofill'"),
        ("# sloctl: disable zero-fill it is known", "this comment says nothing that sloctl knows"),
        ("# sloctl: ", "this comment says nothing that sloctl knows"),
    ],
)
def test_a_comment_that_does_not_work_is_a_finding(comment: str, said: str) -> None:
    """It is told where it stands, and switches nothing off."""
    exemptions, (finding,) = read_comments(f"a: b {comment}", "r.yaml", (), ["zero-fill"])

    assert not exemptions
    assert (1, 6, said) == (finding.line, finding.column, finding.summary)
