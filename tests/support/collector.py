"""A real OpenTelemetry collector process, and the receiver to which it forwards what it gets."""

import gzip
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from threading import Thread
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.support.control_plane import free_port
from tests.support.tiers import lacking

WITHIN_S = 20


class Collector:
    """
    A collector that takes OTLP over HTTP at `endpoint` and forwards it.

    Args:
        log: Where its output goes.

    Attributes:
        endpoint: For `OTEL_EXPORTER_OTLP_ENDPOINT`.
        spans: What has come out of it.
    """

    def __init__(self, log: Path) -> None:
        self.spans: list[Span] = []
        self._log = log
        self._receiver = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = Thread(target=self._receiver.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()
        port = free_port()
        self.endpoint = f"http://127.0.0.1:{port}"
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [
                    *(str(_agent()), "start", "--exporter", "otlp", "--otlp-exporter-protocol", "http"),
                    *("--otlp-exporter-endpoint", f"http://127.0.0.1:{self._receiver.server_port}"),
                    "--disable-batching",
                    *("--otlp-http-endpoint", f"127.0.0.1:{port}", "--otlp-grpc-endpoint", f"127.0.0.1:{free_port()}"),
                ],
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self.until(lambda _: _listens(port), "the collector listens")

    def until(self, holds: Any, what: str) -> Any:
        """Wait until `holds(spans)` is true, and give that; a failure shows the log."""
        deadline = time.monotonic() + WITHIN_S
        while not (found := holds(list(self.spans))):
            if time.monotonic() > deadline or self._process.poll() is not None:
                names = [span.name for span in self.spans]
                raise AssertionError(f"not within {WITHIN_S} s: {what}\nspans: {names}\n{self._log.read_text()}")
            time.sleep(0.05)
        return found

    def close(self) -> None:
        """End it and its receiver."""
        self._process.terminate()
        self._process.wait(10)
        self._receiver.shutdown()
        self._receiver.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        spans = self.spans

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                sent = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers["Content-Encoding"] == "gzip":
                    sent = gzip.decompress(sent)
                request = ExportTraceServiceRequest.FromString(sent)
                spans.extend(
                    span
                    for resource in request.resource_spans
                    for scope in resource.scope_spans
                    for span in scope.spans
                )
                self.send_response(200)
                self.send_header("Content-Type", "application/x-protobuf")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        return Handler


@contextmanager
def collector(folder: Path) -> Iterator[Collector]:
    """Run a collector for as long as the block runs."""
    running = Collector(folder / "collector.log")
    try:
        yield running
    finally:
        running.close()


def attributes(span: Span) -> dict[str, Any]:
    """Give a span's attributes."""
    return {entry.key: _value(entry.value) for entry in span.attributes}


def links(span: Span) -> dict[str, str]:
    """Give the ids of the spans that a span is linked to, by the kind of the link."""
    return {
        next(_value(entry.value) for entry in link.attributes if entry.key == "sloctl.link.kind"): link.span_id.hex()
        for link in span.links
    }


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _value(value: Any) -> Any:
    return getattr(value, value.WhichOneof("value"))


def _agent() -> Path:
    if sys.version_info[:2] != (3, 11):
        lacking("rotel's collector needs libpython3.11: run this with Python 3.11")
    found = find_spec("rotel")
    if found is None or found.origin is None:
        raise AssertionError(f"{sys.executable} has no rotel: pip install -c constraints.txt -e '.[all,dev]'")
    return Path(found.origin).with_name("rotel-agent")
