"""A real Prometheus for tests: found on this machine, loaded with given samples, started, asked and ended."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen

from tests.support.tiers import lacking

REPOSITORY = Path(__file__).parents[2]
UNPACKED = REPOSITORY / ".cache/prometheus/usr/bin"
START_SECONDS = 30.0
STOP_SECONDS = 20.0

Labels = dict[str, str]


def find_program(name: str) -> Path:
    """Find `prometheus` or `promtool` on PATH, else where `make` unpacks it; fail with what to do."""
    found = shutil.which(name) or shutil.which(name, path=str(UNPACKED))
    assert found, f"no {name} on PATH or in {UNPACKED}: `make test` fetches it"
    return Path(found)


def find_prometheus_3(name: str = "prometheus") -> Path:
    """Find `prometheus` or `promtool` of version 3 in the folder PROMETHEUS_3."""
    found = shutil.which(name, path=os.environ.get("PROMETHEUS_3", ""))
    return Path(found or lacking(f"set PROMETHEUS_3 to a folder with prometheus and promtool of version 3: no {name}"))


def promtool(*args: str | Path) -> str:
    """Run promtool and give what it prints; a failure shows its output."""
    command = [find_program("promtool"), *args]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def blocks_from(openmetrics: str, folder: Path) -> Path:
    """Write samples in OpenMetrics text (without the end mark) as blocks of a data folder; give the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    source = folder.with_suffix(".om")
    source.write_text(f"{openmetrics.rstrip()}\n# EOF\n")
    promtool("tsdb", "create-blocks-from", "--max-block-duration=744h", "openmetrics", source, folder)
    return folder


@dataclass(frozen=True)
class Server:
    """A running Prometheus."""

    url: str
    log: Path

    def get(self, path: str, **parameters: object) -> Any:
        """Ask the HTTP API and give `data`; an error fails with Prometheus's own message."""
        given = {name: value for name, value in parameters.items() if value is not None}
        encoded = urlencode(given, doseq=True)
        try:
            with urlopen(f"{self.url}/api/v1/{path}?{encoded}", timeout=30) as response:
                answer = json.load(response)
        except HTTPError as error:
            raise AssertionError(f"{path}?{encoded}: {error.read().decode()}") from None
        return answer["data"]

    def query(self, expr: str, time: float | None = None) -> list[tuple[Labels, float]]:
        """Evaluate an instant query whose result is a vector."""
        data = self.get("query", query=expr, time=time)
        assert data["resultType"] == "vector", data
        return [(row["metric"], float(row["value"][1])) for row in data["result"]]

    def query_range(
        self, expr: str, start: float, end: float, step: float
    ) -> list[tuple[Labels, list[tuple[float, float]]]]:
        """Evaluate a range query; each series with its (time, value) pairs."""
        data = self.get("query_range", query=expr, start=start, end=end, step=step)
        return [(row["metric"], [(at, float(value)) for at, value in row["values"]]) for row in data["result"]]

    def is_ready(self) -> bool:
        """Tell whether queries are answered yet."""
        try:
            with urlopen(f"{self.url}/-/ready", timeout=5) as response:
                return bool(response.status == 200)
        except OSError:
            return False


@contextlib.contextmanager
def prometheus(
    config: str,
    tmp_path: Path,
    data_dir: Path | None = None,
    args: Sequence[str] = (),
    program: str | Path | None = None,
) -> Iterator[Server]:
    """
    Run a Prometheus on a port of its own choice for the time of the block.

    Args:
        config: The text of its configuration file; may be `{}`.
        tmp_path: A folder for the configuration, the log and, without `data_dir`, the data.
        data_dir: Data to serve, for example from `blocks_from`.
        args: Further command line arguments.
        program: Another Prometheus than the usual one.
    """
    config_file, log = tmp_path / "prometheus.yml", tmp_path / "prometheus.log"
    config_file.write_text(config)
    command = [
        program or find_program("prometheus"),
        f"--config.file={config_file}",
        f"--storage.tsdb.path={data_dir or tmp_path / 'data'}",
        "--storage.tsdb.retention.time=1y",
        "--web.listen-address=127.0.0.1:0",
        *args,
    ]
    with log.open("w") as sink, subprocess.Popen(command, stdout=sink, stderr=subprocess.STDOUT) as process:
        try:
            yield _started(process, log)
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _started(process: "subprocess.Popen[bytes]", log: Path) -> Server:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        # The port is free by construction: Prometheus binds it and says in its log which one it got.
        if address := re.search(r'msg="Listening on".* address=(\S+)', log.read_text()):
            server = Server(f"http://{address[1]}", log)
            if server.is_ready():
                return server
        time.sleep(0.05)
    raise AssertionError(f"Prometheus did not start; its log:\n{log.read_text()}")
