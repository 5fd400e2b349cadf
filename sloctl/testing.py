"""
For the tests of operators: a fresh Instrumentation, its spans and reconciliations, and assertions about its metrics.

`fresh()` gives an Instrumentation of the test's own, for code that takes one. `capture()` records what an operator does
that has made its own when it was imported. As fixtures of pytest, which a `conftest.py` asks for:

    pytest_plugins = ["sloctl.testing"]     # telemetry, obs and captured

    def test_a_tenant_is_counted(obs):
        Operator(obs).reconcile({"metadata": {"name": "acme"}})
        assert_sample(obs, "tenants_active", 1)

Needs the extra `testing`.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

from opentelemetry import trace
from prometheus_client import CollectorRegistry
from prometheus_client.samples import Sample

from sloctl.model.errors import MissingExtraError, UsageError
from sloctl.sdk import Instrumentation

try:
    import pytest
    from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
    from opentelemetry.sdk.trace.sampling import ALWAYS_ON
except ModuleNotFoundError as error:
    raise MissingExtraError(f"the package {error.name}", "testing") from error

__all__ = ["Reconcile", "Recorded", "Telemetry", "assert_sample", "capture", "fresh", "sample"]

_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class Reconcile:
    """
    A reconciliation that has ended.

    Attributes:
        controller: As it was declared.
        outcome: success, requeue, requeue_after, error, terminal or cancelled.
        duration_s: How long it took.
        error: What was raised, as `ValueError: no tier`; None when nothing was.
    """

    controller: str
    outcome: str
    duration_s: float
    error: str | None


class Recorded:
    """Spans that have ended, and the reconciliations among them, in the order in which they ended."""

    def __init__(self, exporter: InMemorySpanExporter) -> None:
        self._exporter = exporter

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        """All of them."""
        return tuple(self._exporter.get_finished_spans())

    def spans_named(self, name: str) -> list[ReadableSpan]:
        """Give those of a name."""
        return [span for span in self.spans if span.name == name]

    def span(self, name: str) -> ReadableSpan:
        """
        Give the only span of a name.

        Raises:
            AssertionError: There is none, or there are several; it names those that there are.
        """
        __tracebackhide__ = True
        found = self.spans_named(name)
        if len(found) != 1:
            names = ", ".join(repr(span.name) for span in self.spans) or "none"
            raise AssertionError(f"{len(found)} spans are named {name!r}; those that have ended: {names}")
        return found[0]

    @property
    def reconciles(self) -> list[Reconcile]:
        """The reconciliations."""
        return [_reconcile(span) for span in self.spans if "sloctl.controller" in (span.attributes or {})]

    def clear(self) -> None:
        """Forget what was recorded so far."""
        self._exporter.clear()


class Telemetry(Recorded):
    """
    An Instrumentation with a registry of its own, and what it recorded.

    Attributes:
        obs: The Instrumentation.
        provider: Where its spans go; give it to what else is to be traced.
    """

    def __init__(self, obs: Instrumentation, provider: TracerProvider, exporter: InMemorySpanExporter) -> None:
        super().__init__(exporter)
        self.obs = obs
        self.provider = provider


def fresh(name: str = "test-operator", **options: Any) -> Telemetry:
    """
    Make an Instrumentation that shares nothing with any other, and record every span of it.

    Args:
        name: The operator's name.
        options: Of `sloctl.Instrumentation`, such as `redact`.

    >>> telemetry = fresh()
    >>> @telemetry.obs.reconcile("tenant")
    ... def reconcile(body):
    ...     pass
    >>> reconcile({"kind": "Tenant", "metadata": {"name": "acme"}})
    >>> [(done.controller, done.outcome, done.error) for done in telemetry.reconciles]
    [('tenant', 'success', None)]
    >>> telemetry.span("reconcile Tenant").attributes["sloctl.object.name"]
    'acme'
    """
    provider, exporter = TracerProvider(sampler=ALWAYS_ON, shutdown_on_exit=False), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    obs = Instrumentation(name, registry=CollectorRegistry(), tracer_provider=provider, **options)
    return Telemetry(obs, provider, exporter)


@contextmanager
def capture() -> Iterator[Recorded]:
    """
    Record what goes to OpenTelemetry's own tracer provider, as the spans of an operator do that was given no other.

    Where none is set, one that records everything is, for the rest of the process: OpenTelemetry takes none twice.

    Raises:
        UsageError: One is set that is not OpenTelemetry's SDK.
    """
    if trace._TRACER_PROVIDER is None:
        trace.set_tracer_provider(TracerProvider(sampler=ALWAYS_ON, shutdown_on_exit=False))
    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        raise UsageError(f"{type(provider).__name__} does not say what it records", "set the SDK's TracerProvider")
    exporter = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    try:
        yield Recorded(exporter)
    finally:
        exporter.shutdown()  # it stays where it is and takes no more


def sample(obs: Instrumentation, name: str, /, **labels: str) -> float | None:
    """
    Give the value of a series as a scrape would see it; None when there is none.

    >>> sample(fresh().obs, "sloctl_internal_errors_total", kind="label")
    0.0
    """
    return next((found.value for found in _samples(obs) if (found.name, found.labels) == (name, labels)), None)


def assert_sample(obs: Instrumentation, name: str, value: object, /, **labels: str) -> None:
    """
    Hold that a series has a value: a number, `pytest.approx(...)`, or None when there is to be no such series.

    Raises:
        AssertionError: It has another; tells which one, and what else there is.

    >>> assert_sample(fresh().obs, "sloctl_internal_errors_total", 1, kind="label")
    Traceback (most recent call last):
    AssertionError: sloctl_internal_errors_total{kind="label"} is 0.0, not 1
    """
    __tracebackhide__ = True
    found = sample(obs, name, **labels)
    if found == value if value is not None else found is None:
        return
    wanted = _text(name, labels)
    if found is not None:
        raise AssertionError(f"{wanted} is {found}, not {value}")
    raise AssertionError(f"there is no {wanted}, which should be {value}\n{_near(list(_samples(obs)), name, labels)}")


@pytest.fixture
def telemetry() -> Iterator[Telemetry]:
    """Give a fresh Instrumentation, as `obs`, and what it records."""
    found = fresh()
    yield found
    found.provider.shutdown()


@pytest.fixture
def obs(telemetry: Telemetry) -> Instrumentation:
    """Give a fresh Instrumentation; what it records is in the fixture `telemetry`."""
    return telemetry.obs


@pytest.fixture
def captured() -> Iterator[Recorded]:
    """Record what an operator does that made its Instrumentation when it was imported."""
    with capture() as found:
        yield found


def _reconcile(span: ReadableSpan) -> Reconcile:
    attributes = span.attributes or {}
    error = None
    for event in span.events:
        if event.name == "exception" and event.attributes:
            kind = str(event.attributes["exception.type"]).rpartition(".")[2]
            message = str(event.attributes.get("exception.message") or "")
            error = f"{kind}: {message}" if message else kind
    return Reconcile(
        str(attributes["sloctl.controller"]),
        str(attributes.get("sloctl.reconcile.result")),
        ((span.end_time or 0) - (span.start_time or 0)) / 1e9,
        error,
    )


def _samples(obs: Instrumentation) -> Iterator[Sample]:
    for metric in obs.registry.collect():
        yield from metric.samples


def _near(samples: list[Sample], name: str, labels: Mapping[str, str]) -> str:
    """Tell which series come nearest to one that is not there."""
    same = [found for found in samples if found.name == name]
    if not same:
        names = {found.name for found in samples}
        close = [f"{name}_total"] if f"{name}_total" in names else get_close_matches(name, names)
        return f"no metric has that name; near it: {', '.join(close) or 'none'}"
    same.sort(key=lambda found: -len(found.labels.items() & labels.items()))
    lines = [f"  {_text(name, found.labels)} {found.value}" for found in same[:_SHOWN]]
    more = [f"  and {len(same) - _SHOWN} more"] if len(same) > _SHOWN else []
    return "\n".join(["of that name there are:", *lines, *more])


def _text(name: str, labels: Mapping[str, str]) -> str:
    inside = ",".join(f'{label}="{value}"' for label, value in labels.items())
    return f"{name}{{{inside}}}" if inside else name
