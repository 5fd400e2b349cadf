"""
A fake ruler, with the configuration API of Mimir and Cortex.

Source: https://grafana.com/docs/mimir/latest/references/http-api/#ruler and Mimir's pkg/ruler/api.go: a group is set by
POST (202), removed by DELETE (202, or 404), and a namespace without groups is not found.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import unquote

import yaml

API_PATH = "/prometheus/config/v1/rules"
_DURATIONS = {"1m": "1m0s", "2m": "2m0s"}


@dataclass
class FakeRuler:
    """
    What the server holds and has seen.

    `answers` come first, one for each request: a status, and a body.
    """

    url: str
    namespaces: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    answers: list[tuple[int, str]] = field(default_factory=list)
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    @property
    def sent(self) -> list[str]:
        """List the methods of the requests that change something."""
        return [method for method, _, _ in self.requests if method != "GET"]

    def answer(self, method: str, names: list[str], body: str) -> tuple[int, str]:
        """Do what a request asks."""
        if self.answers:
            return self.answers.pop(0)
        namespace, *rest = names
        groups = self.namespaces.get(namespace, {})
        if method == "POST":
            group = yaml.safe_load(body)
            if not isinstance(group, dict) or "name" not in group:
                return 400, "unable to decode rule group"
            if "interval" in group:
                group["interval"] = _DURATIONS.get(group["interval"], group["interval"])
            self.namespaces.setdefault(namespace, {})[group["name"]] = group
            return 202, '{"status":"success","data":null,"errorType":"","error":""}'
        if method == "DELETE":
            return (202, "") if groups.pop(rest[0], None) else (404, "group does not exist")
        return (200, yaml.safe_dump({namespace: list(groups.values())})) if groups else (404, "no rule groups found")


@contextlib.contextmanager
def fake_ruler() -> Iterator[FakeRuler]:
    """Serve one on a free port for the time of the block."""

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            path, _, rest = self.path.partition(API_PATH + "/")
            ruler.requests.append((self.command, self.path, dict(self.headers)))
            names = [unquote(name) for name in rest.split("/")]
            status, text = (404, "404 page not found") if path else ruler.answer(self.command, names, body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_POST = do_DELETE = handle_any  # noqa: N815 # the names that http.server looks for

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        ruler = FakeRuler(f"http://127.0.0.1:{server.server_port}")
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield ruler
        finally:
            server.shutdown()
            thread.join()
