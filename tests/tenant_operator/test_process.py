"""The operator as a program."""

import socket
import time

from tests.support.cluster import Cluster
from tests.tenant_operator.conftest import Start
from tests.tenant_operator.operator_process import OperatorProcess
from tests.tenant_operator.tenants import Tenants

# About a second; six when kopf starts a timer amid its own shutdown, which it then waits five seconds for.
ENDS_WITHIN_S = 10


async def test_it_ends_when_it_is_told_to(operator: OperatorProcess, tenants: Tenants) -> None:
    """SIGTERM ends it with exit code 0, well within the 30 seconds that a kubelet grants."""
    await tenants.create("acme", ["orders", "invoices"])
    await operator.until(lambda: tenants.is_settled("acme"), "acme is Active")
    told = time.monotonic()
    assert await operator.stop() == 0
    assert time.monotonic() - told < ENDS_WITHIN_S
    assert "Traceback" not in operator.log


async def test_it_ends_amid_its_work(start: Start, tenants: Tenants) -> None:
    """A reconciliation that is under way is cancelled, and does not hold the process up."""
    await tenants.ask_for_faults(tenantdatabase_latencySeconds="60")
    operator = start()
    await tenants.create("acme", ["orders"])

    async def is_busy() -> bool:
        return await operator.metric("controller_runtime_active_workers", controller="tenantdatabase") == 1

    await operator.until(is_busy, "acme.orders is being provisioned")
    told = time.monotonic()
    assert await operator.stop() == 0
    assert time.monotonic() - told < ENDS_WITHIN_S


async def test_probes_are_answered(operator: OperatorProcess) -> None:
    """The kubelet gets an answer at the usual paths."""
    for path in ("/healthz", "/livez", "/readyz"):
        assert await operator.scrape(path) == "ok\n"


def test_a_port_in_use_is_one_line(start: Start) -> None:
    """It says which port is taken and which setting changes it, and no traceback."""
    with socket.create_server(("0.0.0.0", 0)) as taken:
        port = taken.getsockname()[1]
        operator = start(TENANT_OPERATOR_METRICS_PORT=str(port))
        assert operator.process.wait(20) == 1
    expected = f"port {port} is in use: choose another port, or 0 for a free one (TENANT_OPERATOR_METRICS_PORT)\n"
    assert expected == operator.log


def test_a_setting_that_is_no_number_is_one_line(start: Start) -> None:
    """It names the variable and what it takes, and no traceback."""
    operator = start(TENANT_OPERATOR_RESYNC_SECONDS="soon")
    assert operator.process.wait(20) == 1
    assert operator.log == "TENANT_OPERATOR_RESYNC_SECONDS=soon: give a number that is 0 or more\n"


def test_a_missing_kubeconfig_is_one_line(cluster: Cluster, start: Start) -> None:
    """It names the file that is not there, and no traceback."""
    operator = start(KUBECONFIG="/not/there")
    assert operator.process.wait(20) == 1
    expected = "no cluster to work for: Configuration file /not/there not found; check KUBECONFIG\n"
    assert expected == operator.log
