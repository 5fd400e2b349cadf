"""`sloctl push dashboards`, against a fake Grafana with either of its APIs."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sloctl.app.dashboards import generate_dashboards
from sloctl.cli import run
from tests.support.grafana import NEW, OLD, FakeGrafana, Fault, Stored, fake_grafana
from tests.support.prometheus import REPOSITORY

SECRETS = ("t0ken", "passw0rd")
BOARD = {"uid": "a", "title": "A", "description": "What.", "tags": ["mine"], "panels": [{"id": 1, "type": "text"}]}


@dataclass
class Done:
    """What a run of the command came to."""

    code: int
    out: str
    err: str

    @property
    def changes(self) -> dict[str, str]:
        """Give what became of each dashboard, by its uid."""
        lines = [line for line in self.err.splitlines() if line.endswith(")") and "  " in line.strip()]
        return {line.rpartition("(")[2].rstrip(")"): line.strip().partition("  ")[0] for line in lines}


@dataclass
class Pusher:
    """Runs the command on dashboards of its own."""

    grafana: FakeGrafana
    folder: Path
    capsys: pytest.CaptureFixture[str]

    def write(self, uid: str, **changes: Any) -> None:
        """Write a dashboard's file."""
        board = {**BOARD, "uid": uid, "title": uid.upper(), **changes}
        (self.folder / f"{uid}.json").write_text(json.dumps(board))

    def only(self, *uids: str) -> None:
        """Write these dashboards' files, and no others."""
        for file in self.folder.iterdir():
            file.unlink()
        for uid in uids:
            self.write(uid)

    def __call__(self, *args: str) -> Done:
        """Push all of them."""
        code = run(["push", "dashboards", str(self.folder), "--url", self.grafana.url, *args])
        said = self.capsys.readouterr()
        assert not any(secret in said.out + said.err for secret in SECRETS)
        return Done(code, said.out, said.err)


@pytest.fixture(params=[NEW, OLD], ids=["new", "old"])
def grafana(request: pytest.FixtureRequest) -> Iterator[FakeGrafana]:
    """Run a fake Grafana with the newer API, and one without."""
    with fake_grafana(versions=request.param) as grafana:
        yield grafana


@pytest.fixture
def push(
    grafana: FakeGrafana, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Pusher:
    """Give the command, with two dashboards, nobody's credentials, and little patience."""
    for name in ("SLOCTL_TOKEN", "SLOCTL_USER", "SLOCTL_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sloctl.clients.api._LONGEST_PAUSE_S", 0.01)
    pusher = Pusher(grafana, tmp_path / "boards", capsys)
    pusher.folder.mkdir()
    pusher.only("a", "b")
    return pusher


def test_grafana_holds_the_dashboards_afterwards(push: Pusher) -> None:
    """Each is there as its file has it, but for the mark: a tag, and a line of its description."""
    done = push()

    assert (0, {"a": "added", "b": "added"}) == (done.code, done.changes)
    held = push.grafana.boards["a"].spec
    assert BOARD["panels"] == held["panels"]
    assert ["mine", "pushed-by:sloctl"] == held["tags"]
    assert held["description"].startswith("What.\n\nPushed by sloctl for sloctl as a, version 1, ")


@pytest.mark.parametrize("args", [(), ("--folder", "SLOs")], ids=["top", "folder"])
def test_everybody_may_see_what_was_pushed(push: Pusher, args: tuple[str, ...]) -> None:
    """The newer API shows what is added at the top to administrators only, unless it is told otherwise."""
    assert 0 == push(*args).code

    assert set() == push.grafana.hidden


def test_a_second_push_writes_nothing(push: Pusher) -> None:
    """What is up to date makes no new version."""
    push("--folder", "SLOs")
    push.grafana.writes.clear()

    done = push("--folder", "SLOs")

    assert (0, {"a": "unchanged", "b": "unchanged"}) == (done.code, done.changes)
    assert [] == push.grafana.writes
    assert {1} == {held.version for held in push.grafana.boards.values()}


def test_a_grafana_that_rewrites_dashboards_gets_no_second_version(push: Pusher) -> None:
    """A later Grafana brings what it stores to its own schema; that is no change that somebody made."""
    push.grafana.migrates = True
    push()
    push.write("b", title="Other")

    done = push()

    assert {"a": "unchanged", "b": "changed"} == done.changes
    assert {"a": "unchanged", "b": "unchanged"} == push().changes


def test_whole_numbers_are_no_change(push: Pusher) -> None:
    """1.0 comes back as 1."""
    push.write("a", refresh=1.0)
    push()
    push.grafana.edit("a", refresh=1)

    assert "unchanged" == push().changes["a"]


def test_only_what_differs_is_sent(push: Pusher) -> None:
    """One changed title is one write, and the diff shows both."""
    push()
    push.write("b", title="Other")
    push.grafana.writes.clear()

    done = push("--diff")

    assert {"a": "unchanged", "b": "changed"} == done.changes
    assert ["replace b"] == push.grafana.writes
    assert '-  "title": "B"\n+  "title": "Other"\n' in done.out
    assert done.out.startswith("--- in Grafana\n+++ pushed\n")
    assert "Pushed by sloctl" not in done.out


@pytest.mark.parametrize(("flag", "code"), [("--dry-run", 0), ("--check", 1)])
def test_nothing_is_written_when_it_is_only_asked_about(push: Pusher, flag: str, code: int) -> None:
    """--dry-run tells what would be, --check exits with 1 when there is anything; no folder is made either."""
    push.write("c")
    push()
    (push.folder / "c.json").unlink()
    push.write("b", title="Other")
    push.write("d")
    push.grafana.writes.clear()

    done = push(flag, "--prune", "--folder", "New")

    assert (code, []) == (done.code, push.grafana.writes)
    assert {"a": "changed", "b": "changed", "c": "removed", "d": "added"} == done.changes


def test_check_is_content_with_what_is_up_to_date(push: Pusher) -> None:
    """In CI, no drift is exit code 0."""
    push()

    assert 0 == push("--check").code


def test_a_folder_is_made_once(push: Pusher) -> None:
    """By its title it is found again, also among many; a folder inside another one is not meant."""
    push.grafana.folders = {f"f{number}": (f"Folder {number}", "") for number in range(5)} | {"in": ("SLOs", "f1")}

    push("--folder", "SLOs")
    push.write("a", title="Other")
    push("--folder", "SLOs")
    push("--folder", "Folder 4")

    assert 1 == push.grafana.writes.count("add folder SLOs")
    assert {"f4"} == {held.folder for held in push.grafana.boards.values()}


def test_a_folder_may_be_named_by_its_uid(push: Pusher) -> None:
    """Titles are not always unique: then the error lists uids, of which each will do."""
    push.grafana.folders = {"f1": ("SLOs", ""), "f2": ("SLOs", "")}

    done = push("--folder", "SLOs")

    assert (4, []) == (done.code, push.grafana.writes)
    assert "give a uid: f1, f2" in done.err
    push("--folder", "f2")
    assert "f2" == push.grafana.boards["a"].folder


def test_without_a_folder_dashboards_stay_where_they_are(push: Pusher) -> None:
    """A person may move them; a new version is no reason to move them back."""
    push()
    push.grafana.folders["f1"] = ("Mine", "")
    push.grafana.boards["a"].folder = "f1"
    push.write("a", title="Other")

    assert "changed" == push().changes["a"]
    assert "f1" == push.grafana.boards["a"].folder


def test_what_was_changed_in_grafana_stays(push: Pusher) -> None:
    """A push undoes nobody's work unless it is told to; the others are pushed, and the exit code tells."""
    push()
    push.grafana.edit("a", title="Mended")
    push.write("a", title="Other")
    push.write("b", title="Other B")

    done = push()

    assert (1, {"a": "refused", "b": "changed"}) == (done.code, done.changes)
    assert "it was changed in Grafana" in done.err
    assert "Mended" == push.grafana.boards["a"].spec["title"]
    assert "changed" == push("--overwrite").changes["a"]
    assert "Other" == push.grafana.boards["a"].spec["title"]


def test_a_change_that_is_taken_over_into_the_source_is_no_conflict(push: Pusher) -> None:
    """What somebody changed in Grafana and in the file alike is what is wanted."""
    push()
    push.grafana.edit("a", title="Mended")
    push.write("a", title="Mended")

    assert "changed" == push().changes["a"]
    assert "unchanged" == push().changes["a"]


def test_what_somebody_else_made_stays(push: Pusher) -> None:
    """A dashboard that has the uid by chance, and one that was pushed for another owner, are not ours."""
    push.grafana.boards["a"] = Stored({"title": "Theirs"})
    push("--owner", "team-b")
    push.grafana.writes.clear()

    done = push()

    assert (1, {"a": "refused", "b": "refused"}) == (done.code, done.changes)
    assert "it was not pushed by sloctl" in done.err
    assert "it was pushed for 'team-b'" in done.err
    assert [] == push.grafana.writes
    assert {"a": "changed", "b": "changed"} == push("--overwrite").changes


def test_the_same_dashboard_loaded_by_hand_is_taken_over(push: Pusher) -> None:
    """Whoever imported the files before has nothing to lose."""
    push.grafana.boards["a"] = Stored({key: value for key, value in BOARD.items() if key != "uid"})

    assert "changed" == push().changes["a"]


def test_prune_removes_what_the_owner_has_no_more(push: Pusher) -> None:
    """Without it such a dashboard is named, and stays."""
    push.write("old")
    push()
    push.only("a", "b")

    assert "left" == push().changes["old"]
    assert "removed" == push("--prune").changes["old"]
    assert {"a", "b"} == set(push.grafana.boards)


def test_prune_leaves_all_that_is_not_the_owners(push: Pusher) -> None:
    """Neither a person's, nor a copy with tag and mark, nor what was changed, nor another owner's is removed."""
    for uid in ("old", "changed"):
        push.write(uid)
    push()
    push.only("theirs")
    push("--owner", "team-b")
    push.only("a", "b")
    push.grafana.boards["person"] = Stored({"title": "Person", "tags": ["pushed-by:sloctl"]})
    push.grafana.copy_of("old", "copy")
    push.grafana.edit("changed", title="Mended")

    done = push("--prune")

    assert ("removed", "refused") == (done.changes["old"], done.changes["changed"])
    assert {"a", "b", "changed", "copy", "person", "theirs"} == set(push.grafana.boards)
    push("--prune", "--overwrite")
    assert {"a", "b", "copy", "person", "theirs"} == set(push.grafana.boards)


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


def test_what_changes_before_it_is_removed_stays(grafana: FakeGrafana, push: Pusher) -> None:
    """The newer API removes only what was read; the older cannot say so, so it is asked right before."""
    if grafana.versions is OLD:
        return
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


def test_json_says_all_of_it(push: Pusher) -> None:
    """Each with its change, its diff, its reason and its address."""
    push.grafana.boards["a"] = Stored({"title": "Theirs"})

    done = push("--json")

    first, second = json.loads(done.out)["dashboards"]
    assert ("a", "refused", "it was not pushed by sloctl") == (first["uid"], first["change"], first["reason"])
    assert ("b", "added", f"{push.grafana.url}/d/b") == (second["uid"], second["change"], second["url"])
    assert '+  "title": "B"' in second["diff"]


def test_the_dashboards_that_ship_are_pushed_by_default(push: Pusher, capsys: pytest.CaptureFixture[str]) -> None:
    """Without sources they are those of sloctl generate dashboards."""
    assert 0 == run(["push", "dashboards", "--url", push.grafana.url])

    wanted = {json.loads(file.text)["uid"]: json.loads(file.text)["panels"] for file in generate_dashboards()}
    assert wanted == {uid: held.spec["panels"] for uid, held in push.grafana.boards.items()}
    capsys.readouterr()
    assert 0 == run(["push", "dashboards", "--url", push.grafana.url, "--check"])


def test_what_is_generated_from_is_pushed(push: Pusher, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Sources, operators' modules, their catalogues, and files of dashboards, all at once."""
    source, catalogue, slo = tmp_path / "mine.dashboard.py", tmp_path / "op.json", tmp_path / "slo.yaml"
    source.write_text(
        "from sloctl.dashgen import prometheus_dashboard\n"
        "def dashboard(context):\n"
        "    title = context.slos[0].name\n"
        "    return prometheus_dashboard(title, [], uid='m', description='D', variables=[], tags=[])\n"
    )
    text = (REPOSITORY / "rules/slos/operator.yaml").read_text()
    slo.write_text(text.replace("name: reconcile-success", "name: shop-success"))
    assert 0 == run(["generate", "catalogue", "module:tenant_operator.telemetry", "-o", str(catalogue)])
    given = [str(path) for path in (source, catalogue, push.folder / "a.json")]

    assert 0 == run(["push", "dashboards", *given, "--slos", str(slo), "--url", push.grafana.url])

    titles = {uid: held.spec["title"] for uid, held in push.grafana.boards.items()}
    assert ("shop-success", "A", 3) == (titles["m"], titles["a"], len(titles))
    capsys.readouterr()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is no JSON"),
        ("[]", "is no classic dashboard with a uid and a title"),
        ('{"title": "A"}', "is no classic dashboard with a uid and a title"),
        ('{"title": "A", "uid": "b"}', "2 dashboards have the uid 'b'"),
    ],
)
def test_a_file_that_is_no_dashboard_is_named(push: Pusher, text: str, message: str) -> None:
    """Nothing is sent then."""
    (push.folder / "a.json").write_text(text)

    done = push()

    assert (2, []) == (done.code, push.grafana.requests)
    assert message in done.err


@pytest.mark.parametrize("owner", ["", "two words", "x" * 41])
def test_an_owner_has_a_name_that_fits_a_tag(push: Pusher, owner: str) -> None:
    """Grafana's database holds tags of 50 characters."""
    assert (2, []) == (push("--owner", owner).code, push.grafana.writes)


def test_a_title_that_is_taken_comes_with_a_hint(push: Pusher) -> None:
    """Grafana before 12 wants different titles in a folder; the others are pushed."""
    push.grafana.versions, push.grafana.unique_titles = OLD, True
    push.write("b", title="A")

    done = push()

    assert (4, {"a": "added", "b": "failed"}) == (done.code, done.changes)
    assert "another dashboard of the folder has this title" in done.err
