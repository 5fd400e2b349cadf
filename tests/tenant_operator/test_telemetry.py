"""What a running operator tells about itself."""

import re

from tests.tenant_operator.operator_process import OperatorProcess
from tests.tenant_operator.tenants import Tenants

FAMILIES = {
    "controller_runtime_reconcile_total": "counter",
    "controller_runtime_reconcile_errors_total": "counter",
    "controller_runtime_reconcile_time_seconds": "histogram",
    "controller_runtime_active_workers": "gauge",
    "sloctl_internal_errors_total": "counter",
    "tenant_databases_provisioned_total": "counter",
    "tenant_database_provisioning_seconds": "histogram",
    "tenants_active": "gauge",
}


async def test_a_scrape_gets_the_families_by_name(operator: OperatorProcess, tenants: Tenants) -> None:
    """The families have exactly the names and types that dashboards and rules read."""
    types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", await operator.scrape(), re.MULTILINE))
    assert {name: kind for name, kind in types.items() if not name.startswith(("process_", "python_"))} == FAMILIES


async def test_every_result_is_there_before_the_first_event(operator: OperatorProcess, tenants: Tenants) -> None:
    """A rate sees the first event, because its series stood at 0 before."""
    for controller in ("tenant", "tenantdatabase"):
        for result in ("success", "error", "requeue", "requeue_after"):
            assert await operator.reconciles(controller, result) == 0
    for tier in ("gold", "silver"):
        assert await operator.metric("tenant_databases_provisioned_total", tier=tier) == 0


async def test_what_was_done_is_counted(operator: OperatorProcess, tenants: Tenants) -> None:
    """The operator's own metrics tell the databases made, by tier, and the Tenants that are Active."""
    await tenants.create("acme", ["orders", "invoices"], tier="silver")
    await operator.until(lambda: tenants.is_settled("acme"), "acme is Active")
    assert await operator.metric("tenant_databases_provisioned_total", tier="silver") == 2
    assert await operator.metric("tenant_database_provisioning_seconds_count") == 2
    assert await operator.metric("tenants_active") == 1

    async def is_at_rest() -> bool:
        return await operator.metric("controller_runtime_active_workers", controller="tenant") == 0

    await operator.until(is_at_rest, "no worker is active")


async def test_a_tenant_and_its_children_share_one_trace(operator: OperatorProcess, tenants: Tenants) -> None:
    """The first reconciliation of each child continues the trace that the Tenant's creator began."""
    trace_id, creator = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    annotations = {"tracing.k8s.io/traceparent": f"00-{trace_id}-{creator}-01"}
    await tenants.create("acme", ["orders", "invoices"], annotations=annotations)
    await operator.until(lambda: tenants.is_settled("acme"), "acme is Active")
    together = await operator.spans(lambda span: span["context"]["trace_id"] == f"0x{trace_id}", at_least=3)
    names = [span["attributes"]["sloctl.object.name"] for span in together]
    assert sorted(names) == ["acme", "acme.invoices", "acme.orders"]
    tenant = together[names.index("acme")]
    assert f"0x{creator}" == tenant["parent_id"]
    children = [span for span in together if span is not tenant]
    assert {tenant["context"]["span_id"]} == {span["parent_id"] for span in children}


async def test_later_reconciliations_are_linked_to_the_first_cause(operator: OperatorProcess, tenants: Tenants) -> None:
    """A Tenant that was reconciled before gets a trace of its own, which names the one that created it."""
    trace_id = "0af7651916cd43dd8448eb211c80319c"
    annotations = {"tracing.k8s.io/traceparent": f"00-{trace_id}-b7ad6b7169203331-01"}
    await tenants.create("acme", ["orders"], annotations=annotations)
    await operator.until(lambda: tenants.is_settled("acme"), "acme is Active")
    for span in (await operator.spans(lambda span: span["name"] == "reconcile tenant", at_least=2))[1:]:
        (link,) = span["links"]
        assert (f"0x{trace_id}", None) == (link["context"]["trace_id"], span["parent_id"])


async def test_no_object_is_annotated_but_new_children(operator: OperatorProcess, tenants: Tenants) -> None:
    """A trace travels in objects that are being created; no existing one is written for its sake."""
    await tenants.create("acme", ["orders"])
    await operator.until(lambda: tenants.is_settled("acme"), "acme is Active")
    key = "tracing.k8s.io/traceparent"
    assert key not in (await tenants.get("acme"))["metadata"]["annotations"]
    (child,) = (await tenants.all("tenantdatabases")).values()
    assert key in child["metadata"]["annotations"]
