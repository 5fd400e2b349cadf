"""The sampler that keeps whole what links hold together."""

import logging
from collections.abc import Sequence
from typing import Any, Final

from opentelemetry.context import Context
from opentelemetry.sdk.trace.sampling import (
    ALWAYS_ON,
    DEFAULT_OFF,
    DEFAULT_ON,
    ParentBasedTraceIdRatio,
    Sampler,
    SamplingResult,
    StaticSampler,
    TraceIdRatioBased,
)
from opentelemetry.trace import Link, SpanKind
from opentelemetry.trace.span import TraceState
from opentelemetry.util.types import Attributes

_log: Final = logging.getLogger("sloctl")


class LinkAwareSampler(Sampler):
    """
    Samples what is linked to something sampled; all else by its parent, and roots at a ratio.

    A reconciliation is linked to what caused it, and is a trace of its own: any other sampler would decide on each
    link of the chain anew. Selected with `OTEL_TRACES_SAMPLER=sloctl_link_aware`, the ratio with
    `OTEL_TRACES_SAMPLER_ARG`. Source: Kubernetes' KEP-5915.

    Args:
        ratio: The share of the roots without a sampled link that is sampled, 0 to 1.

    Raises:
        ValueError: The ratio is not from 0 to 1.
    """

    def __init__(self, ratio: float = 1.0) -> None:
        self.ratio = ratio
        self._else = ParentBasedTraceIdRatio(ratio)

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        """Decide about a span that is about to start."""
        linked = links and any(link.context.trace_flags.sampled for link in links)
        sampler = ALWAYS_ON if linked else self._else
        return sampler.should_sample(parent_context, trace_id, name, kind, attributes, links, trace_state)

    def get_description(self) -> str:
        """Name the sampler as OpenTelemetry's own do."""
        return f"LinkAwareSampler{{{self.ratio}}}"


def link_aware(argument: str | None) -> Sampler:
    """Make the sampler from the environment; an argument that is no ratio is told of and stands for 1."""
    try:
        return LinkAwareSampler(float(argument) if argument else 1.0)
    except ValueError:
        _log.warning("OTEL_TRACES_SAMPLER_ARG is %r and no ratio from 0 to 1: every root is sampled", argument)
        return LinkAwareSampler()


_BY_TRACE_ID: Final = (StaticSampler, TraceIdRatioBased, ParentBasedTraceIdRatio, LinkAwareSampler)


def reads_attributes(tracer: Any) -> bool:
    """Say whether a tracer's sampler may go by attributes: OpenTelemetry's own and ours do not."""
    sampler = tracer.sampler
    return type(sampler) not in _BY_TRACE_ID and sampler not in (DEFAULT_ON, DEFAULT_OFF)
