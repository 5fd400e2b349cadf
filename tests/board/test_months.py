"""What SLOs kept by calendar months."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest

from sloctl.app.health import Health, State
from sloctl.app.status import SloStatus
from sloctl.board import Board, serving
from sloctl.board.months import Kept, Report, as_csv, as_markdown, read_report
from sloctl.board.pages import Site
from sloctl.board.reading import Row, Snapshot
from sloctl.clients.prometheus import Prometheus
from tests.support.prometheus import Server, blocks_from, prometheus

SIX_HOURS_S = 6 * 3600
NOW = datetime(2026, 3, 10, 13, 0, tzinfo=UTC).timestamp()
ROW = Row(
    SloStatus("shop", "errors", "Errors are rare", group={"region": "eu"}, objective_ratio=0.99), Health(State.OK, "")
)


def sums(since: datetime, region: str) -> Iterator[str]:
    """Record that of 100 events one is bad in every six hours, and five in those of February."""
    labels = f'slo_id="shop/errors",service="shop",slo="errors",region="{region}"'
    for end in range(int(since.timestamp()) + SIX_HOURS_S, int(NOW) + 1, SIX_HOURS_S):
        bad = 5 if datetime.fromtimestamp(end - 1, UTC).month == 2 else 1
        yield f"slo:total:sum6h{{{labels}}} 100 {end}"
        yield f"slo:bad:sum6h{{{labels}}} {bad} {end}"


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a Prometheus that knows months, of one region since the middle of December, of another since March."""
    folder = tmp_path_factory.mktemp("months")
    lines = [*sums(datetime(2025, 12, 16, tzinfo=UTC), "eu"), *sums(datetime(2026, 3, 1, tzinfo=UTC), "us")]
    with prometheus("{}", folder, blocks_from("\n".join(lines), folder / "data")) as server:
        yield server


async def report(server: Server, *rows: Row) -> Report:
    """Read it."""
    async with Prometheus(server.url) as client:
        return await read_report(client, rows, NOW)


async def test_months_hold_their_own_events(past: Server) -> None:
    """Each month has every event once: those of its last hours, and none of its neighbours'."""
    found = await report(past, ROW)
    (_, kept) = found.lines[0]

    assert list(found.months) == ["2025-12", "2026-01", "2026-02", "2026-03"]
    assert {month: (one.total, one.bad) for month, one in kept.items()} == {
        "2025-12": (16 * 400, 16 * 4),
        "2026-01": (31 * 400, 31 * 4),
        "2026-02": (28 * 400, 28 * 20),
        "2026-03": (9 * 400 + 200, 9 * 4 + 2),  # up to the last whole six hours
    }
    assert [one.word for one in kept.values()] == ["kept", "kept", "missed", "kept"]


async def test_each_part_has_its_own_months(past: Server) -> None:
    """A part that began later has no months before, and one that is not recorded has none."""
    us, asia = (
        Row(SloStatus("shop", "errors", group={"region": region}, objective_ratio=0.99), ROW.health)
        for region in ("us", "asia")
    )
    found = await report(past, us, asia)

    assert [list(kept) for _, kept in found.lines] == [[], ["2026-03"]]  # by name: asia comes first


async def test_tables_say_what_is_known(past: Server) -> None:
    """CSV has a line for each SLO and month, Markdown one for each SLO."""
    found = await report(past, ROW)
    rows = list(csv.DictReader(io.StringIO(as_csv(found))))

    assert [row["month"] for row in rows] == list(found.months)
    assert rows[2] == {
        "month": "2026-02",
        "service": "shop",
        "slo": "errors",
        "group": "region=eu",
        "objective": "0.99",
        "events": "11200",
        "bad": "560",
        "sli": "0.95",
        "result": "missed",
    }
    assert as_markdown(found).splitlines() == [
        "| SLO | Service | Objective | 2025-12 | 2026-01 | 2026-02 | 2026-03 |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        "| Errors are rare region=eu | shop | 99 % | 99 % kept | 99 % kept | 95 % missed | 99 % kept |",
    ]


async def test_the_page_has_each_month_under_its_head(past: Server) -> None:
    """The newest month comes first, and its SLI stands below it."""
    text = Site("").months_page(Snapshot([ROW], NOW), await report(past, ROW))
    heads, cells = (
        [re.sub("<[^>]+>", "", cell) for cell in re.findall(pattern, text, re.DOTALL)]
        for pattern in (r'<th scope="col">(.*?)</th>', r"<td>(.*?)</td>")
    )

    assert dict(zip(heads[1:], cells, strict=True)) == {
        "Objective": "99 %",
        "2026-03": "99 % kept",
        "2026-02": "95 % missed",
        "2026-01": "99 % kept",
        "2025-12": "99 % kept",
    }
    assert heads[2] == "2026-03"


def test_names_are_no_formulas_and_no_markup() -> None:
    """What stands in a name does nothing in a spreadsheet, nor to a table."""
    row = Row(SloStatus("=cmd()", "a|b", "<b>*a|b*</b>"), ROW.health)
    found = Report(["2026-01"], [(row, {"2026-01": Kept(1, 0, None)})])

    assert as_csv(found).splitlines()[1] == "2026-01,'=cmd(),a|b,,,1,0,1.0,-"
    assert r"\<b\>\*a\|b\*\</b\>" in as_markdown(found)


async def test_months_are_served(board: str, http: aiohttp.ClientSession) -> None:
    """There is a page for people, and files for spreadsheets and documents."""
    for name, kind in (("months", "text/html"), ("months.csv", "text/csv"), ("months.md", "text/markdown")):
        async with http.get(f"{board}{name}") as response:
            assert (response.status, response.content_type) == (200, kind)
            assert re.search("2[0-9]{3}-[01][0-9]", await response.text())


async def test_without_prometheus_there_are_no_months(http: aiohttp.ClientSession, tmp_path: Path) -> None:
    """Neither page nor file looks as if there was nothing to tell."""
    async with Prometheus("http://127.0.0.1:1") as client, serving(Board(client)) as board:
        for name in ("months", "months.csv", "months.md"):
            async with http.get(f"{board}{name}") as response:
                assert response.status == 503
                assert "no answer from Prometheus" in await response.text()
