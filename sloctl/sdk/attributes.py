"""What spans tell, and the cheap way to have them tell it."""

from typing import Any, Final

from opentelemetry.trace import Span
from opentelemetry.util.types import AnyValue

Attributes = dict[str, AnyValue]

_CLEAN: Final[frozenset[type]] = frozenset({str, int, float})


def describe(span: Span, attributes: Attributes) -> None:
    """Give a span more attributes; where they need none of OpenTelemetry's checks, without that third of its cost."""
    held: Any = getattr(span, "_attributes", None)
    values: Any = getattr(held, "_dict", None)
    most: Any = getattr(held, "maxlen", None)
    fits = type(values) is dict and type(most) is int and len(values) + len(attributes) <= most
    if fits and held.max_value_len is None and _CLEAN.issuperset(map(type, attributes.values())):
        values.update(attributes)
    else:
        span.set_attributes(attributes)
