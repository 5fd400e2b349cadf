"""The life of a Tenant, on every API server."""

import sqlite3
from contextlib import closing

from tests.tenant_operator.operator_process import OperatorProcess
from tests.tenant_operator.tenants import Tenants


async def test_each_entry_becomes_a_child_with_a_real_database(operator: OperatorProcess, tenants: Tenants) -> None:
    """A Tenant is Active once each of its databases has its child object and a file that SQLite can use."""
    created = await tenants.create("acme", ["orders", "invoices"])
    await operator.until(lambda: tenants.is_settled("acme"), "acme is Active")
    children = await tenants.all("tenantdatabases")
    assert {"acme.orders", "acme.invoices"} == children.keys()
    (owner,) = children["acme.orders"]["metadata"]["ownerReferences"]
    expected = {
        "apiVersion": "example.com/v1",
        "kind": "Tenant",
        "name": "acme",
        "uid": created["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }
    assert expected == owner
    files = sorted(operator.data.iterdir())
    assert [f"{tenants.namespace}_acme.{name}.sqlite3" for name in ("invoices", "orders")] == [f.name for f in files]
    for file in files:
        with closing(sqlite3.connect(file)) as database, database:
            database.execute("INSERT INTO entries VALUES ('key', 'value')")


async def test_the_status_tells_what_was_seen(operator: OperatorProcess, tenants: Tenants) -> None:
    """An Active Tenant says which generation it is about, how many databases are ready, and why it is Ready."""
    await tenants.create("acme", ["orders"])
    await operator.until(lambda: tenants.is_settled("acme"), "acme is Active")
    status = (await tenants.get("acme"))["status"]
    (condition,) = status["conditions"]
    assert condition.pop("lastTransitionTime").endswith("Z")
    expected = {
        "type": "Ready",
        "status": "True",
        "reason": "DatabasesReady",
        "message": "1 of 1 databases are ready",
        "observedGeneration": 1,
    }
    assert expected == condition
    assert (status["observedGeneration"], status["databases"]) == (1, "1/1")


async def test_a_tenant_without_databases_is_active(operator: OperatorProcess, tenants: Tenants) -> None:
    """Nothing wanted is nothing to wait for."""
    await tenants.create("acme", [])
    await operator.until(lambda: tenants.is_settled("acme"), "acme is Active")
    assert await tenants.all("tenantdatabases") == {}


async def test_an_update_adds_changes_and_removes(operator: OperatorProcess, tenants: Tenants) -> None:
    """Children follow the spec: new ones are made, others changed, those no longer listed go with their files."""
    await tenants.create("acme", ["orders", "invoices"])
    await operator.until(lambda: tenants.is_settled("acme"), "acme is Active")
    await tenants.change("acme", ["orders", "stock"], tier="silver")

    async def is_followed() -> bool:
        children = await tenants.all("tenantdatabases")
        tiers = {name: child["spec"]["tier"] for name, child in children.items()}
        return tiers == {"acme.orders": "silver", "acme.stock": "silver"} and await tenants.is_settled("acme")

    await operator.until(is_followed, "the children follow the spec")
    assert (await tenants.get("acme"))["status"]["databases"] == "2/2"
    files = {file.name for file in operator.data.iterdir()}
    assert {f"{tenants.namespace}_acme.{name}.sqlite3" for name in ("orders", "stock")} == files


async def test_a_child_that_somebody_deletes_comes_back(operator: OperatorProcess, tenants: Tenants) -> None:
    """The spec decides what there is, not who deleted what."""
    await tenants.create("acme", ["orders"])
    await operator.until(lambda: tenants.is_settled("acme"), "acme is Active")
    before = (await tenants.all("tenantdatabases"))["acme.orders"]["metadata"]["uid"]
    await tenants.delete("acme.orders", plural="tenantdatabases")

    async def is_back() -> bool:
        child = (await tenants.all("tenantdatabases")).get("acme.orders", {"metadata": {"uid": before}})
        return child["metadata"]["uid"] != before and child.get("status", {}).get("phase") == "Ready"

    await operator.until(is_back, "another acme.orders is Ready")
    await operator.until(lambda: tenants.is_settled("acme"), "acme is Active again")


async def test_deletion_leaves_nothing(operator: OperatorProcess, tenants: Tenants) -> None:
    """A deleted Tenant takes its children and their files along."""
    await tenants.create("acme", ["orders", "invoices"])
    await operator.until(lambda: tenants.is_settled("acme"), "acme is Active")
    assert (await tenants.get("acme"))["metadata"]["finalizers"] == ["example.com/tenant-operator"]
    await tenants.delete("acme")

    async def is_gone() -> bool:
        return "acme" not in await tenants.all()

    await operator.until(is_gone, "acme is gone")
    assert await tenants.all("tenantdatabases") == {}
    assert list(operator.data.iterdir()) == []


async def test_a_tenant_waits_for_its_children(operator: OperatorProcess, tenants: Tenants) -> None:
    """A deleted Tenant stays, and says why, for as long as a child is held back."""
    await tenants.create("acme", ["orders"])
    await operator.until(lambda: tenants.is_settled("acme"), "acme is Active")
    await tenants.hold("acme.orders", finalizer="example.com/test")
    await tenants.delete("acme")

    async def is_waiting() -> bool:
        waited = await operator.reconciles("tenant", "requeue_after") >= 2
        return waited and list(operator.data.iterdir()) == []

    await operator.until(is_waiting, "acme waits, and the file of its database is removed")
    assert await tenants.phase("acme") == "Deleting"
    await tenants.hold("acme.orders", finalizer=None)

    async def is_gone() -> bool:
        return "acme" not in await tenants.all()

    await operator.until(is_gone, "acme is gone")


async def test_milestones_are_posted_as_events(operator: OperatorProcess, tenants: Tenants) -> None:
    """What became ready or was deleted is told by an Event on the object, once."""
    await tenants.create("acme", ["orders"])
    await operator.until(lambda: tenants.is_settled("acme"), "acme is Active")
    await tenants.delete("acme")
    expected = [
        ("Normal", "DatabasesReady", "acme"),
        ("Normal", "Deleted", "acme"),
        ("Normal", "Deleted", "acme.orders"),
        ("Normal", "Provisioned", "acme.orders"),
    ]

    async def posted() -> bool:
        return len(await tenants.events()) >= len(expected)

    await operator.until(posted, "all Events are posted")
    assert expected == await tenants.events()
