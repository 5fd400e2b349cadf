"""The dashboard of controllers over the real operator at work: scraped by a Prometheus, and asked as Grafana asks."""

import math
import re
import time
from pathlib import Path

from tests.dashgen.grafana import BOARDS, expanded, panels, variables
from tests.support.prometheus import Server
from tests.tenant_operator.operator_process import OperatorProcess
from tests.tenant_operator.scraping import scraped, until_failed, until_none
from tests.tenant_operator.tenants import Tenants

BOARD = BOARDS["controller.json"]
CHOICES = {variable["name"]: variable["allValue"] for variable in variables(BOARD)}
QUERIES = {
    f"{panel['title']} {target['refId']}": (expanded(target["expr"], CHOICES), target["legendFormat"])
    for panel in panels(BOARD)
    for target in panel["targets"]
}
ABSENT = {
    "certwatcher_read_certificate_errors_total": "it has no webhooks, so no certificate",
    "controller_runtime_conversion_webhook_panics_total": "it has no webhooks",
    "controller_runtime_webhook_latency_seconds_bucket": "it has no webhooks",
    "controller_runtime_webhook_panics_total": "it has no webhooks",
    "controller_runtime_webhook_requests_total": "it has no webhooks",
    "go_goroutines": "it runs on Python",
    "go_memstats_heap_inuse_bytes": "it runs on Python",
    "go_threads": "it runs on Python",
    "leader_election_master_status": "there is one process, and no election",
    "rest_client_request_retries_total": "the API server answers at the first request",
}
"""What the operator does not expose, and why."""


def _faults(server: Server) -> list[str]:
    """List the queries without numbers or without the labels of their legend, and what is absent and should not be."""
    known = set(server.get("label/__name__/values"))
    found = [f"{name} is no longer absent" for name in ABSENT if name in known]
    for name, (query, legend) in QUERIES.items():
        if any(re.search(rf"\b{absent}\b", query) for absent in ABSENT):
            continue
        rows = server.query(query)
        shown = set(re.findall(r"\{\{(\w+)\}\}", legend))
        if not rows or not all(math.isfinite(value) and shown <= labels.keys() for labels, value in rows):
            found.append(name)
    return found


async def test_every_panel_has_data_of_the_operator_at_work(
    operator: OperatorProcess, tenants: Tenants, tmp_path: Path
) -> None:
    """After failures, deletions and one that is held up, every query has finite numbers, and the start is marked."""
    async with scraped(operator, tmp_path) as server:
        names = ("acme", "globex", "initech")
        for name in names:
            await tenants.create(name, ["orders"])

        async def all_settled() -> bool:
            return all([await tenants.is_settled(name) for name in names])

        await operator.until(all_settled, "all are Active")
        await tenants.ask_for_faults(tenant_failureRatio="1")
        await tenants.create("umbrella", ["orders"])
        await until_failed(operator)
        await tenants.mend()
        await tenants.hold("globex.orders", finalizer="test/hold")
        await tenants.delete("globex")
        await tenants.delete("initech")
        await operator.until(lambda: server.query("sloctl_deletion_seconds_count"), "the deletion is counted")
        await tenants.delete("acme")  # a rate does not see what a series starts with

        await until_none(operator, lambda: _faults(server))
        starts = next(each["expr"] for each in BOARD["annotations"]["list"] if each["name"] == "Deployments")
        assert server.query(expanded(starts, CHOICES))
        await tenants.hold("globex.orders", finalizer=None)


async def test_durations_lead_to_traces(operator: OperatorProcess, tenants: Tenants, tmp_path: Path) -> None:
    """The buckets that the dashboard asks with exemplars have some, each with the id of its trace."""
    asked = next(target["expr"] for panel in panels(BOARD) for target in panel["targets"] if target.get("exemplar"))

    def exemplars(server: Server) -> list[dict[str, str]]:
        now = time.time()
        found = server.get("query_exemplars", query=expanded(asked, CHOICES), start=now - 60, end=now)
        return [exemplar["labels"] for series in found for exemplar in series["exemplars"]]

    async with scraped(operator, tmp_path) as server:
        await tenants.create("acme", ["orders"])
        await operator.until(lambda: tenants.is_settled("acme"), "acme is Active")
        labels = await operator.until(lambda: exemplars(server), "an exemplar is stored")

    assert all(re.fullmatch("[0-9a-f]{32}", each["trace_id"]) for each in labels)
