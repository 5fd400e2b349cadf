"""
Every family of controller-runtime and client-go by name, type, labels and bounds.

The tables are written down from controller-runtime (v0.24) and component-base (v0.36), and not taken from the code.
"""

import pytest

from sloctl.model.catalogue import Declaration
from sloctl.sdk.families import BUILTIN

_RECONCILE = (
    *(0.005, 0.01, 0.025, 0.05),
    *(0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5),
    *(0.6, 0.7, 0.8, 0.9, 1.0),
    *(1.25, 1.5, 1.75, 2.0),
    *(2.5, 3.0, 3.5, 4.0, 4.5, 5.0),
    *(6.0, 7.0, 8.0, 9.0, 10.0),
    *(15.0, 20.0, 25.0, 30.0, 40.0, 50.0, 60.0),
)
_WORKQUEUE = (1e-08, 1e-07, 1e-06, 1e-05, 1e-04, 0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)
_REST = (0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0)
_SIZES = (64.0, 256.0, 512.0, 1024.0, 4096.0, 16384.0, 65536.0, 262144.0, 1048576.0, 4194304.0, 16777216.0)
_INFORMER = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

FAMILIES: list[tuple[str, str, tuple[str, ...], tuple[float, ...]]] = [
    ("controller_runtime_reconcile_total", "counter", ("controller", "result"), ()),
    ("controller_runtime_reconcile_errors_total", "counter", ("controller",), ()),
    ("controller_runtime_terminal_reconcile_errors_total", "counter", ("controller",), ()),
    ("controller_runtime_reconcile_panics_total", "counter", ("controller",), ()),
    ("controller_runtime_reconcile_timeouts_total", "counter", ("controller",), ()),
    ("controller_runtime_reconcile_time_seconds", "histogram", ("controller",), _RECONCILE),
    ("controller_runtime_max_concurrent_reconciles", "gauge", ("controller",), ()),
    ("controller_runtime_active_workers", "gauge", ("controller",), ()),
    ("workqueue_depth", "gauge", ("name", "controller", "priority"), ()),
    ("workqueue_adds_total", "counter", ("name", "controller"), ()),
    ("workqueue_queue_duration_seconds", "histogram", ("name", "controller"), _WORKQUEUE),
    ("workqueue_work_duration_seconds", "histogram", ("name", "controller"), _WORKQUEUE),
    ("workqueue_unfinished_work_seconds", "gauge", ("name", "controller"), ()),
    ("workqueue_longest_running_processor_seconds", "gauge", ("name", "controller"), ()),
    ("workqueue_retries_total", "counter", ("name", "controller"), ()),
    ("rest_client_requests_total", "counter", ("code", "method", "host"), ()),
    ("rest_client_request_duration_seconds", "histogram", ("verb", "host"), _REST),
    ("rest_client_rate_limiter_duration_seconds", "histogram", ("verb", "host"), _REST),
    ("rest_client_dns_resolution_duration_seconds", "histogram", ("host",), _REST),
    ("rest_client_request_size_bytes", "histogram", ("verb", "host"), _SIZES),
    ("rest_client_response_size_bytes", "histogram", ("verb", "host"), _SIZES),
    ("rest_client_request_retries_total", "counter", ("code", "verb", "host"), ()),
    ("leader_election_master_status", "gauge", ("name",), ()),
    ("leader_election_slowpath_total", "counter", ("name",), ()),
    ("certwatcher_read_certificate_total", "counter", (), ()),
    ("certwatcher_read_certificate_errors_total", "counter", (), ()),
    ("controller_runtime_webhook_requests_total", "counter", ("webhook", "code"), ()),
    ("controller_runtime_webhook_latency_seconds", "histogram", ("webhook",), _WORKQUEUE),
    ("controller_runtime_webhook_requests_in_flight", "gauge", ("webhook",), ()),
    ("controller_runtime_webhook_panics_total", "counter", (), ()),
    ("controller_runtime_conversion_webhook_panics_total", "counter", (), ()),
    ("informer_queued_items", "gauge", ("name", "group", "version", "resource"), ()),
    ("informer_processing_latency_seconds", "histogram", ("name", "group", "version", "resource"), _INFORMER),
    ("informer_store_resource_version", "gauge", ("name", "group", "version", "resource"), ()),
]
_BY_NAME = {declaration.name: declaration for declaration in BUILTIN}


@pytest.mark.parametrize(("name", "kind", "labels", "bounds"), FAMILIES, ids=[family[0] for family in FAMILIES])
def test_a_family_is_that_of_go_operators(
    name: str, kind: str, labels: tuple[str, ...], bounds: tuple[float, ...]
) -> None:
    """Dashboards and rules made for Go operators read it as it is."""
    found = _BY_NAME[name]
    assert (kind, labels, bounds) == (found.kind, tuple(label.name for label in found.labels), found.buckets)


def test_what_is_no_family_of_go_is_called_ours() -> None:
    """A name that looks like Go's means what it means there."""
    assert {family[0] for family in FAMILIES} == {name for name in _BY_NAME if not name.startswith("sloctl_")}
    assert len(_BY_NAME) == len(BUILTIN)


@pytest.mark.parametrize("declaration", BUILTIN, ids=lambda declaration: declaration.name)
def test_a_family_explains_itself(declaration: Declaration) -> None:
    """One sentence each, which ends as one."""
    assert declaration.documentation.endswith(".")
    assert len(declaration.documentation) < 120
