"""`sloctl generate openslo`, run as a program."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sloctl.app.openslo import generate_openslo
from sloctl.app.specs import read_specs
from sloctl.model.findings import Finding
from tests.support.prometheus import REPOSITORY

GOLDEN = REPOSITORY / "tests/golden/openslo"
CASES = sorted(path for path in GOLDEN.glob("*.yaml") if ".openslo." not in path.name)
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run sloctl in an empty folder."""

    def run(*args: str | Path) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "sloctl", "generate", "openslo", *args]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=tmp_path, env=os.environ, timeout=60
        )

    return run


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_every_spec_becomes_openslo(run: Run, tmp_path: Path, case: Path) -> None:
    """The golden file is what the library and the command write, and what is lost stands beside it."""
    warnings: list[Finding] = []
    (file,) = generate_openslo([case], warn=warnings.append)
    done = run(case, "-o", "out")

    assert (GOLDEN / file.name).read_text() == file.text
    assert (0, file.text) == (done.returncode, (tmp_path / "out" / file.name).read_text())
    losses = [f"{finding.line}:{finding.column}: {finding.summary}" for finding in warnings]
    assert (GOLDEN / f"{case.stem}.losses.txt").read_text().splitlines() == losses
    for finding in warnings:
        assert str(finding) in done.stderr


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_the_golden_files_read_as_what_they_come_from(case: Path) -> None:
    """Nothing is lost but what was said to be, and nothing is lost the second time."""
    before, after = read_specs([case]), read_specs([GOLDEN / f"{case.stem}.openslo.yaml"])
    warnings: list[Finding] = []

    (again,) = generate_openslo([GOLDEN / f"{case.stem}.openslo.yaml"], warn=warnings.append)

    assert [] == warnings
    assert again.text.partition("\n")[2] == (GOLDEN / f"{case.stem}.openslo.yaml").read_text().partition("\n")[2]
    assert [slo.indicator for slo in before.slos] == [slo.indicator for slo in after.slos]
    assert [slo.objectives for slo in before.slos] == [slo.objectives for slo in after.slos]
    assert [slo.time_window for slo in before.slos] == [slo.time_window for slo in after.slos]


def test_several_specs_become_one_stream(run: Run) -> None:
    """Without -o everything goes to stdout, in the order of the files."""
    done = run(GOLDEN / "pyrra.yaml", GOLDEN / "sloth.yaml")

    assert done.returncode == 0
    assert done.stdout.startswith("# Converted by sloctl from pyrra.yaml, sloth.yaml.\n")
    assert done.stdout.count("kind: SLO\n") == 8


def test_the_period_of_sloth_is_the_users(run: Run) -> None:
    """--period says what the specs of Sloth do not."""
    assert "duration: 28d" in run(GOLDEN / "sloth.yaml", "--period", "28d").stdout


def test_with_json_the_losses_go_with_the_result(run: Run) -> None:
    """--json prints one document that holds the warnings as data."""
    done = run(GOLDEN / "sloth.yaml", "--json")

    (file,) = json.loads(done.stdout)["files"]
    assert (0, "") == (done.returncode, done.stderr)
    assert "Checkout_API/latency" in file["slos"]
    assert {"not-in-openslo"} == {finding["check"] for finding in json.loads(done.stdout)["warnings"]}


def test_check_finds_drift(run: Run) -> None:
    """--check exits with 1 while a file is missing or another."""
    assert run(GOLDEN / "pyrra.yaml", "-o", "out.yaml", "--check").returncode == 1
    run(GOLDEN / "pyrra.yaml", "-o", "out.yaml")
    assert run(GOLDEN / "pyrra.yaml", "-o", "out.yaml", "--check").returncode == 0


def test_a_spec_is_never_overwritten(run: Run, tmp_path: Path) -> None:
    """An output that is an input is refused."""
    (tmp_path / "a.yaml").write_text((GOLDEN / "pyrra.yaml").read_text())

    done = run("a.yaml", "-o", "a.yaml")

    assert (2, "") == (done.returncode, done.stdout)
    assert "a.yaml is a spec that would be overwritten" in done.stderr


def test_what_is_open_is_read_when_the_user_is_lenient(run: Run, tmp_path: Path) -> None:
    """A fault without --lenient is a warning with it, that says how it was read."""
    text = (GOLDEN / "openslo.yaml").read_text().replace("op: gt", "op: lte")
    (tmp_path / "a.yaml").write_text(text)

    strict, lenient = run("a.yaml"), run("a.yaml", "--lenient")

    assert (3, "") == (strict.returncode, strict.stdout)
    assert "--lenient reads it as 'gte'" in strict.stderr
    assert lenient.returncode == 0
    assert "a.yaml:35:" in lenient.stderr
    assert "read as 'gte' [unclear]" in lenient.stderr
    assert "op: gte" in lenient.stdout
