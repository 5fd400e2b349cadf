"""The use case: sources in, files out."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sloctl.app.dashboards import generate_dashboards, generate_lint_file
from sloctl.app.outputs import Output, State, compare_all, write_all
from sloctl.model.errors import SpecError, UsageError
from tests.dashgen.grafana import SOURCES
from tests.support.prometheus import REPOSITORY

SOURCE = "from grafanalib.core import Dashboard\ndashboard = Dashboard(title='{}', uid='mine')\n"


def generate(inputs: list[Path], folder: Path, *, check: bool = False) -> list[Output]:
    """Generate into a folder, as the command does."""
    publish = compare_all if check else write_all
    return publish((folder / file.name, file.text) for file in generate_dashboards(inputs))


def states(inputs: list[Path], folder: Path, *, check: bool = False) -> list[State]:
    """Generate and give what became of each file."""
    return [output.state for output in generate(inputs, folder, check=check)]


def test_shipped_dashboards_are_what_their_sources_give() -> None:
    """The committed JSON is exactly what its sources give, no file less and none more."""
    folder = SOURCES / "generated"
    outputs = generate([SOURCES], folder, check=True)
    outputs += compare_all(generate_lint_file([SOURCES], generate_dashboards(), folder).items())

    assert [output.path.relative_to(REPOSITORY) for output in outputs if output.state is not State.UNCHANGED] == []
    assert {output.path for output in outputs} == set(folder.iterdir())


def test_no_input_means_the_shipped_dashboards(tmp_path: Path) -> None:
    """Without inputs, the dashboards that ship with sloctl are generated."""
    names = {output.path.stem for output in generate([], tmp_path)}

    assert {path.name.removesuffix(".dashboard.py") for path in SOURCES.glob("*.dashboard.py")} == names


def test_writes_only_what_changes(tmp_path: Path) -> None:
    """A file is written when it is new or its source has changed, and left alone otherwise."""
    source, folder = tmp_path / "mine.dashboard.py", tmp_path / "out"
    source.write_text(SOURCE.format("One"))
    first = states([source], folder)
    second = states([source], folder)
    source.write_text(SOURCE.format("Two"))

    assert [first, second, states([source], folder)] == [[State.WRITTEN], [State.UNCHANGED], [State.WRITTEN]]


def test_check_tells_drift_and_writes_nothing(tmp_path: Path) -> None:
    """A check tells a missing and a differing file from one that is right, and touches none."""
    source, folder = tmp_path / "mine.dashboard.py", tmp_path / "out"
    source.write_text(SOURCE.format("One"))
    missing = states([source], folder, check=True)
    assert not folder.exists()
    generate([source], folder)
    right = states([source], folder, check=True)
    (folder / "mine.json").write_text("{}")
    differing = states([source], folder, check=True)

    assert [missing, right, differing] == [[State.DIFFERS], [State.UNCHANGED], [State.DIFFERS]]
    assert (folder / "mine.json").read_text() == "{}"


def test_one_broken_source_stops_all(tmp_path: Path) -> None:
    """When one source is broken, nothing is written for the others either."""
    (tmp_path / "a.dashboard.py").write_text(SOURCE.format("One"))
    (tmp_path / "b.dashboard.py").write_text("dashboard =")
    with pytest.raises(SpecError):
        generate([tmp_path], tmp_path / "out")

    assert not (tmp_path / "out").exists()


def test_sources_modules_and_catalogues_go_together(tmp_path: Path) -> None:
    """Sources of all kinds may be named at once, and each gives its files."""
    source, catalogue = tmp_path / "mine.dashboard.py", tmp_path / "shops.json"
    source.write_text(SOURCE.format("One"))
    catalogue.write_text('{"version": 1, "metrics": [{"name": "shops", "kind": "gauge"}]}')
    files = generate_dashboards([source, catalogue, Path("module:tests.support.shop")])

    assert [file.name for file in files] == ["mine.json", "metrics-shops.json", "metrics-shop.json"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("module:nowhere_to_be_found", "no module named nowhere_to_be_found"),
        ("module:json", "json has no Instrumentation"),
        ("pack:operator", "'pack:operator' names no module"),
    ],
)
def test_what_is_no_operator_is_a_usage_error(given: str, said: str) -> None:
    """A module that is not there or instruments nothing is named, and so is what is no module."""
    with pytest.raises(UsageError, match=said):
        generate_dashboards([Path(given)])


def test_the_command_reads_slos_for_sources(tmp_path: Path) -> None:
    """The SLOs of --slos reach the function of a source, with what is set of packs; other SLOs do not."""
    source = tmp_path / "mine.dashboard.py"
    source.write_text("def dashboard(context):\n    return {'title': ' '.join(context.services), 'uid': 'mine'}\n")
    command = ["generate", "dashboards", str(source), "--slos", "pack:operator", "--set", "job=shop-operator"]
    done = subprocess.run(
        [sys.executable, "-m", "sloctl", *command], capture_output=True, text=True, check=False, timeout=60
    )

    assert (done.returncode, json.loads(done.stdout)["title"]) == (0, "shop-operator"), done.stderr
