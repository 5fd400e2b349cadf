"""Operators on kopf that run in a thread of the test, against a simulated API server."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import kopf
import pytest
from opentelemetry.context import Context, attach

import sloctl
from sloctl.kubesim import KubeSim
from tests.sdk.conftest import Value
from tests.support.cluster import Cluster
from tests.support.residents import RESIDENT, resident

RESIDENTS = "/apis/example.com/v1/namespaces/default/residents"
KIND = ("example.com", "v1", "residents")
NAME = "residents.example.com"


class Operator:
    """
    An operator whose handlers the test registers before it starts.

    Attributes:
        handlers: Where they are registered: `@kopf.on.create(*KIND, registry=operator.handlers)`.
        settings: kopf's.
        context: Of OpenTelemetry's, in which it is started.
    """

    def __init__(self, url: str, value: Value) -> None:
        self._value = value
        self.handlers = kopf.OperatorRegistry()
        self.settings = kopf.OperatorSettings()
        self.settings.persistence.finalizer = "example.com/kopf"
        self.settings.networking.error_backoffs = [0.1]
        self.peering: str | None = None
        self.context = Context()
        self.loop = asyncio.new_event_loop()
        self._stop = threading.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run)

        @kopf.on.login(registry=self.handlers)
        def login(**_: Any) -> kopf.ConnectionInfo:
            return kopf.ConnectionInfo(server=url)

    @property
    def queueing(self) -> Any:
        """Give the settings of queues, as they were called before kopf 1.42 or are since."""
        return getattr(self.settings, "queueing", None) or self.settings.batching

    async def start(self, watching: bool = True) -> None:
        """Start, and wait until it watches residents."""
        self._thread.start()
        assert self._ready.wait(20)
        if watching:
            await until(lambda: self._value("sloctl_watch_list_duration_seconds_count", resource=NAME))

    def stop(self) -> None:
        """Stop, and wait for the end."""
        if self._thread.is_alive():
            self._stop.set()
            self._thread.join(20)
        self.loop.close()

    def _run(self) -> None:
        running = kopf.operator(
            registry=self.handlers,
            settings=self.settings,
            standalone=self.peering is None,
            peering_name=self.peering,
            clusterwide=True,
            ready_flag=self._ready,
            stop_flag=self._stop,
        )
        attach(self.context)  # for as long as the thread lives
        self.loop.run_until_complete(running)


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[Cluster]:
    """Give a simulated API server that knows residents."""
    with KubeSim() as sim:
        cluster = Cluster("kubesim", sim.url, sim.kubeconfig(tmp_path / "kubesim.kubeconfig"))
        await cluster.install(RESIDENT)
        yield cluster
        await cluster.close()


@pytest.fixture
def value(obs: sloctl.Instrumentation) -> Value:
    """Give what reads one series; None when there is none. Families here have a label `name`."""

    def value(family: str, /, **labels: str) -> float | None:
        return obs.registry.get_sample_value(family, labels)

    return value


@pytest.fixture
def instrumented(obs: sloctl.Instrumentation) -> Iterator[None]:
    """Have kopf instrumented for the test."""
    sloctl.KopfInstrumentor().instrument(obs=obs)
    yield
    sloctl.KopfInstrumentor().uninstrument()


@pytest.fixture
def operator(cluster: Cluster, value: Value) -> Iterator[Operator]:
    """Give an operator that the test starts; it is stopped."""
    operator = Operator(cluster.url, value)
    yield operator
    operator.stop()


async def create(cluster: Cluster, *names: str) -> None:
    """Create residents."""
    for name in names:
        (await cluster.post(RESIDENTS, resident(name))).ok  # noqa: B018


async def until(holds: Callable[[], Any], within_s: float = 40) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, "it never came true"
        await asyncio.sleep(0.02)
