"""One trace for a number: the span in which it was last added to a series, if that span is kept."""

from collections.abc import Callable, Mapping
from time import time
from typing import Any, Final, NamedTuple, Protocol

from opentelemetry import context as contexts
from opentelemetry.trace import Span, SpanContext, TraceFlags
from opentelemetry.trace.propagation import _SPAN_KEY


class Exemplar(NamedTuple):
    """
    A value that was added to a series.

    Attributes:
        span: In which that was.
        value: What was added, in the unit of the series.
        at: When, as a Unix time in seconds.
    """

    span: SpanContext
    value: float
    at: float

    def labels(self) -> dict[str, str]:
        """Give the span as W3C trace context writes it: 63 of the 128 characters that an exemplar may have."""
        return {"trace_id": f"{self.span.trace_id:032x}", "span_id": f"{self.span.span_id:016x}"}


class Series(Protocol):
    """A series of a counter or a histogram."""

    def note(self, exemplar: Exemplar) -> None:
        """Keep an exemplar."""


def _reader() -> Callable[[], Mapping[str, Any]]:
    variable = getattr(getattr(contexts, "_RUNTIME_CONTEXT", None), "_current_context", None)
    return getattr(variable, "get", contexts.get_current)


current: Final = _reader()
"""Gives OpenTelemetry's current context, at a fifth of what its function costs: that is a variable, as a rule."""


SPAN: Final = _SPAN_KEY
"""The current span's key in a context."""


def note(series: Series, value: float, span: Span) -> None:
    """
    Keep an exemplar of what was added to a series under a span, if that one is kept.

    To be called as follows; an addition that nothing traces pays for the condition only:

        if (span := current().get(SPAN)) is not None and type(span) is not NonRecordingSpan:
            note(series, value, span)
    """
    try:  # a suppress() would cost as much as the rest
        context = span.get_span_context()
        if context.trace_flags & TraceFlags.SAMPLED and context.is_valid:
            series.note(Exemplar(context, value, time()))
    except Exception:  # noqa: BLE001, S110 # a span of another make; the value is stored, and counts for more
        pass
