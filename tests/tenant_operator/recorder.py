"""Loaded beside the operator: writes its spans, as lines of JSON, and its own requests to the files that are named."""

import logging
import os
from pathlib import Path

import kopf
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SimpleSpanProcessor


def _line(span: ReadableSpan) -> str:
    return span.to_json(indent=None) + "\n"


@kopf.on.startup()
def record(**_: object) -> None:
    """Give the process a tracer provider, as an operator's own set-up does, and have its HTTP client tell."""
    file = Path(os.environ["SPANS"]).open("a")  # noqa: SIM115 # open for as long as the operator runs
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter(out=file, formatter=_line)))
    if "OTEL_EXPORTER_OTLP_ENDPOINT" in os.environ:
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(), schedule_delay_millis=100))
    trace.set_tracer_provider(provider)
    client = logging.getLogger("httpx2")
    client.addHandler(logging.FileHandler(os.environ["REQUESTS"]))
    client.setLevel(logging.INFO)
