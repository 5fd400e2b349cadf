"""What it costs the API server to be instrumented: nothing."""

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import kopf
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import CollectorRegistry

import sloctl
from sloctl.kubesim import KubeSim
from sloctl.kubesim.handlers import Handlers
from tests.sdk.kopf.conftest import KIND, RESIDENTS, Operator, create
from tests.support.cluster import Cluster
from tests.support.residents import RESIDENT

Decorate = Callable[[Callable[..., Any]], Callable[..., Any]]


class Requests:
    """Counts the requests of kopf by verb and path."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.counts: Counter[str] = Counter()
        handle = Handlers.handle

        async def counted(handlers: Handlers, request: Any) -> Any:
            if "kopf" in request.headers.get("User-Agent", ""):
                self.counts[f"{'WATCH' if 'watch' in request.query else request.method} {request.path}"] += 1
            return await handle(handlers, request)

        monkeypatch.setattr(Handlers, "handle", counted)

    async def of_a_life(self, path: Path, decorate: Decorate = lambda handler: handler) -> Counter[str]:
        """Count what the life of one object takes: a retry, a change, a deletion with a finalizer."""
        self.counts = Counter()
        with KubeSim() as sim:
            cluster = Cluster("kubesim", sim.url, sim.kubeconfig(path))
            await cluster.install(RESIDENT)
            operator = Operator(sim.url, lambda *_, **__: None)
            _declare(operator, decorate)
            try:
                await operator.start(watching=False)
                await self._sent(f"WATCH /apis/{KIND[0]}/{KIND[1]}/{KIND[2]}")
                await create(cluster, "blue")
                await _becomes(cluster, "Active")
                (await cluster.patch(f"{RESIDENTS}/blue", {"spec": {"owner": "eve"}})).ok  # noqa: B018
                await _becomes(cluster, "Changed")
                (await cluster.delete(f"{RESIDENTS}/blue")).ok  # noqa: B018
                await cluster.eventually(f"{RESIDENTS}/blue", lambda answer: answer.status == 404)
            finally:
                operator.stop()
                await cluster.close()
        return self.counts

    async def _sent(self, request: str) -> None:
        while not self.counts[request]:
            await asyncio.sleep(0.02)


async def _becomes(cluster: Cluster, phase: str) -> None:
    """Wait for a phase, and until kopf has taken note of what it did."""
    await cluster.eventually(f"{RESIDENTS}/blue", lambda answer: answer.body.get("status", {}).get("phase") == phase)
    version = ""
    while version != (version := (await cluster.get(f"{RESIDENTS}/blue")).body["metadata"]["resourceVersion"]):
        await asyncio.sleep(0.3)


def _declare(operator: Operator, decorate: Decorate) -> None:
    @kopf.on.create(*KIND, registry=operator.handlers, id="made")
    @decorate
    def created(patch: Any, retry: int, **_: Any) -> None:
        if retry == 0:
            raise kopf.TemporaryError("not yet", delay=0.1)
        patch.status["phase"] = "Active"

    @kopf.on.update(*KIND, registry=operator.handlers, field="spec.owner", id="changed")
    @decorate
    async def updated(patch: Any, **_: Any) -> None:
        patch.status["phase"] = "Changed"

    @kopf.on.delete(*KIND, registry=operator.handlers, id="gone")
    @decorate
    def deleted(**_: Any) -> None:
        pass


async def test_an_operator_makes_the_same_requests_with_and_without_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, provider: TracerProvider, spans: InMemorySpanExporter
) -> None:
    """
    The life of an object takes the same requests, verb by verb.

    Bare; instrumented, with metrics and then with recorded spans, and decorated as well; and decorated alone.
    """
    requests = Requests(monkeypatch)
    bare = await requests.of_a_life(tmp_path / "bare")
    assert bare[f"PATCH {RESIDENTS}/blue"] >= 4
    ways: list[tuple[bool, dict[str, Any]]] = [
        (True, {"tracing": False}),
        (True, {"tracer_provider": provider}),
        (False, {"tracer_provider": provider}),
    ]
    for instrumented, more in ways:
        obs = sloctl.Instrumentation("test-operator", registry=CollectorRegistry(), **more)
        if instrumented:
            sloctl.KopfInstrumentor().instrument(obs=obs)
        try:
            assert await requests.of_a_life(tmp_path / "observed", obs.reconcile("resident")) == bare
        finally:
            if instrumented:
                sloctl.KopfInstrumentor().uninstrument()
        total = {"controller": "resident", "result": "success"}
        assert (obs.registry.get_sample_value("controller_runtime_reconcile_total", total) or 0) >= 3
    assert len([span for span in spans.get_finished_spans() if span.parent is None]) >= 6
