"""The id generator that gives one generation of an object one trace, in whichever process."""

from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

from sloctl.sdk.generation import IDS


class GenerationIdGenerator(RandomIdGenerator):
    """
    Takes the ids that are asked for, and random ones where none are.

    Selected with `OTEL_PYTHON_ID_GENERATOR=sloctl_generation`.
    """

    def generate_trace_id(self) -> int:
        """Give the id of a trace that begins."""
        asked = IDS.get()
        return super().generate_trace_id() if asked is None else asked[0]

    def generate_span_id(self) -> int:
        """Give the id of a span that begins."""
        asked = IDS.get()
        return super().generate_span_id() if asked is None else asked[1]
