"""The simulated server as a part of a program: how it starts, what it hands out, how it ends."""

import asyncio
import json
import random
import re
import signal
import socket
import sys
from pathlib import Path

import aiohttp
import pytest

from sloctl.kubesim import KubeSim, server
from sloctl.model.errors import BackendError, UsageError
from tests.support.cluster import JSON, PATCHES, Cluster
from tests.support.residents import PLAIN, RESIDENT, resident

MODULE = [sys.executable, "-m", "sloctl.kubesim"]


async def test_it_serves_from_the_running_loop() -> None:
    """`async with` serves on a free port and stops at the end."""
    async with KubeSim() as sim, aiohttp.ClientSession() as session:
        async with session.get(f"{sim.url}/readyz") as response:
            assert await response.text() == "ok"
        url = sim.url
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectionError):
            await session.get(f"{url}/readyz")


def test_it_serves_from_a_thread() -> None:
    """A plain `with` serves while the caller blocks, and leaves no thread behind."""
    with KubeSim() as sim, socket.create_connection(("127.0.0.1", sim.port)) as connection:
        connection.sendall(b"GET /readyz HTTP/1.0\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(4096), b""))
        assert answer.endswith(b"\r\n\r\nok")


@pytest.mark.parametrize("way", ["thread", "loop"])
async def test_a_taken_port_is_named(way: str) -> None:
    """A port in use is a BackendError that names it and says what to do."""
    async with KubeSim() as first:
        second = KubeSim(first.port)
        with pytest.raises(BackendError, match=f"port {first.port} is in use") as caught:
            await second.__aenter__() if way == "loop" else second.__enter__()
        assert "another port" in caught.value.hint


async def test_a_port_that_may_not_be_used_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever else keeps it from listening is a BackendError with the system's reason."""
    monkeypatch.setattr(server, "HOST", "192.0.2.1")  # an address of another machine
    with pytest.raises(BackendError, match=r"port 0 cannot be used \(.*assign requested address\)"):
        await KubeSim().__aenter__()


@pytest.mark.parametrize("place", ["folder", "file/kubeconfig", "/proc/x/kubeconfig"])
def test_a_kubeconfig_that_cannot_be_written_is_named(tmp_path: Path, place: str) -> None:
    """A place that cannot be written is a UsageError that names it, and nothing is left behind."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with KubeSim() as sim, pytest.raises(UsageError, match=f"cannot write {tmp_path / place}: ") as caught:
        sim.kubeconfig(tmp_path / place)
    assert caught.value.hint
    assert ["file", "folder"] == sorted(path.name for path in tmp_path.rglob("*"))


def test_the_kubeconfig_appears_whole(tmp_path: Path) -> None:
    """The kubeconfig replaces an older file in one step, and leaves nothing else in its folder."""
    path = tmp_path / "deep" / "kubeconfig"
    path.parent.mkdir()
    path.write_text("old")
    with KubeSim() as sim:
        assert path == sim.kubeconfig(path)
        config = json.loads(path.read_text())
        assert sim.url == config["clusters"][0]["cluster"]["server"]
    assert [path] == list(path.parent.iterdir())


async def test_it_can_be_started_by_hand(tmp_path: Path) -> None:
    """`python -m sloctl.kubesim` prints its address, writes a kubeconfig and ends on SIGTERM with status 0."""
    path = tmp_path / "kubeconfig"
    process = await asyncio.create_subprocess_exec(*MODULE, f"--kubeconfig={path}", stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), 20)
    assert re.fullmatch(rb"http://127\.0\.0\.1:\d+\n", line)
    assert path.exists()
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 20) == 0


async def test_a_taken_port_ends_the_command_with_a_hint() -> None:
    """A port in use is exit status 4 and two lines, not a traceback."""
    async with KubeSim() as first:
        failed = await _failed(*MODULE, f"--port={first.port}")
    expected = f"error: port {first.port} is in use, so the simulated Kubernetes API server cannot listen there\n"
    assert (4, f"{expected}hint: give another port, or 0 for a free one\n") == failed


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("--port=99999", "error: 99999 is no port\nhint: choose one from 1 to 65535, or 0 for a free one\n"),
        ("--port=-5", "error: -5 is no port\nhint: choose one from 1 to 65535, or 0 for a free one\n"),
        (
            "--kubeconfig=/proc/x/y",
            "error: cannot write /proc/x/y: No such file or directory\nhint: name a file that can be written\n",
        ),
    ],
)
async def test_a_wrong_argument_ends_the_command_with_a_hint(argument: str, message: str) -> None:
    """What cannot be a port or a place to write is exit status 2 and two lines, not a traceback."""
    assert (2, message) == await _failed(*MODULE, argument)


@pytest.mark.parametrize("missing", ["aiohttp", "jsonpatch"])
async def test_a_missing_extra_is_named(missing: str) -> None:
    """Without its libraries the command says what to install."""
    program = (
        f"import runpy, sys; sys.modules[{missing!r}] = None; sys.argv[1:] = []; "
        "runpy.run_module('sloctl.kubesim', run_name='__main__')"
    )
    message = (
        "error: the simulated Kubernetes API server is not part of this installation\n"
        'hint: pip install "sloctl[kubesim]"\n'
    )
    assert (2, message) == await _failed(sys.executable, "-c", program)


async def _failed(*command: str) -> tuple[int | None, str]:
    """Give the exit status and the error output of a command that ends by itself."""
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    _, errors = await asyncio.wait_for(process.communicate(), 20)
    return process.returncode, errors.decode()


async def test_an_open_watch_does_not_hold_up_the_end() -> None:
    """Stopping ends every watch at once."""
    async with aiohttp.ClientSession() as session:
        async with KubeSim() as sim:
            response = await session.get(f"{sim.url}/api/v1/namespaces?watch=true")
            await response.content.readline()
            began = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - began < 3
        response.close()


async def test_a_watch_that_falls_behind_is_told_410(tmp_path: Path) -> None:
    """A watcher that cannot follow gets an ERROR event with 410, once the log has dropped what it missed."""
    with KubeSim(history=3) as sim:
        cluster = Cluster("kubesim", sim.url, tmp_path)
        await cluster.install(RESIDENT)
        path = "/apis/example.com/v1/namespaces/default/residents"
        first = (await cluster.post(path, resident("a"))).ok["metadata"]["resourceVersion"]
        for number in range(10):
            await cluster.patch(f"{path}/a", {"metadata": {"labels": {"n": str(number)}}})
        events = [event async for event in cluster.watch(path, resourceVersion=first, timeoutSeconds="1")]
        assert ["ERROR"] == [event["type"] for event in events]
        assert events[0]["object"]["code"] == 410
        page = await cluster.get(path, resourceVersion=first, resourceVersionMatch="Exact")
        assert (410, "Expired") == (page.status, page.body["reason"])
        await cluster.close()


async def test_a_watch_can_begin_with_the_list(tmp_path: Path) -> None:
    """`sendInitialEvents` gives what is there, a bookmark that says so, and then the changes."""
    with KubeSim() as sim:
        cluster = Cluster("kubesim", sim.url, tmp_path)
        await cluster.install(RESIDENT)
        path = "/apis/example.com/v1/namespaces/default/residents"
        await cluster.post(path, resident("a"))
        options = {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan", "allowWatchBookmarks": "true"}
        events = cluster.watch(path, **options)
        first, bookmark = await anext(events), await anext(events)
        await cluster.post(path, resident("b"))
        later = await anext(events)
        assert ["ADDED", "BOOKMARK", "ADDED"] == [event["type"] for event in (first, bookmark, later)]
        assert {"k8s.io/initial-events-end": "true"} == bookmark["object"]["metadata"]["annotations"]
        await cluster.close()


async def test_what_is_not_offered_is_refused(tmp_path: Path) -> None:
    """Server-side apply and deletion other than in the background are refused instead of pretended."""
    with KubeSim() as sim:
        cluster = Cluster("kubesim", sim.url, tmp_path)
        await cluster.install(RESIDENT)
        path = "/apis/example.com/v1/namespaces/default/residents"
        await cluster.post(path, resident("a"))
        applied = await cluster.patch(f"{path}/a", resident("a"), "apply", fieldManager="me")
        assert applied.status == 415
        for policy in ("Foreground", "Orphan"):
            refused = await cluster.delete(f"{path}/a", propagationPolicy=policy)
            assert (422, "kubesim deletes in the background only") == (
                refused.status,
                refused.body["details"]["causes"][0]["message"].rpartition(": ")[2],
            )
        await cluster.close()


ODD = [None, True, 0, -1, 1.5, "", "x", [], [None], [{}], {}, {"a": None}, {"name": []}, {"name": "a", "labels": []}]


async def test_no_input_makes_it_stumble(tmp_path: Path) -> None:
    """Whatever a client sends in whichever place, the answer is a Status and never an internal error."""
    chance = random.Random(1)
    with KubeSim() as sim:
        cluster = Cluster("kubesim", sim.url, tmp_path)
        for crd in (RESIDENT, PLAIN):
            await cluster.install(crd)
        roots = {
            "/apis/example.com/v1/namespaces/default/residents": resident("a"),
            "/apis/example.com/v1/namespaces/default/plains": resident("a") | {"kind": "Plain"},
            "/api/v1/namespaces/default/events": {"metadata": {"name": "a"}, "involvedObject": {}},
            "/api/v1/namespaces/default/secrets": {"metadata": {"name": "a"}, "data": {}, "stringData": {}},
            "/api/v1/namespaces/default/configmaps": {"metadata": {"name": "a"}, "data": {}, "binaryData": {}},
            "/apis/coordination.k8s.io/v1/namespaces/default/leases": {"metadata": {"name": "a"}, "spec": {}},
            "/api/v1/namespaces": {"metadata": {"name": "a"}, "spec": {}, "status": {}},
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions": RESIDENT,
        }
        for path, body in roots.items():
            await cluster.post(path, body)
            for _ in range(60):
                odd = _distorted(body, chance)
                method, place, kind = chance.choice(
                    [
                        ("POST", path, JSON),
                        ("PUT", f"{path}/a", JSON),
                        ("DELETE", f"{path}/a", JSON),
                        *(("PATCH", f"{path}/a", kind) for kind in PATCHES.values()),
                    ]
                )
                answer = await cluster.request(method, place, odd, content_type=kind)
                assert answer.status < 500, f"{method} {place} {kind} {json.dumps(odd)}: {answer.body}"
        await cluster.close()


def _distorted(value: object, chance: random.Random) -> object:
    """Replace one part of a value by something odd."""
    if isinstance(value, dict) and value and chance.random() < 0.8:
        key = chance.choice(sorted(value))
        return value | {key: _distorted(value[key], chance)}
    if isinstance(value, list) and value and chance.random() < 0.8:
        return [_distorted(value[0], chance), *value[1:]]
    return chance.choice(ODD)
