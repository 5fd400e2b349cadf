"""
The objects to which series belong.

A series of a label `PerObject` belongs to an object's uid, not to its name: what is let go with an object that was
deleted are its own series, and not those of an object that has its name by now. A uid never comes back, so an object
that is gone gets no series any more, whatever is still under way for it.
"""

from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from threading import Lock
from typing import Any, Final, NamedTuple, Protocol

from sloctl.sdk.labels import Refused
from sloctl.sdk.store import Store

CURRENT: Final[ContextVar[Mapping[str, Any] | None]] = ContextVar("sloctl-object", default=None)
"""The object that is being reconciled: set by whoever opens the reconciliation."""

_GIVE_IT: Final = "give the object itself, with its metadata.uid and metadata.name"
_REMEMBERED: Final = 10_000  # uids of objects that are gone: about a megabyte, and hours of deletions


class Identity(NamedTuple):
    """Which object a series belongs to: its uid, how it is shown, and when it was created."""

    uid: str
    text: str
    created: str


class Owned(Protocol):
    """A metric whose series belong to objects."""

    def forget(self, uid: str) -> None:
        """Let go of an object's series."""


class Objects:
    """The metrics of one store whose series belong to objects, and the uids of objects that are gone."""

    def __init__(self) -> None:
        self.metrics: list[Owned] = []
        self.gone: dict[str, None] = {}
        self._lock = Lock()

    def forget(self, uid: str) -> None:
        """Let go of every series of an object, for good."""
        with self._lock:
            self.gone[uid] = None  # first, so that nothing is added behind the back of the loop
            if len(self.gone) > _REMEMBERED:
                del self.gone[next(iter(self.gone))]
        for metric in self.metrics:
            metric.forget(uid)


def objects_of(store: Store) -> Objects:
    """Give the objects of a store, made at the first call."""
    return store.part(Objects, Objects)


def forget(store: Store, obj: Mapping[str, Any] | str) -> None:
    """
    Let go of every series of an object, or of a uid.

    Raises:
        Refused: It is neither.
    """
    objects_of(store).forget(obj if isinstance(obj, str) else identify(obj).uid)


def object_in(args: Iterable[object], kwargs: Mapping[str, object]) -> Mapping[str, Any] | None:
    """
    Find the object among the arguments of a call: kopf's keyword `body`, or the first one that looks like an object.

    >>> object_in([{"metadata": {"name": "acme"}}], {})
    {'metadata': {'name': 'acme'}}
    """
    body = kwargs.get("body")
    for value in args if body is None else (body, *args):
        if (type(value) is dict or isinstance(value, Mapping)) and "metadata" in value:  # a dict is told at a fifth
            return value
    return None


def identify(value: object, current: Callable[[], Mapping[str, Any] | None] = CURRENT.get) -> Identity:
    """
    Say which object is meant: by the object itself, or by the name of the one that is being reconciled.

    Raises:
        Refused: It is no object, or a text that does not name the object that is being reconciled.

    >>> identify({"metadata": {"uid": "7f", "namespace": "default", "name": "acme"}})
    Identity(uid='7f', text='default/acme', created='')
    """
    if not isinstance(value, str):
        return _identity(value)
    body = current()
    if body is None:
        raise Refused("a text names an object only inside its reconciliation; elsewhere give the object itself")
    found = _identity(body)
    if value not in (found.text, found.text.rpartition("/")[2]):
        raise Refused("the text does not name the object that is being reconciled; give the object itself")
    return found


def _identity(body: Any) -> Identity:
    try:
        metadata = body["metadata"]
        uid, name, namespace = metadata["uid"], metadata["name"], metadata.get("namespace")
    except Exception as error:  # whatever is no mapping
        raise Refused(_GIVE_IT) from error
    if type(uid) is not str or type(name) is not str:
        raise Refused(_GIVE_IT)
    return Identity(uid, f"{namespace}/{name}" if namespace else name, metadata.get("creationTimestamp") or "")
