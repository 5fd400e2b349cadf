"""The page about dashboards says what is true."""

import re
import textwrap
from pathlib import Path

from sloctl.specio.dashboards import read_dashboards
from tests.dashgen.grafana import BOARDS
from tests.support.prometheus import REPOSITORY

PAGE = (REPOSITORY / "docs/dashboards.md").read_text()


def test_the_example_runs(tmp_path: Path) -> None:
    """The example source on the page becomes a dashboard as it stands."""
    match = re.search(r"(?m)^    from sloctl(?:.*\n)+?^    \)$", PAGE)
    assert match
    source = tmp_path / "queues.dashboard.py"
    source.write_text(textwrap.dedent(match[0]))

    assert ["queues.json"] == [file.name for file in read_dashboards(source)]


def test_the_page_names_every_dashboard_and_row() -> None:
    """Each shipped dashboard is on the page with its title, file and uid; each row of the SLO's has its line."""
    for name, board in BOARDS.items():
        assert f"## {board['title']}\n\n`{name}`, uid `{board['uid']}`" in PAGE
    rows = [panel["title"] for panel in BOARDS["slo-detail.json"]["panels"] if panel["type"] == "row"]

    assert ["top", *rows] == re.findall(r"(?m)^\| ([^|-]+?) \| [A-Z]", PAGE)
