"""Serves the fake Grafana."""

import contextlib
import json
import re
import socket
import sys
import time
import traceback
from base64 import b64encode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.support.grafana import legacy, resources, sources
from tests.support.grafana.state import Answer, FakeGrafana, Fault

_ROUTES = [*legacy.ROUTES, *resources.ROUTES, *sources.ROUTES]


@contextlib.contextmanager
def fake_grafana(**settings: Any) -> Iterator[FakeGrafana]:
    """Serve one on a free port for the time of the block."""

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            text = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            url = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(url.query).items()}
            grafana.requests.append((self.command, self.path, dict(self.headers)))
            time.sleep(grafana.slow_s)
            with grafana.lock:
                fault = self._fault(url.path)
                if fault and fault.cut == "before":
                    return self._cut()
                if fault and fault.status:
                    return self._send(fault.status, fault.body, fault.headers)
                known = {f"Bearer {grafana.token}", f"Basic {b64encode(f'me:{grafana.token}'.encode()).decode()}"}
                if grafana.token and self.headers.get("Authorization") not in known:
                    return self._send(401, '{"message":"Invalid API key"}', {})
                status, body = _answer(grafana, self.command, url.path, query, json.loads(text) if text else None)
            return self._cut() if fault else self._send(status, json.dumps(body), {})

        def _fault(self, path: str) -> Fault | None:
            for fault in grafana.faults:
                if fault.times and fault.method in {self.command, ""} and fault.path in path:
                    fault.times -= 1
                    return fault
            return None

        def _cut(self) -> None:
            self.connection.shutdown(socket.SHUT_RDWR)

        def _send(self, status: int, body: str, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body.encode()))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815 # the names that http.server looks for

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            if not isinstance(sys.exception(), ConnectionError):  # that is a client that has lost its patience
                traceback.print_exc()

    with Server(("127.0.0.1", 0), Handler) as server:
        grafana = FakeGrafana(f"http://127.0.0.1:{server.server_port}", **settings)
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield grafana
        finally:
            server.shutdown()
            thread.join()


def _answer(grafana: FakeGrafana, method: str, path: str, query: dict[str, str], body: Any) -> Answer:
    """Do what a request asks."""
    for kind, pattern, handle in _ROUTES:
        found = re.fullmatch(pattern, path) if kind == method else None
        if found:
            if grafana.meanwhile and method != "GET" and handle is not sources.run_queries:
                grafana.meanwhile.pop(0)()
            return handle(grafana, *map(unquote, found.groups()), query=query, body=body)
    return 404, {"message": "Not found"}
