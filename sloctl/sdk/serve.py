"""What a scrape gets, served from a thread of its own, so that a blocked event loop still answers."""

import errno
import hmac
import socket
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from selectors import EVENT_READ, DefaultSelector
from socketserver import TCPServer, ThreadingMixIn
from sys import exc_info
from threading import Thread
from time import perf_counter, sleep
from typing import Final, Self
from urllib.parse import parse_qs, urlsplit

from sloctl._version import __version__
from sloctl.model.errors import BackendError, UsageError
from sloctl.sdk.certificate import Certificate
from sloctl.sdk.exposition import Exposition
from sloctl.sdk.guard import Guard
from sloctl.sdk.negotiate import accepts_gzip, negotiate

PROBES: Final = frozenset({"/healthz", "/livez", "/readyz"})

_ALLOW: Final = "GET, HEAD, OPTIONS"
_TURN_S: Final = 0.0005
_PAUSE_S: Final = 0.00005
_PIECE_BYTES: Final = 32 * 1024


def paced(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """
    Pass pieces on and leave the interpreter to other threads twice in a millisecond.

    Who waits for the interpreter waits 5 ms before it asks for it, so it has to be left to it earlier; and it takes
    some microseconds to wake up, which a sleep of no length does not give it.
    """
    started = perf_counter()
    for piece in pieces:
        yield piece
        if perf_counter() - started > _TURN_S:
            sleep(_PAUSE_S)
            started = perf_counter()


def compressed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Compress pieces with gzip at level 1: a tenth of the time of level 9, for a third more bytes."""
    gzip = zlib.compressobj(level=1, wbits=31)
    waiting: list[bytes] = []
    length = 0
    for piece in pieces:
        waiting.append(piece)
        length += len(piece)
        if length >= _PIECE_BYTES:  # each turn of the compressor leaves the interpreter: not for a few bytes
            yield gzip.compress(b"".join(waiting))
            waiting.clear()
            length = 0
    yield gzip.compress(b"".join(waiting)) + gzip.flush()


class _Handler(BaseHTTPRequestHandler):
    """Answers one client; one that sends or reads nothing does not hold its thread for ever."""

    protocol_version = "HTTP/1.1"
    server_version = f"sloctl/{__version__}"
    sys_version = ""
    timeout = 30.0
    wbufsize = -1  # the head and a short body leave in one packet
    disable_nagle_algorithm = True
    server: "_Listener"

    def setup(self) -> None:
        self.request.settimeout(self.timeout)
        if self.server.certificate is not None:
            self.request = self.server.certificate.context().wrap_socket(self.request, server_side=True)
        self.server.open.add(self.request)
        super().setup()

    def finish(self) -> None:
        self.server.open.discard(self.request)
        try:
            super().finish()
        finally:
            self.request.close()

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path in PROBES:
            self._text(HTTPStatus.OK, "ok")
        elif url.path != "/metrics":
            self._text(HTTPStatus.NOT_FOUND, "try /metrics")
        elif not self._is_allowed():
            self._text(
                HTTPStatus.UNAUTHORIZED, "a bearer token is needed", ("WWW-Authenticate", 'Bearer realm="metrics"')
            )
        else:
            self._metrics(parse_qs(url.query).get("name[]", []))

    def do_OPTIONS(self) -> None:
        self._answer(HTTPStatus.NO_CONTENT, [], ("Allow", _ALLOW))

    def do_POST(self) -> None:
        self.close_connection = True  # what was sent is not read, and is no next request
        self._text(HTTPStatus.METHOD_NOT_ALLOWED, f"only {_ALLOW}", ("Allow", _ALLOW), ("Connection", "close"))

    do_HEAD = do_GET  # noqa: N815 # http.server asks for these names
    do_PUT = do_PATCH = do_DELETE = do_POST  # noqa: N815

    def _is_allowed(self) -> bool:
        token = self.server.token
        if token is None:
            return True
        scheme, _, given = self.headers.get("Authorization", "").partition(" ")
        return hmac.compare_digest(given.strip().encode("latin-1"), token.encode()) and scheme.lower() == "bearer"

    def _metrics(self, names: list[str]) -> None:
        form = negotiate(", ".join(self.headers.get_all("Accept", [])))
        pieces = paced(self.server.exposition.render(form, names))
        headers = [("Content-Type", form.content_type), ("Vary", "Accept, Accept-Encoding")]
        if accepts_gzip(self.headers.get("Accept-Encoding")):
            headers.append(("Content-Encoding", "gzip"))
            pieces = compressed(pieces)
        # All of it is written before the first byte leaves: it is of one moment, whenever the client reads it.
        self._answer(HTTPStatus.OK, list(pieces), *headers)

    def _text(self, status: HTTPStatus, text: str, *headers: tuple[str, str]) -> None:
        self._answer(status, [f"{text}\n".encode()], ("Content-Type", "text/plain; charset=utf-8"), *headers)

    def _answer(self, status: HTTPStatus, body: list[bytes], *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if status is not HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(sum(map(len, body))))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.writelines(body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


class _Listener(ThreadingMixIn, TCPServer):
    """Accepts clients; each is answered in a thread of its own."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def __init__(
        self,
        address: tuple[str, int],
        exposition: Exposition,
        guard: Guard,
        certificate: Certificate | None,
        token: str | None,
    ) -> None:
        found = socket.getaddrinfo(*address, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        self.address_family = found[0][0]
        super().__init__(address, _Handler)
        self.socket.setblocking(False)  # a client may have left between the selector's word and ours
        self.exposition = exposition
        self.certificate = certificate
        self.token = token
        self.open: set[socket.socket] = set()
        self._guard = guard

    def admit(self) -> None:
        """Let a client in, if one is still there."""
        try:
            client, address = self.get_request()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):
                sleep(0.1)  # no more files may be open: it waits until another one is closed
            return
        try:
            self.process_request(client, address)
        except RuntimeError as error:  # no more threads can be started
            self._guard.report("scrape", "failed to answer a client", error)
            self.shutdown_request(client)

    def handle_error(self, *_: object) -> None:
        """Pass over clients that leave; count what else goes wrong."""
        error = exc_info()[1]
        if isinstance(error, Exception) and not isinstance(error, OSError):
            self._guard.report("scrape", "failed to answer a client", error)


class Server:
    """
    Serves /metrics, and /healthz, /livez and /readyz for probes.

    Args:
        exposition: What /metrics shows.
        guard: Takes what fails while a client is answered.
        port: 0 picks a free one; see `port`.
        address: The address to listen on.
        certificate: With it, clients are to use TLS.
        token: With it, /metrics is for those only who send it as a bearer token.

    Raises:
        UsageError: The port is not one, or the token is empty.
        BackendError: The port is in use or may not be used.
    """

    def __init__(
        self,
        exposition: Exposition,
        guard: Guard,
        port: int,
        address: str,
        certificate: Certificate | None = None,
        token: str | None = None,
    ) -> None:
        if not 0 <= port <= 65535:
            raise UsageError(f"{port} is no port", "choose one from 1 to 65535, or 0 for a free one")
        if token is not None and not token.strip():
            raise UsageError("the token for /metrics is empty", "set the variable that it comes from, or give None")
        try:
            self._listener = _Listener((address, port), exposition, guard, certificate, token and token.strip())
        except OSError as error:
            raise _unavailable(port, address, error) from error
        self._wake, self._woken = socket.socketpair()
        self._thread = Thread(target=self._serve, name="sloctl-metrics", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._listener.server_address[1])

    def close(self) -> None:
        """Stop serving and free the port; a client that is being answered gets the rest of its answer."""
        self._wake.close()
        self._thread.join()
        self._listener.server_close()
        for client in tuple(self._listener.open):
            with suppress(OSError):
                socket.socket.shutdown(client, socket.SHUT_RD)  # not TLS's own, which would go on in plain text

    def _serve(self) -> None:
        with self._woken, DefaultSelector() as selector:
            selector.register(self._listener, EVENT_READ)
            selector.register(self._woken, EVENT_READ)
            while self._woken not in [key.fileobj for key, _ in selector.select()]:
                self._listener.admit()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _unavailable(port: int, address: str, error: OSError) -> BackendError:
    if error.errno == errno.EADDRINUSE:
        return BackendError(f"port {port} is in use", "choose another port, or 0 for a free one")
    return BackendError(
        f"cannot listen on {address}:{port}: {error.strerror or error}", "choose another address or port"
    )
