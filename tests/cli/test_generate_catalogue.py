"""`sloctl generate catalogue`, run as a program."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.prometheus import REPOSITORY

Run = Callable[..., "subprocess.CompletedProcess[str]"]

OPERATOR = """
import sloctl
obs = sloctl.Instrumentation("shop")
SOLD = obs.counter("books_sold", "Books sold.", labels={"genre": sloctl.Enum("crime", "poetry")})
print("loaded")
"""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run sloctl in a folder with an operator of its own."""
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/__init__.py").write_text("")
    (tmp_path / "shop/telemetry.py").write_text(OPERATOR)
    (tmp_path / "shop/main.py").write_text("raise RuntimeError('started')")

    def run(*args: str | Path, **env: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-c", "from sloctl.__main__ import main; import sys; sys.exit(main(sys.argv[1:]))"]
        return subprocess.run(
            [*command, "generate", "catalogue", *args],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env=os.environ | env | {"PYTHONDONTWRITEBYTECODE": "1"},  # or a change within a second may go unseen
            timeout=60,
        )

    return run


def _names(text: str) -> list[str]:
    return [metric["name"] for metric in json.loads(text)["metrics"]]


@pytest.mark.parametrize("source", ["module:shop.telemetry", "module:shop"])
def test_a_module_or_a_package_is_exported(run: Run, source: str) -> None:
    """To stdout, and nothing else goes there; of a package only what makes an Instrumentation is imported."""
    done = run(source)

    assert (0, "loaded\n") == (done.returncode, done.stderr)
    assert ["books_sold_total", "sloctl_internal_errors_total"] == _names(done.stdout)


@pytest.mark.parametrize(
    ("source", "path"), [("module:examples.tenant_operator", "."), ("module:tenant_operator.telemetry", "examples")]
)
def test_the_reference_operator_is_exported(run: Run, source: str, path: str) -> None:
    """From the repository, and with its folder on the path."""
    done = run(source, PYTHONPATH=str(REPOSITORY / path))

    assert done.returncode == 0, done.stderr
    assert {"tenants_active", "tenant_databases_provisioned_total"} <= set(_names(done.stdout))


def test_a_file_is_written_and_checked(run: Run, tmp_path: Path) -> None:
    """--check exits with 1 while the file differs, --dry-run only tells, and a second run finds nothing to write."""
    assert run("module:shop", "-o", "metrics.json", "--check").returncode == 1
    assert run("module:shop", "-o", "metrics.json", "--dry-run").returncode == 0
    assert not (tmp_path / "metrics.json").exists()

    assert run("module:shop", "-o", "metrics.json").returncode == 0

    assert ["books_sold_total", "sloctl_internal_errors_total"] == _names((tmp_path / "metrics.json").read_text())
    assert run("module:shop", "-o", "metrics.json", "--check").returncode == 0
    assert '"unchanged"' in run("module:shop", "-o", "metrics.json", "--json").stdout
    (tmp_path / "shop/telemetry.py").write_text(OPERATOR.replace("crime", "drama"))
    assert run("module:shop", "-o", "metrics.json", "--check").returncode == 1


def test_a_page_can_be_made_of_it(run: Run) -> None:
    """--format markdown gives a table."""
    done = run("module:shop", "--format", "markdown")

    assert "| `books_sold_total` | counter | `genre` (crime, poetry) | | Books sold. |\n" in done.stdout


def test_json_is_one_document(run: Run) -> None:
    """--json wraps the text, as for rules and dashboards."""
    (file,) = json.loads(run("module:shop", "--json").stdout)["files"]

    assert "books_sold_total" in _names(file["text"])


@pytest.mark.parametrize(
    ("source", "text", "message"),
    [
        ("shop/telemetry.py", "", "'shop/telemetry.py' names no module\n  write module:tenant_operator.telemetry"),
        ("module:", "", "names no module"),
        ("module:shop.", "", "names no module"),
        ("module:nosuch", "", "no module named nosuch\n  run sloctl where it can be imported, or set PYTHONPATH"),
        ("module:shop.nosuch", "", "no module named shop.nosuch"),
        ("module:broken", "import nosuch", "cannot import broken: ModuleNotFoundError: No module named 'nosuch' ("),
        ("module:broken", "1/0", "cannot import broken: ZeroDivisionError: division by zero ("),
        ("module:broken", "\n\ndef", "broken.py:3)"),
        ("module:broken", "import sys\nsys.exit(3)", "broken ends the program when it is imported ("),
        ("module:broken", "obs = None", "broken has no Instrumentation\n  name the module that makes it"),
        (
            "module:broken",
            "import sloctl\nobs = sloctl.Instrumentation('x')\nobs.gauge('jobs_total', 'Jobs.')",
            "jobs_total is a gauge, and _total is a counter's ending",
        ),
    ],
)
def test_what_cannot_be_exported_is_said(run: Run, tmp_path: Path, source: str, text: str, message: str) -> None:
    """What a user can get wrong ends with a message that names it and exit code 2, never with a traceback."""
    (tmp_path / "broken.py").write_text(text)

    done = run(source)

    assert (2, "") == (done.returncode, done.stdout)
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    if "cannot import" in done.stderr:
        assert f"{tmp_path}/broken.py:" in done.stderr or "broken.py:" in done.stderr


def test_help_says_what_an_import_must_not_do(run: Run) -> None:
    """It has examples, too."""
    text = run("--help").stdout

    assert "must not start anything" in text
    assert "sloctl generate catalogue module:" in text.partition("Examples:")[2]


def test_stdout_cannot_be_checked(run: Run) -> None:
    """There is nothing to compare with."""
    done = run("module:shop", "--check")

    assert (2, True) == (done.returncode, "--check compares files" in done.stderr)
