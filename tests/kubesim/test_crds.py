"""A CRD makes a resource, changes it and takes it away; the same on both servers."""

import asyncio
import secrets
from typing import Any

import pytest

from tests.support.cluster import CRDS, Cluster
from tests.support.residents import crd, version

FREE = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


def sized(**size: Any) -> dict[str, Any]:
    """Give a schema with one integer."""
    return {"type": "object", "properties": {"size": {"type": "integer"} | size}}


@pytest.fixture
def kind() -> str:
    """Give a kind that no other test has made."""
    return f"Kind{secrets.token_hex(4)}"


def path_of(kind: str, namespace: str, version: str = "v1") -> str:
    """Give the path of the objects."""
    return f"/apis/example.com/{version}/namespaces/{namespace}/{kind.lower()}s"


def instance(kind: str, version: str = "v1", **content: Any) -> dict[str, Any]:
    """Give an object."""
    return {"apiVersion": f"example.com/{version}", "kind": kind, "metadata": {"name": "a"}} | content


async def test_a_crd_takes_its_objects_along(cluster: Cluster, namespace: str, kind: str) -> None:
    """Deleting a CRD deletes its objects, waits for their finalizers, and ends the resource."""
    await cluster.install(crd(kind, version("v1", FREE)))
    path, name = path_of(kind, namespace), f"{CRDS}/{kind.lower()}s.example.com"
    held = instance(kind)
    held["metadata"]["finalizers"] = ["example.com/hold"]
    assert (await cluster.post(path, held)).status == 201

    marked = (await cluster.delete(name)).ok
    assert ["customresourcecleanup.apiextensions.k8s.io"] == marked["metadata"]["finalizers"]
    await cluster.eventually(f"{path}/a", lambda answer: "deletionTimestamp" in answer.body["metadata"])
    assert (await cluster.get(name)).status == 200

    assert (await cluster.patch(f"{path}/a", {"metadata": {"finalizers": None}})).status == 200
    await cluster.eventually(name, lambda answer: answer.status == 404)
    await cluster.eventually(path, lambda answer: answer.status == 404)


async def test_one_object_is_served_in_every_version(cluster: Cluster, namespace: str, kind: str) -> None:
    """With strategy None, versions differ in their apiVersion alone, and the newest stable one is preferred."""
    await cluster.install(crd(kind, version("v1beta1", FREE, storage=False), version("v1", FREE)))
    assert (await cluster.post(path_of(kind, namespace), instance(kind, size=1))).status == 201
    await cluster.eventually(path_of(kind, namespace, "v1beta1"), lambda answer: answer.status == 200)

    old = (await cluster.get(f"{path_of(kind, namespace, 'v1beta1')}/a")).ok
    assert ("example.com/v1beta1", 1) == (old["apiVersion"], old["size"])
    old["size"] = 2
    assert (await cluster.put(f"{path_of(kind, namespace, 'v1beta1')}/a", old)).status == 200
    new = (await cluster.get(f"{path_of(kind, namespace)}/a")).ok
    assert ("example.com/v1", 2, 2) == (new["apiVersion"], new["size"], new["metadata"]["generation"])
    group = (await cluster.get("/apis/example.com")).ok
    assert {"groupVersion": "example.com/v1", "version": "v1"} == group["preferredVersion"]


async def test_a_new_schema_holds_for_the_next_change(cluster: Cluster, namespace: str, kind: str) -> None:
    """An object made before a rule is kept; its next change must follow it."""
    definition = crd(kind, version("v1", sized()))
    await cluster.install(definition)
    path, name = path_of(kind, namespace), f"{CRDS}/{kind.lower()}s.example.com"
    assert (await cluster.post(path, instance(kind, size=9))).status == 201

    stricter = crd(kind, version("v1", sized(maximum=5)))["spec"]["versions"]
    changed = (await cluster.patch(name, {"spec": {"versions": stricter}})).ok
    assert changed["metadata"]["generation"] == 2
    deadline = asyncio.get_running_loop().time() + 20
    while (refused := await cluster.patch(f"{path}/a", {"size": 7}, dryRun="All")).status == 200:
        assert asyncio.get_running_loop().time() < deadline, "the rule does not hold"
        await asyncio.sleep(0.05)
    assert refused.body["details"]["causes"][0]["field"] == "size"
    assert (await cluster.get(f"{path}/a")).ok["size"] == 9


async def test_a_cluster_wide_resource_has_no_namespace(cluster: Cluster, kind: str) -> None:
    """Scope Cluster: the objects are under the version, and nowhere else."""
    await cluster.install(crd(kind, version("v1", FREE), scope="Cluster"))
    path = f"/apis/example.com/v1/{kind.lower()}s"
    created = (await cluster.post(path, instance(kind))).ok
    assert "namespace" not in created["metadata"]
    assert (await cluster.get(path_of(kind, "default"))).status == 404
    assert (await cluster.delete(f"{path}/a")).status == 200


@pytest.mark.parametrize(
    ("field", "spoil"),
    [
        ("metadata.name", {"metadata": {"name": "other.example.com"}}),
        ("spec.scope", {"spec": {"scope": "Everywhere"}}),
        ("spec.versions", {"spec": {"versions": [version("v1", FREE, storage=False)]}}),
        (
            "spec.validation.openAPIV3Schema.properties[size].type",
            {"spec": {"versions": [version("v1", {"type": "object", "properties": {"size": {"minimum": 1}}})]}},
        ),
        (
            "spec.validation.openAPIV3Schema.properties[all].items",
            {"spec": {"versions": [version("v1", {"type": "object", "properties": {"all": {"type": "array"}}})]}},
        ),
    ],
)
async def test_a_crd_must_make_sense(cluster: Cluster, kind: str, field: str, spoil: dict[str, Any]) -> None:
    """A CRD with one fault is 422 and its cause names the field."""
    body = crd(kind, version("v1", FREE))
    spoilt = body | {part: body[part] | change for part, change in spoil.items()}
    answer = await cluster.post(CRDS, spoilt)
    assert (422, "Invalid") == (answer.status, answer.body["reason"])
    assert field in [cause["field"] for cause in answer.body["details"]["causes"]]
