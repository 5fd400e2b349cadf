"""README and docs say what is so."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
README = REPOSITORY / "README.md"
PAGES = [README, *sorted((REPOSITORY / "docs").rglob("*.md"))]
TARGETS = ["demo", "test", "check", "format", "bench", "docs", "e2e", "clean"]


def block(language: str) -> str:
    """Give README's only code block in a language."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", README.read_text(), re.DOTALL | re.MULTILINE)
    return str(found)


def test_the_quickstart_prints_what_readme_shows() -> None:
    """README's program runs as it stands and prints what stands below it."""
    done = subprocess.run(
        [sys.executable, "-c", block("python")], capture_output=True, text=True, check=False, timeout=30
    )

    assert (0, "", block("text")) == (done.returncode, done.stderr, done.stdout)


def test_the_quickstart_is_the_example() -> None:
    """README shows examples/quickstart, so that there is one of it."""
    example = (REPOSITORY / "examples/quickstart/reconcile.py").read_text()

    assert block("python") == example.partition('"""\n\n')[2]


def test_readmes_commands_run(tmp_path: Path) -> None:
    """The commands of README do what they say, in a folder laid out like the repository."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/slos").symlink_to(REPOSITORY / "rules/slos")
    (tmp_path / ".venv").symlink_to(sys.prefix)

    done = subprocess.run(
        ["bash", "-euc", block("sh")], capture_output=True, text=True, check=False, cwd=tmp_path, timeout=60
    )

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "rules/generated/operator.rules.yaml").exists()
    assert (tmp_path / "dashboards/generated/slo-detail.json").exists()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """A link to a file of the project names one that exists."""
    targets = re.findall(r"\]\((?!https?://)([^)#]+)", page.read_text())

    assert [] == [target for target in targets if not (page.parent / target).exists()]


def test_make_help_lists_what_there_is() -> None:
    """Every target that a newcomer needs is listed with a line of its own."""
    done = subprocess.run(["make", "help"], capture_output=True, text=True, check=True, cwd=REPOSITORY)
    listed = [line.split()[0] for line in done.stdout.splitlines()]

    assert set(TARGETS) <= set(listed)


def test_every_page_is_reachable_from_readme() -> None:
    """README, or a page that it leads to, links every page of docs."""
    linked = {
        (page.parent / target).resolve()
        for page in PAGES
        for target in re.findall(r"\]\((?!https?://)([^)#]+\.md)", page.read_text())
    }

    assert [] == [page.name for page in PAGES if page != README and page.resolve() not in linked]
