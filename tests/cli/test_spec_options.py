"""Every command that takes specs reads them alike."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sloctl.clients.prometheus import Prometheus
from sloctl.model.errors import UsageError
from tests.support.prometheus import REPOSITORY

SPEC = REPOSITORY / "rules/slos/operator.yaml"


def run(*args: str | Path) -> "subprocess.CompletedProcess[str]":
    """Run sloctl."""
    command = [sys.executable, "-m", "sloctl", *args]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_a_spec_that_is_read_leniently_can_be_simulated(tmp_path: Path) -> None:
    """Without a time window it is a fault; with --lenient its period is --period's, and a warning says so."""
    vague = tmp_path / "vague.yaml"
    vague.write_text(SPEC.read_text().replace("  timeWindow:\n    - duration: 30d\n      isRolling: true\n", ""))
    command = ("simulate", vague, "--months", "1", "--json")

    strict = run(*command)
    lenient = {days: run(*command, "--lenient", "--period", days) for days in ("7d", "30d")}

    assert strict.returncode == 3, strict.stderr
    results = {}
    for days, done in lenient.items():
        assert done.returncode == 0, done.stdout
        results[days] = json.loads(done.stdout)
        assert f"read as {days} rolling" in results[days].pop("warnings")[0]["summary"]
    assert results["7d"] != results["30d"]


@pytest.mark.parametrize(
    "command",
    ["generate rules", "generate openslo", "generate backfill", "push rules", "lint", "simulate", "status"],
)
def test_how_specs_are_read_is_an_option_everywhere(command: str) -> None:
    """--lenient, --period and --set are there wherever specs are."""
    text = run(*command.split(), "--help").stdout

    assert all(f"  {option} " in text for option in ("--lenient", "--period", "--set"))


@pytest.mark.parametrize("command", ["lint", "simulate", "status", "generate backfill"])
def test_a_server_is_named_by_an_address(command: str) -> None:
    """What is none is wrong usage with an example, and no server that is away."""
    option = "--history" if command == "simulate" else "--prometheus"
    end = ["--end", "4h"] if command == "generate backfill" else []

    done = run(*command.split(), SPEC, option, "foo", *end)

    assert done.returncode == 2
    assert "'foo' is no address\n  write for example http://localhost:9090\n" in done.stderr


@pytest.mark.parametrize("url", ["foo", "localhost:9090", "http://", "http://a b", "http://a:b", "ftp://a", ""])
def test_an_address_is_a_url_of_http(url: str) -> None:
    """A scheme, a host, and a port that is one."""
    with pytest.raises(UsageError, match="is no address"):
        Prometheus(url)


def test_a_password_in_a_faulty_url_is_not_repeated() -> None:
    """It would end up in logs."""
    with pytest.raises(UsageError) as error:
        Prometheus("htp://me:passw0rd@host")

    assert "passw0rd" not in f"{error.value} {error.value.hint}"
