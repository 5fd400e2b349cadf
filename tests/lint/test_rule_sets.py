"""Whole sets of rules: what ships with sloctl, and sets in the manner of others."""

from pathlib import Path

import pytest

from sloctl.app.lint import lint
from sloctl.model.findings import Severity
from tests.support.prometheus import REPOSITORY, promtool

SETS = Path(__file__).parent / "sets"
FOUND = {
    "workloads.yaml": [(65, "raw-counter")],
    "hosts.yaml": [(45, "missing-annotation"), (49, "never-fires")],
    "burn-rates.yaml": [
        (9, "nan-division"),
        (15, "nan-division"),
        (21, "average-of-ratios"),
        (41, "never-fires"),
        (43, "never-fires"),
        (53, "never-fires"),
    ],
}


def test_what_ships_is_clean() -> None:
    """The generated rules, and the specs they come from, give no warning."""
    report = lint([REPOSITORY / "rules"])

    assert [] == [finding for finding in report.findings if finding.severity is not Severity.INFO]
    assert report.rules > 100


@pytest.mark.parametrize("name", FOUND)
def test_a_set_of_rules_gives_what_is_wrong_with_it_and_no_more(name: str) -> None:
    """Customary rules pass; those that cannot work, or that mislead, are found."""
    assert FOUND[name] == [(finding.line, finding.check) for finding in lint([SETS / name]).findings]


def test_the_sets_are_rules_that_prometheus_loads() -> None:
    """promtool finds nothing wrong with rules that are."""
    promtool("check", "rules", "--lint=none", *(SETS / name for name in FOUND if name != "workloads.yaml"))
