"""Dashboard sources of users: what is taken, and where a fault is shown."""

import json
import re
from pathlib import Path

import pytest

from sloctl.app.dashboards import generate_dashboards, read_context
from sloctl.model.errors import SpecError, UsageError
from sloctl.specio.dashboards import read_dashboards

IMPORT = "from grafanalib.core import Dashboard, Target, Stat\n"


def write(folder: Path, text: str, name: str = "mine.dashboard.py") -> Path:
    """Write a dashboard source."""
    path = folder / name
    path.write_text(text)
    return path


def test_one_dashboard_is_named_after_its_file(tmp_path: Path) -> None:
    """A file that sets `dashboard` becomes one JSON file of the same name."""
    path = write(tmp_path, f"{IMPORT}dashboard = Dashboard(title='Mine', uid='mine-uid')")
    (file,) = read_dashboards(path)

    assert (file.name, json.loads(file.text)["title"]) == ("mine.json", "Mine")


def test_several_dashboards_are_named_after_their_uids(tmp_path: Path) -> None:
    """A file that sets `dashboards` becomes one JSON file for each of them."""
    path = write(tmp_path, f"{IMPORT}dashboards = [Dashboard(title=uid, uid=uid) for uid in ('a', 'b')]")

    assert [file.name for file in read_dashboards(path)] == ["a.json", "b.json"]


def test_a_file_names_what_has_no_uid(tmp_path: Path) -> None:
    """A dashboard without a uid is known by its file's name, as stock files mean it."""
    path = write(tmp_path, f"{IMPORT}dashboard = Dashboard(title='Mine')")
    (file,) = read_dashboards(path)

    assert json.loads(file.text)["uid"] == "mine"


BY_SLO = """
from grafanalib.core import Dashboard

PREFIX = "Of "


def {name}(context):
    return [Dashboard(title=PREFIX + slo.name, uid=slo.name, tags=list(context.labels)) for slo in context.slos]
"""


@pytest.mark.parametrize("name", ["dashboard", "dashboards"])
def test_a_function_makes_dashboards_of_the_context(tmp_path: Path, name: str) -> None:
    """A function that takes the context makes as many dashboards as it likes, each named after its uid."""
    path = write(tmp_path, BY_SLO.format(name=name))
    files = read_dashboards(path, read_context())
    boards = [json.loads(file.text) for file in files]

    assert [file.name for file in files] == ["reconcile-success.json", "reconcile-latency.json"]
    assert [(board["title"], board["tags"]) for board in boards] == [
        ("Of reconcile-success", ["controller"]),
        ("Of reconcile-latency", ["controller"]),
    ]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("def dashboard():\n    return Dashboard(title='x')", ["mine.json"]),
        ("def dashboard(context):\n    return Dashboard(title='x', uid='own')", ["mine.json"]),
        ("dashboards = lambda: (Dashboard(title=uid, uid=uid) for uid in ())", None),
        (
            "def dashboards():\n    return Dashboard(title='x', uid='x'), Dashboard(title='y', uid='y')",
            ["x.json", "y.json"],
        ),
        ("dashboard = {'title': 'x'}", ["mine.json"]),
        ("dashboard = [{'title': 'x', 'uid': 'x'}]", ["x.json"]),
    ],
)
def test_what_a_file_may_set(tmp_path: Path, text: str, names: list[str] | None) -> None:
    """A dashboard, a list, or a function with or without a parameter; what else there is is refused."""
    path = write(tmp_path, IMPORT + text)
    if names is None:
        with pytest.raises(SpecError):
            read_dashboards(path)
    else:
        assert [file.name for file in read_dashboards(path)] == names


def test_what_a_file_prints_is_no_part_of_the_result(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a file prints, and grafanalib for it, goes to stderr: on stdout it would be part of the JSON."""
    pie = "from grafanalib.core import PieChart\ndashboard = Dashboard(title='x', panels=[PieChart(title='p')])"
    read_dashboards(write(tmp_path, f"{IMPORT}print('made')\n{pie}"))
    out, err = capsys.readouterr()

    assert (out, err.splitlines()[0]) == ("", "made")
    assert "deprecated" in err


@pytest.mark.parametrize(
    ("text", "place", "summary"),
    [
        ("x = 1\ndashboard = (", "2:13", "SyntaxError: '.' was never closed"),
        ("x = 1\nimport nowhere_to_be_found\n", "2:1", "ModuleNotFoundError: No module named 'nowhere_to_be_found'"),
        ("def make():\n    return 1 / 0\ndashboard = make()", "2:12", "ZeroDivisionError: division by zero"),
        (f"{IMPORT}dashboard = Dashboard(titel='x')", "2:13", "TypeError: .*'titel'"),
        (f"{IMPORT}dashboard = Dashboard(title='x', panels=1)", "2:13", "TypeError: 'panels' must be <class 'list'>"),
        (f"{IMPORT}dashboard = Dashboard(title='x', uid='no spaces')", "2:1", "a dashboard needs a uid"),
        (f"{IMPORT}dashboards = [Dashboard(title='x')]", "2:1", r"dashboards\[0\]: a dashboard needs a uid"),
        (
            f"{IMPORT}dashboards = [Dashboard(title='x', uid='x'), 1]",
            "2:1",
            r"dashboards\[1\]: a dashboard needs a title",
        ),
        (f"{IMPORT}dashboards = 5", "2:1", "`dashboards` has to be a list, and is a int"),
        (
            f"{IMPORT}dashboard = Dashboard(title='x', panels=[Stat(title='Odd', thresholds=[{{}}])])",
            "2:1",
            "panel 'Odd': 'fieldConfig' cannot be .*, without 'color'",
        ),
        (
            f"{IMPORT}def dashboard(context):\n    return Dashboard(title=context.slo)",
            "3:28",
            "AttributeError: .*'slo'",
        ),
        (f"{IMPORT}def dashboards():\n    return [Dashboard(title='x')]", "2:1", r"dashboards\[0\]: .* needs a uid"),
        (f"{IMPORT}def dashboards(a, b):\n    return []", "2:1", "TypeError: .*missing 1 required"),
        (f"{IMPORT}dashboard: object = Dashboard(title='')", "2:1", "a dashboard needs a title"),
        ("dashboard = 5", "1:1", "a dashboard needs a title"),
        (
            "class Odd:\n    def to_json_data(self):\n        raise KeyError('x')\ndashboard = Odd()",
            "3:9",
            "KeyError: x",
        ),
        ("dashboard = {'title': 'x', 'templating': []}", "1:1", r"^'templating' cannot be \[\]"),
        ("dashboard = {'title': 'x', 'rows': 5}", "1:1", "^'rows' cannot be 5"),
        ("dashboard = []", "1:1", "the file gives no dashboard: its list is empty"),
        ("dashboards = ()", "1:1", "the file gives no dashboard: its list is empty"),
        ("def dashboards(context):\n    return []", "1:1", "the file gives no dashboard: its list is empty"),
        ("x = 1", "", "has to set either `dashboard` or the list `dashboards`"),
        ("dashboard = dashboards = 1", "1:1", "has to set either"),
        ("import sys\nsys.exit(3)", "2:1", "SystemExit: 3"),
        ("raise RuntimeError", "1:1", "RuntimeError: it has no message"),
    ],
)
def test_a_broken_file_is_one_finding_with_its_place(tmp_path: Path, text: str, place: str, summary: str) -> None:
    """Whatever a user's file does wrong is a finding that points at the line, never a traceback of ours."""
    path = write(tmp_path, text)
    with pytest.raises(SpecError) as caught:
        read_dashboards(path)

    (finding,) = caught.value.findings
    shown = f"{path}:{place}" if place else str(path)
    assert str(finding).startswith(f"{shown}: error: "), finding
    assert re.search(summary, finding.summary), finding


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("absent.dashboard.py", None, "cannot read .*absent.dashboard.py"),
        ("latin.dashboard.py", b"# \xff", "is not UTF-8"),
        ("plain.py", b"dashboard = 1", "no dashboard source in .*plain.py"),
    ],
)
def test_an_unusable_path_is_a_usage_error(tmp_path: Path, name: str, text: bytes | None, said: str) -> None:
    """A path that is no readable dashboard source is refused with the reason."""
    path = tmp_path / name
    if text is not None:
        path.write_bytes(text)
    with pytest.raises(UsageError, match=said):
        generate_dashboards([path])


def test_a_folder_without_sources_is_a_usage_error(tmp_path: Path) -> None:
    """A folder that holds no source is refused, since it was surely meant to."""
    with pytest.raises(UsageError, match="no dashboard source in"):
        generate_dashboards([tmp_path])


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (("a.dashboard.py", "same"), ("b.dashboard.py", "same"), "2 dashboards have the uid 'same'"),
        (("x/a.dashboard.py", "one"), ("y/a.dashboard.py", "two"), "2 dashboards have the file name 'a.json'"),
    ],
)
def test_twins_are_refused(tmp_path: Path, first: tuple[str, str], second: tuple[str, str], said: str) -> None:
    """Two dashboards that would take each other's place, on disk or in Grafana, are refused."""
    paths = []
    for name, uid in (first, second):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        paths.append(write(tmp_path, f"{IMPORT}dashboard = Dashboard(title='x', uid={uid!r})", name))
    with pytest.raises(UsageError, match=said):
        generate_dashboards(paths)
