"""The sampler that follows links, as the user selects it: through OpenTelemetry's environment variables."""

import logging
import os
import subprocess
import sys
from collections.abc import Sequence

import pytest
from opentelemetry.context import Context
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import (
    ALWAYS_OFF,
    ALWAYS_ON,
    DEFAULT_OFF,
    DEFAULT_ON,
    ParentBased,
    ParentBasedTraceIdRatio,
    Sampler,
    TraceIdRatioBased,
)
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

from sloctl.sdk.hooks.sampler import LinkAwareSampler, link_aware, reads_attributes

SAMPLED, UNSAMPLED = (SpanContext(7, 9, is_remote=True, trace_flags=TraceFlags(flags)) for flags in (1, 0))


def _is_sampled(sampler: Sampler, links: Sequence[SpanContext], parent: SpanContext | None = None) -> bool:
    context = Context() if parent is None else set_span_in_context(NonRecordingSpan(parent), Context())
    span = TracerProvider(sampler).get_tracer("test").start_span("test", context, links=[Link(link) for link in links])
    return span.get_span_context().trace_flags.sampled


@pytest.mark.parametrize(
    ("links", "parent", "sampled"),
    [
        ([], None, False),
        ([UNSAMPLED], None, False),
        ([SAMPLED], None, True),
        ([UNSAMPLED, SAMPLED], None, True),
        ([], SAMPLED, True),
        ([], UNSAMPLED, False),
        ([SAMPLED], UNSAMPLED, True),
        ([UNSAMPLED], SAMPLED, True),
    ],
)
def test_a_sampled_link_decides(links: list[SpanContext], parent: SpanContext | None, sampled: bool) -> None:
    """What is linked to something sampled is sampled; else the parent decides, and roots at the ratio, 0 here."""
    assert _is_sampled(LinkAwareSampler(0), links, parent) == sampled


def test_roots_are_sampled_at_the_ratio() -> None:
    """Without a sampled link a root is sampled by its trace id, as OpenTelemetry's own sampler does."""
    ours, theirs = LinkAwareSampler(0.3), ParentBasedTraceIdRatio(0.3)
    ids = [number << 56 for number in range(256)]
    decisions = [ours.should_sample(Context(), number, "test").decision for number in ids]
    assert decisions == [theirs.should_sample(Context(), number, "test").decision for number in ids]
    assert 70 < sum(decision.is_sampled() for decision in decisions) < 84


@pytest.mark.parametrize(("argument", "ratio"), [(None, 1), ("", 1), ("0", 0), ("0.25", 0.25)])
def test_the_argument_is_the_ratio(argument: str | None, ratio: float) -> None:
    """Without one every root is sampled."""
    assert link_aware(argument).get_description() == f"LinkAwareSampler{{{float(ratio)}}}"


@pytest.mark.parametrize("argument", ["2", "-1", "many"])
def test_an_argument_that_is_no_ratio_is_told(argument: str, caplog: pytest.LogCaptureFixture) -> None:
    """A warning names the variable and what is done instead."""
    with caplog.at_level(logging.WARNING, "sloctl"):
        assert link_aware(argument).get_description() == "LinkAwareSampler{1.0}"
    (message,) = caplog.messages
    assert "OTEL_TRACES_SAMPLER_ARG" in message
    assert argument in message


def test_only_samplers_that_may_go_by_attributes_get_them_at_the_start() -> None:
    """OpenTelemetry's own and ours decide by the trace's id, the parent and links; any other may do otherwise."""

    class Own(TraceIdRatioBased):
        """Of a user."""

    def reads(sampler: Sampler) -> bool:
        return reads_attributes(TracerProvider(sampler).get_tracer("test"))

    by_id = [ALWAYS_ON, ALWAYS_OFF, DEFAULT_ON, DEFAULT_OFF, TraceIdRatioBased(0.1), ParentBasedTraceIdRatio(0.1)]
    assert not any(map(reads, [*by_id, LinkAwareSampler()]))
    assert all(map(reads, [Own(0.1), ParentBased(Own(0.1))]))


_PROGRAM = """
from opentelemetry import trace
from opentelemetry.sdk._configuration import _OTelSDKConfigurator
_OTelSDKConfigurator().configure()  # what a distribution of OpenTelemetry does
provider = trace.get_tracer_provider()
print(provider.sampler.get_description(), type(provider.id_generator).__name__)
"""


def test_it_is_selected_by_the_environment() -> None:
    """OpenTelemetry's own set-up finds the sampler, its ratio and the id generator by their names."""
    own = {
        "OTEL_TRACES_SAMPLER": "sloctl_link_aware",
        "OTEL_TRACES_SAMPLER_ARG": "0.25",
        "OTEL_PYTHON_ID_GENERATOR": "sloctl_generation",
        "OTEL_TRACES_EXPORTER": "none",
        "OTEL_METRICS_EXPORTER": "none",
        "OTEL_LOGS_EXPORTER": "none",
    }
    program = [sys.executable, "-c", _PROGRAM]
    done = subprocess.run(program, env=os.environ | own, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["LinkAwareSampler{0.25}", "GenerationIdGenerator"], done.stderr
