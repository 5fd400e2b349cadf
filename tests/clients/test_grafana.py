"""The client of Grafana: which API it chooses, for whom it asks, and how patient it is."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from sloctl.clients.api import Credentials
from sloctl.clients.grafana import Grafana, Held
from sloctl.model.errors import BackendError, UsageError
from tests.support.grafana import NEW, OLD, FakeGrafana, Fault, Stored, fake_grafana

SECRETS = ("t0ken", "passw0rd")


async def with_client(server: FakeGrafana, ask: Callable[[Grafana], Any], **settings: Any) -> Any:
    """Ask a fake Grafana something, with little patience."""
    async with Grafana(server.url, **{"pause_s": 0.01, **settings}) as client:
        return await ask(client)


async def held(client: Grafana) -> Held | None:
    """Read the dashboard "a"."""
    return await (await client.dashboards()).get("a")


@pytest.mark.parametrize(
    ("versions", "name"),
    [
        (NEW, "dashboard.grafana.app/v1"),
        (("v0alpha1", "v1beta1", "v2alpha1"), "dashboard.grafana.app/v1beta1"),
        (("v2", "v3"), "/api/dashboards"),
        (OLD, "/api/dashboards"),
        ((), "/api/dashboards"),
    ],
)
async def test_the_newest_api_that_takes_classic_dashboards_is_chosen(versions: tuple[str, ...], name: str) -> None:
    """Never version 2, which would change them; without any, the API of old."""
    with fake_grafana(versions=versions) as server:
        dashboards = await with_client(server, lambda client: client.dashboards())

    assert name == dashboards.name


@pytest.mark.parametrize(("organisation", "namespace"), [(1, "default"), (7, "org-7")])
async def test_the_namespace_follows_from_the_organisation(organisation: int, namespace: str) -> None:
    """Grafana is asked whose token it is."""
    with fake_grafana(organisation=organisation, boards={"a": Stored({"title": "A"})}) as server:
        assert await with_client(server, held)

        assert f"/namespaces/{namespace}/" in server.requests[-1][1]


async def test_a_namespace_that_is_given_is_taken() -> None:
    """Grafana is not asked; a wrong one is refused, with what to say in Grafana Cloud."""
    with fake_grafana(denied={"orgs:read"}) as server:
        assert await with_client(server, held, namespace="default") is None
        with pytest.raises(BackendError) as error:
            await with_client(server, held, namespace="stacks-1")

    assert "--namespace stacks-ID" in error.value.hint


async def test_patience_is_what_the_server_asks_for() -> None:
    """Retry-After is heeded where it is longer than the pause, and tried again no sooner."""
    with fake_grafana(versions=(), faults=[Fault("GET", "/uid", 429, "", {"Retry-After": "1"})]) as server:
        started = time.monotonic()
        assert await with_client(server, held) is None
        assert 1 <= time.monotonic() - started < 10


async def test_a_slow_server_is_given_up() -> None:
    """Each of four attempts has its time."""
    with fake_grafana(slow_s=0.6) as server:
        with pytest.raises(BackendError, match="no answer from Grafana"):
            await with_client(server, held, timeout_s=0.3)

        assert 4 == len(server.requests)


@pytest.mark.parametrize(
    ("status", "body"), [(200, "<html>"), (200, "[]"), (200, "7"), (200, '{"dashboard": {}}'), (302, "")]
)
async def test_what_is_no_grafana_is_said_to_be_none(status: int, body: str) -> None:
    """A page of some other server is one message, whatever it holds."""
    faults = [Fault("GET", "/uid", status, body)]
    with fake_grafana(versions=(), faults=faults) as server, pytest.raises(BackendError) as error:
        await with_client(server, held)

    assert "does not answer as Grafana does" in str(error.value) or "is this where Grafana is" in error.value.hint


async def test_what_a_dashboard_is_to_grafana_is_the_same_by_both_apis() -> None:
    """What Grafana adds is left out: id, uid and version."""
    stored = Stored({"title": "A", "panels": []}, folder="f", version=3)
    found = []
    for versions in (NEW, OLD):
        with fake_grafana(versions=versions, boards={"a": stored}) as server:
            found.append(await with_client(server, held))

    assert [(each.spec, each.version, each.folder, each.manager) for each in found] == [
        ({"title": "A", "panels": []}, 3, "f", "")
    ] * 2


async def test_annotations_of_others_outlast_a_write() -> None:
    """A write replaces the object, so it sends back what it read."""
    stored = Stored({"title": "A"}, annotations={"team": "shop"})
    with fake_grafana(boards={"a": stored}) as server:

        async def put(client: Grafana) -> None:
            dashboards = await client.dashboards()
            await dashboards.put("a", {"title": "B"}, folder="", message="m", replaces=await dashboards.get("a"))

        await with_client(server, put)

        assert ("shop", "m") == (
            server.boards["a"].annotations["team"],
            server.boards["a"].annotations["grafana.app/message"],
        )


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
async def test_all_pages_are_read(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """Of dashboards with a tag, and of folders, also where the last page is full."""
    monkeypatch.setattr("sloctl.clients.grafana.server._FOUND", 2)
    monkeypatch.setattr("sloctl.clients.grafana.legacy._PAGE", 2)
    uids = [f"u{number}" for number in range(count)]
    boards = {uid: Stored({"title": uid, "tags": ["t"]}) for uid in uids}
    folders = {uid: (f"title of {uid}", "") for uid in uids}
    for versions in (NEW, OLD):
        with fake_grafana(versions=versions, boards=boards, folders=folders) as server:
            assert uids == await with_client(server, lambda client: client.tagged("t"))
            assert uids == [await with_client(server, lambda client, uid=uid: folder(client, uid)) for uid in uids]


async def folder(client: Grafana, uid: str) -> str | None:
    """Find a folder by its title."""
    return await (await client.dashboards()).folder(f"title of {uid}")


async def test_uids_are_quoted() -> None:
    """One with a slash in it is no other path."""
    with fake_grafana(boards={"a/b": Stored({"title": "A"})}) as server:
        found = await with_client(server, lambda client: held_as(client, "a/b"))

    assert found


async def held_as(client: Grafana, uid: str) -> Held | None:
    """Read a dashboard."""
    return await (await client.dashboards()).get(uid)


async def test_secrets_are_in_no_error() -> None:
    """Neither a refusal nor a server that is away repeats who asked."""
    for server_settings in ({"token": "other"}, {"faults": [Fault("", "", cut="before", times=99)]}):
        with fake_grafana(**server_settings) as server:
            for who in (Credentials("t0ken"), Credentials("", "me", "passw0rd")):
                with pytest.raises(BackendError) as error:
                    await with_client(server, held, credentials=who)
                assert not any(secret in f"{error.value!r} {error.value.hint}" for secret in SECRETS)


@pytest.mark.parametrize("url", ["grafana:3000", "ftp://grafana", "http://", "http://me:passw0rd@g", "http://g?a=b"])
def test_an_url_is_an_address_and_no_more(url: str) -> None:
    """A password in it would end up in logs, so it is refused, and not repeated."""
    with pytest.raises(UsageError) as error:
        Grafana(url)

    assert "passw0rd" not in f"{error.value} {error.value.hint}"
