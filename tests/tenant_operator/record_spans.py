"""Loaded beside the operator: writes each span to the file that SPANS names, as one line of JSON."""

import os
from pathlib import Path

import kopf
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor


def _line(span: ReadableSpan) -> str:
    return span.to_json(indent=None) + "\n"


@kopf.on.startup()
def record(**_: object) -> None:
    """Give the process a tracer provider, as an operator's own set-up does."""
    file = Path(os.environ["SPANS"]).open("a")  # noqa: SIM115 # open for as long as the operator runs
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter(out=file, formatter=_line)))
    trace.set_tracer_provider(provider)
