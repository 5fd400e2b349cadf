"""What a scrape gets, served from a thread of its own, so that a blocked event loop still answers."""

import copy
import errno
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Protocol, Self
from wsgiref.simple_server import WSGIRequestHandler

from prometheus_client import CollectorRegistry, make_wsgi_app, start_wsgi_server
from prometheus_client.metrics_core import Metric

from sloctl.model.errors import BackendError, UsageError

if TYPE_CHECKING:
    from threading import Thread
    from wsgiref.simple_server import WSGIServer
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

PROBES: Final = frozenset({"/healthz", "/livez", "/readyz"})


class _Source(Protocol):
    def collect(self) -> Iterable[Metric]: ...


class WithoutCreated:
    """
    A registry as it is exposed: without the `_created` series.

    In the text format they arrive as gauges, one for each counter and histogram, which doubles what is stored. The
    library's own switch for them is for the whole process and so not ours to turn.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def collect(self) -> Iterable[Metric]:
        """Give the families."""
        return map(_without_created, self._registry.collect())

    def restricted_registry(self, names: Iterable[str]) -> _Source:
        """Give some of the families only: a scrape may ask for them by name."""
        return self._registry.restricted_registry(names)


def _without_created(family: Metric) -> Metric:
    exposed = copy.copy(family)
    exposed.samples = [sample for sample in family.samples if sample.name != f"{family.name}_created"]
    return exposed


class _Handler(WSGIRequestHandler):
    """Answers one client; one that sends nothing does not hold its thread for ever."""

    timeout = 30.0

    def handle(self) -> None:
        with suppress(TimeoutError):
            super().handle()

    def log_message(self, *_: object) -> None:
        """Log nothing."""


class Server:
    """
    Serves /metrics, and /healthz, /livez and /readyz for probes.

    Args:
        registry: What /metrics shows.
        port: 0 picks a free one; see `port`.
        address: The address to listen on.

    Raises:
        UsageError: The port is not one.
        BackendError: The port is in use or may not be used.
    """

    def __init__(self, registry: CollectorRegistry, port: int, address: str) -> None:
        if not 0 <= port <= 65535:
            raise UsageError(f"{port} is no port", "choose one from 1 to 65535, or 0 for a free one")
        try:
            self._server: WSGIServer
            self._thread: Thread
            self._server, self._thread = start_wsgi_server(port, address, registry)
        except OSError as error:
            raise _unavailable(port, address, error) from error
        self._server.RequestHandlerClass = _Handler
        self._server.set_app(_app(make_wsgi_app(WithoutCreated(registry))))

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return self._server.server_port

    def close(self) -> None:
        """Stop serving and free the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _app(metrics: "WSGIApplication") -> "WSGIApplication":
    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/metrics":
            return metrics(environ, start_response)
        status, text = ("200 OK", b"ok\n") if path in PROBES else ("404 Not Found", b"try /metrics\n")
        start_response(status, [("Content-Type", "text/plain; charset=utf-8")])
        return [text]

    return app


def _unavailable(port: int, address: str, error: OSError) -> BackendError:
    if error.errno == errno.EADDRINUSE:
        return BackendError(f"port {port} is in use", "choose another port, or 0 for a free one")
    return BackendError(
        f"cannot listen on {address}:{port}: {error.strerror or error}", "choose another address or port"
    )
