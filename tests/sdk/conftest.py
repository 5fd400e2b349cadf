"""An Instrumentation of the test's own: fresh registry, spans in memory."""

from collections.abc import Callable

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import CollectorRegistry

import sloctl

Value = Callable[..., float | None]


@pytest.fixture
def spans() -> InMemorySpanExporter:
    """Hold the spans that have ended."""
    return InMemorySpanExporter()


@pytest.fixture
def provider(spans: InMemorySpanExporter) -> TracerProvider:
    """Record every span."""
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    return provider


@pytest.fixture
def obs(provider: TracerProvider) -> sloctl.Instrumentation:
    """Give the instrumentation of an operator."""
    return sloctl.Instrumentation("test-operator", registry=CollectorRegistry(), tracer_provider=provider)


@pytest.fixture
def value(obs: sloctl.Instrumentation) -> Value:
    """Give what reads one series; None when there is none."""

    def value(name: str, **labels: str) -> float | None:
        return obs.registry.get_sample_value(name, labels)

    return value
