"""The operator as tests see it: a process of its own, started as its documentation says."""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families

ROOT = Path(__file__).parents[2]
WITHIN_S = 20


class OperatorProcess:
    """
    One run of the operator over one namespace.

    Args:
        kubeconfig: The cluster that it works for.
        namespace: What it watches.
        folder: Where its data, its log and its spans go; a later run may use the same one.
        settings: Variables of its environment.
    """

    def __init__(self, kubeconfig: Path, namespace: str, folder: Path, **settings: str) -> None:
        self.data = folder / "data"
        self._spans = folder / "spans.jsonl"
        self._requests = folder / "requests.log"
        self._log = folder / f"operator-{len(list(folder.glob('operator-*.log')))}.log"
        environment = {
            **os.environ,
            "KUBECONFIG": str(kubeconfig),
            "PYTHONPATH": str(ROOT / "examples"),
            "SPANS": str(self._spans),
            "REQUESTS": str(self._requests),
            "TENANT_OPERATOR_DATA_DIR": str(self.data),
            "TENANT_OPERATOR_METRICS_PORT": "0",
            "TENANT_OPERATOR_BACKOFF_SECONDS": "0.2",
        }
        command = ["kopf", "run", "--standalone", "--namespace", namespace, "-m", "tenant_operator.main"]
        recorder = str(Path(__file__).with_name("recorder.py"))
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *command, recorder],
                env=environment | settings,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    @property
    def log(self) -> str:
        """What it has printed."""
        return self._log.read_text()

    async def until(self, holds: Any, what: str, within_s: float = WITHIN_S) -> Any:
        """Wait until `holds()` or `await holds()` is true, and give that; a failure shows the log."""
        deadline = asyncio.get_running_loop().time() + within_s
        while True:
            found = holds()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return found
            late = asyncio.get_running_loop().time() > deadline
            if late or self.process.poll() is not None:
                raise AssertionError(f"not within {within_s} s: {what}\n{self.log}")
            await asyncio.sleep(0.05)

    async def port(self) -> int:
        """Give the port of its metrics."""
        found = await self.until(lambda: re.search(r"served on port (\d+)", self.log), "metrics are served")
        return int(found[1])

    async def scrape(self, path: str = "/metrics") -> str:
        """Get what it serves."""
        url = f"http://127.0.0.1:{await self.port()}{path}"

        def read() -> str:
            with urlopen(url, timeout=5) as answer:
                return str(answer.read().decode())

        return await asyncio.to_thread(read)

    async def metric(self, name: str, **labels: str) -> float:
        """Give the value of one series."""
        for family in text_string_to_metric_families(await self.scrape()):
            for sample in family.samples:
                if (sample.name, sample.labels) == (name, labels):
                    return sample.value
        raise AssertionError(f"no series {name}{labels}")

    async def reconciles(self, controller: str, result: str) -> float:
        """Give the count of a controller's reconciliations with a result."""
        return await self.metric("controller_runtime_reconcile_total", controller=controller, result=result)

    async def spans(self, holds: Callable[[dict[str, Any]], bool], at_least: int) -> list[dict[str, Any]]:
        """Wait until so many of the spans for which `holds(span)` have ended, and give them."""

        def ended() -> list[dict[str, Any]]:
            lines = self._spans.read_text().splitlines(keepends=True) if self._spans.exists() else []
            found = [span for span in (json.loads(line) for line in lines if line.endswith("\n")) if holds(span)]
            return found if len(found) >= at_least else []

        found: list[dict[str, Any]] = await self.until(ended, f"{at_least} spans have ended")
        return found

    def writes(self) -> list[str]:
        """Give the requests that its handlers sent to change something; kopf's own are not among them."""
        return [line for line in self._requests.read_text().splitlines() if "HTTP Request: GET" not in line]

    async def stop(self) -> int:
        """End it as Kubernetes does; give its exit code."""
        self.process.terminate()
        return await asyncio.to_thread(self.process.wait, 10)

    def kill(self) -> None:
        """End it for good."""
        self.process.kill()
        self.process.wait()
