"""A target for a real Prometheus: counters that a test sets."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass
class Target:
    """What a scrape gets: values by series, all of them counters."""

    address: str
    values: dict[str, float] = field(default_factory=dict)
    scrapes: int = 0

    @property
    def text(self) -> str:
        """Write the values in Prometheus's text format."""
        return "".join(f"{series} {value}\n" for series, value in self.values.items())


@contextlib.contextmanager
def target() -> Iterator[Target]:
    """Serve /metrics on a free port for the time of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = found.text.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            found.scrapes += 1

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found = Target(f"127.0.0.1:{server.server_port}")
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield found
        finally:
            server.shutdown()
            thread.join()
