"""`sloctl push dashboards` where something goes wrong: somebody is faster, Grafana refuses, or is away."""

import json

import pytest

from sloctl.cli import run
from tests.support.grafana import NEW, OLD, Fault, Stored
from tests.support.grafana.pusher import Pusher


def test_prune_leaves_what_is_provisioned(push: Pusher) -> None:
    """Grafana would not let it go."""
    push.write("old")
    push()
    push.only("a", "b")
    push.grafana.boards["old"].provisioned = True

    done = push("--prune", "--overwrite")

    assert (1, "refused") == (done.code, done.changes["old"])


def test_a_change_between_reading_and_writing_is_seen(push: Pusher) -> None:
    """Grafana refuses a stale version; what is there then is read and judged anew."""
    push()
    push.write("a", title="Other")
    push.grafana.meanwhile = [lambda: push.grafana.edit("a", title="Mended")]

    done = push()

    assert (1, "refused") == (done.code, done.changes["a"])
    assert "Mended" == push.grafana.boards["a"].spec["title"]


def test_what_changes_before_it_is_removed_stays(push: Pusher) -> None:
    """The newer API removes only what was read; the older cannot say so, so it is read right before."""
    push.grafana.versions = NEW
    push.write("old")
    push()
    push.only("a", "b")
    push.grafana.meanwhile = [lambda: push.grafana.edit("old", title="Mended")]

    done = push("--prune")

    assert (1, "refused") == (done.code, done.changes["old"])


def test_overwrite_holds_for_a_change_meanwhile_too(push: Pusher) -> None:
    """It is written over the newest version, of which the history keeps a copy."""
    push()
    push.write("a", title="Other")
    push.grafana.meanwhile = [lambda: push.grafana.edit("a", title="Mended")]

    assert "changed" == push("--overwrite").changes["a"]
    assert (3, "Other") == (push.grafana.boards["a"].version, push.grafana.boards["a"].spec["title"])


def test_a_dashboard_that_appears_meanwhile_is_seen(push: Pusher) -> None:
    """Two that add the same uid do not write over each other."""
    push.grafana.meanwhile = [lambda: push.grafana.boards.__setitem__("a", Stored({"title": "Theirs"}))]

    assert "refused" == push().changes["a"]


def test_one_that_changes_all_the_time_is_given_up(push: Pusher) -> None:
    """Patience has a bound; the next dashboard is pushed all the same."""
    push()
    push.write("a", title="Other")
    push.write("b", title="Other B")
    push.grafana.meanwhile = [lambda: push.grafana.edit("a", title="Mended")] * 3

    done = push("--overwrite")

    assert (4, {"a": "failed", "b": "changed"}) == (done.code, done.changes)
    assert "'a' was changed meanwhile" in done.err


@pytest.mark.parametrize("cut", ["before", "after"])
def test_a_connection_that_is_cut_is_tried_again(push: Pusher, cut: str) -> None:
    """Whether the write had arrived is found out by reading: there is one version in either case."""
    push.write("old")
    push()
    (push.folder / "old.json").unlink()
    push.write("c")
    push.grafana.faults = [Fault(method, "/dashboards", cut=cut) for method in ("POST", "DELETE")]
    push.grafana.writes.clear()

    done = push("--prune")

    assert (0, "added", "removed") == (done.code, done.changes["c"], done.changes["old"])
    assert ["add c", "remove old"] == push.grafana.writes
    assert 1 == push.grafana.boards["c"].version


def test_a_cut_update_is_one_version(push: Pusher) -> None:
    """An answer that is lost after the write does not write twice."""
    push()
    push.write("a", title="Other")
    push.grafana.faults = [Fault(method, "/dashboards/", cut="after") for method in ("PUT", "POST")]

    assert (0, "changed") == ((done := push()).code, done.changes["a"])
    assert 2 == push.grafana.boards["a"].version


def test_a_folder_whose_answer_is_lost_is_made_once(push: Pusher) -> None:
    """A folder's uid follows from its title."""
    push.grafana.faults = [Fault("POST", "/folders", cut="after")]

    assert 0 == push("--folder", "SLOs").code
    assert 1 == len(push.grafana.folders)


def test_a_busy_grafana_is_asked_again(push: Pusher) -> None:
    """429 and 503 pass; what comes after them counts."""
    push.grafana.faults = [
        Fault("POST", "/dashboards", 429, '{"message":"slow down"}', {"Retry-After": "1"}),
        Fault("GET", "/search", 503, "starting"),
    ]

    assert (0, {"a": "added", "b": "added"}) == ((done := push()).code, done.changes)


def test_a_dashboard_that_is_refused_stops_no_other(push: Pusher) -> None:
    """What became of each is said, and at the end what is not done; the same command does the rest."""
    push.write("c")
    push.grafana.faults = [Fault("POST", "/dashboards", 400, '{"message":"Dashboard title cannot be empty"}')]

    done = push()

    assert (4, {"a": "failed", "b": "added", "c": "added"}) == (done.code, done.changes)
    assert "answers 400" in done.err
    assert "not done: a;" in done.err
    assert {"a": "added", "b": "unchanged", "c": "unchanged"} == push().changes


def test_a_grafana_that_goes_away_stops_the_rest(push: Pusher) -> None:
    """What was pushed before, what failed, and what was not sent are told apart, also as JSON."""
    push.write("c")
    push()
    for uid in "abc":
        push.write(uid, title="Other " + uid)
    method = "PUT" if push.grafana.versions is NEW else "POST"
    second = Fault(method, "/dashboards", cut="before", times=0)
    push.grafana.faults = [second]
    push.grafana.meanwhile = [lambda: setattr(second, "times", 9)]

    done = push("--json")

    assert 4 == done.code
    found = {each["uid"]: each["change"] for each in json.loads(done.out)["dashboards"]}
    assert {"a": "changed", "b": "failed", "c": "not sent"} == found
    second.times = 0
    assert {"a": "unchanged", "b": "changed", "c": "changed"} == push().changes


def test_an_absent_grafana_is_one_message(push: Pusher) -> None:
    """Nothing was written, and nothing is said to be."""
    push.grafana.faults = [Fault("", "", cut="before", times=99)]

    done = push()

    assert (4, {}, []) == (done.code, done.changes, push.grafana.writes)
    assert "no answer from Grafana at http://127.0.0.1" in done.err


def test_a_provisioned_dashboard_stays(push: Pusher) -> None:
    """Grafana would refuse it, so it is not sent, and --overwrite cannot help."""
    push()
    push.write("a", title="Other")
    push.grafana.boards["a"].provisioned = True
    push.grafana.writes.clear()

    done = push("--overwrite")

    assert (1, "refused", []) == (done.code, done.changes["a"], push.grafana.writes)
    assert "it is provisioned" in done.err


def test_a_provisioned_dashboard_that_grafana_refuses_comes_with_a_hint(push: Pusher) -> None:
    """It says where to change it."""
    push.grafana.faults = [Fault("POST", "/dashboards", 400, '{"message":"Cannot save provisioned dashboard"}')]

    done = push()

    assert (4, "failed") == (done.code, done.changes["a"])
    assert "change it where it is provisioned from" in done.err


@pytest.mark.parametrize(
    ("denied", "needs"),
    [
        ("dashboards:read", "needs dashboards:read"),
        ("dashboards:create", "needs dashboards:create and dashboards:write"),
        ("folders:read", "needs folders:read"),
        ("folders:create", "needs folders:create"),
    ],
)
def test_a_missing_permission_is_named(push: Pusher, denied: str, needs: str) -> None:
    """403 says which, and nothing is half done without saying so."""
    push.grafana.denied = {denied}

    done = push("--folder", "SLOs")

    assert (4, set()) == (done.code, set(done.changes.values()) - {"failed"})
    assert f"who asks {needs}" in done.err


def test_who_asks_is_said_in_the_environment(push: Pusher, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it 401 says which variables; with a token, or with user and password, all goes well."""
    push.grafana.token = "t0ken"

    refused = push()
    monkeypatch.setenv("SLOCTL_TOKEN", "t0ken")
    by_token = push()
    monkeypatch.delenv("SLOCTL_TOKEN")
    monkeypatch.setenv("SLOCTL_USER", "me")
    monkeypatch.setenv("SLOCTL_PASSWORD", "t0ken")
    by_password = push("--json")

    assert 4 == refused.code
    assert "set SLOCTL_TOKEN, or SLOCTL_USER and SLOCTL_PASSWORD" in refused.err
    assert (0, 0) == (by_token.code, by_password.code)


def test_a_url_with_a_password_is_refused(push: Pusher) -> None:
    """It would end up in logs, so it is not repeated either."""
    code = run(["push", "dashboards", str(push.folder), "--url", "http://me:passw0rd@grafana"])

    said = push.capsys.readouterr()
    assert 2 == code
    assert "passw0rd" not in said.out + said.err
    assert "set SLOCTL_TOKEN" in said.err


def test_progress_is_told_dashboard_by_dashboard(push: Pusher, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is done is said when it is done: whoever interrupts it knows what was pushed."""
    noted: list[tuple[str, int]] = []
    monkeypatch.setattr(
        "sloctl.cli.printing.Console.note", lambda _, text: noted.append((text, len(push.grafana.writes)))
    )

    push()

    assert [1, 2] == [count for text, count in noted if "added" in text]


def test_a_title_that_is_taken_comes_with_a_hint(push: Pusher) -> None:
    """Grafana before 12 wants different titles in a folder; the others are pushed."""
    push.grafana.versions, push.grafana.unique_titles = OLD, True
    push.write("b", title="A")

    done = push()

    assert (4, {"a": "added", "b": "failed"}) == (done.code, done.changes)
    assert "another dashboard of the folder has this title" in done.err
