"""
The view by generation: one trace for each generation of an object, from when it was first seen until it is ready.

The trace's id is computed from the object's uid and its generation: it survives a restart, and nothing is written.
That takes an id generator that asks `IDS`: `sloctl.sdk.hooks.idgen`. With any other the traces end with the process.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from hashlib import blake2b
from typing import Any, Final

from opentelemetry.context import Context
from opentelemetry.trace import Span, Tracer, set_span_in_context
from opentelemetry.util.types import Attributes

IDS: Final[ContextVar[tuple[int, int] | None]] = ContextVar("sloctl-ids", default=None)
"""The trace id and the span id that the next span is to have."""


class Convergence:
    """
    The way of an object's generation to being ready.

    Attributes:
        generation: Of the object.
        span: Its open span; None once it is ready.
    """

    __slots__ = ("generation", "span")

    def __init__(self, generation: object, span: Span | None) -> None:
        self.generation = generation
        self.span = span

    def settle(self, body: Mapping[str, Any]) -> None:
        """End the span when the object has become ready for this generation."""
        if self.span is not None and body["metadata"].get("generation") == self.generation and is_ready(body):
            self.span.end()
            self.span = None

    def context(self) -> Context | None:
        """Give the context of what belongs to this generation; None when it is ready already."""
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
    Say whether an object's status is about its generation and says that it is ready.

    >>> status = {"observedGeneration": 3, "conditions": [{"type": "Ready", "status": "True"}]}
    >>> is_ready({"metadata": {"generation": 3}, "status": status})
    True
    >>> is_ready({"metadata": {"generation": 4}, "status": status})
    False
    """
    status = body.get("status") or {}
    generation = body["metadata"].get("generation")
    if generation is None or status.get("observedGeneration") != generation:
        return False
    return any(it.get("type") == "Ready" and it.get("status") == "True" for it in status.get("conditions") or ())
