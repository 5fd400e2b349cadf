"""The pages in headless Chromium, as people meet them."""

import json
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from sloctl.board import Board, serving, write_static
from sloctl.clients.prometheus import Prometheus
from tests.board.browser import DESKTOP, PHONE, Browser, Tab
from tests.board.recorded import HOSTILE, SLOS

SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
THEMES = pytest.mark.parametrize("theme", ["light", "dark"])
NARROWEST = (360, 740)
ROWS = "[...document.querySelectorAll('.slos tbody tr')].filter((row) => row.offsetParent).length"
LIVE = "document.querySelectorAll('.live canvas').length === 4"


@pytest.fixture
async def burning(board: str, http: aiohttp.ClientSession) -> str:
    """Give the page of an SLO whose alert fires."""
    async with http.get(f"{board}api/v1/slos") as response:
        slos = (await response.json())["slos"]
    return f"{board}slo/{next(slo['id'] for slo in slos if slo['tiers'])}"


def assert_clean(tab: Tab, address: str) -> None:
    """Hold a tab to having said nothing and asked nobody else."""
    assert tab.errors == []
    assert {urlsplit(url)[:2] for url in tab.requests if not url.startswith("data:")} == {urlsplit(address)[:2]}


@SIZES
@THEMES
async def test_pages_keep_nobody_out(
    browser: Browser, board: str, burning: str, size: tuple[int, int], theme: str
) -> None:
    """Neither axe nor the console finds anything on any page, also one that is not there, and nobody else is asked."""
    for address in (board, burning, f"{board}months", f"{board}nothing"):
        tab = await browser.tab()
        await tab.show(*size, theme)
        await tab.open(address)
        if address == burning:
            await tab.until(LIVE)
            await tab.run("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        assert await tab.barriers() == []
        if address.endswith("nothing"):
            tab.errors = [error for error in tab.errors if "404" not in error]  # which is what it is about
        assert_clean(tab, address)


@THEMES
async def test_the_page_without_numbers_keeps_nobody_out(browser: Browser, theme: str) -> None:
    """While Prometheus is away, the page says so to everybody."""
    async with Prometheus("http://127.0.0.1:1") as client, serving(Board(client)) as board:
        tab = await browser.tab()
        await tab.show(*DESKTOP, theme)
        await tab.open(board)
        assert "Prometheus does not answer" in await tab.text("[role=alert]")
        assert await tab.barriers() == []


@pytest.mark.parametrize("size", [DESKTOP, PHONE, NARROWEST], ids=["desktop", "phone", "narrowest"])
async def test_pages_fit_their_window(browser: Browser, board: str, burning: str, size: tuple[int, int]) -> None:
    """Nothing has to be scrolled sideways, with JavaScript or without."""
    for with_scripts in (True, False):
        for address in (board, burning, f"{board}months"):
            tab = await browser.tab()
            await tab.show(*size)
            if not with_scripts:
                await tab.without_scripts()
            await tab.open(address)
            assert await tab.run("document.documentElement.scrollWidth <= innerWidth")


async def test_it_works_without_javascript(browser: Browser, board: str, burning: str) -> None:
    """Filters, order, links, graphs and their values are there without it."""
    tab = await browser.tab()
    await tab.without_scripts()
    await tab.open(board)
    assert await tab.run(ROWS) == len(SLOS)

    await tab.run("document.getElementById('q').focus()")
    for letter in "checkout":
        await tab.press(letter)
    await tab.loads("Enter")
    assert await tab.run(ROWS) == 2

    await tab.run("document.getElementById('sort-budget').focus()")
    await tab.loads("Enter")
    assert await tab.run("location.search") == "?q=checkout&sort=budget"
    assert await tab.run("document.querySelector('th.budget').ariaSort") == "ascending"

    await tab.open(burning)
    assert await tab.run("document.querySelectorAll('.plot .stroke').length") > 15
    assert await tab.run("document.querySelector('.plot').getBoundingClientRect().height") > 100
    assert await tab.run("document.querySelectorAll('#budget-table tbody tr').length") > 50
    assert await tab.run("document.querySelectorAll('button, canvas').length") == 0
    assert_clean(tab, board)


async def test_the_keyboard_reaches_and_operates_everything(browser: Browser, board: str, burning: str) -> None:
    """Tab visits every control in reading order and shows where it is; the keys of a graph read and zoom it."""
    for address in (board, burning):
        tab = await browser.tab()
        await tab.open(address)
        if address == burning:
            await tab.until(LIVE)
        await tab.run("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        assert await tab.run("document.querySelectorAll('.live[tabindex=\"0\"]').length") == 4 * (address == burning)
        controls = "a[href], button, input:not([type=hidden]), select, summary, [tabindex='0']"
        expected = f'[...document.querySelectorAll("{controls}")].filter((each) => !each.hidden)'
        for place in range(await tab.run(f"{expected}.length")):
            await tab.press("Tab")
            assert await tab.run(f"{expected}[{place}] === document.activeElement"), place
            assert await tab.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"

    await tab.run("document.getElementById('burn-live').focus()")
    await tab.press("ArrowLeft")
    await tab.until("document.querySelector('#burn .reading').textContent.endsWith('UTC')")
    first = await tab.text("#burn .reading")
    await tab.press("ArrowLeft", "+")
    await tab.until(f"document.querySelector('#burn .reading').textContent !== {json.dumps(first)}")
    await tab.until("document.getElementById('burn').hasAttribute('data-zoomed')")
    await tab.press("0")
    await tab.until("!document.getElementById('burn').hasAttribute('data-zoomed')")
    assert_clean(tab, board)


async def test_an_open_page_is_kept_up_to_date(browser: Browser, client: Prometheus) -> None:
    """It is replaced in place, keeps focus and what was opened, can be paused, and says when it has become old."""
    async with serving(Board(client), refresh_s=1) as board:
        tab = await browser.tab()
        await tab.open(board)
        await tab.run("document.querySelector('.slos tbody a').focus()")
        was = await tab.text(".as-of time")
        at = await tab.run("document.activeElement.id")
        await tab.until(f"document.querySelector('.as-of time').textContent !== {json.dumps(was)}")
        assert await tab.run("document.activeElement.id") == at

        await tab.run("document.querySelector('.slos tbody a').click()")
        await tab.until(LIVE)
        await tab.run("document.getElementById('burn-data').open = true; document.querySelector('.plot').marked = true")
        await tab.until("!document.querySelector('.plot').marked")
        await tab.until(LIVE)
        assert await tab.run("document.getElementById('burn-data').open")

        await tab.run("document.querySelector('#updates button').click()")
        assert await tab.text("#updates") == "Resume updates"
        await tab.run("document.querySelector('#updates button').click()")
        assert tab.errors == []
    await tab.until("document.querySelector('.banner')?.textContent.includes('may no longer be so')")


async def test_graphs_follow_the_theme(browser: Browser, burning: str) -> None:
    """What is drawn by JavaScript has the colours of the theme, and changes with it."""
    tab = await browser.tab()
    await tab.open(burning)
    await tab.until(LIVE)
    picture = "document.querySelector('.live canvas').toDataURL()"
    light = await tab.run(picture)
    await tab.show(*DESKTOP, "dark")
    await tab.until(f"{picture} !== {json.dumps(light)}")


async def test_a_snapshot_needs_no_server(browser: Browser, client: Prometheus, tmp_path: Path) -> None:
    """Opened as files, pages link each other, draw, filter and sort, under a policy that allows nothing else."""
    await write_static(Board(client), tmp_path)
    tab = await browser.tab()
    await tab.open((tmp_path / "index.html").as_uri())
    assert await tab.run(ROWS) == len(SLOS)
    assert await tab.barriers() == []

    await tab.run("document.getElementById('total-burning').focus()")
    await tab.loads("Enter")
    assert await tab.run(ROWS) == 2
    assert await tab.run("document.getElementById('state').value") == "burning"

    await tab.run("document.getElementById('sort-budget').focus()")
    await tab.loads("Enter")
    await tab.run("document.getElementById('sort-budget').focus()")
    await tab.loads("Enter")
    assert await tab.run("document.querySelector('th.budget').ariaSort") == "descending"
    lefts = "[...document.querySelectorAll('td.budget')].map((cell) => Number(cell.dataset.value))"
    assert await tab.run(f"{lefts}.every((left, at, all) => !at || all[at - 1] >= left)")
    assert await tab.run(ROWS) == 2

    await tab.run("document.querySelector('.slos tbody tr:not([hidden]) a').focus()")
    await tab.loads("Enter")
    await tab.until(LIVE)
    assert tab.errors == []
    assert {urlsplit(url).scheme for url in tab.requests} <= {"file", "data"}


async def test_markup_in_a_name_stays_a_name(browser: Browser, board: str) -> None:
    """What Prometheus says is never run."""
    tab = await browser.tab()
    await tab.open(f"{board}?q=alert")
    assert HOSTILE in await tab.text()
    assert_clean(tab, board)
