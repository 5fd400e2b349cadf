"""What a scrape gets, and from where."""

import asyncio
import gzip
import logging
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from email.message import Message
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import NamedTuple

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily

import sloctl
from sloctl.model.catalogue import Declaration, Label
from sloctl.model.errors import BackendError, UsageError
from sloctl.sdk import serve
from sloctl.sdk.negotiate import accepts_gzip, negotiate
from sloctl.sdk.store import store_of
from tests.support.certificates import Authority

PROTOBUF = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"
OLDER = "application/openmetrics-text;version=0.0.1"
PLAIN = "text/plain;version=0.0.4"


class Answer(NamedTuple):
    status: int
    headers: Message
    body: bytes


def _ask(port: int, method: str, path: str, context: ssl.SSLContext | None = None, **headers: str) -> Answer:
    """Send one request; trusting *context*, over TLS."""
    if context is None:
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
    else:
        connection = HTTPSConnection("localhost", port, timeout=5, context=context)
    try:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


def _get(port: int, path: str, **headers: str) -> tuple[int, bytes]:
    status, _, body = _ask(port, "GET", path, **headers)
    return status, body


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


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, "text"),
        ("", "text"),
        ("*/*", "text"),
        ("text/html, text/*;q=0.1", "text"),
        ("application/json", "text"),
        ("application/openmetrics-text", "openmetrics"),
        ("application/openmetrics-text;version=2.0.0", "text"),
        ("text/plain;version=0.0.4, application/openmetrics-text;q=0.9", "text"),
        ("text/plain;version=0.0.4;q=0.5, APPLICATION/openmetrics-text; Version=1.0.0; Q=0.9", "openmetrics"),
        ("application/openmetrics-text;q=0, text/plain;q=0.1", "text"),
        ("application/openmetrics-text;q=high", "text"),
        (PROTOBUF, "protobuf"),
        (PROTOBUF.replace("delimited", "text"), "text"),
        ("application/vnd.google.protobuf", "text"),
        # Prometheus 2.42, without and with native histograms; Prometheus 3
        (f"application/openmetrics-text;version=1.0.0,{OLDER};q=0.75,{PLAIN};q=0.5,*/*;q=0.1", "openmetrics"),
        (
            f"{PROTOBUF},application/openmetrics-text;version=1.0.0;q=0.8,{OLDER};q=0.75,{PLAIN};q=0.5,*/*;q=0.1",
            "protobuf",
        ),
        (
            f"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,{OLDER};q=0.5,{PLAIN};q=0.3",
            "openmetrics",
        ),
    ],
)
def test_the_best_accepted_format_is_chosen(accept: str | None, kind: str) -> None:
    """The format with the highest quality is given, the first of equals, and plain text to who accepts none."""
    assert negotiate(accept).kind == kind


@pytest.mark.parametrize(
    ("accept", "accepted"),
    [
        (None, False),
        ("identity", False),
        ("gzip", True),
        ("br;q=1.0, gzip;q=0.5", True),
        ("gzip;q=0", False),
        ("*", True),
    ],
)
def test_compression_is_for_who_accepts_it(accept: str | None, accepted: bool) -> None:
    """gzip is used when the client names it, or takes anything, with a quality above 0."""
    assert accepts_gzip(accept) is accepted


def _fill(obs: sloctl.Instrumentation, series: int) -> None:
    """Make some series, of 150 bytes each."""
    family = store_of(obs.registry).values(Declaration("size_bytes", "gauge", "A size.", (Label("of"),)))
    for number in range(series):
        family.at(f"object-{number:0120}").value = number


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("text/plain", "text/plain; version=0.0.4; charset=utf-8"),
        ("application/openmetrics-text; version=1.0.0", "application/openmetrics-text; version=1.0.0; charset=utf-8"),
        (
            PROTOBUF,
            "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited",
        ),
    ],
)
def test_the_answer_names_its_format(obs: sloctl.Instrumentation, accept: str, content_type: str) -> None:
    """Content-Type tells what was chosen."""
    with obs.serve(0, "127.0.0.1") as server:
        given = _ask(server.port, "GET", "/metrics", Accept=accept).headers["Content-Type"]
    assert given.startswith(content_type)


def test_head_gives_the_head_alone(obs: sloctl.Instrumentation) -> None:
    """HEAD tells the length of what GET gives, and gives nothing of it."""
    with obs.serve(0, "127.0.0.1") as server:
        answer = _ask(server.port, "HEAD", "/metrics")
        with socket.create_connection(("127.0.0.1", server.port), 5) as client:
            client.sendall(b"HEAD /livez HTTP/1.0\r\n\r\n")
            head = b"".join(iter(lambda: client.recv(1000), b""))
    assert answer.status == 200
    assert head.endswith(b"\r\n\r\n")
    assert int(answer.headers["Content-Length"]) == len(obs.exposition())


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_can_be_written(obs: sloctl.Instrumentation, method: str) -> None:
    """Who would write is told what is allowed."""
    with obs.serve(0, "127.0.0.1") as server:
        answer = _ask(server.port, method, "/metrics")
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")


def test_options_are_told(obs: sloctl.Instrumentation) -> None:
    """OPTIONS is answered with the methods."""
    with obs.serve(0, "127.0.0.1") as server:
        answer = _ask(server.port, "OPTIONS", "/metrics")
    assert (answer.status, answer.headers["Allow"]) == (204, "GET, HEAD, OPTIONS")


def test_a_connection_serves_one_scrape_after_another(obs: sloctl.Instrumentation) -> None:
    """Prometheus keeps its connection from scrape to scrape."""
    with obs.serve(0, "127.0.0.1") as server:
        connection = HTTPConnection("127.0.0.1", server.port, timeout=5)
        for path in ("/metrics", "/nowhere", "/healthz", "/metrics"):
            connection.request("GET", path)
            connection.getresponse().read()
            held = connection.sock
        assert held is not None
        connection.close()


def test_what_is_compressed_is_smaller(obs: sloctl.Instrumentation) -> None:
    """gzip reaches the client as gzip, of everything, in whatever pieces it was written."""
    _fill(obs, 3000)
    with obs.serve(0, "127.0.0.1") as server:
        answer = _ask(server.port, "GET", "/metrics", **{"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.body) == obs.exposition()
    assert len(answer.body) * 4 < len(obs.exposition())


def test_a_loop_that_is_blocked_for_good_is_scraped(tmp_path: Path) -> None:
    """A whole operator whose event loop never comes back is still scraped and alive."""
    program = tmp_path / "blocked.py"
    program.write_text(
        "import asyncio, time, sloctl\n"
        "async def main():\n"
        "    server = sloctl.Instrumentation('blocked').serve(0, '127.0.0.1')\n"
        "    print(server.port, flush=True)\n"
        "    time.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    with subprocess.Popen([sys.executable, program], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline())
            assert [_get(port, path)[0] for path in ("/metrics", "/livez", "/metrics")] == [200] * 3
        finally:
            process.kill()


def test_clients_that_do_nothing_hold_nobody(obs: sloctl.Instrumentation) -> None:
    """While some clients send nothing, half a request, or read nothing of what they asked for, others are scraped."""
    _fill(obs, 60_000)
    with obs.serve(0, "127.0.0.1") as server:
        clients = [socket.create_connection(("127.0.0.1", server.port), 5) for _ in range(20)]
        for client in clients[10:]:
            client.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n")
        clients[-1].sendall(b"\r\n")
        assert _get(server.port, "/healthz") == (200, b"ok\n")
        assert _get(server.port, "/metrics")[0] == 200
        for client in clients:
            client.close()


def test_closing_takes_no_time(obs: sloctl.Instrumentation) -> None:
    """close() waits for no poll; to close what is closed is no error."""
    servers = [obs.serve(0, "127.0.0.1") for _ in range(10)]
    started = time.perf_counter()
    for server in (*servers, *servers):
        server.close()
    assert time.perf_counter() - started < 1


def test_closing_ends_connections(obs: sloctl.Instrumentation) -> None:
    """A connection that waits for its next scrape gets no answer from a server that was closed."""
    with obs.serve(0, "127.0.0.1") as server:
        idle = socket.create_connection(("127.0.0.1", server.port), 5)
        idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert idle.recv(1000).startswith(b"HTTP/1.1 200")
    with idle:
        assert idle.recv(1000) == b""


def test_an_address_of_ipv6_can_be_served(obs: sloctl.Instrumentation) -> None:
    """A cluster may have addresses of the sixth version only."""
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    with obs.serve(0, "::1") as server, socket.create_connection(("::1", server.port), 5) as client:
        client.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
        assert client.recv(1000).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        ("Bearer s3cret", 200),
        ("bearer  s3cret", 200),
        (None, 401),
        ("s3cret", 401),
        ("Basic s3cret", 401),
        ("Bearer s3cre", 401),
        ("Bearer ", 401),
        ("Bearer \xe9", 401),
    ],
)
def test_a_token_is_asked_for(obs: sloctl.Instrumentation, authorization: str | None, status: int) -> None:
    """Without the token there are no metrics; probes need none."""
    headers = {} if authorization is None else {"Authorization": authorization}
    with obs.serve(0, "127.0.0.1", token="s3cret\n") as server:  # as a file brings it
        answer = _ask(server.port, "GET", "/metrics", **headers)
        assert _ask(server.port, "GET", "/readyz").status == 200
    assert answer.status == status
    assert (answer.headers["WWW-Authenticate"] is not None) == (status == 401)
    assert (b"# HELP" in answer.body) == (status == 200)


def test_a_token_is_never_shown(
    obs: sloctl.Instrumentation, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither logs nor answers nor errors show the token, whoever asks how."""
    caplog.set_level(logging.DEBUG)
    with obs.serve(0, "127.0.0.1", token="s3cret") as server:
        answers = [
            _ask(server.port, "GET", "/metrics", Authorization=authorization)
            for authorization in ("Bearer s3cret", "Bearer wrong")
        ]
        assert "s3cret" not in repr(server)
    shown = b"".join(str(answer.headers).encode() + answer.body for answer in answers)
    assert b"s3cret" not in shown
    assert "s3cret" not in caplog.text + "".join(capfd.readouterr())


@pytest.mark.parametrize("token", ["", "  "])
def test_an_empty_token_is_refused(obs: sloctl.Instrumentation, token: str) -> None:
    """A variable that is not set protects nothing, and is told rather than taken for no token."""
    with pytest.raises(UsageError, match="the token for /metrics is empty"):
        obs.serve(0, "127.0.0.1", token=token)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Issue certificates."""
    return Authority(tmp_path_factory.mktemp("certificates") / "ca")


def _trusting(authority: Authority) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=authority.certificate)


def _serial(port: int, authority: Authority) -> str:
    with (
        socket.create_connection(("localhost", port), 5) as plain,
        _trusting(authority).wrap_socket(plain, server_hostname="localhost") as client,
    ):
        found = client.getpeercert()
    assert found is not None
    return str(found["serialNumber"])


def test_metrics_are_served_over_tls(obs: sloctl.Instrumentation, authority: Authority) -> None:
    """With a certificate, who trusts its authority gets the metrics, and who speaks plain HTTP gets nothing."""
    certificate, key = authority.issue("metrics", server=True)
    with obs.serve(0, "127.0.0.1", certfile=certificate, keyfile=key) as server:
        answer = _ask(server.port, "GET", "/metrics", _trusting(authority))
        assert (answer.status, answer.body) == (200, obs.exposition())
        with socket.create_connection(("127.0.0.1", server.port), 5) as plain:
            plain.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
            with suppress(ConnectionResetError):
                assert b"# HELP" not in plain.recv(1000)
        assert _ask(server.port, "GET", "/livez", _trusting(authority)).status == 200


def test_a_client_that_shakes_no_hands_holds_nobody(
    obs: sloctl.Instrumentation, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A handshake takes place where it keeps no other client waiting, and not for ever."""
    monkeypatch.setattr(serve._Handler, "timeout", 0.5)
    certificate, key = authority.issue("handshake", server=True)
    with (
        obs.serve(0, "127.0.0.1", certfile=certificate, keyfile=key) as server,
        socket.create_connection(("127.0.0.1", server.port), 5) as idle,
    ):
        assert _ask(server.port, "GET", "/metrics", _trusting(authority)).status == 200
        assert idle.recv(1) == b""


def test_a_certificate_is_read_again_when_it_changes(
    obs: sloctl.Instrumentation, authority: Authority, tmp_path: Path, value: Callable[..., float | None]
) -> None:
    """A new certificate is used from the next connection on, a broken one never; reads and failures are counted."""
    certificate, key = tmp_path / "tls.crt", tmp_path / "tls.key"

    def install(name: str) -> None:
        issued, its_key = authority.issue(name, server=True)
        shutil.copyfile(its_key, key)
        shutil.copyfile(issued, certificate)

    install("first")
    reads, errors = "certwatcher_read_certificate_total", "certwatcher_read_certificate_errors_total"
    with obs.serve(0, "127.0.0.1", certfile=certificate, keyfile=key) as server:
        first = _serial(server.port, authority)
        assert first == _serial(server.port, authority)
        assert (value(reads), value(errors)) == (1, 0)
        install("second")
        second = _serial(server.port, authority)
        assert second != first
        assert (value(reads), value(errors)) == (2, 0)
        certificate.write_text("no certificate")
        assert [_serial(server.port, authority) for _ in range(2)] == [second] * 2
        assert (value(reads), value(errors)) == (3, 1)
        key.unlink()
        assert _serial(server.port, authority) == second
        install("third")
        assert _serial(server.port, authority) not in (first, second)
        assert value(reads) == 4


def test_a_certificate_that_cannot_be_used_is_named(
    obs: sloctl.Instrumentation, authority: Authority, tmp_path: Path
) -> None:
    """Files that are missing, or do not belong together, are told with their names before anything is served."""
    certificate, _ = authority.issue("one", server=True)
    _, other = authority.issue("other", server=True)
    for key in (tmp_path / "missing", other, certificate):
        with pytest.raises(UsageError, match="cannot use the certificate") as failed:
            obs.serve(0, "127.0.0.1", certfile=certificate, keyfile=key)
        assert str(certificate) in str(failed.value)
        assert str(key) in str(failed.value)
    with pytest.raises(UsageError, match="no certificate for the key"):
        obs.serve(0, "127.0.0.1", keyfile=other)
