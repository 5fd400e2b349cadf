"""`sloctl push rules`, against a fake ruler."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sloctl.app.rules import RuleOptions, generate_rules
from sloctl.clients.api import Credentials
from sloctl.clients.ruler import Ruler
from sloctl.model.durations import parse_duration
from sloctl.model.errors import BackendError, UsageError
from sloctl.rulegen import rule_groups
from sloctl.specio.rulegroups import group_body, read_groups
from tests.rules.samples import slo
from tests.support.prometheus import REPOSITORY
from tests.support.ruler import FakeRuler, fake_ruler

SPEC = REPOSITORY / "rules/slos/operator.yaml"
SECRETS = ("t0ken", "passw0rd")
UNSET = {"SLOCTL_TOKEN": "", "SLOCTL_USER": "", "SLOCTL_PASSWORD": ""}


@pytest.fixture
def ruler() -> Iterator[FakeRuler]:
    """Run a fake ruler."""
    with fake_ruler() as ruler:
        yield ruler


def push(ruler: FakeRuler, *args: str | Path, **env: str) -> "subprocess.CompletedProcess[str]":
    """Run `sloctl push rules`."""
    command = [sys.executable, "-m", "sloctl", "push", "rules", SPEC, "--url", ruler.url, *args]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=60, env=os.environ | UNSET | env
    )
    assert "Traceback" not in done.stderr
    assert not any(secret in done.stdout + done.stderr for secret in SECRETS)
    return done


def changes(done: "subprocess.CompletedProcess[str]") -> list[str]:
    """Give what became of each group."""
    return [line.split()[0] for line in done.stderr.splitlines()]


def test_a_namespace_holds_the_rules_afterwards(ruler: FakeRuler) -> None:
    """Every group is sent once, as sloctl generate rules writes it; a second run sends nothing."""
    first, second = push(ruler), push(ruler, "--check")

    (file,) = generate_rules([SPEC])
    groups = [group for one in file.slos for group in rule_groups(one)]
    assert (0, ["added"] * len(groups)) == (first.returncode, changes(first))
    assert (0, ["unchanged"] * len(groups)) == (second.returncode, changes(second))
    assert ruler.sent == ["POST"] * len(groups)
    held = ruler.namespaces["sloctl"]
    assert {group.name: [rule.expr for rule in group.rules] for group in groups} == {
        name: [rule["expr"] for rule in group["rules"]] for name, group in held.items()
    }


@pytest.mark.parametrize(
    ("args", "options"),
    [
        (["--scheme", "rate", "--mask", "open", "--slice", "30s"], RuleOptions(30, "open", scheme="rate")),
        (
            ["--policy", "workbook", "--for", "2m", "--keep-firing-for", "5m", "--runbook", "https://a/b"],
            RuleOptions(policy="workbook", for_s=120, keep_firing_s=300, runbook="https://a/b"),
        ),
        (["--compat", "sloth", "--max-rules", "3"], RuleOptions(compat="sloth", max_rules=3)),
    ],
)
def test_what_shapes_rules_shapes_those_that_are_pushed(
    ruler: FakeRuler, args: list[str], options: RuleOptions
) -> None:
    """Every such option of sloctl generate rules is here too, and a second push finds nothing to send."""
    first, second = push(ruler, *args), push(ruler, *args, "--check")

    (file,) = generate_rules([SPEC], options)
    groups = {group.name: group for one in file.slos for group in options.groups(one)}
    assert (0, 0) == (first.returncode, second.returncode), first.stderr + second.stderr
    assert {name: shapes(group["rules"]) for name, group in ruler.namespaces["sloctl"].items()} == {
        name: [(rule.expr, getattr(rule, "for_s", 0)) for rule in group.rules] for name, group in groups.items()
    }


def shapes(rules: list[dict[str, str]]) -> list[tuple[str, float]]:
    """Give the expressions of rules, and how long alerts wait."""
    return [(rule["expr"], parse_duration(rule["for"]) if "for" in rule else 0) for rule in rules]


def test_only_what_differs_is_sent(ruler: FakeRuler) -> None:
    """One changed expression is one request, and the diff shows both sides of it."""
    push(ruler)
    name = next(iter(ruler.namespaces["sloctl"]))
    ruler.namespaces["sloctl"][name]["rules"][0]["expr"] = "vector(1)"
    ruler.requests.clear()

    done = push(ruler, "--diff")

    assert sorted(set(changes(done))) == ["changed", "unchanged"]
    assert ruler.sent == ["POST"]
    assert "-    expr: vector(1)\n" in done.stdout
    assert done.stdout.startswith("--- in the ruler\n+++ pushed\n")


@pytest.mark.parametrize(("flag", "code"), [("--dry-run", 0), ("--check", 1)])
def test_nothing_is_sent_when_it_is_only_asked_about(ruler: FakeRuler, flag: str, code: int) -> None:
    """--dry-run tells what would be, --check exits with 1 when there is anything."""
    ruler.namespaces["sloctl"] = {"old": {"name": "old", "rules": []}}

    done = push(ruler, flag, "--prune")

    assert (code, []) == (done.returncode, ruler.sent)
    assert sorted(set(changes(done))) == ["added", "removed"]


def test_what_is_gone_stays_unless_it_is_pruned(ruler: FakeRuler) -> None:
    """A group that no SLO has any more is named; only --prune removes it, and nothing in another namespace."""
    old = {"name": "gone/slo slices", "interval": "1m", "rules": [{"record": "a", "expr": "b"}]}
    ruler.namespaces = {"sloctl": {old["name"]: old}, "other": {old["name"]: dict(old)}}

    kept, pruned = push(ruler), push(ruler, "--prune")

    assert "left" in changes(kept)
    assert "removed" in changes(pruned)
    assert old["name"] not in ruler.namespaces["sloctl"]
    assert ruler.namespaces["other"] == {old["name"]: old}
    assert "/prometheus/config/v1/rules/sloctl/gone%2Fslo%20slices" in [path for _, path, _ in ruler.requests]


def test_the_tenant_and_the_bearer_are_named_in_headers(ruler: FakeRuler) -> None:
    """The tenant is an option, the token comes from the environment and is shown nowhere."""
    push(ruler, "--tenant", "shop", "--namespace", "a b", SLOCTL_TOKEN="t0ken")

    for _, path, headers in ruler.requests:
        assert ("shop", "Bearer t0ken") == (headers["X-Scope-OrgID"], headers["Authorization"])
        assert "/rules/a%20b" in path


def test_a_user_asks_with_a_password(ruler: FakeRuler) -> None:
    """Basic authentication, by RFC 7617."""
    push(ruler, "--json", SLOCTL_USER="shop", SLOCTL_PASSWORD="passw0rd")

    assert {headers["Authorization"] for _, _, headers in ruler.requests} == {"Basic c2hvcDpwYXNzdzByZA=="}


@pytest.mark.parametrize(
    ("answer", "message", "hint"),
    [
        ((401, "who are you?"), "answers 401: who are you?", "set SLOCTL_TOKEN"),
        ((403, ""), "answers 403", "set SLOCTL_TOKEN"),
        ((302, ""), "answers 302", ""),
        ((200, "<html>"), "does not answer as a ruler does", "check --url and --api-path"),
        ((200, "sloctl: [{}]"), "does not answer as a ruler does", "check --url and --api-path"),
    ],
)
def test_a_refusal_is_one_message(ruler: FakeRuler, answer: tuple[int, str], message: str, hint: str) -> None:
    """It says what the server said and what to do, exits with 4, and is not tried again."""
    ruler.answers = [answer]

    done = push(ruler, SLOCTL_TOKEN="t0ken")

    assert done.returncode == 4
    assert message in done.stderr
    assert hint in done.stderr
    assert len(ruler.requests) == 1


def test_a_limit_of_the_server_comes_with_its_option(ruler: FakeRuler) -> None:
    """Mimir takes twenty rules in a group unless it is told otherwise."""
    ruler.answers = [(404, ""), (400, "per-user rules per rule group limit (limit: 20 actual: 26) exceeded")]

    done = push(ruler)

    assert done.returncode == 4
    assert "--max-rules splits groups" in done.stderr
    assert push(ruler, "--max-rules", "20").returncode == 0
    assert max(len(group["rules"]) for group in ruler.namespaces["sloctl"].values()) <= 20


def test_a_server_that_is_busy_is_asked_again(ruler: FakeRuler) -> None:
    """503 and 429 pass; what comes after them counts."""
    ruler.answers = [(503, "starting"), (429, "slow down")]

    assert push(ruler).returncode == 0
    assert len(ruler.namespaces["sloctl"]) == 4


async def test_patience_has_a_bound(ruler: FakeRuler) -> None:
    """Four attempts, each twice as late as the one before, and then the server's own words."""
    ruler.answers = [(500, "broken")] * 9
    started = time.monotonic()
    with pytest.raises(BackendError, match="answers 500: broken"):
        async with Ruler(ruler.url, pause_s=0.05) as client:
            await client.groups("sloctl")

    assert len(ruler.requests) == 4
    assert 0.35 <= time.monotonic() - started < 5


async def test_a_server_that_is_away_is_named() -> None:
    """Also without an answer at all the number of attempts is bounded."""
    with pytest.raises(BackendError, match=r"no answer from the ruler at http://127\.0\.0\.1:1"):
        async with Ruler("http://127.0.0.1:1", pause_s=0.01) as client:
            await client.groups("sloctl")


@pytest.mark.parametrize("url", ["mimir:8080", "ftp://mimir", "http://", "http://me:passw0rd@mimir", "http://m?a=b"])
def test_an_url_is_an_address_and_no_more(url: str) -> None:
    """A password in it would end up in logs, so it is refused, and not repeated."""
    with pytest.raises(UsageError) as error:
        Ruler(url)

    assert "passw0rd" not in f"{error.value} {error.value.hint}"


@pytest.mark.parametrize(
    "env", [{"SLOCTL_TOKEN": "t0ken", "SLOCTL_USER": "a", "SLOCTL_PASSWORD": "passw0rd"}, {"SLOCTL_USER": "a"}]
)
def test_who_asks_is_said_once(ruler: FakeRuler, env: dict[str, str]) -> None:
    """A token and a user, or half a user, is wrong usage."""
    done = push(ruler, **env)

    assert (2, []) == (done.returncode, ruler.requests)


def test_secrets_are_not_in_a_representation() -> None:
    """What prints a value prints no secret."""
    assert not any(secret in repr(Credentials("t0ken", "me", "passw0rd")) for secret in SECRETS)


def test_groups_read_back_equal() -> None:
    """What is sent means what it says, alerts, quotes and durations included."""
    for group in rule_groups(slo()):
        (again,) = read_groups(f"n:\n- {group_body(group).lstrip()}", "n")

        assert again == group
