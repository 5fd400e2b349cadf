"""`sloctl demo`, run as a program on real parts."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.support.control_plane import ControlPlane
from tests.support.prometheus import find_program

WITHIN_S = 110


@contextmanager
def demo(folder: Path, *args: str, programs: Path | None = None) -> Iterator["subprocess.Popen[str]"]:
    """Start a demo in a folder of its own, perhaps with other programs on PATH; it is ended when the block is."""
    path = os.pathsep.join([str(programs or find_program("prometheus").parent), os.environ["PATH"]])
    command = [sys.executable, "-m", "sloctl", "demo", "--healthy", "5s", *args]
    with subprocess.Popen(
        command, cwd=folder, env=os.environ | {"PATH": path}, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(30)


def programs_of(folder: Path) -> list[str]:
    """List the commands of the processes that work in a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").resolve() == folder.resolve():
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue  # it ended meanwhile, or belongs to somebody else
    return found


def wait_for(process: "subprocess.Popen[str]", line: str) -> str:
    """Read the progress until a line shows up; gives all that was read."""
    assert process.stderr is not None
    read = []
    for text in process.stderr:
        read.append(text)
        if line in text:
            return "".join(read)
    raise AssertionError(f"the demo ended without {line!r}:\n{''.join(read)}")


def test_the_alert_fires_and_the_summary_tells_twice_in_a_row(tmp_path: Path) -> None:
    """The page fires in Prometheus after the fault, the summary has its times, and nothing is left running."""
    with demo(tmp_path) as process:
        out, err = process.communicate(timeout=WITHIN_S)

    assert process.returncode == 0, err
    assert "page active: tenant-operator/reconcile-success, tenantdatabase" in out
    (after_s,) = re.findall(r"page firing, (\d+) s after the fault began", out)
    assert 0 < int(after_s) < 60
    assert re.search(r"burn 5m.*\n(.*\n)*.*x +page", out), out
    assert "budget left 100 % from" in err
    assert "Traceback" not in err + out
    assert [] == programs_of(tmp_path)
    assert (tmp_path / "sloctl-demo/rules/rules.yaml").exists()
    assert (tmp_path / "sloctl-demo/dashboards/slo-detail.json").exists()

    again_as_json(tmp_path)


def again_as_json(tmp_path: Path) -> None:
    """Run it once more in the same folder: with --json stdout holds one document, whose times are in order."""
    with demo(tmp_path, "--json") as process:
        out, err = process.communicate(timeout=WITHIN_S)

    report = json.loads(out)
    assert process.returncode == 0, err
    assert report["broken_s"] < report["alert"]["active_s"] <= report["alert"]["firing_s"] < report["mended_s"]
    assert report["alert"]["labels"]["slo_tier"] == "page"


def test_the_board_shows_the_slo_that_burns(tmp_path: Path) -> None:
    """The demo says first where its board is; that shows which SLO burns while it does, and ends with the demo."""
    with demo(tmp_path) as process:
        (board,) = re.findall(
            r"The board is at (http://127\.0\.0\.1:\d+/)$", wait_for(process, "The board is at").strip()
        )
        wait_for(process, "page firing")
        with urlopen(f"{board}api/v1/slos", timeout=30) as response:
            slos = json.load(response)["slos"]
        with urlopen(board, timeout=30) as response:
            page = response.read().decode()
        process.communicate(timeout=WITHIN_S)
        with pytest.raises(URLError):
            urlopen(board, timeout=30)

    assert process.returncode == 0
    burning = [slo for slo in slos if slo["state"] == "burning"]
    assert {(slo["name"], slo["group"]["controller"]) for slo in burning} == {("reconcile-success", "tenantdatabase")}
    assert burning[0]["burn"]["1h"] > 1
    assert "page" in burning[0]["tiers"]
    assert page.count("Reconciles succeed") > 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_demo_leaves_nothing_running(tmp_path: Path, number: signal.Signals) -> None:
    """A signal ends the demo in order, at any time."""
    with demo(tmp_path) as process:
        wait_for(process, "All is well" if number == signal.SIGINT else "Starting")
        process.send_signal(number)
        out, err = process.communicate(timeout=30)

    assert (130, "") == (process.returncode, out)
    assert err.endswith("Interrupted. Nothing is left running.\n")
    assert [] == programs_of(tmp_path)


@pytest.mark.parametrize(("program", "name"), [("kopf", "the operator"), ("prometheus", "Prometheus")])
def test_a_part_that_dies_ends_the_demo(tmp_path: Path, program: str, name: str) -> None:
    """The demo says which part died and what it last said, exits with 4, and leaves nothing running."""
    with demo(tmp_path) as process:
        wait_for(process, "All is well")
        for status in Path("/proc").glob("[0-9]*/status"):
            if is_child(status, process.pid) and program in (status.parent / "cmdline").read_text():
                os.kill(int(status.parent.name), signal.SIGKILL)
        _, err = process.communicate(timeout=60)

    assert process.returncode == 4
    assert f"error: {name} has ended with code -9" in err
    assert "Traceback" not in err
    assert [] == programs_of(tmp_path)


def is_child(status: Path, parent: int) -> bool:
    """Tell whether a process was started by another."""
    try:
        return f"\nPPid:\t{parent}\n" in status.read_text()
    except OSError:
        return False


@pytest.mark.parametrize("option", ["--prometheus-port", "--metrics-port", "--kubernetes-port", "--board-port"])
def test_a_port_in_use_is_said(tmp_path: Path, option: str) -> None:
    """A port that is taken ends the demo before it starts, with exit code 4 and what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with demo(tmp_path, option, str(port)) as process:
            _, err = process.communicate(timeout=30)

    assert process.returncode == 4
    assert f"error: port {port} cannot be used: Address already in use\n  choose another with {option}" in err
    assert [] == programs_of(tmp_path)


def test_a_missing_prometheus_is_said(tmp_path: Path) -> None:
    """Without a Prometheus the demo says how to get one, and exits with 4."""
    command = [sys.executable, "-m", "sloctl", "demo"]
    done = subprocess.run(
        command, cwd=tmp_path, env={"PATH": "/nowhere"}, capture_output=True, text=True, check=False, timeout=30
    )

    assert (4, "") == (done.returncode, done.stdout)
    assert "error: there is no prometheus on PATH\n  `make demo` fetches one" in done.stderr


def test_one_port_is_not_given_to_two_parts(tmp_path: Path) -> None:
    """Two options with the same port are refused before anything starts."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    with demo(tmp_path, "--metrics-port", port, "--prometheus-port", port) as process:
        _, err = process.communicate(timeout=30)

    assert process.returncode == 4
    assert f"error: port {port} cannot be used: Address already in use\n  choose another with --prometheus-port" in err


@pytest.mark.parametrize("content", ["garbage", "#!/nonexistent\n"])
def test_a_prometheus_that_cannot_be_run_is_said(tmp_path: Path, content: str) -> None:
    """A program that the system refuses to run ends the demo with exit code 4 and its path."""
    program = tmp_path / "bin/prometheus"
    program.parent.mkdir()
    program.write_text(content)
    program.chmod(0o755)
    with demo(tmp_path, programs=program.parent) as process:
        _, err = process.communicate(timeout=30)

    assert process.returncode == 4
    assert f"error: Prometheus cannot be run ({program}): " in err
    assert [] == programs_of(tmp_path)


def test_what_a_part_has_started_ends_with_it(tmp_path: Path) -> None:
    """A wrapper around a program leaves nothing behind, whether or not it passes signals on."""
    program = tmp_path / "bin/prometheus"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nsleep 1000\n")
    program.chmod(0o755)
    with demo(tmp_path, programs=program.parent) as process:
        while not any("sleep 1000" in command for command in programs_of(tmp_path)):
            assert process.poll() is None
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)

    assert process.returncode == 130
    assert [] == programs_of(tmp_path)


@pytest.mark.parametrize("place", ["logs", "logs/operator.log/x", "kubeconfig/x", "rules/rules.yaml/x"])
def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path, place: str) -> None:
    """Whatever stands in the way of a log, a kubeconfig or a rule file ends the demo with exit code 2."""
    blocker = tmp_path / "sloctl-demo" / place
    blocker.parent.mkdir(parents=True)
    blocker.write_text("in the way")
    with demo(tmp_path) as process:
        _, err = process.communicate(timeout=30)

    assert process.returncode == 2, err
    assert f"sloctl-demo/{place.removesuffix('/x')}" in err
    assert "Traceback" not in err
    assert [] == programs_of(tmp_path)


@pytest.mark.parametrize("content", ["{}", "not: [yaml", "apiVersion: v1\nkind: Config\nclusters: []\n"])
def test_a_kubeconfig_that_cannot_be_used_is_said(tmp_path: Path, content: str) -> None:
    """A file that is no kubeconfig ends the demo with exit code 4 and without a traceback."""
    (tmp_path / "config").write_text(content)
    with demo(tmp_path, "--kubeconfig", "config") as process:
        _, err = process.communicate(timeout=30)

    assert process.returncode == 4, err
    assert "Traceback" not in err


def test_keep_stays_until_it_is_told_to_go(tmp_path: Path) -> None:
    """With --keep everything answers after the story, and Ctrl-C then is its regular end."""
    with demo(tmp_path, "--keep") as process:
        wait_for(process, "Left up")
        time.sleep(1)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)

    assert process.returncode == 0, err
    assert "page firing, " in out
    assert [] == programs_of(tmp_path)


@pytest.mark.kubernetes
def test_a_real_cluster_is_left_as_it_was(tmp_path: Path, control_plane: ControlPlane) -> None:
    """With --kubeconfig the story plays on that cluster, in a namespace that goes with it, as do CRDs that it made."""

    def kubectl(*args: str) -> str:
        command = [control_plane.assets / "kubectl", "--kubeconfig", control_plane.kubeconfig, *args]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout

    before = kubectl("get", "crd", "-o", "name")
    with demo(tmp_path, "--kubeconfig", str(control_plane.kubeconfig)) as process:
        out, err = process.communicate(timeout=WITHIN_S)

    assert process.returncode == 0, err
    assert "page firing, " in out
    assert before == kubectl("get", "crd", "-o", "name")
    kubectl("wait", "--for=delete", "--timeout=30s", "namespace", "-l", "app.kubernetes.io/managed-by=sloctl-demo")
