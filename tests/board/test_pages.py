"""The pages and the JSON of a board on a real Prometheus."""

import html
import math
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any, TypeVar

import aiohttp
import pytest
from aiohttp import web

from sloctl.app.health import State
from sloctl.app.status import SloStatus, read_status
from sloctl.app.wording import coverage, percent, spent, times
from sloctl.board import Board, serving
from sloctl.clients.prometheus import Prometheus, Series
from sloctl.model.errors import BackendError
from sloctl.model.slo import Slo
from sloctl.promql.sloqueries import SloQueries
from tests.board.recorded import HOSTILE, ONLY_SPEC, SLOS
from tests.support.prometheus import Server

Http = aiohttp.ClientSession
T = TypeVar("T")
AGES = {"age_s": 0.0}
"""What is another number in every moment."""


async def page(http: Http, address: str, status: int = 200) -> str:
    """Get a page."""
    async with http.get(address) as response:
        assert response.status == status
        return await response.text()


async def data(http: Http, address: str, status: int = 200) -> dict[str, Any]:
    """Get JSON."""
    async with http.get(address) as response:
        assert response.status == status
        found: dict[str, Any] = await response.json()
        return found


def rows(text: str) -> list[dict[str, str]]:
    """Read the list: of each SLO the text of its cells, by their heads."""
    bodies = re.findall(r'<tr role="row" data-text.*?</tr>', text, re.DOTALL)
    return [
        {head: words(cell) for head, cell in re.findall(r'data-head="([^"]+)"[^>]*>(.*?)</td>', body, re.DOTALL)}
        for body in bodies
    ]


def words(markup: str) -> str:
    """Give the text of markup."""
    return " ".join(html.unescape(re.sub("<[^>]+>", " ", markup)).split())


async def in_one_slice(client: Prometheus, ask: Callable[[], Awaitable[T]]) -> tuple[list[SloStatus], T]:
    """Ask for something, and for the status in the same slice, so that both are of the same numbers."""
    for _ in range(10):
        before = await read_status(client)
        found = await ask()
        after = await read_status(client)
        if [asdict(slo) | AGES for slo in before] == [asdict(slo) | AGES for slo in after]:
            return before, found
    raise AssertionError("the numbers never stood still")


async def test_the_list_shows_the_numbers_of_the_status(client: Prometheus, board: str, http: Http) -> None:
    """Every SLO and every part has a row, in which each number is the one that `sloctl status` shows."""
    slos, text = await in_one_slice(client, lambda: page(http, f"{board}?sort=service"))
    shown = sorted(
        (row["SLO"], row["Service"], row["SLI"], row["Budget left"], row["Burn 1h"], row["Spent in"], row["Alerts"])
        for row in rows(text)
    )
    expected = sorted(
        (
            " ".join(
                [
                    slo.display_name,
                    *(f"{label}= {value}" for label, value in slo.group.items() if label != "cluster"),
                ]
            ),
            " ".join([slo.service, *(f"cluster= {value}" for label, value in slo.group.items() if label == "cluster")]),
            percent(slo.sli_ratio),
            f"{percent(slo.budget_left_ratio)} {coverage(slo)}",
            times(slo.burn.get("1h")),
            spent(slo),
            ", ".join([*slo.tiers, *slo.alerts]) or "-",
        )
        for slo in slos
    )

    assert shown == expected
    assert len(shown) == len(SLOS)


async def test_the_json_is_that_of_the_status(client: Prometheus, board: str, http: Http) -> None:
    """Programs get the same keys and numbers as from `sloctl status --json`, and the state beside them."""
    slos, found = await in_one_slice(client, lambda: data(http, f"{board}api/v1/slos"))
    told = {(slo.service, slo.name, *slo.group.values()): asdict(slo) for slo in slos}

    assert len(found["slos"]) == len(told)
    for one in found["slos"]:
        status = told[one["service"], one["name"], *one["group"].values()]
        assert {key: one[key] for key in status} | AGES == {
            **status,
            "tiers": list(status["tiers"]),
            "alerts": [],
        } | AGES
        assert {"id", "state", "cause", "advice"} == one.keys() - status.keys()


async def test_every_slo_is_in_the_state_that_it_was_made_for(board: str, http: Http) -> None:
    """All states that a Prometheus can show are told apart."""
    found = (await data(http, f"{board}api/v1/slos"))["slos"]
    states = {(one["service"], one["name"], *one["group"].values()): one["state"] for one in found}

    assert states == {(slo.service, slo.name, *slo.group.values()): slo.state.value for slo in SLOS}


async def test_the_newest_values_of_graphs_are_those_of_the_status(client: Prometheus, board: str, http: Http) -> None:
    """The graphs end in the numbers of the tiles: one set of questions is behind both."""

    async def ask() -> dict[str, Any]:
        return await data(http, f"{board}api/v1/slos/{key}?range=3600")

    key = next(one["id"] for one in (await data(http, f"{board}api/v1/slos"))["slos"] if one["tiers"])
    _, one = await in_one_slice(client, ask)
    ends = {graph["id"]: {line["name"]: line["points"][-1][1] for line in graph["lines"]} for graph in one["series"]}

    assert ends["budget"]["budget left"] == pytest.approx(one["budget_left_ratio"])
    assert {window: pytest.approx(ends["burn"][window]) for window in one["burn"]} == one["burn"]
    assert ends["sli"]["SLI"] == pytest.approx(1 - one["burn"]["1h"] * (1 - one["objective_ratio"]))
    (counted,) = await client.query(SloQueries('slo_id="shop/checkout"', 'region="eu/west"').events("total", "5m"))
    assert ends["events"]["good"] + ends["events"]["bad"] == pytest.approx(counted.value, rel=0.2)
    assert ends["burn"]["page limit 1h, 5m"] == pytest.approx(13.44)  # 2 % of 28 days in an hour


async def test_a_page_tells_all_about_an_slo(client: Prometheus, specs: list[Slo], http: Http) -> None:
    """It has what is promised and by whom, state and advice, the alert pairs, and a table for each graph."""
    async with serving(Board(client, specs)) as board:
        key = next(one["id"] for one in (await data(http, f"{board}api/v1/slos"))["slos"] if one["tiers"])
        text = await page(http, f"{board}slo/{key}")
    said = words(text)

    for part in ("What is promised.", "99 % good in 28d", "Owner money", "The page alert fires", "Act now"):
        assert part in said
    assert 'href="https://runbooks.example/refunds"' in text
    assert re.search(r"page firing 13.4x 19.2x in 1h 16.0x in 5m 1h and 5m", said)  # as alerts weigh it
    assert text.count("<figure") == text.count("<details") == text.count("<desc") == 4


async def test_a_page_shows_the_numbers_of_the_status(client: Prometheus, board: str, http: Http) -> None:
    """Each tile has the number that `sloctl status` shows, for every SLO."""
    found = (await data(http, f"{board}api/v1/slos"))["slos"]
    for one in found:
        address = f"{board}slo/{one['id']}"
        slos, text = await in_one_slice(client, lambda address=address: page(http, address))
        tiles = dict(re.findall(r"<div><dt>(.*?)</dt><dd[^>]*>(.*?)</dd>", text))
        (slo,) = [slo for slo in slos if (slo.name, slo.group) == (one["name"], one["group"])]

        assert tiles["SLI over the period"] == percent(slo.sli_ratio)
        assert tiles["Budget left"] == percent(slo.budget_left_ratio)
        assert tiles["Burn rate 1h"] == times(slo.burn.get("1h"))
        assert tiles["Spent in"] == spent(slo)
        assert tiles["Alerts firing"] == (", ".join(slo.tiers) or "none")


async def test_what_only_a_spec_knows_is_missing(client: Prometheus, specs: list[Slo], http: Http) -> None:
    """An SLO without rules is shown without numbers, and with what to do."""
    async with serving(Board(client, specs)) as board:
        found = {one["name"]: one for one in (await data(http, f"{board}api/v1/slos"))["slos"]}
        text = await page(http, f"{board}slo/{found[ONLY_SPEC.name]['id']}")

    assert found[ONLY_SPEC.name]["state"] == State.RULE_MISSING
    assert found[ONLY_SPEC.name]["budget_left_ratio"] is None
    assert "sloctl generate rules" in text


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("q=CHECKOUT", ["Checkouts succeed", "Checkouts succeed"]),
        ("q=eu/west", ["Checkouts succeed"]),
        ("service=billing", ["Invoices are right"]),
        ("state=no+data", ["Searches are answered"]),
        ("q=nothing", []),
        ("service=shop&sort=budget", ["Pages", "Checkouts", "Checkouts", "Pages", "<script>"]),
        ("service=shop&sort=burn&order=desc", ["Checkouts", "Checkouts", "Pages", "Pages", "<script>"]),
        ("service=shop&sort=nonsense&order=up", ["Checkouts", "Checkouts", "Pages", "<script>", "Pages"]),
    ],
)
async def test_filters_and_order_stand_in_the_address(board: str, http: Http, query: str, names: list[str]) -> None:
    """The list shows what its address asks for; what is not known comes last, and nonsense is passed over."""
    shown = [row["SLO"] for row in rows(await page(http, f"{board}?{query}"))]

    assert len(shown) == len(names)
    assert all(name in row for name, row in zip(names, shown, strict=True))


async def test_what_prometheus_says_is_text(board: str, http: Http) -> None:
    """A name with markup in it is shown as it is written, on every page, and in what is asked for."""
    found = (await data(http, f"{board}api/v1/slos"))["slos"]
    key = next(one["id"] for one in found if one["display_name"] == HOSTILE)
    for address in ("", f"slo/{key}", f"?q={HOSTILE}"):
        text = await page(http, f"{board}{address}")
        assert "<script>" not in text
        assert html.escape(HOSTILE, quote=False).partition(" ")[0].replace("'", "&#39;") in text


async def test_nothing_is_written_into_pages_or_loaded_from_elsewhere(board: str, http: Http) -> None:
    """Every answer forbids scripts and styles that are not files of the board, and pages have none."""
    found = (await data(http, f"{board}api/v1/slos"))["slos"]
    for address in ("", f"slo/{found[0]['id']}", "nothing", "assets/board.js"):
        async with http.get(f"{board}{address}") as response:
            policy = response.headers["Content-Security-Policy"]
            assert "default-src 'self'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert (response.headers["X-Content-Type-Options"], response.headers["Referrer-Policy"]) == (
                "nosniff",
                "no-referrer",
            )
            assert "Server" not in response.headers
            if "html" in response.content_type:
                text = await response.text()
                assert re.findall(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=", text) == []
                assert re.findall(r'(?:src|href)="(?:https?:)?//', text) == []


async def test_pages_of_others_cannot_read_it(board: str, http: Http) -> None:
    """A request under another name, as a page has it that points its own name here, is refused."""
    for host, status in (("evil.example", 421), ("localhost:80", 200), ("[::1]:80", 200), ("[", 421)):
        async with http.get(board, headers={"Host": host}) as response:
            assert response.status == status, host


@pytest.mark.parametrize("address", ["nothing", "slo/nothing", "a/b/c", "assets/nothing"])
async def test_what_is_not_there_is_said(board: str, http: Http, address: str) -> None:
    """It is a 404, with a way back where a person may come along."""
    text = await page(http, f"{board}{address}", 404)

    assert "Traceback" not in text
    assert (await data(http, f"{board}api/v1/slos/nothing", 404))["error"] == "no such SLO"


async def test_it_only_reads(board: str, http: Http) -> None:
    """Nothing but GET is answered."""
    async with http.post(board) as response:
        assert response.status == 405


async def test_while_prometheus_is_away_nothing_old_is_shown(server: Server, http: Http) -> None:
    """The pages come with what went wrong and what to do, no number is left, and all is well once it is back."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    async with Prometheus(f"http://127.0.0.1:{port}") as client, serving(Board(client)) as board:
        async with relayed(server, http, port):
            key = (await data(http, f"{board}api/v1/slos"))["slos"][0]["id"]

        text = await page(http, board, 503)
        assert "no answer from Prometheus" in words(text)
        assert "is it running?" in words(text)
        assert {row["State"] for row in rows(text)} == {State.QUERY_FAILED}
        assert not re.search(r"\d %|\dx\b", " ".join(" ".join(row.values()) for row in rows(text)))
        assert len(rows(text)) == len(SLOS)
        assert "query failed" in words(await page(http, f"{board}slo/{key}", 503))
        found = await data(http, f"{board}api/v1/slos", 503)
        assert {one["state"] for one in found["slos"]} == {"query failed"}
        assert found["error"].startswith("no answer from Prometheus")

        async with relayed(server, http, port):
            assert "query failed" not in await page(http, board)


@asynccontextmanager
async def relayed(server: Server, http: Http, port: int) -> AsyncIterator[None]:
    """Have a Prometheus answer at another port too, for the time of the block."""

    async def ask(request: web.Request) -> web.Response:
        async with http.get(f"{server.url}{request.path_qs}") as response:
            return web.Response(body=await response.read(), content_type="application/json")

    app = web.Application()
    app.router.add_get("/{path:.*}", ask)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield
    finally:
        await runner.cleanup()


async def test_one_failed_question_leaves_the_rest(
    client: Prometheus, board: str, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A graph whose question is refused says so in its place; the others are drawn."""
    ask = Prometheus.query_range

    async def refuse(self: Prometheus, expr: str, *times: float) -> Any:
        if "slo:sum" in expr or ":sum" in expr:
            raise BackendError("Prometheus refuses: too many samples")
        return await ask(self, expr, *times)

    monkeypatch.setattr(Prometheus, "query_range", refuse)
    key = next(one["id"] for one in (await data(http, f"{board}api/v1/slos"))["slos"] if one["tiers"])
    text = await page(http, f"{board}slo/{key}")

    assert text.count("<figure") == 3
    assert "page firing 13.4x 19.2x in 1h" in words(text)
    assert "query failed: Prometheus refuses: too many samples" in words(text)


async def test_a_port_in_use_is_said(client: Prometheus) -> None:
    """The error names the port and what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(BackendError, match=f"port {port} is in use"):
            async with serving(Board(client), port):
                pass


async def test_what_is_no_number_is_not_drawn(
    client: Prometheus, board: str, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NaN and infinity leave gaps, and break no page."""
    ask = Prometheus.query_range

    async def spoil(self: Prometheus, *asked: Any) -> list[Series]:
        found = await ask(self, *asked)
        bad = (math.nan, math.inf, -math.inf)
        return [
            Series(one.labels, [(at, bad[i % 4] if i % 4 < 3 else value) for i, (at, value) in enumerate(one.points)])
            for one in found
        ]

    monkeypatch.setattr(Prometheus, "query_range", spoil)
    key = next(one["id"] for one in (await data(http, f"{board}api/v1/slos"))["slos"] if one["tiers"])
    text = await page(http, f"{board}slo/{key}")

    assert text.count("<figure") == 4
    assert not re.search(r"\b(nan|inf)\b", words(text))


async def test_burn_that_cannot_be_asked_for_is_not_known(
    client: Prometheus, board: str, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the weighted burn is refused, no other number takes its place."""
    ask = Prometheus.query

    async def refuse(self: Prometheus, expr: str, *at: float) -> Any:
        if "weighted" in expr:
            raise BackendError("Prometheus refuses: too many samples")
        return await ask(self, expr, *at)

    monkeypatch.setattr(Prometheus, "query", refuse)
    key = next(one["id"] for one in (await data(http, f"{board}api/v1/slos"))["slos"] if one["tiers"])

    assert "page firing 13.4x - in 1h - in 5m -" in words(await page(http, f"{board}slo/{key}"))
