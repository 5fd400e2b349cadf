"""An Instrumentation of the test's own: fresh registry, spans in memory."""

from collections.abc import Callable

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import sloctl
from sloctl.testing import Telemetry, obs, sample, telemetry

collect_ignore = ["typed_api.py"]  # for mypy alone: it breaks its own rules

__all__ = ["Value", "obs", "provider", "spans", "telemetry", "value"]

Value = Callable[..., float | None]


@pytest.fixture
def provider(telemetry: Telemetry) -> TracerProvider:
    """Give the provider of `obs`, which records every span."""
    return telemetry.provider


@pytest.fixture
def spans(provider: TracerProvider) -> InMemorySpanExporter:
    """Hold the spans that have ended."""
    exporter = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return exporter


@pytest.fixture
def value(obs: sloctl.Instrumentation) -> Value:
    """Give what reads one series; None when there is none."""
    return lambda name, **labels: sample(obs, name, **labels)
