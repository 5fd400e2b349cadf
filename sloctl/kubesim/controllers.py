"""What works in the background: CRDs made and unmade, namespaces emptied, dependents of what is gone deleted."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from sloctl.kubesim.builtin import NAMESPACES
from sloctl.kubesim.crds import CLEANUP, CRD_RESOURCE, established, is_established, resource_of
from sloctl.kubesim.errors import ApiError, Obj
from sloctl.kubesim.objects import Objects, Target
from sloctl.kubesim.resources import Resource
from sloctl.kubesim.store import Event


class Controllers:
    """
    Reacts to every change of the store, one step after another, between requests.

    Args:
        objects: The objects to look after.
    """

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._owned: dict[str, set[tuple[str, str, str]]] = {}
        self._uids: set[str] = set()
        objects.store.listeners.append(self._react)

    def _react(self, resource: str, event: Event) -> None:
        self._index(resource, event)
        if resource == CRD_RESOURCE.id:
            self._soon(self._serve, event.obj["metadata"]["name"])
        if event.type == "DELETED":
            self._soon(self._collect, event.obj["metadata"]["uid"])
            if namespace := event.obj["metadata"].get("namespace"):
                self._soon(self._empty, namespace)
            self._soon(self._clean, resource)
        elif resource == NAMESPACES.id:
            self._soon(self._empty, event.obj["metadata"]["name"])
        else:
            for owner in event.obj["metadata"].get("ownerReferences") or ():
                self._soon(self._collect, owner["uid"])

    def _soon(self, work: Callable[[str], None], about: str) -> None:
        asyncio.get_running_loop().call_soon(self._run, work, about)

    def _run(self, work: Callable[[str], None], about: str) -> None:
        # An object that breaks a newer schema cannot be changed; what needs that waits for the next change.
        with suppress(ApiError):
            work(about)

    def _index(self, resource: str, event: Event) -> None:
        metadata = event.obj["metadata"]
        place = (resource, metadata.get("namespace", ""), metadata["name"])
        if event.previous is not None:
            for owner in event.previous["metadata"].get("ownerReferences") or ():
                self._owned.get(owner["uid"], set()).discard(place)
        if event.type == "DELETED":
            self._uids.discard(metadata["uid"])
            return
        self._uids.add(metadata["uid"])
        for owner in metadata.get("ownerReferences") or ():
            self._owned.setdefault(owner["uid"], set()).add(place)

    def _collect(self, uid: str) -> None:
        """Delete the dependents of an object that is gone, or loosen them when another owner is still there."""
        if uid in self._uids:
            return
        for resource_id, namespace, name in sorted(self._owned.pop(uid, ())):
            resource = self._resource(resource_id)
            if resource is None:
                continue
            target = Target(resource, resource.versions[0], namespace, name)
            owners = self._objects.get(target)["metadata"]["ownerReferences"]
            left = [owner for owner in owners if owner["uid"] in self._uids]
            if left:
                self._objects.patch(target, partial(_with_owners, owners=left))
            else:
                self._objects.delete(target)

    def _empty(self, namespace: str) -> None:
        """Delete what is in a namespace that is going away; end it once nothing is left."""
        found = self._objects.store.collection(NAMESPACES.id).objects.get(("", namespace))
        if found is None or "deletionTimestamp" not in found["metadata"]:
            return
        left = 0
        for resource_id, collection in self._objects.store.collections():
            inside = [name for place, name in collection.objects if place == namespace]
            resource = self._resource(resource_id)
            if resource is not None:
                self._delete(resource, namespace, inside)
            left += sum(place == namespace for place, _ in collection.objects)
        if not left:
            self._objects.store.remove(NAMESPACES.id, ("", namespace))

    def _delete(self, resource: Resource, namespace: str, names: list[str]) -> None:
        for name in names:
            self._objects.delete(Target(resource, resource.versions[0], namespace, name))

    def _serve(self, name: str) -> None:
        """Serve what a CRD defines, or stop it when the CRD is gone."""
        store, catalogue = self._objects.store, self._objects.catalogue
        crd = store.collection(CRD_RESOURCE.id).objects.get(("", name))
        if crd is None:
            plural, _, group = name.partition(".")
            catalogue.remove(group, plural)
            store.drop(name)
            return
        catalogue.add(resource_of(crd))
        store.collection(name)
        if not is_established(crd):
            store.put(CRD_RESOURCE.id, established(crd))
        elif "deletionTimestamp" in crd["metadata"]:
            self._clean(name)

    def _clean(self, name: str) -> None:
        """Delete the objects of a CRD that is going away; let it go once nothing is left."""
        store = self._objects.store
        crd = store.collection(CRD_RESOURCE.id).objects.get(("", name))
        if crd is None or "deletionTimestamp" not in crd["metadata"]:
            return
        resource = resource_of(crd)
        for namespace, instance in list(store.collection(name).objects):
            self._delete(resource, namespace, [instance])
        if not store.collection(name).objects and CLEANUP in crd["metadata"].get("finalizers", ()):
            target = Target(CRD_RESOURCE, CRD_RESOURCE.versions[0], "", name)
            self._objects.patch(target, _without_cleanup)

    def _resource(self, resource_id: str) -> Resource | None:
        plural, _, group = resource_id.partition(".")
        return self._objects.catalogue.find(group, plural)


def _with_owners(obj: Obj, owners: list[Obj]) -> Obj:
    return obj | {"metadata": obj["metadata"] | {"ownerReferences": owners}}


def _without_cleanup(obj: Obj) -> Obj:
    finalizers = [name for name in obj["metadata"]["finalizers"] if name != CLEANUP]
    return obj | {"metadata": obj["metadata"] | {"finalizers": finalizers}}
