"""A real Alertmanager for tests, and a webhook that keeps what it is told."""

import contextlib
import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.request import urlopen

from tests.support.prometheus import START_SECONDS, STOP_SECONDS, find_program

_LISTENING = re.compile(r'msg="?Listening on"? .*address=(127\S+)')
_SHARE = b"/usr/share/prometheus/alertmanager"


def until(check: Callable[[], Any], what: str, seconds: float = START_SECONDS) -> Any:
    """Wait until *check* gives something, and give that; fail with *what* was awaited."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := check():
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what} did not come within {seconds:.0f} s")


@dataclass
class Webhook:
    """A receiver of notifications."""

    url: str = ""
    notifications: list[dict[str, Any]] = field(default_factory=list)


@contextlib.contextmanager
def webhook() -> Iterator[Webhook]:
    """Listen on a port of its own choice for the time of the block."""
    found = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.notifications.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_address[1]}/"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass(frozen=True)
class Alertmanager:
    """A running Alertmanager."""

    address: str

    def alerts(self) -> list[dict[str, Any]]:
        """Give the alerts that it knows, each with its `status`."""
        with urlopen(f"http://{self.address}/api/v2/alerts", timeout=10) as response:
            answer: list[dict[str, Any]] = json.load(response)
        return answer


@contextlib.contextmanager
def alertmanager(config: Path, folder: Path) -> Iterator[Alertmanager]:
    """Run an Alertmanager on a port of its own choice for the time of the block."""
    found, log = find_program("prometheus-alertmanager"), folder / "alertmanager.log"
    command = [
        _runnable(found, folder),
        f"--config.file={config}",
        f"--storage.path={folder / 'alertmanager'}",
        "--web.listen-address=127.0.0.1:0",
        "--cluster.listen-address=",
    ]
    with log.open("w") as sink, subprocess.Popen(command, stdout=sink, stderr=sink, cwd=found.parents[2]) as process:
        try:
            yield Alertmanager(until(lambda: _LISTENING.search(log.read_text()), f"its address in {log}")[1])
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _runnable(program: Path, folder: Path) -> Path:
    """
    Give an Alertmanager that finds its templates where it was unpacked.

    Debian's reads them from /usr/share, where a package that is only unpacked has put nothing; a copy reads them from
    below the working directory.
    """
    if Path(_SHARE.decode()).exists() or not (program.parents[2] / _SHARE.decode().lstrip("/")).exists():
        return program
    copy = folder / program.name
    copy.write_bytes(program.read_bytes().replace(_SHARE, _SHARE.lstrip(b"/") + b"/"))
    copy.chmod(0o755)
    return copy
