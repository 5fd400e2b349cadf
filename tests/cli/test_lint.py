"""`sloctl lint`, run as a program."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]
RULES = """\
groups:
  - name: g
    rules:
      - alert: Errors
        expr: |
          sum(rate(errors_total[1m])) > 0 or
            vector(0)
        annotations: {summary: it fails}
"""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run sloctl lint in a folder with a file of rules."""
    (tmp_path / "rules.yaml").write_text(RULES)

    def run(*args: str | Path) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "sloctl", "lint", *args]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=tmp_path, env=os.environ, timeout=60
        )

    return run


def test_findings_are_shown_with_their_source(run: Run) -> None:
    """Each finding comes with its line and a caret below the place, also inside a block; the exit code is 1."""
    done = run("rules.yaml", "--min-severity", "warning")

    assert 1 == done.returncode
    assert "2 findings (2 warnings) in 1 rule, 1 file\n" == done.stderr
    assert done.stdout == (
        "rules.yaml:6:32: warning: [1m] holds fewer than 4 scrapes at one every 30s [short-range]\n"
        "    6 |           sum(rate(errors_total[1m])) > 0 or\n"
        "                                       ^\n"
        "        use [2m] or more\n"
        "rules.yaml:7:13: warning: 'or vector(0)' has no labels, and hides that a target is gone [zero-fill]\n"
        "    7 |             vector(0)\n"
        "                    ^\n"
        "        fill by the same labels from what is always there: or 0 * sum by (...) (total)\n"
    )


@pytest.mark.parametrize(("before", "after"), [(500, 500), (500, 0), (0, 500)])
def test_of_a_long_line_what_is_around_the_place_is_shown(run: Run, tmp_path: Path, before: int, after: int) -> None:
    """An excerpt has a hundred characters, dots where it is cut, and its caret below the place."""
    (tmp_path / "rules.yaml").write_text(f"groups: {' ' * before}[{{name: g, misspelt: []}}] #{'.' * after}\n")
    shown, caret = run("rules.yaml").stdout.splitlines()[1:3]

    assert len(shown) == len("    1 | ") + 100
    assert shown[caret.index("^") :].startswith("misspelt")
    assert [shown[len("    1 | ")] == "…", shown[-1] == "…"] == [before > 0, after > 0]


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["--fail-on", "info"], 1),
        (["--fail-on", "warning"], 1),
        (["--fail-on", "error"], 0),
        (["--fail-on", "never"], 0),
        (["--disable", "zero-fill", "--scrape-interval", "10s"], 0),
        (["--disable", "zero-fill", "--scrape-interval", "10s", "--fail-on", "info"], 1),
        (["--prometheus", "http://127.0.0.1:1", "--fail-on", "error"], 0),
        (["--prometheus", "http://127.0.0.1:1", "--online-required"], 4),
        (["--prometheus", "http://127.0.0.1:1", "--offline", "--online-required"], 2),
        (["--online-required"], 2),
        (["--disable", "nosuch"], 2),
        (["nosuch.yaml"], 2),
    ],
)
def test_the_exit_code_tells_what_came_of_it(run: Run, args: list[str], code: int) -> None:
    """0 without findings that count, 1 with some, 2 for misuse, 4 for a server that is required and away."""
    assert code == run("rules.yaml", *args).returncode


def test_json_is_one_document(run: Run) -> None:
    """--json gives findings and counts as data, and nothing else on stdout."""
    done = run("rules.yaml", "--json", "--prometheus", "http://127.0.0.1:1")
    data = json.loads(done.stdout)

    assert ["findings", "files", "rules", "boards", "unasked", "severities"] == list(data)
    assert {"error": 0, "warning": 2, "info": 1} == data["severities"]
    assert (1, 1, 3) == (data["files"], data["rules"], len(data["findings"]))
    assert "no answer from Prometheus" in data["unasked"]
    assert {"path", "line", "column", "check", "severity", "summary", "hint"} == set(data["findings"][0])


def test_a_server_that_is_away_is_a_note(run: Run) -> None:
    """What could not be asked is said once, beside the findings."""
    done = run("rules.yaml", "--prometheus", "http://127.0.0.1:1")

    assert "warning: no answer from Prometheus at http://127.0.0.1:1" in done.stderr


def test_a_comment_switches_a_check_off(run: Run, tmp_path: Path) -> None:
    """A comment with a reason takes its findings away."""
    comment = "# sloctl: disable=short-range,zero-fill a lab\n      - alert"
    (tmp_path / "rules.yaml").write_text(RULES.replace("- alert", comment))

    assert 0 == run("rules.yaml").returncode


def test_a_dashboard_is_linted_with_its_panel_and_source(run: Run, tmp_path: Path) -> None:
    """A finding in a dashboard names file, line and panel, and the summary counts dashboards and severities."""
    panels = [{"type": "stat", "title": "Up", "options": {"reduceOptions": {"calcs": ["latest"]}}}]
    (tmp_path / "board.json").write_text(json.dumps({"title": "Board", "panels": panels}, indent=1))
    done = run("board.json", "--min-severity", "error")

    assert 1 == done.returncode
    assert done.stderr == "3 findings (3 errors) in 1 dashboard, 1 file\n"
    assert "board.json:10:7: error: panel 'Up': Grafana has no reducer 'latest' [reducer-id]\n" in done.stdout
    assert '   10 |       "latest"\n' in done.stdout


def test_what_is_no_json_is_said_like_any_finding(run: Run, tmp_path: Path) -> None:
    """A broken dashboard file is a finding with its place, and exit code 1."""
    (tmp_path / "board.json").write_text('{"title": "Board",\n "panels": [{"title": "Up" "type": "stat"}]}')
    done = run("board.json")

    assert 1 == done.returncode
    assert "board.json:2:28: error: this is no JSON: expecting ',' delimiter, behind \"Up\" [syntax]" in done.stdout
