"""What a scrape gets, and from where."""

import asyncio
import gzip
import socket
import threading
import time
from http.client import HTTPConnection

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily

import sloctl
from sloctl.model.errors import BackendError, UsageError
from sloctl.sdk import serve


def _get(port: int, path: str, **headers: str) -> tuple[int, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_a_scrape_gets_the_exposition(obs: sloctl.Instrumentation) -> None:
    """/metrics gives what exposition() gives, compressed for who asks for it."""
    obs.reconcile("tenant")(lambda: None)()
    with obs.serve(0, "127.0.0.1") as server:
        assert (200, obs.exposition()) == _get(server.port, "/metrics")
        status, body = _get(server.port, "/metrics", **{"Accept-Encoding": "gzip"})
        assert (200, obs.exposition()) == (status, gzip.decompress(body))


@pytest.mark.parametrize("accept", ["text/plain", "application/openmetrics-text; version=1.0.0"])
def test_no_created_series_are_exposed(obs: sloctl.Instrumentation, accept: str) -> None:
    """Counters and histograms are exposed without the series that would double them, in either format."""
    obs.counter("jobs", "Jobs done.").inc()
    obs.histogram("wait_seconds", "Time waited.", buckets=[1]).observe(1)
    with obs.serve(0, "127.0.0.1") as server:
        _, body = _get(server.port, "/metrics", Accept=accept)
    assert b"jobs_total 1.0" in body
    assert b"wait_seconds_count 1.0" in body
    assert b"_created" not in body


def test_a_family_that_is_called_created_is_exposed() -> None:
    """Only the library's own additions are left out."""

    class Collector:
        family = GaugeMetricFamily("bucket_created", "When a bucket was created.", value=7)

        def collect(self) -> list[GaugeMetricFamily]:
            return [self.family]

    registry = CollectorRegistry()
    registry.register(Collector())  # type: ignore[arg-type]
    obs = sloctl.Instrumentation("test", registry=registry)
    assert b"bucket_created 7.0" in obs.exposition()


def test_other_collectors_keep_their_families() -> None:
    """What is left out of the exposition stays in a family that its collector hands out again and again."""

    class Collector:
        family = CounterMetricFamily("jobs", "Jobs done.", value=1, created=7)

        def collect(self) -> list[CounterMetricFamily]:
            return [self.family]

    registry = CollectorRegistry()
    registry.register(Collector())  # type: ignore[arg-type]
    assert b"_created" not in sloctl.Instrumentation("test", registry=registry).exposition()
    assert registry.get_sample_value("jobs_created") == 7


def test_a_scrape_may_ask_for_some_families(obs: sloctl.Instrumentation) -> None:
    """The query name[] picks families, as it does with the library's own server."""
    obs.gauge("tenants_active", "Tenants.")
    with obs.serve(0, "127.0.0.1") as server:
        status, body = _get(server.port, "/metrics?name[]=tenants_active")
    assert status == 200
    assert [line for line in body.decode().splitlines() if not line.startswith("#")] == ["tenants_active 0.0"]


@pytest.mark.parametrize("path", ["/healthz", "/livez", "/readyz"])
def test_probes_are_answered(obs: sloctl.Instrumentation, path: str) -> None:
    """The kubelet gets 200 while the process serves."""
    with obs.serve(0, "127.0.0.1") as server:
        assert _get(server.port, path) == (200, b"ok\n")


def test_other_paths_are_not_there(obs: sloctl.Instrumentation) -> None:
    """A mistyped path is an error, not a page of metrics."""
    with obs.serve(0, "127.0.0.1") as server:
        assert _get(server.port, "/metric")[0] == 404


async def test_a_blocked_event_loop_still_answers(obs: sloctl.Instrumentation) -> None:
    """A handler that blocks the loop is seen, because metrics do not wait for it."""
    statuses: list[int] = []
    with obs.serve(0, "127.0.0.1") as server:
        asked = threading.Thread(target=lambda: statuses.append(_get(server.port, "/metrics")[0]))
        asked.start()
        deadline = time.monotonic() + 5
        while not statuses and time.monotonic() < deadline:
            time.sleep(0.01)  # noqa: ASYNC251 # the loop is blocked on purpose
        assert statuses == [200]
        asked.join()
    await asyncio.sleep(0)


def test_a_port_in_use_is_named(obs: sloctl.Instrumentation) -> None:
    """Who cannot listen says on which port, and what to do; the exit code is that of a missing backend."""
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(BackendError, match=f"port {taken.getsockname()[1]} is in use") as failed,
    ):
        obs.serve(taken.getsockname()[1], "127.0.0.1")
    assert (failed.value.hint, failed.value.exit_code) == ("choose another port, or 0 for a free one", 4)


def test_an_address_of_another_machine_is_named(obs: sloctl.Instrumentation) -> None:
    """An address that is not here is told apart from a port in use."""
    with pytest.raises(BackendError, match=r"cannot listen on 192\.0\.2\.1:0"):
        obs.serve(0, "192.0.2.1")


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_number_that_is_no_port_is_refused(obs: sloctl.Instrumentation, port: int) -> None:
    """Ports are from 1 to 65535; 0 stands for a free one."""
    with pytest.raises(UsageError, match=f"{port} is no port"):
        obs.serve(port)


def test_a_client_that_sends_nothing_is_dropped(
    obs: sloctl.Instrumentation, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A client that is stuck holds no thread for ever, and leaves no traceback."""
    monkeypatch.setattr(serve._Handler, "timeout", 0.1)
    with obs.serve(0, "127.0.0.1") as server, socket.create_connection(("127.0.0.1", server.port), 5) as stuck:
        assert stuck.recv(1) == b""
    assert capfd.readouterr().err == ""


def test_a_closed_server_frees_its_port(obs: sloctl.Instrumentation) -> None:
    """After close() the same port can be served again."""
    server = obs.serve(0, "127.0.0.1")
    server.close()
    with pytest.raises(ConnectionRefusedError):
        _get(server.port, "/metrics")
    with obs.serve(server.port, "127.0.0.1") as again:
        assert server.port == again.port
