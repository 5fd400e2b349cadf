"""`sloctl board`, run as a program."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from tests.board.recorded import SLOS
from tests.support.prometheus import REPOSITORY, Server, prometheus

COMMAND = [sys.executable, "-m", "sloctl", "board"]
NOWHERE = "http://127.0.0.1:1"


def run(*args: str | Path) -> "subprocess.CompletedProcess[str]":
    """Run it to its end."""
    return subprocess.run([*COMMAND, *args], capture_output=True, text=True, check=False, timeout=60)


@contextmanager
def serving(*args: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """Run it while the block lasts; gives its address."""

    def as_in_front() -> None:
        """Take an interrupt, which a shell has all that it runs in the background ignore."""
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    with subprocess.Popen(
        [*COMMAND, "--port", "0", *args],
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        preexec_fn=as_in_front,  # this process has no other threads that hold locks it needs
    ) as process:
        assert process.stderr is not None
        try:
            said = process.stderr.readline()
            found = re.search(r"http://127\.0\.0\.1:\d+/", said)
            assert found, said + process.stderr.read()
            yield process, found[0]
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_ended(server: Server, number: signal.Signals) -> None:
    """It says where it is, answers there, and ends in order when told to."""
    with serving("--prometheus", server.url) as (process, address):
        with urlopen(f"{address}api/v1/slos", timeout=30) as response:
            assert len(json.load(response)["slos"]) == len(SLOS)
        process.send_signal(number)
        out, err = process.communicate(timeout=30)

    assert (process.returncode, out, err) == (0, "", "Stopped.\n")


def test_specs_narrow_it_down(server: Server) -> None:
    """It shows what the specs have, also what no rule records."""
    with (
        serving("--prometheus", server.url, str(REPOSITORY / "rules/slos")) as (_, address),
        urlopen(f"{address}api/v1/slos", timeout=30) as response,
    ):
        slos = json.load(response)["slos"]

    assert {(slo["service"], slo["state"]) for slo in slos} == {("tenant-operator", "rule missing")}


def test_waiting_comes_up_while_prometheus_is_away() -> None:
    """With --wait the pages are there, and say that there are no numbers."""
    with serving("--prometheus", NOWHERE, "--wait") as (_, address), pytest.raises(HTTPError) as raised:
        urlopen(address, timeout=30)

    assert raised.value.code == 503
    raised.value.close()


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["--prometheus", NOWHERE], 4, f"no answer from Prometheus at {NOWHERE}"),
        (["--prometheus", NOWHERE, "--static", "out"], 4, f"no answer from Prometheus at {NOWHERE}"),
        (["--prometheus", "nonsense"], 2, "'nonsense' is no address"),
        (["--port", "70000"], 2, "70000"),
        (["nosuch.yaml"], 2, "cannot read nosuch.yaml"),
    ],
)
def test_what_goes_wrong_is_one_message(args: list[str], code: int, message: str) -> None:
    """A server that is away, and wrong usage, are said in a line, with what to do."""
    done = run(*args)

    assert done.returncode == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_passwords_are_not_shown(server: Server) -> None:
    """What stands before the @ of an address is on no page and in no message."""
    address = server.url.replace("//", "//somebody:secret@")
    with serving("--prometheus", address) as (_, board), urlopen(board, timeout=30) as response:
        text = response.read().decode()

    assert server.url in text
    assert "secret" not in text
    assert "secret" not in run("--prometheus", "http://somebody:secret@127.0.0.1:1").stderr


def test_a_port_in_use_is_said(server: Server) -> None:
    """It is exit code 4, with what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("--prometheus", server.url, "--port", str(port))

    assert done.returncode == 4
    assert f"port {port} is in use" in done.stderr
    assert "--port" in done.stderr


def test_an_artifact_is_written(server: Server, tmp_path: Path) -> None:
    """--static writes files and ends; --json tells which."""
    done = run("--prometheus", server.url, "--static", tmp_path / "out", "--json")

    assert done.returncode == 0, done.stderr
    written = {file["path"] for file in json.loads(done.stdout)["files"]}
    assert written == {str(path) for path in (tmp_path / "out").rglob("*") if path.is_file()}


def test_a_server_without_rules_is_shown_as_that(tmp_path: Path) -> None:
    """The page says that nothing is recorded, and what to do: rules may come while it is open."""
    with (
        prometheus("{}", tmp_path) as server,
        serving("--prometheus", server.url) as (_, address),
        urlopen(address, timeout=30) as response,
    ):
        assert "has recorded no SLO" in response.read().decode()
