"""Finds the series of a declared metric by the values of its labels."""

from collections.abc import Callable, Mapping
from itertools import product
from operator import itemgetter
from threading import Lock
from typing import Any, Final, Generic, Protocol, TypeVar

from sloctl.sdk import families
from sloctl.sdk.labels import OVERFLOW, Bounded, Enum, LabelKind, Labels, PerObject, Refused, is_text
from sloctl.sdk.objects import Identity, identify, objects_of
from sloctl.sdk.store import Store

_S = TypeVar("_S")
_S_co = TypeVar("_S_co", covariant=True)
_H = TypeVar("_H")


class Source(Protocol[_S_co]):
    """Where the series of a metric come from."""

    def at(self, *values: str) -> _S_co:
        """Give the series with these label values, made when there is none yet."""

    def drop(self, values: tuple[str, ...]) -> None:
        """Let go of a series."""


class Lookup(Generic[_S, _H]):
    """
    The handles of one metric by the values of its labels.

    Args:
        store: Where overflows are counted, and whose objects its series may belong to.
        name: As it is scraped.
        labels: At least one.
        source: Gives the series.
        handle: Makes the handle of a series; of None for a series of an object that is gone.

    Attributes:
        names: Of the labels.
        ready: Handles that values lead to as they are, by what `pick` makes of them.
        pick: Puts the values given by name into the order of the declaration.
        width: How many labels there are; -1 where values do not lead to a handle as they are.
    """

    def __init__(
        self, store: Store, name: str, labels: Labels, source: Source[_S], handle: Callable[[_S | None], _H]
    ) -> None:
        self.names: Final = tuple(labels)
        self.pick: Final[Callable[[Mapping[str, object]], Any]] = itemgetter(*labels)
        self.ready: Final[dict[Any, _H]] = {}
        self.width: Final = -1 if any(isinstance(label, PerObject) for label in labels.values()) else len(labels)
        self._labels = dict(labels)
        self._source = source
        self._handle = handle
        self._lock = Lock()
        self._known: dict[str, set[str]] = {}
        bounded = [label for label, kind in labels.items() if isinstance(kind, Bounded)]
        self._overflows = {label: store.values(families.LABEL_OVERFLOW).at(name, label) for label in bounded}
        self._objects = objects_of(store)
        self._held: dict[str, dict[tuple[str, ...], _H]] = {}
        self._owners: dict[tuple[str, ...], Identity] = {}
        enums = [kind.values for kind in labels.values() if isinstance(kind, Enum)]
        if len(enums) == len(labels):
            for values in product(*enums):
                self._free(dict(zip(labels, values, strict=True)))
        if self.width < 0:
            self._objects.metrics.append(self)

    def find(self, values: Mapping[str, object]) -> _H:
        """
        Give the handle for some values, made when there is none yet.

        Raises:
            Refused: There is no such series.
        """
        if values.keys() != self._labels.keys():
            raise Refused(f"its labels are {', '.join(self._labels)}, not {', '.join(values) or 'none'}")
        with self._lock:
            owner = None
            texts: dict[str, str] = {}
            for name, kind in self._labels.items():
                if isinstance(kind, PerObject):
                    owner = identify(values[name])
                    texts[name] = owner.text
                else:
                    texts[name] = self._text(name, kind, values[name])
            return self._free(texts) if owner is None else self._owned(owner, tuple(texts.values()))

    def _text(self, name: str, kind: LabelKind, value: object) -> str:
        if not isinstance(value, str):
            raise Refused(f"the label {name} takes a text, not a {type(value).__name__}")
        if not is_text(value):
            raise Refused(f"the label {name} cannot be {value[:40]!r}: {'it is no UTF-8' if value else 'it is empty'}")
        if isinstance(kind, Enum):
            if value not in kind.values:
                raise Refused(f"{value[:40]!r} is no declared value of the label {name}")
            return value
        assert isinstance(kind, Bounded)
        known = self._known.setdefault(name, set())
        if value not in known:
            if value == OVERFLOW or len(known) >= kind.limit:
                self._overflows[name].add(1.0)
                return OVERFLOW
            known.add(value)
        return value

    def _free(self, texts: Mapping[str, str]) -> _H:
        key = self.pick(texts)
        if key not in self.ready:
            self.ready[key] = self._handle(self._source.at(*texts.values()))
        return self.ready[key]

    def _owned(self, who: Identity, values: tuple[str, ...]) -> _H:
        held = self._held.get(who.uid, {})
        if values in held:
            return held[values]
        if not is_text(who.text):
            raise Refused("the name of the object is no text that can be scraped")
        owner = self._owners.get(values)
        if who.uid in self._objects.gone or (owner is not None and who.created < owner.created):
            return self._handle(None)
        if owner is not None:  # it was deleted, and this one has its name
            del self._held[owner.uid][values]
            self._source.drop(values)
        self._owners[values] = who
        handle = self._held.setdefault(who.uid, held)[values] = self._handle(self._source.at(*values))
        return handle

    def forget(self, uid: str) -> None:
        """Let go of the series of an object."""
        with self._lock:
            for values in self._held.pop(uid, ()):
                del self._owners[values]
                self._source.drop(values)
