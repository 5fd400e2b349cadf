"""The objects of OpenSLO, known by their kind and name, and the references between them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from sloctl.model.slo import Origin
from sloctl.specio.reader import Fields, Reader
from sloctl.specio.tree import Value

T = TypeVar("T")

API_VERSION: Final = "openslo/v1"
KINDS: Final = ("SLO", "SLI", "Service", "DataSource", "AlertPolicy", "AlertCondition", "AlertNotificationTarget")
_OBJECT: Final = Fields(["apiVersion", "kind", "metadata", "spec"])
_INLINE: Final = Fields(["metadata", "spec"], ["kind"])
_METADATA: Final = Fields(["name"], ["displayName", "labels", "annotations"])
_KEY: Final = r"[a-zA-Z0-9]([-._a-zA-Z0-9]{0,61}[a-zA-Z0-9])?"
_DNS_LABEL: Final = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
LABEL_KEY: Final = re.compile(_KEY)
_ANNOTATION_KEY: Final = re.compile(rf"((?=[^/]{{1,253}}/){_DNS_LABEL}(\.{_DNS_LABEL})*/)?{_KEY}")


@dataclass(frozen=True, slots=True)
class Metadata:
    """What an object is called; the name is empty when that is at fault."""

    name: str
    display_name: str
    labels: dict[str, tuple[str, ...]]
    annotations: dict[str, str]


@dataclass(frozen=True, slots=True)
class Object:
    """
    An object.

    Args:
        kind: One of [`KINDS`][sloctl.specio.openslo.objects.KINDS].
        metadata: What it is called.
        spec: What it says.
        where: How the user would call *spec*.
    """

    kind: str
    metadata: Metadata
    spec: Value
    where: str = "spec"

    @property
    def origin(self) -> Origin:
        """Say where it stands."""
        return Origin(self.spec.path, *self.spec.place)


def read_object(read: Reader, value: Value) -> Object | None:
    """Read a document whose apiVersion is known."""
    fields = read.fields(value, "the document", _OBJECT)
    kind = read.choice(fields["kind"], "kind", KINDS) if "kind" in fields else None
    metadata = _metadata(read, fields, "metadata")
    return Object(kind, metadata, fields["spec"]) if kind is not None and "spec" in fields else None


def read_inline(read: Reader, value: Value, where: str, kind: str) -> Object | None:
    """Read an object that stands where a reference might."""
    fields = read.fields(value, where, _INLINE)
    if "kind" in fields:
        read.choice(fields["kind"], f"{where}.kind", [kind])
    metadata = _metadata(read, fields, f"{where}.metadata")
    return Object(kind, metadata, fields["spec"], f"{where}.spec") if "spec" in fields else None


class NotYetError(Exception):
    """An object is referred to before all of them are known."""


class Objects:
    """
    The objects of all files, read when they are asked for the first time.

    Args:
        read: Takes the faults.
    """

    def __init__(self, read: Reader) -> None:
        self.is_complete = False
        """Whether all have been taken in; until then, every reference raises `NotYetError`."""
        self._read = read
        self._found: dict[tuple[str, str], Object] = {}
        self._done: dict[tuple[str, str], object] = {}

    def add(self, found: Object) -> None:
        """Take an object in; SLOs are not referred to."""
        key = found.kind, found.metadata.name
        if found.kind == "SLO" or not found.metadata.name:
            return
        if key in self._found:
            hint = "rename one of the two"
            self._read.fault(found.spec, "duplicate-name", f"there is another {found.kind} named '{key[1]}'", hint)
        self._found[key] = found

    def all(self, kind: str, make: Callable[[Object], T | None]) -> list[T]:
        """Read every object of a kind; those with faults are left out."""
        keys = [key for key in self._found if key[0] == kind]
        return [made for key in keys if (made := self._make(key, make)) is not None]

    def refer(self, value: Value, where: str, kind: str, make: Callable[[Object], T | None]) -> T | None:
        """Read the object that *value* names."""
        if not self.is_complete:
            raise NotYetError
        name = self._read.name(value, where)
        if name is None:
            return None
        if (kind, name) not in self._found:
            known = sorted(known for other, known in self._found if other == kind)
            hint = f"{kind}s in the given files: {', '.join(known) or 'none'}"
            self._read.fault(value, "unknown-reference", f"there is no {kind} named '{name}'", hint)
            return None
        return self._make((kind, name), make)

    def _make(self, key: tuple[str, str], make: Callable[[Object], T | None]) -> T | None:
        if key not in self._done:
            self._done[key] = make(self._found[key])
        return self._done[key]  # type: ignore[return-value]  # one kind, one maker


def _metadata(read: Reader, parent: dict[str, Value], where: str) -> Metadata:
    fields = read.fields(parent["metadata"], where, _METADATA) if "metadata" in parent else {}
    name = (read.name(fields["name"], f"{where}.name") or "") if "name" in fields else ""
    labels = _labels(read, fields["labels"], f"{where}.labels") if "labels" in fields else {}
    annotations = read.texts(fields.get("annotations"), f"{where}.annotations")
    for key in annotations:
        if not _ANNOTATION_KEY.fullmatch(key):
            hint = "for example: example.com/note, or note alone"
            read.fault(
                fields["annotations"].key(key), "wrong-value", f"{where}.annotations cannot have the key '{key}'", hint
            )
    return Metadata(name, read.optional(fields, "displayName", where), labels, annotations)


def _labels(read: Reader, value: Value, where: str) -> dict[str, tuple[str, ...]]:
    labels = {}
    for key, child in (read.mapping(value, where) or {}).items():
        if not LABEL_KEY.fullmatch(key):
            hint = "at most 63 letters, digits, '-', '_' and '.', with a letter or digit at both ends"
            read.fault(value.key(key), "wrong-value", f"{where} cannot have the key '{key}'", hint)
        items = child.data if isinstance(child.data, list) else [child]
        labels[key] = tuple(item.data for item in items if read.is_text(item, f"{where}.{key}"))
    return labels
