"""Which trace stands behind a number."""

import contextvars
from collections.abc import Iterator

import pytest
from opentelemetry import context as contexts
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, Decision, Sampler, SamplingResult
from opentelemetry.trace import INVALID_SPAN, NonRecordingSpan, Span, SpanContext, TraceFlags, set_span_in_context
from prometheus_client import generate_latest
from prometheus_client.openmetrics import exposition as library
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.samples import Exemplar

import sloctl
from sloctl.sdk import exemplars
from sloctl.sdk.negotiate import TEXT, negotiate

OPENMETRICS = negotiate("application/openmetrics-text; version=1.0.0")
DURATION = "controller_runtime_reconcile_time_seconds"


def _written(obs: sloctl.Instrumentation) -> bytes:
    return b"".join(obs._exposition.render(OPENMETRICS))


def _exemplars(text: bytes) -> dict[tuple[str, str], Exemplar]:
    """Give the exemplars by sample and by bucket."""
    return {
        (sample.name, sample.labels.get("le", "")): sample.exemplar
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
        if sample.exemplar
    }


def _labels(span: Span) -> dict[str, str]:
    context = span.get_span_context()
    return {"trace_id": f"{context.trace_id:032x}", "span_id": f"{context.span_id:016x}"}


def test_a_sampled_span_stands_behind_what_it_added(obs: sloctl.Instrumentation, provider: TracerProvider) -> None:
    """The last addition of each counter and of each bucket names its span, its value and its time."""
    jobs = obs.counter("jobs", "Jobs done.")
    wait = obs.histogram("wait_seconds", "Time waited.", buckets=[1, 2], labels={"tier": sloctl.Enum("gold")})
    tracer = provider.get_tracer("test")
    with tracer.start_as_current_span("first"):
        jobs.inc()
        wait.labels(tier="gold").observe(0.25)
    with tracer.start_as_current_span("second") as second:
        jobs.inc(2)
        wait.labels(tier="gold").observe(0.5)
        wait.labels(tier="gold").observe(7)
    jobs.inc()
    found = _exemplars(_written(obs))
    assert {place: (exemplar.labels, exemplar.value) for place, exemplar in found.items()} == {
        ("jobs_total", ""): (_labels(second), 2),
        ("wait_seconds_bucket", "1.0"): (_labels(second), 0.5),
        ("wait_seconds_bucket", "+Inf"): (_labels(second), 7),
    }
    assert all(float(exemplar.timestamp or 0) > 1.7e9 for exemplar in found.values())


def test_what_was_kept_of_a_scrape_gets_its_exemplar(obs: sloctl.Instrumentation, provider: TracerProvider) -> None:
    """An exemplar comes and goes with the format that is asked for, also when no value has changed since."""
    jobs = obs.counter("jobs", "Jobs done.")
    with provider.get_tracer("test").start_as_current_span("one") as span:
        jobs.inc()
    for _ in range(2):
        assert b" # " not in obs.exposition().replace(b"\n# ", b"")
        assert _exemplars(_written(obs))["jobs_total", ""].labels == _labels(span)


class RecordOnly(Sampler):
    """Records every span and lets none be exported."""

    def should_sample(self, *_args: object, **_kwargs: object) -> SamplingResult:
        return SamplingResult(Decision.RECORD_ONLY)

    def get_description(self) -> str:
        return "record only"


@pytest.mark.parametrize("sampler", [None, ALWAYS_OFF, RecordOnly()])
def test_nothing_is_named_that_is_not_kept(obs: sloctl.Instrumentation, sampler: Sampler | None) -> None:
    """Without a span, and in one that is not sampled, an addition has no exemplar."""
    jobs = obs.counter("jobs", "Jobs done.")
    if sampler is None:
        jobs.inc()
    else:
        with TracerProvider(sampler=sampler).get_tracer("test").start_as_current_span("dropped"):
            jobs.inc()
    assert b"jobs_total 1.0\n" in _written(obs)


class Broken(NonRecordingSpan):
    """A span of another make, which fails."""

    def get_span_context(self) -> SpanContext:
        raise RuntimeError("broken")


class Odd(NonRecordingSpan):
    """A span of another make, whose identifiers are none."""

    def __init__(self) -> None:
        super().__init__(SpanContext(0, 0, is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED)))


@pytest.mark.parametrize("span", [Broken(INVALID_SPAN.get_span_context()), Odd(), INVALID_SPAN, "no span", None])
def test_a_span_that_is_none_costs_no_value(obs: sloctl.Instrumentation, span: Span) -> None:
    """Whatever stands for the current span, the value is stored, without an exemplar and without a raise."""
    jobs = obs.counter("jobs", "Jobs done.")

    def inc() -> None:
        contexts.attach(set_span_in_context(span))
        jobs.inc()

    contextvars.copy_context().run(inc)
    assert b"jobs_total 1.0\n" in _written(obs)


def test_a_value_that_is_refused_leaves_no_exemplar(obs: sloctl.Instrumentation, provider: TracerProvider) -> None:
    """Only what was added has a trace."""
    jobs = obs.counter("jobs", "Jobs done.")
    with provider.get_tracer("test").start_as_current_span("one"):
        jobs.inc(-1)
        jobs.inc(float("nan"))
    assert b"jobs_total 0.0\n" in _written(obs)


@pytest.mark.parametrize("fails", [False, True])
def test_a_reconciliation_stands_behind_its_duration(
    obs: sloctl.Instrumentation, spans: InMemorySpanExporter, fails: bool
) -> None:
    """The bucket into which a reconciliation fell names its root span and its duration."""

    @obs.reconcile("tenant")
    def reconcile(body: object) -> None:
        if fails:
            raise ZeroDivisionError

    body = {"kind": "Tenant", "metadata": {"name": "acme", "uid": "1"}}
    if fails:
        with pytest.raises(ZeroDivisionError):
            reconcile(body)
    else:
        reconcile(body)
    (root,) = spans.get_finished_spans()
    (((name, bound), exemplar),) = _exemplars(_written(obs)).items()
    assert (name, exemplar.labels) == (f"{DURATION}_bucket", _labels(root))  # type: ignore[arg-type]
    assert 0 < exemplar.value <= float(bound)


def test_the_library_shows_the_same_exemplars(obs: sloctl.Instrumentation, provider: TracerProvider) -> None:
    """The OpenMetrics exposition of prometheus_client has them too; its plain text has none."""
    with provider.get_tracer("test").start_as_current_span("one"):
        obs.counter("jobs", "Jobs done.").inc()
        obs.histogram("wait_seconds", "Time waited.", buckets=[1]).observe(0.5)
    ours, theirs = _exemplars(_written(obs)), _exemplars(library.generate_latest(obs.registry))
    assert {place: (found.labels, found.value) for place, found in ours.items()} == {
        place: (found.labels, found.value) for place, found in theirs.items()
    }
    assert len(ours) == 2
    assert b"trace_id" not in generate_latest(obs.registry) + b"".join(obs._exposition.render(TEXT))


def test_an_exemplar_is_short_enough(obs: sloctl.Instrumentation, provider: TracerProvider) -> None:
    """Names and values of its labels have 128 characters at most, as OpenMetrics demands."""
    with provider.get_tracer("test").start_as_current_span("one"):
        obs.counter("jobs", "Jobs done.").inc()
    ((exemplar),) = _exemplars(_written(obs)).values()
    assert sum(len(name) + len(value) for name, value in exemplar.labels.items()) == 63


def test_another_context_than_the_usual_one_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where OpenTelemetry keeps its context elsewhere, its own function is asked."""

    class Elsewhere:
        pass

    monkeypatch.setattr(contexts, "_RUNTIME_CONTEXT", Elsewhere())
    assert exemplars._reader() is contexts.get_current


@pytest.fixture(autouse=True)
def _no_span() -> Iterator[None]:
    token = contexts.attach(contexts.Context())
    yield
    contexts.detach(token)
