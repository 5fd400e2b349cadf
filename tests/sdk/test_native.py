"""Native histograms and the protobuf format that carries them."""

import math
import random
import struct
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from prometheus_client import Counter, Enum, Gauge, Histogram, Info, Summary
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    Metric,
    SummaryMetricFamily,
    UnknownMetricFamily,
)

import sloctl
from sloctl.sdk import exemplars
from sloctl.sdk.native import COARSEST, MOST, SCHEMA, ZERO, Sparse, runs
from sloctl.sdk.negotiate import negotiate
from sloctl.sdk.store import NativeBuckets
from tests.support.prometheus import Server, prometheus

PROTOBUF = negotiate("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited")
BOUNDS = [0.1, 1.0, 10.0]

Fields = dict[int, list[Any]]


def _upper(schema: int, index: int) -> float:
    """Give the upper bound of a bucket, as the specification defines it."""
    return float((2.0 ** (2.0**-schema)) ** index)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def _fields(data: bytes) -> Fields:
    """Read a message: integers, doubles and bytes by the number of their field."""
    found: Fields = defaultdict(list)
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        if key & 7 == 0:
            value, at = _varint(data, at)
        elif key & 7 == 1:
            (value,), at = struct.unpack_from("<d", data, at), at + 8
        else:
            assert key & 7 == 2
            length, at = _varint(data, at)
            value, at = data[at : at + length], at + length
        found[key >> 3].append(value)
    return found


def _signed(number: int) -> int:
    return number >> 1 ^ -(number & 1)


def _pairs(message: Fields) -> dict[str, str]:
    pairs = [_fields(pair) for pair in message[1]]
    return {pair[1][0].decode(): pair[2][0].decode() for pair in pairs}


def _families(obs: sloctl.Instrumentation) -> dict[str, tuple[int, list[tuple[dict[str, str], Fields]]]]:
    """Give the families of a scrape: their type, and their metrics with their labels."""
    data, at, found = b"".join(obs._exposition.render(PROTOBUF)), 0, {}
    while at < len(data):
        length, at = _varint(data, at)
        family, at = _fields(data[at : at + length]), at + length
        metrics = [_fields(metric) for metric in family[4]]
        name = family[1][0].decode()
        assert name not in found
        found[name] = family[3][0], [(_pairs(metric), metric) for metric in metrics]
    return found


def _only(obs: sloctl.Instrumentation, name: str, field: int) -> Fields:
    """Give the value of the only metric of a family."""
    ((_, metric),) = _families(obs)[name][1]
    return _fields(metric[field][0])


def _buckets(histogram: Fields) -> dict[int, int]:
    """Give the native buckets: counts by index."""
    deltas = accumulate(map(_signed, histogram[13]))
    found, index = {}, 0
    for span in map(_fields, histogram[12]):
        index += _signed(span[1][0])
        for _ in range(span[2][0]):
            found[index] = next(deltas)
            index += 1
    assert next(deltas, None) is None
    return {index: count for index, count in found.items() if count}


@pytest.mark.parametrize("amount", [ZERO * 1.001, 1e-30, 0.5, 0.7, 1.0, 1.000001, 2.0, 3.0, 1024.0, 1e300, 1.7e308])
def test_each_amount_falls_into_its_bucket(amount: float) -> None:
    """A bucket holds what is above its lower bound and at most its upper one; a power of two is itself a bound."""
    sparse = Sparse()
    sparse.add(amount)
    ((index, count),) = sparse.counts.items()
    assert count == 1
    assert index == math.ceil(math.log2(amount) * 2**SCHEMA)


@pytest.mark.parametrize("amount", [0.0, 5e-324, ZERO])
def test_next_to_nothing_is_zero(amount: float) -> None:
    """What is at most the threshold is counted as zero."""
    sparse = Sparse()
    sparse.add(amount)
    assert (sparse.zeros, sparse.counts) == (1, {})


def test_too_many_buckets_halve_the_resolution() -> None:
    """There are never more buckets than allowed; each amount is still within the bounds of its own."""
    chance, sparse, amounts = random.Random(2), Sparse(), []
    for _ in range(3000):
        amounts.append(10 ** chance.uniform(-9, 9))
        sparse.add(amounts[-1])
        assert len(sparse.counts) <= MOST
    assert COARSEST < sparse.schema < SCHEMA
    expected: dict[int, int] = defaultdict(int)
    for amount in amounts:
        index = next(index for index in range(-200, 200) if amount <= _upper(sparse.schema, index))
        expected[index] += 1
    assert sparse.counts == expected


def test_the_coarsest_resolution_holds_every_number() -> None:
    """From the smallest to the largest number, fewer buckets than allowed are needed at the coarsest resolution."""
    sparse = Sparse()
    for exponent in range(-127, 1024):
        sparse.add(2.0**exponent)
    assert len(sparse.counts) <= MOST
    assert sum(sparse.counts.values()) == 1151


def test_a_copy_is_apart() -> None:
    """What is added later is not in a copy."""
    sparse = Sparse()
    sparse.add(1.0)
    copied = sparse.copy()
    sparse.add(1.0)
    sparse.add(0.0)
    assert (copied.counts, copied.zeros, copied.schema) == ({0: 1}, 0, SCHEMA)


def test_both_parts_of_a_native_histogram_agree() -> None:
    """While threads add, each reading has as many observations in native buckets as in classic ones; none is lost."""
    series, each = NativeBuckets((), (0.5, 1.5)), 10_000
    torn: list[object] = []
    stopped = threading.Event()

    def read() -> None:
        while not stopped.is_set():
            counts, total, sparse = series.read_native()
            if not sum(counts) == total == sum(sparse.counts.values()):
                torn.append((counts, total, sparse.counts))

    def add() -> None:
        for _ in range(each):
            series.add(1.0)

    reading, adding = threading.Thread(target=read), [threading.Thread(target=add) for _ in range(3)]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in (reading, *adding):
            thread.start()
        for thread in adding:
            thread.join()
    finally:
        stopped.set()
        reading.join()
        sys.setswitchinterval(before)
    assert torn == []
    assert series.read_native()[2].counts == {0: 3 * each}


@pytest.mark.parametrize("seed", range(20))
def test_spans_and_deltas_can_be_read_back(seed: int) -> None:
    """The exposed form says which bucket has which count."""
    chance = random.Random(seed)
    counts = {chance.randint(-60, 60): chance.randint(1, 1000) for _ in range(chance.randint(0, 40))}
    spans, deltas = runs(counts)
    found, index, values = {}, 0, accumulate(deltas)
    for offset, length in spans:
        index += offset
        for _ in range(length):
            found[index] = next(values)
            index += 1
    assert {index: count for index, count in found.items() if count} == counts
    assert sum(length for _, length in spans) == len(deltas)
    assert all(offset > 2 for offset, _ in spans[1:])
    between = [after - before for before, after in pairwise(sorted(counts))]
    assert len(spans) == sum(step > 3 for step in between) + bool(counts)


def test_our_families_are_written(obs: sloctl.Instrumentation) -> None:
    """Counters, gauges and state sets have their type, labels and value; what has no series is left out."""
    obs.counter("jobs", "Jobs done.", labels={"tier": sloctl.Enum("gold", "silver")}).labels(tier="gold").inc(300)
    obs.gauge("level", "A level.").set(-2.5)
    obs.state("phase", "A phase.", states=("Up", "Down")).set("Down")
    obs.counter("idle", "Never used.", labels={"queue": sloctl.Bounded(9)})
    families = _families(obs)
    kind, metrics = families["jobs_total"]
    assert kind == 0
    assert {labels["tier"]: _fields(metric[3][0])[1] for labels, metric in metrics} == {
        "gold": [300.0],
        "silver": [0.0],
    }
    assert families["level"][0] == families["phase"][0] == 1
    assert _only(obs, "level", 2)[1] == [-2.5]
    assert {labels["phase"]: _fields(metric[2][0])[1] for labels, metric in families["phase"][1]} == {
        "Up": [0.0],
        "Down": [1.0],
    }
    assert "idle_total" not in families


def test_a_classic_histogram_has_no_native_part(obs: sloctl.Instrumentation) -> None:
    """Buckets are cumulative, up to and with +Inf."""
    wait = obs.histogram("wait_seconds", "Time waited.", buckets=BOUNDS)
    for seconds in (0.05, 0.5, 0.5, 50.0):
        wait.observe(seconds)
    histogram = _only(obs, "wait_seconds", 7)
    assert (histogram[1], histogram[2]) == ([4], [51.05])
    assert [(bucket[2][0], bucket[1][0]) for bucket in map(_fields, histogram[3])] == [
        (0.1, 1),
        (1.0, 3),
        (10.0, 3),
        (float("inf"), 4),
    ]
    assert not set(histogram) & set(range(5, 17))


def test_a_native_histogram_has_both_parts(obs: sloctl.Instrumentation) -> None:
    """A native histogram stands beside the classic one; in the text formats that one is alone."""
    chance = random.Random(3)
    wait = obs.histogram("wait_seconds", "Time waited.", buckets=BOUNDS, native=True)
    amounts = [0.0, 0.0, *(chance.lognormvariate(0, 1) for _ in range(500))]
    for seconds in amounts:
        wait.observe(seconds)
    histogram = _only(obs, "wait_seconds", 7)
    assert histogram[1] == [len(amounts)]
    assert (_signed(histogram[5][0]), histogram[6], histogram[7]) == (SCHEMA, [ZERO], [2])
    expected: dict[int, int] = defaultdict(int)
    for seconds in amounts[2:]:
        expected[next(index for index in range(-100, 100) if seconds <= _upper(SCHEMA, index))] += 1
    assert _buckets(histogram) == expected
    assert [bucket[1][0] for bucket in map(_fields, histogram[3])][-1] == len(amounts)
    assert obs.exposition().count(b"wait_seconds_bucket") == len(BOUNDS) + 1


def test_an_empty_native_histogram_is_one(obs: sloctl.Instrumentation) -> None:
    """A span without buckets tells it from a classic one."""
    obs.histogram("wait_seconds", "Time waited.", buckets=BOUNDS, native=True)
    histogram = _only(obs, "wait_seconds", 7)
    assert [(_signed(span[1][0]), span[2][0]) for span in map(_fields, histogram[12])] == [(0, 0)]


def test_exemplars_are_written(
    obs: sloctl.Instrumentation, provider: TracerProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counters and buckets name their spans, with the time as seconds and nanoseconds."""
    monkeypatch.setattr(exemplars, "time", lambda: 1_700_000_000.25)
    with provider.get_tracer("test").start_as_current_span("one") as span:
        obs.counter("jobs", "Jobs done.").inc(2)
        obs.histogram("wait_seconds", "Time waited.", buckets=BOUNDS).observe(0.5)
    bucket = _fields(_only(obs, "wait_seconds", 7)[3][1])
    for written, value in ((_only(obs, "jobs_total", 3)[2], 2.0), (bucket[3], 0.5)):
        exemplar = _fields(written[0])
        assert _pairs(exemplar)["trace_id"] == f"{span.get_span_context().trace_id:032x}"
        assert exemplar[2] == [value]
        at = _fields(exemplar[3][0])
        assert (at[1], at[2]) == ([1_700_000_000], [250_000_000])


class _Others:
    """A collector of the user's own, with everything that prometheus_client's families can hold."""

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("a.dotted name", "Is escaped.", value=1)
        yield UnknownMetricFamily("unknown", "Of no type.", value=3)
        dated = GaugeMetricFamily("dated", "With a time.", labels=["of"])
        dated.add_metric(["it"], 4, timestamp=1.5)
        yield dated
        summary = SummaryMetricFamily("summary_seconds", "With quantiles.", count_value=2, sum_value=3.5)
        summary.add_sample("summary_seconds", {"quantile": "0.5"}, 1.25)
        yield summary
        yield CounterMetricFamily("made", "Made by hand.", value=5, created=7)
        freely = Metric("freely", "Named as it likes.", "counter")
        freely.add_sample("something_else", {}, 6)
        yield freely
        yield Metric("empty", "Nothing.", "gauge")


def test_the_families_of_others_are_written(obs: sloctl.Instrumentation) -> None:
    """Every kind of prometheus_client has its type and its values; `_created` series are left out."""
    registry = obs.registry
    registry.register(_Others())  # type: ignore[arg-type]
    Counter("theirs", "A counter.", ["of"], registry=registry).labels("é").inc(2, exemplar={"trace_id": "abc"})
    Histogram("their_seconds", "A histogram.", buckets=[1, 2], registry=registry).observe(1.5, {"trace_id": "def"})
    Summary("their_summary", "A summary.", registry=registry).observe(3)
    Info("build", "An info.", registry=registry).info({"by": "ci"})
    Enum("their_phase", "A state set.", states=["a", "b"], registry=registry).state("b")
    Gauge("their_level", "A gauge.", registry=registry).set(float("inf"))
    families = {name: found for name, found in _families(obs).items() if not name.startswith("sloctl_")}
    assert {name: kind for name, (kind, _) in families.items()} == {
        "a_dotted_name": 1,
        "unknown": 3,
        "dated": 1,
        "summary_seconds": 2,
        "made_total": 0,
        "something_else": 3,
        "theirs_total": 0,
        "their_seconds": 4,
        "their_summary": 2,
        "build_info": 1,
        "their_phase": 1,
        "their_level": 1,
    }
    assert _only(obs, "a_dotted_name", 2)[1] == [1.0]
    assert _only(obs, "unknown", 5)[1] == [3.0]
    assert families["dated"][1][0][1][6] == [1500]
    summary = _only(obs, "summary_seconds", 4)
    assert (summary[1], summary[2]) == ([2], [3.5])
    assert {quantile[1][0]: quantile[2][0] for quantile in map(_fields, summary[3])} == {0.5: 1.25}
    ((labels, theirs),) = families["theirs_total"][1]
    counter = _fields(theirs[3][0])
    assert (labels, counter[1], _pairs(_fields(counter[2][0]))) == ({"of": "é"}, [2.0], {"trace_id": "abc"})
    histogram = _only(obs, "their_seconds", 7)
    assert (histogram[1], histogram[2], len(histogram[3])) == ([1], [1.5], 3)
    assert _pairs(_fields(_fields(histogram[3][1])[3][0])) == {"trace_id": "def"}
    assert families["build_info"][1][0][0] == {"by": "ci"}
    assert _only(obs, "their_level", 2)[1] == [float("inf")]


def _scraped(server: Server, expr: str) -> list[tuple[dict[str, str], float]]:
    deadline = time.monotonic() + 20
    while not (found := server.query(expr)):
        assert time.monotonic() < deadline, (expr, server.get("targets")["activeTargets"])
        time.sleep(0.1)
    return found


def test_prometheus_takes_native_histograms(
    obs: sloctl.Instrumentation, provider: TracerProvider, tmp_path: Path
) -> None:
    """A real Prometheus computes counts, sums and quantiles from them, and takes everything else of the scrape too."""
    chance = random.Random(4)
    amounts = sorted(chance.lognormvariate(-1, 1.5) for _ in range(5000))
    wait = obs.histogram("wait_seconds", "Time waited.", buckets=BOUNDS, native=True)
    obs.histogram("idle_seconds", "Never.", buckets=BOUNDS, native=True)
    plain = obs.histogram("plain_seconds", "Classic.", buckets=BOUNDS)
    Summary("theirs", "Theirs.", registry=obs.registry).observe(2.5)
    obs.state("phase", "A phase.", states=("Up", "Down")).set("Down")
    jobs = obs.counter("jobs", "Jobs done.")
    with provider.get_tracer("test").start_as_current_span("one") as span:
        for seconds in amounts:
            wait.observe(seconds)
            plain.observe(seconds)
        jobs.inc(3)
    obs.reconcile("tenant")(lambda: None)()
    features = "--enable-feature=native-histograms,exemplar-storage"
    with obs.serve(0, "127.0.0.1") as server:
        target = f"{{job_name: it, scrape_interval: 200ms, static_configs: [{{targets: ['127.0.0.1:{server.port}']}}]}}"
        with prometheus(f"scrape_configs: [{target}]", tmp_path, args=[features]) as scraper:
            assert [value for _, value in _scraped(scraper, "histogram_count(wait_seconds)")] == [5000]
            ((_, total),) = _scraped(scraper, "histogram_sum(wait_seconds)")
            assert total == pytest.approx(sum(amounts))
            for quantile in (0.05, 0.5, 0.9, 0.99):
                ((_, found),) = _scraped(scraper, f"histogram_quantile({quantile}, wait_seconds)")
                assert found == pytest.approx(amounts[int(quantile * 5000)], rel=0.09)
            assert [value for _, value in _scraped(scraper, "histogram_count(idle_seconds)")] == [0]
            below = {labels["le"]: value for labels, value in _scraped(scraper, "plain_seconds_bucket")}
            assert below["1.0"] == sum(seconds <= 1 for seconds in amounts)
            assert below["+Inf"] == 5000
            for expr, value in (
                ("theirs_sum", 2.5),
                ('phase{phase="Down"}', 1),
                ("jobs_total", 3),
                ('controller_runtime_reconcile_total{result="success"}', 1),
                ("up", 1),
            ):
                assert [found for _, found in _scraped(scraper, expr)] == [value]
            stored = scraper.get("query_exemplars", query="jobs_total", start=0, end=time.time() + 60)
    assert stored[0]["exemplars"][0]["labels"]["trace_id"] == f"{span.get_span_context().trace_id:032x}"
