"""The queries of kubebuilder's stock Grafana dashboards find the operator's series in a real Prometheus."""

import math
from pathlib import Path

from tests.support.prometheus import Server
from tests.tenant_operator.operator_process import OperatorProcess
from tests.tenant_operator.scraping import scraped, until_failed, until_none
from tests.tenant_operator.tenants import Tenants

WHERE = '{job="tenant-operator", namespace="operators"}'
VARIABLES = ("job", "namespace", "pod")
"""All three are asked for as label values of `controller_runtime_reconcile_total`."""

QUERIES = {
    "active workers": f"controller_runtime_active_workers{WHERE}",
    "reconciliations": f"sum(rate(controller_runtime_reconcile_total{WHERE}[5m])) by (instance, pod)",
    "errors": f"sum(rate(controller_runtime_reconcile_errors_total{WHERE}[5m])) by (instance, pod)",
    "depth": f"workqueue_depth{WHERE}",
    "adds": f"sum(rate(workqueue_adds_total{WHERE}[5m])) by (instance, name)",
    "retries": f"sum(rate(workqueue_retries_total{WHERE}[5m])) by (instance, name)",
    # A rate of a gauge tells nothing, but this is what the dashboard asks; its panel is not empty.
    "unfinished work": f"rate(workqueue_unfinished_work_seconds{WHERE}[5m])",
    "processor": f"rate(process_cpu_seconds_total{WHERE}[5m]) * 100",
    "memory": f"process_resident_memory_bytes{WHERE}",
} | {
    f"{what} p{percent}": f"histogram_quantile(0.{percent}, sum(rate(workqueue_{what}_duration_seconds_bucket"
    f"{WHERE}[5m])) by (instance, name, le))"
    for what in ("queue", "work")
    for percent in (50, 90, 99)
}


def _empty(server: Server) -> list[str]:
    return [
        name
        for name, query in QUERIES.items()
        if not (found := server.query(query)) or not all(math.isfinite(value) for _, value in found)
    ]


async def test_stock_dashboards_have_data(operator: OperatorProcess, tenants: Tenants, tmp_path: Path) -> None:
    """Every variable has a value and every panel finite numbers, after some Tenants and some failures."""
    async with scraped(operator, tmp_path) as server:
        await tenants.ask_for_faults(tenant_failureRatio="1")
        for name in ("acme", "globex", "initech"):
            await tenants.create(name, ["orders", "invoices"])
        await until_failed(operator)
        await tenants.mend()
        await operator.until(lambda: tenants.is_settled("acme"), "acme is Active")
        await until_none(operator, lambda: _empty(server))
        series = server.query(QUERIES["depth"].replace("workqueue_depth", "controller_runtime_reconcile_total"))
        assert all(set(VARIABLES) <= labels.keys() for labels, _ in series)
