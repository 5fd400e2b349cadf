"""The page about dashboards says what is true."""

import re
import textwrap
from pathlib import Path

import pytest

from sloctl.specio.dashboards import read_dashboards
from tests.dashgen.grafana import BOARDS, Json
from tests.support.prometheus import REPOSITORY

PAGE = (REPOSITORY / "docs/dashboards.md").read_text()


def test_the_example_runs(tmp_path: Path) -> None:
    """The example source on the page becomes a dashboard as it stands."""
    match = re.search(r"(?m)^    from sloctl(?:.*\n)+?^    \)$", PAGE)
    assert match
    source = tmp_path / "queues.dashboard.py"
    source.write_text(textwrap.dedent(match[0]))

    assert ["queues.json"] == [file.name for file in read_dashboards(source)]


@pytest.mark.parametrize(("name", "board"), BOARDS.items(), ids=BOARDS)
def test_the_page_names_every_dashboard_and_row(name: str, board: Json) -> None:
    """Each shipped dashboard is on the page with its file, and has a section that tells each of its rows."""
    section = PAGE.partition(f"\n## {board['title']}\n")[2].partition("\n## ")[0]
    rows = [panel["title"] for panel in board["panels"] if panel["type"] == "row"]

    assert f"| `{name}` |" in PAGE.partition("\n## ")[0]
    assert ["top", *rows] == re.findall(r"(?m)^\| ([^|-]+?) \| [A-Z]", section)
