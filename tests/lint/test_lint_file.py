"""The `.lint` file beside dashboards leaves out and turns down what it names."""

from pathlib import Path

import pytest

from sloctl.model.findings import Finding, Severity
from tests.lint.boards import OF_TARGET, findings, spoilt

UNCHOSEN = spoilt(lambda board: [each["targets"][0].update(expr="items") for each in board["panels"]])
"""A dashboard whose two panels do not follow the choice of targets."""


def found(folder: Path, lint_file: str) -> list[Finding]:
    """Give what remains."""
    (folder / ".lint").write_text(lint_file)
    return findings(folder, UNCHOSEN, disabled=("unit-of-rate", "target-instance-rule"))


@pytest.mark.parametrize(
    ("entries", "left"),
    [
        ("", ""),
        ("entries: [{dashboard: Board}]", ""),
        ("entries: [{dashboard: Board, panel: Panel 1}]", "2"),
        ("entries: [{panel: Panel 2}]", "1"),
        ("entries: [{panel: Panel 2, targetIdx: 0}, {panel: Panel 1}]", ""),
        ("entries: [{dashboard: Another}]", "12"),
    ],
)
def test_what_it_excludes_is_left_out(entries: str, left: str, tmp_path: Path) -> None:
    """By dashboard, panel and query; without entries, everywhere. What else is found stays."""
    remaining = found(tmp_path, f"exclusions: {{target-job-rule: {{reason: why, {entries}}}}}")

    assert [f"panel 'Panel {number}'" for number in left] == [each.summary.partition(":")[0] for each in remaining]


def test_what_it_warns_of_is_taken_less_seriously(tmp_path: Path) -> None:
    """A warning becomes an info, and an exclusion of the same is stronger."""
    warned = "warnings: {target-job-rule: {reason: why, entries: [{panel: Panel 1}]}}"

    assert [Severity.INFO, Severity.WARNING] == [each.severity for each in found(tmp_path, warned)]
    assert [] == found(tmp_path, f"{warned}\nexclusions: {{target-job-rule: {{reason: why}}}}")


@pytest.mark.parametrize(
    ("lint_file", "severity", "summary"),
    [
        (
            "exclusions: {target-job-rule: }",
            Severity.WARNING,
            "target-job-rule is left out or turned down for no reason",
        ),
        (
            "exclusions: {target-job-rule: {entries: [{panel: Panel 1, reason: why}, {panel: Panel 2}]}}",
            Severity.WARNING,
            "target-job-rule is left out or turned down for no reason",
        ),
        (
            "exclusions: {target-job-rule: {reason: why}, panel-ids: {reason: why, entries: [{dashboard: Board}]}}",
            Severity.WARNING,
            "panel-ids finds nothing here",
        ),
        (
            "exclusions: {target-job-rule: {reason: why}, no-such-rule: {reason: why}}",
            Severity.ERROR,
            "there is no check 'no-such-rule'",
        ),
    ],
    ids=["no reason", "an entry without one", "nothing to leave out", "no such check"],
)
def test_its_own_faults_are_found(lint_file: str, severity: Severity, summary: str, tmp_path: Path) -> None:
    """An exclusion has a reason, is of a check that there is, and leaves something out."""
    (finding,) = found(tmp_path, lint_file)

    assert ("lint-file", severity, summary) == (finding.check, finding.severity, finding.summary)
    assert (finding.path, finding.line) == (str(tmp_path / ".lint"), 1)


def test_an_entry_for_what_is_not_checked_is_no_fault(tmp_path: Path) -> None:
    """It may have its use when other dashboards, or all checks, are looked at."""
    entries = "{reason: why, entries: [{dashboard: Another}, {panel: Another}]}"
    excluded = f"{{target-job-rule: {{reason: why}}, panel-ids: {entries}, target-instance-rule: {entries}}}"

    assert [] == found(tmp_path, f"exclusions: {excluded}")


def test_findings_in_queries_can_be_excluded(tmp_path: Path) -> None:
    """The checks of rules that look at queries are named in the same way."""
    rate = f"sum(rate(workqueue_unfinished_work_seconds{{{OF_TARGET}}}[$__rate_interval]))"
    board = spoilt(lambda board: board["panels"][0]["targets"][0].update(expr=rate))
    assert ["rate-on-gauge"] == [each.check for each in findings(tmp_path, board)]

    (tmp_path / ".lint").write_text("exclusions: {rate-on-gauge: {reason: why, entries: [{panel: Panel 1}]}}")
    assert [] == findings(tmp_path, board)
