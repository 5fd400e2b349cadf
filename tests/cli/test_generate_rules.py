"""`sloctl generate rules`, run as a program."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sloctl.app.rules import generate_rules
from tests.support.prometheus import REPOSITORY

SPEC = REPOSITORY / "rules/slos/operator.yaml"
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run sloctl in an empty folder."""

    def run(*args: str | Path, **env: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "sloctl", *args]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=tmp_path, env=os.environ | env, timeout=60
        )

    return run


def test_rules_go_to_stdout_by_default(run: Run, tmp_path: Path) -> None:
    """Without -o nothing is written, and the command says what the library says."""
    done = run("generate", "rules", SPEC)

    assert (0, "") == (done.returncode, done.stderr)
    assert generate_rules([SPEC])[0].text == done.stdout
    assert [] == list(tmp_path.iterdir())


def test_a_folder_gets_a_file_for_each_spec(run: Run, tmp_path: Path) -> None:
    """Each file with SLOs becomes a file of rules; a second run finds nothing to write."""
    first = run("generate", "rules", SPEC.parent, "-o", "out")
    second = run("generate", "rules", SPEC.parent, "-o", "out", "--json")

    assert (0, "  written  out/operator.rules.yaml\n") == (first.returncode, first.stderr)
    assert (tmp_path / "out/operator.rules.yaml").read_text() == generate_rules([SPEC])[0].text
    (file,) = json.loads(second.stdout)["files"]
    assert ("out/operator.rules.yaml", "unchanged") == (file["path"], file["state"])
    assert ["tenant-operator/reconcile-success", "tenant-operator/reconcile-latency"] == file["slos"]


def test_alerts_are_as_they_are_asked_for(run: Run) -> None:
    """A named policy takes the place of the standard one; alerts fire late and go on as they are told to."""
    done = run("generate", "rules", SPEC, "--policy", "workbook", "--for", "2m", "--keep-firing-for", "10m")

    alerts = [part for part in done.stdout.split("- alert: ")[1:] if part.startswith("SLOBurn")]
    assert len(alerts) == 4
    for alert in alerts:
        assert "    for: 2m\n    keep_firing_for: 10m\n" in alert
        assert "slo:burn:ratio" in alert
        assert "weighted" not in alert


def test_check_and_dry_run_write_nothing(run: Run, tmp_path: Path) -> None:
    """--check exits with 1 while a file differs, --dry-run only tells."""
    missing = run("generate", "rules", SPEC, "-o", "rules.yaml", "--check")
    dry = run("generate", "rules", SPEC, "-o", "rules.yaml", "--dry-run")
    assert (1, 0) == (missing.returncode, dry.returncode)
    assert "differs  rules.yaml" in missing.stderr
    assert [] == list(tmp_path.iterdir())

    run("generate", "rules", SPEC, "-o", "rules.yaml")

    assert run("generate", "rules", SPEC, "-o", "rules.yaml", "--check").returncode == 0
    assert run("generate", "rules", SPEC, "-o", "rules.yaml", "--slice", "30s", "--check").returncode == 1


def test_a_faulty_spec_exits_with_3_and_touches_no_file(run: Run, tmp_path: Path) -> None:
    """Each fault is shown with its line and a caret, and even the sound specs beside it are left ungenerated."""
    (tmp_path / "bad.yaml").write_text(SPEC.read_text().replace("service: tenant-operator", "service: x\n  sevice: y"))
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/operator.rules.yaml").write_text("old")

    done = run("generate", "rules", SPEC, "bad.yaml", "-o", "rules")

    assert (3, "") == (done.returncode, done.stdout)
    assert "bad.yaml:19:3: error: spec has no field 'sevice' [unknown-field]" in done.stderr
    assert "   19 |   sevice: y\n          ^\n" in done.stderr
    assert "did you mean 'service'?" in done.stderr
    assert ["operator.rules.yaml"] == [path.name for path in (tmp_path / "rules").iterdir()]
    assert (tmp_path / "rules/operator.rules.yaml").read_text() == "old"


def test_findings_come_as_json_too(run: Run, tmp_path: Path) -> None:
    """With --json an error is one document on stdout, findings as data."""
    (tmp_path / "bad.yaml").write_text("apiVersion: openslo/v1\nkind: SLX\nmetadata: {name: a}\nspec: {}\n")

    done = run("generate", "rules", "bad.yaml", "--json")

    assert (3, "") == (done.returncode, done.stderr)
    (finding,) = json.loads(done.stdout)["findings"]
    assert ("bad.yaml", 2, 7, "wrong-value") == tuple(finding[key] for key in ("path", "line", "column", "check"))


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["nosuch.yaml"], "cannot read nosuch.yaml: No such file or directory"),
        (["empty"], "no spec in empty"),
        (["empty/../none.yaml"], "no SLO in empty/../none.yaml"),
        ([str(SPEC), "--slice", "7s"], "a slice of 7 s does not fit"),
        ([str(SPEC), "--slice", "soon"], "'soon' is not a duration"),
        ([str(SPEC), "--check"], "--check compares files"),
        ([str(SPEC), "--compat", "sloth", "--for", "2m"], "the rules of sloth are its own, whatever --for says"),
        ([str(SPEC), "--compat", "sloth", "--scheme", "slices"], "are its own, whatever --scheme says"),
        ([str(SPEC), "--compat", "sloth", "-o", "x", "--alertmanager", "am.yaml"], "no routes for alerts of sloth"),
        ([str(SPEC), str(SPEC.parent / "../slos/operator.yaml"), "-o", "out"], "there is another SLO"),
        ([str(SPEC), "-o", "none.yaml/x"], "cannot write none.yaml/x/operator.rules.yaml: Not a directory"),
        ([str(SPEC), "--mask", "bad metric"], "'bad metric' is not the name of a metric"),
        ([str(SPEC), "--mask", 'maint{x="1"}'], "is not the name of a metric"),
        ([str(SPEC), "--runbook", "not a url"], "'not a url' is neither a URL nor a path"),
        ([str(SPEC), "--runbook", "ftp://wiki/x"], "is neither a URL nor a path"),
        ([str(SPEC), "--runbook", "https://"], "is neither a URL nor a path"),
        ([], "Missing argument 'SPECS...'"),
        (["--nosuch"], "No such option"),
    ],
)
def test_wrong_usage_is_one_clear_message(run: Run, tmp_path: Path, args: list[str], message: str) -> None:
    """What a user can get wrong ends with a message and exit code 2 or 3, never with a traceback."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "none.yaml").write_text("")

    done = run("generate", "rules", *args)

    assert done.returncode == (3 if "another SLO" in message else 2)
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("args", [["--slice", "soon"], ["--nosuch"], ["no.yaml"], []])
def test_every_error_comes_as_json_when_asked_for(run: Run, args: list[str]) -> None:
    """With --json also what could not be parsed is one document on stdout."""
    done = run("generate", "rules", *args, "--json")

    assert (2, "") == (done.returncode, done.stderr)
    assert json.loads(done.stdout)["error"]


def test_rules_may_stand_beside_their_specs(run: Run, tmp_path: Path) -> None:
    """What sloctl generated is not read as a spec again, nor is a folder that is named like one."""
    (tmp_path / "slos/a.yaml").mkdir(parents=True)
    (tmp_path / "slos/operator.yaml").write_text(SPEC.read_text())

    assert [0, 0, 0] == [
        run("generate", "rules", "slos", "-o", "slos", *more).returncode for more in ([], [], ["--check"])
    ]


def test_a_spec_is_never_overwritten(run: Run, tmp_path: Path) -> None:
    """Where the output is one of the inputs, by whatever name, nothing is written."""
    (tmp_path / "spec.yaml").write_text(SPEC.read_text())
    (tmp_path / "link.yaml").symlink_to("spec.yaml")

    done = run("generate", "rules", "spec.yaml", "-o", "link.yaml")

    assert (2, "") == (done.returncode, done.stdout)
    assert "link.yaml is a spec that would be overwritten" in done.stderr
    assert (tmp_path / "spec.yaml").read_text() == SPEC.read_text()


def test_what_no_spec_makes_any_more_is_stale(run: Run, tmp_path: Path) -> None:
    """It is named and fails --check; only --prune deletes it, and never what sloctl did not generate."""
    (tmp_path / "slos").mkdir()
    (tmp_path / "slos/operator.yaml").write_text(SPEC.read_text())
    (tmp_path / "slos/multi.yaml").write_text((REPOSITORY / "tests/golden/openslo/pyrra.yaml").read_text())
    command = ("generate", "rules", "slos", "-o", "out", "--tests", "out/tests")
    run(*command)
    (tmp_path / "out/ours.rules.yaml").write_text("groups: []\n")
    before = {*tmp_path.rglob("out/**/*")}
    (tmp_path / "slos/multi.yaml").unlink()

    checked, written = run(*command, "--check"), run(*command)
    assert (1, 0) == (checked.returncode, written.returncode)
    for done in (checked, written):
        assert "    stale  out/multi.rules.yaml\n" in done.stderr
        assert "    stale  out/tests/multi.test.yaml\n" in done.stderr
        assert "delete it, or --prune does" in done.stderr
        assert "ours.rules" not in done.stderr
    asked = run(*command, "--prune", "--check")
    assert (1, before) == (asked.returncode, {*tmp_path.rglob("out/**/*")})
    pruned = run(*command, "--prune")

    assert pruned.returncode == 0
    assert "  removed  out/multi.rules.yaml\n" in pruned.stderr
    assert {path.name for path in before - {*tmp_path.rglob("out/**/*")}} == {
        "multi.rules.yaml",
        "multi.test.yaml",
        "multi.hours.test.yaml",
    }
    assert run(*command, "--check").returncode == 0


@pytest.mark.parametrize(
    ("args", "place"),
    [
        (["-o", "out", "--tests", "taken/tests"], "taken/tests/operator.test.yaml"),
        (["-o", "out", "--alertmanager", "taken/am.yaml"], "taken/am.yaml"),
        (["-o", "out", "--alertmanager", "out/operator.rules.yaml"], "out/operator.rules.yaml"),
        (["-o", "out", "--alertmanager", "slos/spec.yaml"], "slos/spec.yaml"),
        (["-o", "slos/spec.yaml"], "slos/spec.yaml"),
        (["-o", "slos"], "slos/operator.rules.yaml"),
    ],
)
def test_every_place_is_checked_before_anything_is_written(
    run: Run, tmp_path: Path, args: list[str], place: str
) -> None:
    """A place that cannot be written, is written twice or holds a spec leaves all others as they were."""
    (tmp_path / "taken").write_text("")
    (tmp_path / "slos").mkdir()
    (tmp_path / "slos/operator.yaml").write_text(SPEC.read_text())
    (tmp_path / "slos/spec.yaml").write_text((REPOSITORY / "tests/golden/openslo/pyrra.yaml").read_text())
    (tmp_path / "slos/operator.rules.yaml").write_text("# ours\n")
    before = {path: path.is_file() and path.read_text() for path in tmp_path.rglob("*")}

    done = run("generate", "rules", "slos", *args)

    assert (2, "") == (done.returncode, done.stdout)
    assert place in next(line for line in done.stderr.splitlines() if line.startswith("error: "))
    assert {path: path.is_file() and path.read_text() for path in tmp_path.rglob("*")} == before


@pytest.mark.parametrize(("target", "code"), [("> /dev/full", 2), (">&-", 0)])
def test_an_output_that_takes_nothing_is_no_traceback(target: str, code: int) -> None:
    """A full disk is said in a line; a closed stdout is the user's own wish."""
    command = f"{sys.executable} -m sloctl generate rules {SPEC} {target}"

    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, timeout=60)

    assert code == done.returncode, done.stderr
    assert "Traceback" not in done.stderr


def test_a_closed_pipe_is_no_error(tmp_path: Path) -> None:
    """`sloctl … | head` ends quietly."""
    command = f"{sys.executable} -m sloctl generate rules {SPEC} | head -n 1"

    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False)

    assert (0, "") == (done.returncode, done.stderr)
    assert done.stdout.startswith("# Generated by sloctl from operator.yaml")


def test_help_and_completion_are_there(run: Run) -> None:
    """Every command explains itself with examples, and shells can complete."""
    for command in ([], ["generate"], ["generate", "rules"], ["generate", "dashboards"], ["demo"]):
        assert run(*command, "--help").returncode == 0
    assert "Examples:" in run("generate", "rules", "--help").stdout
    assert "_sloctl_completion" in run(_SLOCTL_COMPLETE="bash_source").stdout
    assert run("--version").stdout.startswith("sloctl ")


@pytest.mark.parametrize("blocked", ["yaml", "click", "rich"])
def test_a_missing_extra_says_what_to_install(blocked: str) -> None:
    """Where a part was not installed, the command names the extra and exits with 2."""
    code = (
        f"import sys; sys.modules[{blocked!r}] = None; from sloctl.__main__ import main; sys.exit(main(sys.argv[1:]))"
    )
    args = ["demo"] if blocked == "rich" else ["generate", "rules", str(SPEC)]

    done = subprocess.run([sys.executable, "-c", code, *args], capture_output=True, text=True, check=False, timeout=60)

    assert done.returncode == 2
    assert 'pip install "sloctl[' in done.stderr
    assert "Traceback" not in done.stderr


def test_help_loads_nothing_heavy() -> None:
    """The command line pays for a part only when a command uses it."""
    heavy = {
        "yaml",
        "grafanalib",
        "pandas",
        "numpy",
        "kopf",
        "aiohttp",
        "httpx2",
        "rich",
        "opentelemetry.sdk",
        "lightkube",
    }
    code = f"import sys, sloctl.cli; print(sorted({heavy!r} & set(sys.modules)))"

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_specs_of_other_tools_become_rules(run: Run) -> None:
    """Sloth and Pyrra are read beside OpenSLO, with the period that --period says for Sloth."""
    golden = REPOSITORY / "tests/golden/openslo"

    done = run("generate", "rules", golden / "pyrra.yaml", golden / "sloth.yaml", SPEC, "--period", "28d", "--json")

    assert done.returncode == 0, done.stdout
    (file,) = json.loads(done.stdout)["files"]
    assert {"shop/api-errors", "Checkout_API/availability", "tenant-operator/reconcile-success"} <= set(file["slos"])
    assert "slo:bad:sum28d" in file["text"]


def test_a_warning_stands_beside_the_rules(run: Run, tmp_path: Path) -> None:
    """With --lenient what can be read in two ways is said on stderr, and the rules are written."""
    (tmp_path / "a.yaml").write_text(SPEC.read_text().replace("  budgetingMethod: Occurrences\n", "", 1))

    strict = run("generate", "rules", "a.yaml", "-o", "rules.yaml")
    lenient = run("generate", "rules", "a.yaml", "-o", "rules.yaml", "--lenient")

    assert (3, 0) == (strict.returncode, lenient.returncode)
    assert "spec needs 'budgetingMethod'; read as Occurrences [missing-field]" in lenient.stderr
    assert "a.yaml:17:3: warning" in lenient.stderr
    assert (tmp_path / "rules.yaml").exists()


def test_alertmanagers_part_stands_beside_the_rules(run: Run, tmp_path: Path) -> None:
    """--alertmanager writes who is told, needs a place for the rules, and takes part in --check."""
    nowhere = run("generate", "rules", SPEC, "--alertmanager", "am.yaml")
    place = ("-o", "rules.yaml", "--alertmanager", "am.yaml")
    written = run("generate", "rules", SPEC, *place)
    checked = run("generate", "rules", SPEC, *place, "--check")

    assert (2, 0, 0) == (nowhere.returncode, written.returncode, checked.returncode)
    assert "- controller\n" in (tmp_path / "am.yaml").read_text()
    assert 'slo_tier="page"' in (tmp_path / "am.yaml").read_text()
