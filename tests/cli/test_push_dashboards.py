"""`sloctl push dashboards`, against a fake Grafana with either of its APIs."""

import json
from pathlib import Path

import pytest

from sloctl.app.dashboards import generate_dashboards
from sloctl.cli import run
from tests.support.grafana import Stored
from tests.support.grafana.pusher import BOARD, Pusher
from tests.support.prometheus import REPOSITORY


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

    made = push("--folder", "SLOs")
    push.write("a", title="Other")
    again = push("--folder", "SLOs")
    moved = push("--folder", "Folder 4")

    assert "the folder 'SLOs' is made for it" in made.err
    assert "folder" not in again.err
    assert {"a": "changed", "b": "changed"} == moved.changes
    assert "it moves to the folder 'Folder 4'" in moved.err
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
    push.grafana.move("a", "f1")
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
    assert 0 == run(["generate", "catalogue", "module:tests.support.shop", "-o", str(catalogue)])
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
