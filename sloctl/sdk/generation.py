"""
The view by generation: one trace for each generation of an object, from when it was first seen until it is ready.

The trace's id is computed from the object's uid and its generation: it survives a restart, and nothing is written.
That takes an id generator that asks `IDS`: `sloctl.sdk.hooks.idgen`. With any other the traces end with the process.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from hashlib import blake2b
from typing import Any, Final, Literal

from opentelemetry.context import Context
from opentelemetry.trace import Span, Tracer, set_span_in_context
from opentelemetry.util.types import Attributes

IDS: Final[ContextVar[tuple[int, int] | None]] = ContextVar("sloctl-ids", default=None)
"""The trace id and the span id that the next span is to have."""


RESULT: Final = "sloctl.convergence.result"


class Convergence:
    """
    The way of an object's generation to being ready.

    Attributes:
        generation: Of the object.
        span: Its open span; None once it has ended.
    """

    __slots__ = ("generation", "span")

    def __init__(self, generation: object, span: Span | None) -> None:
        self.generation = generation
        self.span = span

    def settle(self, body: Mapping[str, Any]) -> None:
        """End the span when the object has become ready for this generation."""
        if self.span is not None and body["metadata"].get("generation") == self.generation and is_ready(body):
            self.end("ready")

    def end(self, result: Literal["ready", "superseded", "deleted"]) -> None:
        """End the span, unless that is done: what is below it would have no root."""
        span, self.span = self.span, None
        if span is not None:
            span.set_attribute(RESULT, result)
            span.end()

    def context(self) -> Context | None:
        """Give the context of what belongs to this generation; None when that has ended."""
        return None if self.span is None else set_span_in_context(self.span, Context())


def begin(tracer: Tracer, body: Mapping[str, Any], name: str, attributes: Attributes) -> Convergence:
    """Open the span of an object's generation, unless that is ready already or the object is being deleted."""
    metadata = body["metadata"]
    generation = metadata.get("generation")
    if "deletionTimestamp" in metadata or is_ready(body):
        return Convergence(generation, None)
    token = IDS.set(ids_of(metadata["uid"], generation))
    try:
        return Convergence(generation, tracer.start_span(name, Context(), attributes=attributes))
    finally:
        IDS.reset(token)


def ids_of(uid: str, generation: object) -> tuple[int, int]:
    """
    Compute the ids of the trace and the root span of a generation.

    >>> [f"{number:x}" for number in ids_of("460705ba", 3)]
    ['27fb13b82884921f54a9f1ffb17e6c90', 'c3fccd77eecb403']
    """
    digest = blake2b(f"{uid}/{generation}".encode(), digest_size=24).digest()
    return int.from_bytes(digest[:16]) or 1, int.from_bytes(digest[16:]) or 1


def is_ready(body: Mapping[str, Any]) -> bool:
    """
    Say whether an object's status tells that its generation is ready.

    That is its condition Ready, for that generation where the condition or the status names one; an object without
    such a condition is ready when its status has observed the generation.

    >>> ready = {"type": "Ready", "status": "True"}
    >>> is_ready({"metadata": {"generation": 3}, "status": {"observedGeneration": 3, "conditions": [ready]}})
    True
    >>> is_ready({"metadata": {"generation": 4}, "status": {"observedGeneration": 3, "conditions": [ready]}})
    False
    >>> is_ready({"metadata": {"generation": 4}, "status": {"observedGeneration": 4}})
    True
    >>> is_ready({"metadata": {"generation": 4}, "status": {"conditions": [ready | {"observedGeneration": 3}]}})
    False
    """
    status = body.get("status")
    if not isinstance(status, Mapping):
        return False
    generation, observed = body["metadata"].get("generation"), status.get("observedGeneration")
    for condition in status.get("conditions") or ():
        if condition.get("type") == "Ready":
            is_about = condition.get("observedGeneration", observed) in (None, generation)
            return is_about and condition.get("status") == "True"
    return generation is not None and bool(observed == generation)
