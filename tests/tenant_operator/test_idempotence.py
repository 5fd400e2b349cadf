"""Reconciling what is as it should be writes nothing."""

from tests.tenant_operator.conftest import Start
from tests.tenant_operator.operator_process import OperatorProcess
from tests.tenant_operator.tenants import Object, Tenants


async def _everything(tenants: Tenants) -> dict[str, Object]:
    return await tenants.all() | await tenants.all("tenantdatabases")


async def _settle(operator: OperatorProcess, tenants: Tenants) -> dict[str, Object]:
    """Wait until the operator and kopf's own bookkeeping have come to rest; give what there is then."""
    await operator.until(lambda: tenants.is_settled("acme"), "acme is Active")

    async def is_noted() -> bool:
        objects = (await _everything(tenants)).values()
        return all(_last_handled(found) for found in objects)

    await operator.until(is_noted, "kopf has noted what it handled")
    return await _everything(tenants)


def _last_handled(found: Object) -> str | None:
    annotations: dict[str, str] = found["metadata"].get("annotations", {})
    return annotations.get("tenant-operator.example.com/last-handled-configuration")


async def test_a_hundred_reconciliations_change_nothing(start: Start, tenants: Tenants) -> None:
    """Once all is as it should be, a hundred reconciliations of each object send no write and change nothing."""
    operator = start(TENANT_OPERATOR_RESYNC_SECONDS="0.05")
    await tenants.create("acme", ["orders", "invoices"])
    before = await _settle(operator, tenants)
    done = {kind: await operator.reconciles(kind, "success") for kind in ("tenant", "tenantdatabase")}
    events, writes = await tenants.events(), operator.writes()

    async def a_hundred_later() -> bool:
        tenant, databases = [await operator.reconciles(kind, "success") - done[kind] for kind in done]
        return tenant >= 100 and databases >= 200

    await operator.until(a_hundred_later, "everything was reconciled a hundred times", within_s=60)
    assert before == await _everything(tenants)
    assert events == await tenants.events()
    assert writes == operator.writes()


async def test_a_restart_changes_nothing(start: Start, tenants: Tenants) -> None:
    """An operator that resumes finds everything as it left it, and writes nothing."""
    first = start()
    await tenants.create("acme", ["orders"])
    before = await _settle(first, tenants)
    writes = first.writes()
    assert writes
    assert await first.stop() == 0
    second = start()

    async def is_resumed() -> bool:
        counts = [await second.reconciles(kind, "success") for kind in ("tenant", "tenantdatabase")]
        return min(counts) >= 1

    await second.until(is_resumed, "both objects are resumed")
    assert await second.stop() == 0
    assert before == await _everything(tenants)
    assert writes == second.writes()
    assert "Traceback" not in second.log
