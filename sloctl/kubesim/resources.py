"""What a resource is, and which ones are served: the built-in ones and those that CRDs add."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from sloctl.kubesim.errors import Cause, Obj, about, invalid, qualified

VERBS: Final = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
METADATA_SELECTORS: Final = ("metadata.name", "metadata.namespace")


@dataclass(frozen=True)
class Column:
    """A column of the Table that `kubectl get` prints; a value is found by JSONPath or computed."""

    name: str
    value: str | Callable[[Obj], object]
    type: str = "string"
    format: str = ""
    description: str = ""
    priority: int = 0


AGE: Final = Column("Age", ".metadata.creationTimestamp", "date")


@dataclass(frozen=True)
class Version:
    """One version of a resource: its schema, its status subresource and its columns after the name."""

    name: str
    schema: Obj = field(default_factory=dict)
    status: bool = False
    columns: tuple[Column, ...] = (AGE,)


def unchanged(obj: Obj, _: Obj | None) -> Obj:
    """Leave an object as it is."""
    return obj


@dataclass(frozen=True)
class Resource:
    """
    One kind of object and how it is served.

    Args:
        group: Its API group; empty for the core group.
        kind: Its kind.
        plural: Its name in paths.
        versions: The served versions, the preferred one first.
        custom: It comes from a CRD: faults of type are 422, and strategic patches are refused.
        generation: `metadata.generation` counts changes of the spec.
        unconditional: PUT without a resourceVersion overwrites.
        upsert: PUT creates what is missing.
        returns_deleted: DELETE answers with the object instead of a Status.
        selectable: The paths that field selectors may name.
        prepare: Fills in what a schema cannot say; gets the new and the stored object, and raises ValueError for
            what does not fit the type of the kind.
        check: Finds faults that a schema cannot express; gets the new and the stored object.
    """

    group: str
    kind: str
    plural: str
    versions: tuple[Version, ...]
    singular: str = ""
    namespaced: bool = True
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    list_kind: str = ""
    verbs: tuple[str, ...] = VERBS
    custom: bool = False
    generation: bool = False
    unconditional: bool = True
    upsert: bool = False
    returns_deleted: bool = False
    selectable: tuple[str, ...] = METADATA_SELECTORS
    prepare: Callable[[Obj, Obj | None], Obj] = unchanged
    check: Callable[[Obj, Obj | None], Iterable[Cause]] = lambda _obj, _old: ()

    @property
    def id(self) -> str:
        """Give the resource with its group, which names it everywhere."""
        return qualified(self.plural, self.group)

    def version(self, name: str) -> Version | None:
        """Give a served version."""
        return next((version for version in self.versions if version.name == name), None)

    def api_version(self, version: str) -> str:
        """Give the `apiVersion` of objects in that version."""
        return f"{self.group}/{version}" if self.group else version

    def details(self, name: str) -> Obj:
        """Give the `details` of a Status about one object."""
        return about(name, self.group, self.plural)

    def invalid(self, name: str, causes: Iterable[Cause]) -> Exception:
        """Give the 422 for an object of this kind."""
        return invalid(self.group, self.kind, name, list(causes))


class Catalogue:
    """The resources that are served, by group and plural."""

    def __init__(self, builtin: Iterable[Resource]) -> None:
        self._resources = {(resource.group, resource.plural): resource for resource in builtin}

    def find(self, group: str, plural: str) -> Resource | None:
        """Give a resource, if it is served."""
        return self._resources.get((group, plural))

    def add(self, resource: Resource) -> None:
        """Serve a resource, or serve it in a new form."""
        self._resources[resource.group, resource.plural] = resource

    def remove(self, group: str, plural: str) -> None:
        """Serve a resource no longer."""
        self._resources.pop((group, plural), None)

    def all(self) -> list[Resource]:
        """Give every resource, by group and name."""
        return [self._resources[key] for key in sorted(self._resources)]

    def groups(self) -> dict[str, list[str]]:
        """Give the versions of each group, the preferred one first."""
        groups: dict[str, list[str]] = {}
        for resource in self.all():
            versions = groups.setdefault(resource.group, [])
            versions += [version.name for version in resource.versions if version.name not in versions]
        return groups

    def of(self, group: str, version: str) -> list[Resource]:
        """Give the resources of one group and version."""
        return [resource for resource in self.all() if resource.group == group and resource.version(version)]
