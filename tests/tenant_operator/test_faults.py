"""The operator can be broken and mended while it runs."""

from tests.tenant_operator.conftest import Start
from tests.tenant_operator.operator_process import OperatorProcess
from tests.tenant_operator.tenants import Tenants


async def test_injected_failures_are_retried_until_mended(start: Start, tenants: Tenants) -> None:
    """While the ConfigMap asks for failures every attempt is an error that shows; without it all recovers."""
    await tenants.ask_for_faults(tenantdatabase_failureRatio="1")
    operator = start()
    await tenants.create("acme", ["orders"])
    await operator.until(lambda: tenants.is_settled("acme", "Failed"), "acme is Failed")
    (child,) = (await tenants.all("tenantdatabases")).values()
    (condition,) = child["status"]["conditions"]
    assert (
        child["status"]["phase"],
        condition["status"],
        condition["reason"],
    ) == ("Failed", "False", "ProvisioningFailed")

    async def keeps_failing() -> bool:
        return await operator.reconciles("tenantdatabase", "error") >= 3

    await operator.until(keeps_failing, "three attempts failed")
    assert await operator.reconciles("tenantdatabase", "success") == 0
    await tenants.mend()
    await operator.until(lambda: tenants.is_settled("acme"), "acme is Active")
    errors = await operator.metric("controller_runtime_reconcile_errors_total", controller="tenantdatabase")
    assert errors == await operator.reconciles("tenantdatabase", "error")
    assert await operator.metric("sloctl_internal_errors_total", kind="span") == 0


async def test_failure_and_recovery_are_posted_once(start: Start, tenants: Tenants) -> None:
    """However many attempts fail, each object's Events tell of the first failure and of the recovery."""
    await tenants.ask_for_faults(tenantdatabase_failureRatio="1")
    operator = start()
    await tenants.create("acme", ["orders"])
    await operator.until(lambda: tenants.is_settled("acme", "Failed"), "acme is Failed")
    await tenants.mend()
    expected = [
        ("Normal", "DatabasesReady", "acme"),
        ("Normal", "Provisioned", "acme.orders"),
        ("Warning", "DatabaseFailed", "acme"),
        ("Warning", "ProvisioningFailed", "acme.orders"),
    ]

    async def posted() -> bool:
        return len(await tenants.events()) >= len(expected)

    await operator.until(posted, "all Events are posted")
    assert expected == await tenants.events()


async def test_injected_latency_shows_in_the_durations(start: Start, tenants: Tenants) -> None:
    """A reconciliation that is held up takes that long by its histogram."""
    await tenants.ask_for_faults(tenantdatabase_latencySeconds="0.3")
    operator = start()
    await tenants.create("acme", ["orders"])
    await operator.until(lambda: tenants.is_settled("acme"), "acme is Active")
    name = "controller_runtime_reconcile_time_seconds"

    async def is_recorded() -> bool:
        return await operator.metric(f"{name}_count", controller="tenantdatabase") > 0

    await operator.until(is_recorded, "the first reconciliation of acme.orders has ended")
    assert await operator.metric(f"{name}_sum", controller="tenantdatabase") >= 0.3
    assert await operator.metric(f"{name}_bucket", controller="tenantdatabase", le="0.25") == 0


async def test_a_running_operator_can_be_broken(start: Start, tenants: Tenants) -> None:
    """The ConfigMap takes hold while the operator runs, on the controller that it names and no other."""
    operator = start(TENANT_OPERATOR_RESYNC_SECONDS="0.1")
    await tenants.create("acme", ["orders"])
    await operator.until(lambda: tenants.is_settled("acme"), "acme is Active")
    await tenants.ask_for_faults(tenant_failureRatio="1")

    async def fails() -> bool:
        return await operator.reconciles("tenant", "error") >= 3

    await operator.until(fails, "Tenants fail")
    assert await operator.reconciles("tenantdatabase", "error") == 0


async def test_settings_that_cannot_be_used_are_reported(operator: OperatorProcess, tenants: Tenants) -> None:
    """A wrong value breaks nothing: an Event on the ConfigMap names it, and the operator goes on."""
    await operator.port()
    await tenants.ask_for_faults(tenantdatabase_failureRatio="often", tenant_colour="red")

    async def reported() -> bool:
        return ("Warning", "InvalidFault", "tenant-operator-faults") in await tenants.events()

    await operator.until(reported, "the wrong values are reported")
    await tenants.create("acme", ["orders"])
    await operator.until(lambda: tenants.is_settled("acme"), "acme is Active")
    assert "tenantdatabase.failureRatio: 'often' is not a number from 0 to 1" in operator.log
    assert "tenant.colour: no such setting" in operator.log
    assert await operator.reconciles("tenantdatabase", "error") == 0
