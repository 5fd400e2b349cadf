"""What a running operator tells about itself."""

import re

from tests.tenant_operator.operator_process import OperatorProcess
from tests.tenant_operator.tenants import Tenants

FAMILIES = {
    "counter": """
        controller_runtime_reconcile_errors_total controller_runtime_reconcile_panics_total
        controller_runtime_reconcile_timeouts_total controller_runtime_reconcile_total
        controller_runtime_terminal_reconcile_errors_total rest_client_request_retries_total rest_client_requests_total
        sloctl_handler_outcomes_total sloctl_internal_errors_total sloctl_patch_conflicts_total sloctl_patches_total
        sloctl_reconcile_cancelled_total sloctl_sleep_seconds_total sloctl_spans_dropped_total
        sloctl_watch_events_total sloctl_watch_expired_total sloctl_watch_reconnects_total sloctl_watch_relists_total
        tenant_databases_provisioned_total workqueue_adds_total workqueue_retries_total
    """,
    "gauge": """
        controller_runtime_active_workers controller_runtime_max_concurrent_reconciles
        informer_queued_items informer_store_resource_version sloctl_build_info
        sloctl_event_loop_lag_seconds sloctl_finalizer_age_seconds sloctl_instrumentation_degraded
        sloctl_watch_stream_age_seconds tenants_active workqueue_depth workqueue_longest_running_processor_seconds
        workqueue_unfinished_work_seconds
    """,
    "histogram": """
        controller_runtime_reconcile_time_seconds informer_processing_latency_seconds
        rest_client_rate_limiter_duration_seconds
        rest_client_request_duration_seconds rest_client_request_size_bytes rest_client_response_size_bytes
        sloctl_convergence_seconds sloctl_deletion_seconds sloctl_handler_duration_seconds
        sloctl_watch_list_duration_seconds tenant_database_provisioning_seconds workqueue_queue_duration_seconds
        workqueue_work_duration_seconds
    """,
}


async def test_a_scrape_gets_the_families_by_name(operator: OperatorProcess, tenants: Tenants) -> None:
    """The families have exactly the names and types that dashboards and rules read, and no hook is left out."""
    await tenants.create("acme", ["orders"])
    await operator.until(lambda: tenants.is_settled("acme"), "acme is Active")
    await operator.spans(lambda span: span["name"] == "reconcile Tenant", at_least=1)
    scrape = await operator.scrape()
    found: dict[str, list[str]] = {}
    for name, kind in re.findall(r"^# TYPE (\S+) (\S+)$", scrape, re.MULTILINE):
        if not name.startswith(("process_", "python_")):
            found.setdefault(kind, []).append(name)
    assert {kind: sorted(names) for kind, names in found.items()} == {
        kind: names.split() for kind, names in FAMILIES.items()
    }
    assert not re.findall(r"^sloctl_instrumentation_degraded\{.*\} 1", scrape, re.MULTILINE)


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


async def test_no_object_is_annotated_but_new_children(operator: OperatorProcess, tenants: Tenants) -> None:
    """A trace travels in objects that are being created; no existing one is written for its sake."""
    await tenants.create("acme", ["orders"])
    await operator.until(lambda: tenants.is_settled("acme"), "acme is Active")
    key = "tracing.k8s.io/traceparent"
    assert key not in (await tenants.get("acme"))["metadata"]["annotations"]
    (child,) = (await tenants.all("tenantdatabases")).values()
    assert key in child["metadata"]["annotations"]
