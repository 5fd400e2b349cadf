"""Every check against its golden file and against its page."""

import os
import re
from pathlib import Path

import pytest

import sloctl.lint.checks
from sloctl.app.lint import CHECK_IDS, Options, lint
from sloctl.cli import run
from sloctl.lint import CHECKS
from sloctl.model.alerting_quality import ALERT_CHECKS
from tests.support.prometheus import REPOSITORY, promtool

GOLDEN = Path(__file__).parent / "golden"
PAGES = REPOSITORY / "docs/checks"
HEADINGS = ["What it does", "Why it is bad", "Example", "Use instead", "Switch it off"]
each_check = pytest.mark.parametrize("check", CHECK_IDS)


def page_rules(check: str, heading: str) -> str:
    """Give the rules, or the spec, below a heading of a check's page."""
    text = (PAGES / f"{check}.md").read_text()
    found = re.search(rf"^## {heading}\n\n```yaml\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    assert found, f"no rules below '{heading}'"
    return found[1]


def lint_text(text: str, tmp_path: Path) -> list[str]:
    """Give the checks that find something in a file, with the golden files' catalogue."""
    file = tmp_path / "rules.yaml"
    file.write_text(text)
    return [finding.check for finding in lint([file], Options(catalogues=(GOLDEN / "catalogue.json",))).findings]


@each_check
def test_output_is_as_it_was_seen(
    check: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command prints for each golden file of rules what is written beside it (SLOCTL_GOLDEN=write writes it)."""
    monkeypatch.chdir(GOLDEN)
    others = [arg for other in CHECK_IDS if other != check for arg in ("--disable", other)]
    run(["lint", f"{check}.yaml", "--catalogue", "catalogue.json", *others])
    printed = capsys.readouterr().out
    golden = GOLDEN / f"{check}.txt"
    if os.environ.get("SLOCTL_GOLDEN") == "write":
        golden.write_text(printed)

    assert golden.read_text() == printed
    assert f"[{check}]" in printed
    assert "right" not in printed.lower(), "a rule that is named as right was found"


@each_check
def test_the_page_has_its_parts(check: str) -> None:
    """A page says what, why, with an example of wrong and right, and how to switch the check off."""
    text = (PAGES / f"{check}.md").read_text()

    assert text.startswith(f"# {check}\n")
    assert HEADINGS == re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert f"--disable {check}" in text
    assert f"]({check}.md)" in (PAGES / "README.md").read_text()


@each_check
def test_the_example_is_found_and_its_mending_is_not(check: str, tmp_path: Path) -> None:
    """The wrong rules of a page are found by its check, the right ones by none that warns, and promtool loads them."""
    assert check in lint_text(page_rules(check, "Example"), tmp_path)
    assert set(lint_text(page_rules(check, "Use instead"), tmp_path)) <= {"missing-annotation"} - {check}
    if check not in ALERT_CHECKS:  # whose pages have specs
        promtool("check", "rules", tmp_path / "rules.yaml")


def test_every_check_has_a_file_a_golden_file_and_a_page() -> None:
    """One check is one file, one golden file and one page, and none of them is left over."""
    folder = Path(sloctl.lint.checks.__file__).parent
    files = {path.stem.replace("_", "-") for path in folder.glob("*.py")} - {"--init--"}

    assert {check.id for check in CHECKS} == files
    assert set(CHECK_IDS) == {path.stem for path in GOLDEN.glob("*.txt")}
    assert set(CHECK_IDS) == {path.stem for path in PAGES.glob("*.md")} - {"README", "dashboards"}


@each_check
def test_the_page_tells_the_severity(check: str) -> None:
    """A page and the index name the severity that the check's findings have."""
    severity = (GOLDEN / f"{check}.txt").read_text().split(": ")[1]

    assert f"Severity: {severity}." in (PAGES / f"{check}.md").read_text()
    assert f"| [{check}]({check}.md) | {severity} |" in (PAGES / "README.md").read_text()
