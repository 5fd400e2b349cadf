"""The life of an object: what create, update, patch and delete do to it, in the order of a real API server."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from sloctl.kubesim.builtin import BUILTIN, NAMESPACES
from sloctl.kubesim.crds import CLEANUP, CRD_RESOURCE
from sloctl.kubesim.errors import (
    ApiError,
    Cause,
    DecodeError,
    Obj,
    already_exists,
    bad_request,
    conflict,
    forbidden_request,
    invalid,
    not_found,
    success,
    wrong,
)
from sloctl.kubesim.meta import check_change, check_metadata, generated_name, now, tidied
from sloctl.kubesim.resources import Catalogue, Resource, Version
from sloctl.kubesim.schema import OBJECT_FIELDS, TYPE_INVALID, fill_defaults, prune, validate, without_nulls
from sloctl.kubesim.store import Key, Store

PERMANENT_NAMESPACES = ("default", "kube-public", "kube-system")
Transform = Callable[[Obj], Any]


@dataclass(frozen=True)
class Target:
    """What a request is about: a resource in one version, a namespace, an object's name, a subresource."""

    resource: Resource
    version: Version
    namespace: str = ""
    name: str = ""
    subresource: str = ""

    @property
    def key(self) -> Key:
        """Give the key of the object."""
        return self.namespace, self.name

    @property
    def api_version(self) -> str:
        """Give the `apiVersion` of objects in this version."""
        return self.resource.api_version(self.version.name)


@dataclass
class WriteOptions:
    """
    How a change is to be made.

    Args:
        dry_run: Check everything and store nothing.
        field_validation: What unknown fields are: "Ignore"d, a "Warn"ing, or an error ("Strict").
        warnings: Gathers what the client is to be warned of.
    """

    dry_run: bool = False
    field_validation: str = "Ignore"
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class DeleteOptions:
    """
    How an object is to be deleted.

    Args:
        uid: The uid that it must have; empty for any.
        resource_version: The resourceVersion that it must have; empty for any.
        dry_run: Check everything and delete nothing.
    """

    uid: str = ""
    resource_version: str = ""
    dry_run: bool = False


PLAINLY: Final = DeleteOptions()


class Objects:
    """Every object of one simulated cluster."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.catalogue = Catalogue(BUILTIN)

    def create_first_namespaces(self) -> None:
        """Create the namespaces that every cluster has."""
        for name in PERMANENT_NAMESPACES:
            namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
            self.create(Target(NAMESPACES, NAMESPACES.versions[0]), namespace)

    def get(self, target: Target) -> Obj:
        """
        Give an object.

        Raises:
            ApiError: 404, when it is not there.
        """
        obj = self.store.collection(target.resource.id).objects.get(target.key)
        if obj is None:
            raise not_found(target.resource.group, target.resource.plural, target.name)
        return self.view(target, obj)

    def view(self, target: Target, obj: Obj) -> Obj:
        """Give a stored object in the version that was asked for."""
        return obj if obj["apiVersion"] == target.api_version else obj | {"apiVersion": target.api_version}

    def create(self, target: Target, body: Obj, options: WriteOptions | None = None) -> Obj:
        """
        Create an object.

        Raises:
            ApiError: 400 for a malformed object, 403 in a namespace that is going away, 404 in one that is not
                there, 409 when the name is taken, 422 for an object that breaks its rules.
        """
        resource, options = target.resource, options or WriteOptions()
        obj = self._decoded(target, body)
        self._check_namespace(target, obj)
        metadata = obj["metadata"]
        if metadata.get("resourceVersion"):
            raise ApiError(500, "", "resourceVersion should not be set on objects to be created")
        if not metadata.get("name") and metadata.get("generateName"):
            metadata = metadata | {"name": generated_name(metadata["generateName"])}
        for name in ("deletionTimestamp", "deletionGracePeriodSeconds", "generation"):
            metadata.pop(name, None)
        metadata |= {"uid": str(uuid.uuid4()), "creationTimestamp": now()}
        if resource.namespaced:
            metadata |= {"namespace": target.namespace}
        if resource.generation:
            metadata |= {"generation": 1}
        obj = obj | {"metadata": metadata}
        if target.version.status:
            obj.pop("status", None)
        obj = self._checked(target, obj, None, options)
        if (target.namespace, metadata["name"]) in self.store.collection(resource.id).objects:
            raise already_exists(resource.group, resource.plural, metadata["name"])
        return obj if options.dry_run else self.view(target, self.store.put(resource.id, obj))

    def replace(self, target: Target, body: Obj, options: WriteOptions | None = None) -> tuple[Obj, bool]:
        """
        Replace an object, or create it where its resource allows that; gives it and whether it is new.

        Raises:
            ApiError: as `create`, and 409 for a stale resourceVersion or another uid.
        """
        resource, options = target.resource, options or WriteOptions()
        obj = self._decoded(target, body)
        self._check_names(target, obj)
        exists = target.key in self.store.collection(resource.id).objects
        if not exists and resource.upsert and not target.subresource:
            return self.create(target, obj, options), True
        old = self.get(target)
        uid = obj["metadata"].get("uid")
        if uid and uid != old["metadata"]["uid"]:
            why = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {old['metadata']['uid']}"
            raise conflict(resource.group, resource.plural, target.name, why)
        if obj["metadata"].get("resourceVersion", "0") == "0":
            if not resource.unconditional:
                cause = Cause(
                    "metadata.resourceVersion",
                    "FieldValueInvalid",
                    "Invalid value: 0x0: must be specified for an update",
                )
                raise invalid(resource.group, resource.plural, target.name, [cause])
            obj["metadata"]["resourceVersion"] = old["metadata"]["resourceVersion"]
        obj["metadata"]["uid"] = old["metadata"]["uid"]
        return self._updated(target, old, obj, options), False

    def patch(self, target: Target, transform: Transform, options: WriteOptions | None = None) -> Obj:
        """
        Change an object by a function of its present state.

        Raises:
            ApiError: as `replace`, and what the function raises.
        """
        old = self.get(target)
        changed = transform(old)
        if not isinstance(changed, dict):
            raise invalid("", "", "", [wrong("patch", changed, "the result is no object")])
        try:
            obj = self._decoded(target, changed, patched=True)
            self._check_names(target, obj)
            return self._updated(target, old, obj, options or WriteOptions())
        except DecodeError as error:
            raise invalid("", "", "", [wrong("patch", changed, str(error))]) from None

    def delete(self, target: Target, options: DeleteOptions = PLAINLY) -> Obj:
        """
        Delete an object, or mark it while finalizers hold it; gives the answer to the client.

        Raises:
            ApiError: 404 when it is not there, 403 when it may not go, 409 when a precondition fails.
        """
        resource = target.resource
        obj = self.get(target)
        self._check_deletable(target, obj, options)
        metadata = obj["metadata"]
        if "deletionTimestamp" in metadata:
            return obj
        marked = self._marked(resource, obj)
        if marked is not None:
            return marked if options.dry_run else self.view(target, self.store.put(resource.id, marked))
        if not options.dry_run:
            self.store.remove(resource.id, target.key)
        return obj if resource.returns_deleted else success(resource.details(target.name) | {"uid": metadata["uid"]})

    def _marked(self, resource: Resource, obj: Obj) -> Obj | None:
        """Give an object with its deletion begun; None when nothing holds it."""
        metadata = obj["metadata"] | {"deletionTimestamp": now()}
        if resource is NAMESPACES:
            return obj | {"metadata": metadata, "status": obj["status"] | {"phase": "Terminating"}}
        if resource is CRD_RESOURCE:
            metadata["finalizers"] = [*metadata.get("finalizers", ()), CLEANUP]
        elif not metadata.get("finalizers"):
            return None
        metadata["deletionGracePeriodSeconds"] = 0
        if resource.generation:
            metadata["generation"] += 1
        return obj | {"metadata": metadata}

    def _updated(self, target: Target, old: Obj, obj: Obj, options: WriteOptions) -> Obj:
        resource, before = target.resource, old["metadata"]
        if obj["metadata"].get("resourceVersion", before["resourceVersion"]) != before["resourceVersion"]:
            raise conflict(resource.group, resource.plural, target.name)
        if target.subresource == "status":
            obj = {key: value for key, value in old.items() if key != "status"} | _only(obj, "status")
        elif target.version.status:
            obj = {key: value for key, value in obj.items() if key != "status"} | _only(old, "status")
        fixed = ("creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "namespace")
        metadata = {key: value for key, value in obj["metadata"].items() if key not in fixed}
        obj = obj | {"metadata": metadata | _only(before, *fixed, "resourceVersion")}
        obj = self._checked(target, obj, old, options)
        if obj == old:
            return old
        if resource.generation and _spec(obj, target.version) != _spec(old, target.version):
            obj = obj | {"metadata": obj["metadata"] | {"generation": before["generation"] + 1}}
        if options.dry_run:
            return obj
        if "deletionTimestamp" in before and not obj["metadata"].get("finalizers") and resource is not NAMESPACES:
            self.store.remove(resource.id, target.key)
            return obj
        return self.view(target, self.store.put(resource.id, obj))

    def _decoded(self, target: Target, body: Obj, *, patched: bool = False) -> Obj:
        obj = body | {"metadata": tidied(body.get("metadata"), target.resource.kind, target.version.name)}
        self._check_type(target, obj, patched=patched)
        return obj

    def _checked(self, target: Target, obj: Obj, old: Obj | None, options: WriteOptions) -> Obj:
        """Prune, default and check an object."""
        resource, schema = target.resource, target.version.schema
        content = {key: value for key, value in obj.items() if key not in OBJECT_FIELDS}
        if not resource.custom:
            content = without_nulls(content)
        content, unknown = prune(content, schema)
        self._report_unknown(target, unknown, options)
        content = fill_defaults(content, schema)
        fields = _only(obj, *OBJECT_FIELDS)
        faults = validate(content | fields, schema)
        for fault in faults:
            # A built-in object is decoded into its type; what does not fit fails there.
            if not resource.custom and fault.reason == TYPE_INVALID:
                raise _undecodable(target, f"{fault.field}: {fault.message}")
        causes = [*check_metadata(obj["metadata"], resource), *faults]
        if causes and not resource.custom:
            raise resource.invalid(obj["metadata"].get("name", ""), causes)
        try:
            obj = resource.prepare(content | fields, old)
        except ValueError as error:
            raise _undecodable(target, str(error)) from None
        if old is not None:
            causes += check_change(obj["metadata"], old["metadata"])
        causes += resource.check(obj, old)
        if causes:
            raise resource.invalid(obj["metadata"].get("name", ""), causes)
        return {"apiVersion": obj["apiVersion"], "kind": obj["kind"], "metadata": obj["metadata"]} | obj

    def _report_unknown(self, target: Target, unknown: list[str], options: WriteOptions) -> None:
        told = [f'unknown field "{path}"' for path in unknown]
        if told and options.field_validation == "Strict":
            raise _undecodable(target, f"strict decoding error: {', '.join(told)}")
        if options.field_validation == "Warn":
            options.warnings += told

    def _check_type(self, target: Target, body: Obj, *, patched: bool) -> None:
        resource = target.resource
        kind, api_version = body.get("kind"), body.get("apiVersion")
        if resource.custom and not kind:
            raise _undecodable(target, "Object 'Kind' is missing")
        if not resource.custom:
            body.setdefault("kind", resource.kind)
            body.setdefault("apiVersion", target.api_version)
            kind, api_version = body["kind"], body["apiVersion"]
        name = body["metadata"].get("name", "")
        group = str(api_version or "").rpartition("/")[0]
        if api_version != target.api_version:
            if patched:
                cause = wrong("apiVersion", api_version, f"must be {target.api_version}")
                raise invalid(group, str(kind), name, [cause])
            raise bad_request(
                f"the API version in the data ({api_version}) does not match the expected API version "
                f"({target.api_version})"
            )
        if kind != resource.kind:
            if resource.custom:
                raise invalid(group, str(kind), name, [wrong("kind", kind, f"must be {resource.kind}")])
            raise bad_request(f'no kind "{kind}" is registered for version "{api_version}"')

    def _check_namespace(self, target: Target, obj: Obj) -> None:
        """Check the namespace that an object is created in."""
        if not target.resource.namespaced:
            return
        if obj["metadata"].get("namespace", target.namespace) != target.namespace:
            raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
        namespace = self.store.collection(NAMESPACES.id).objects.get(("", target.namespace))
        if namespace is None:
            raise not_found("", "namespaces", target.namespace)
        if "deletionTimestamp" in namespace["metadata"]:
            why = f"namespace {target.namespace} is being terminated"
            raise forbidden_request(
                target.resource.group,
                target.resource.plural,
                obj["metadata"].get("name", ""),
                f"unable to create new content in namespace {target.namespace} because it is being terminated",
                [Cause("metadata.namespace", "NamespaceTerminating", why)],
            )

    def _check_names(self, target: Target, obj: Obj) -> None:
        metadata = obj["metadata"]
        if not metadata.get("name"):
            raise bad_request(
                f"the name of the object ({target.name} based on URL) was undeterminable: name must be provided"
            )
        if metadata["name"] != target.name:
            raise bad_request(
                f"the name of the object ({metadata['name']}) does not match the name on the URL ({target.name})"
            )
        if metadata.get("namespace", target.namespace) != target.namespace:
            raise bad_request(
                f"the namespace of the object ({metadata['namespace']}) does not match the namespace on the request "
                f"({target.namespace})"
            )

    def _check_deletable(self, target: Target, obj: Obj, options: DeleteOptions) -> None:
        resource, metadata = target.resource, obj["metadata"]
        if resource is NAMESPACES and target.name in PERMANENT_NAMESPACES:
            raise forbidden_request("", "namespaces", target.name, "this namespace may not be deleted")
        if options.uid and options.uid != metadata["uid"]:
            why = (
                f"the UID in the precondition ({options.uid}) does not match the UID in record "
                f"({metadata['uid']}). The object might have been deleted and then recreated"
            )
            raise conflict(resource.group, resource.kind, target.name, why)
        stated = options.resource_version
        if stated and stated != metadata["resourceVersion"]:
            why = (
                f"the ResourceVersion in the precondition ({stated}) does not match the ResourceVersion in record "
                f"({metadata['resourceVersion']}). The object might have been modified"
            )
            raise conflict(resource.group, resource.kind, target.name, why)


def _undecodable(target: Target, why: str) -> DecodeError:
    return DecodeError(target.resource.kind, target.version.name, why)


def _only(obj: Obj, *keys: str) -> Obj:
    return {key: obj[key] for key in keys if key in obj}


def _spec(obj: Obj, version: Version) -> Obj:
    """Give what the generation counts: everything but the metadata, and but a status of its own."""
    apart = ("apiVersion", "metadata", "status") if version.status else ("apiVersion", "metadata")
    return {key: value for key, value in obj.items() if key not in apart}
