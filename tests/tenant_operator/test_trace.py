"""One Tenant, its database and its deletion, as the traces tell it that come out of a real collector."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.support.collector import Collector, attributes, collector, links
from tests.tenant_operator.conftest import Start
from tests.tenant_operator.operator_process import OperatorProcess
from tests.tenant_operator.tenants import Tenants

TRACE_ID, CREATOR = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@pytest.fixture
def collecting(tmp_path: Path) -> Iterator[Collector]:
    """Run a collector."""
    with collector(tmp_path) as running:
        yield running


@pytest.fixture
def traced(start: Start, collecting: Collector) -> OperatorProcess:
    """Give an operator that sends its spans to the collector."""
    return start(OTEL_EXPORTER_OTLP_ENDPOINT=collecting.endpoint, OTEL_SERVICE_NAME="tenant-operator")


def _told(span: Span, attribute: str) -> Any:
    return attributes(span).get(f"sloctl.{attribute}")


def _roots(spans: list[Span], kind: str, reason: str) -> list[Span]:
    """Give the root spans of a kind's reconciliations for a reason, by the time of their start."""
    found = [span for span in spans if span.name == f"reconcile {kind}" and _told(span, "reconcile.reason") == reason]
    return sorted(found, key=lambda span: span.start_time_unix_nano)


def _below(spans: list[Span], parent: Span) -> dict[str, Span]:
    """Give the children of a span by name, the first of each."""
    found = [span for span in spans if span.parent_span_id == parent.span_id]
    return {span.name: span for span in sorted(found, key=lambda span: -span.start_time_unix_nano)}


async def test_a_life_is_told_in_linked_traces(
    traced: OperatorProcess, tenants: Tenants, collecting: Collector
) -> None:
    """
    Each handling cycle is a trace of its own, with its handlers and its requests below it, and names its causes.

    The Tenant's creator triggers the Tenant's; the request that creates the database triggers the database's; the
    database becoming ready brings the Tenant's next; the deletion is linked to the last one before it, and its last
    attempt to one before.
    """
    await tenants.create("acme", ["orders"], annotations={"tracing.k8s.io/traceparent": f"00-{TRACE_ID}-{CREATOR}-01"})
    await traced.until(lambda: tenants.is_settled("acme"), "acme is Active")
    await tenants.delete("acme")

    async def is_gone() -> bool:
        return not await tenants.all()

    await traced.until(is_gone, "acme is gone")
    assert await traced.stop() == 0

    def again(spans: list[Span]) -> list[Span]:
        """Give the attempts to remove the Tenant that succeeded after another one."""
        found = [span for span in spans if span.name == "handler remove" and "retry" in links(span)]
        return [span for span in found if _told(span, "reconcile.result") == "success"]

    (retried,) = await asyncio.to_thread(collecting.until, again, "the last attempt is told")
    spans = collecting.spans
    creation = _roots(spans, "Tenant", "object updated")[0]
    database = _roots(spans, "TenantDatabase", "object updated")[0]
    deletion = _roots(spans, "Tenant", "object deleted")[0]
    roots = [creation, database, deletion]
    assert len({root.trace_id for root in roots}) == len(roots)
    assert {(root.kind, root.parent_span_id) for root in roots} == {(Span.SPAN_KIND_CONSUMER, b"")}

    assert links(creation) == {"trigger": CREATOR}
    handler = _below(spans, creation)["handler reconcile"]
    requests = _below(spans, handler)
    made = requests["POST /apis/example.com/v1/namespaces/{namespace}/tenantdatabases"]
    assert made.kind == Span.SPAN_KIND_CLIENT
    assert attributes(made)["http.response.status_code"] == 201

    assert links(database) == {"trigger": handler.span_id.hex(), "self": made.span_id.hex()}
    assert attributes(database) | {
        "sloctl.controller": "tenantdatabase",
        "sloctl.object.name": "acme.orders",
        "k8s.namespace.name": tenants.namespace,
        "sloctl.reconcile.result": "success",
    } == attributes(database)

    followed = _roots(spans, "Tenant", "related object updated")[0]
    last_write = {span.span_id.hex() for span in spans if span.trace_id == database.trace_id}
    assert links(followed)["child"] in last_write

    before = {span.span_id.hex() for span in spans if span.start_time_unix_nano < deletion.start_time_unix_nano}
    assert links(deletion)["self"] in before
    assert attributes(deletion)["sloctl.deletion.age"] >= 0
    first = _below(spans, deletion)["handler remove"]
    assert _told(first, "reconcile.result") == "requeue_after"
    assert "retry" not in links(first)
    assert links(retried)["retry"] in {span.span_id.hex() for span in spans if span.name == "handler remove"}
    assert _told(retried, "retry.delay") >= 0.4
