"""What a scrape gets to read, and what is kept of it."""

import asyncio
import math
import random
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.request import urlopen

import pytest
from prometheus_client import (
    CollectorRegistry,
    Gauge,
    Info,
    generate_latest,
    make_asgi_app,
    push_to_gateway,
    start_http_server,
)
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text
from prometheus_client.registry import Collector

import sloctl
from sloctl.model.catalogue import Declaration, Label
from sloctl.sdk import render
from sloctl.sdk.exposition import Exposition
from sloctl.sdk.guard import Guard
from sloctl.sdk.negotiate import TEXT, negotiate
from sloctl.sdk.store import Buckets, store_of
from tests.support.prometheus import find_program

OPENMETRICS = negotiate("application/openmetrics-text; version=1.0.0")
JOBS = Declaration("jobs_total", "counter", "Jobs done.", (Label("queue"),))
WAIT = Declaration("wait_seconds", "histogram", "Time waited.", (Label("queue"),), buckets=(0.5, 1.0))

Samples = dict[str, tuple[str, dict[tuple[str, tuple[tuple[str, str], ...]], float]]]


def _read(parse: Callable[[str], Any], text: bytes) -> Samples:
    """Give the families with their types and samples."""
    return {
        family.name: (
            family.type,
            {(sample.name, tuple(sorted(sample.labels.items()))): sample.value for sample in family.samples},
        )
        for family in parse(text.decode())
    }


def _exposition(registry: CollectorRegistry, **options: int) -> Exposition:
    return Exposition(registry, Guard(store_of(registry)), **options)


def _full(obs: sloctl.Instrumentation) -> None:
    """Declare one of each kind and give it a value."""
    obs.reconcile("tenant")(lambda: None)()
    obs.counter("jobs", 'Jobs with "quotes", a \\ and\na second line.', labels={"b": sloctl.Bounded(9)}).labels(
        b='a "b" \\ \n é'
    ).inc(2.5)
    obs.counter("idle", "Never used.", labels={"queue": sloctl.Bounded(9)})
    obs.gauge("level", "A level.").set(-1e9)
    obs.state("phase", "A phase.", states=("Up", "Down")).set("Down")
    wait = obs.histogram("wait_seconds", "Time waited.", buckets=[0.1, 1, 2e6], labels={"tier": sloctl.Enum("gold")})
    for seconds in (0.05, 0.5, 0.5, 5e6):
        wait.labels(tier="gold").observe(seconds)
    obs.histogram("plain_seconds", "Without labels.", buckets="workqueue").observe(0.5)


def test_the_text_says_what_prometheus_client_would_say(obs: sloctl.Instrumentation) -> None:
    """Every family, type, label and value is the same in our text and in that of the library, new and unchanged."""
    _full(obs)
    for _ in range(2):
        assert _read(parse_text, obs.exposition()) == _read(parse_text, generate_latest(obs.registry))


def test_openmetrics_says_the_same(obs: sloctl.Instrumentation) -> None:
    """The OpenMetrics parser of the library accepts what we write, and reads the same from it."""
    _full(obs)
    text = b"".join(_exposition(obs.registry).render(OPENMETRICS))
    families = _read(parse_openmetrics, text)
    assert families == _read(parse_openmetrics, OPENMETRICS.encode(obs.registry))
    assert families["phase"][0] == "stateset"
    assert families["jobs"][0] == "counter"
    assert text.endswith(b"# EOF\n")
    assert text.count(b"# EOF") == 1


def test_state_sets_are_gauges_in_plain_text(obs: sloctl.Instrumentation) -> None:
    """The plain text format has no such type."""
    _full(obs)
    assert b"# TYPE phase gauge\n" in obs.exposition()


def test_promtool_finds_no_fault(obs: sloctl.Instrumentation) -> None:
    """The linter of Prometheus accepts the exposition of every kind."""
    _full(obs)
    lint = subprocess.run(
        [find_program("promtool"), "check", "metrics"], input=obs.exposition(), capture_output=True, check=False
    )
    assert (lint.returncode, lint.stderr.decode()) == (0, "")


@pytest.mark.parametrize(("value", "text"), [(math.inf, "+Inf"), (-math.inf, "-Inf"), (math.nan, "NaN"), (3, "3.0")])
def test_numbers_are_written_as_prometheus_does(registry: CollectorRegistry, value: float, text: str) -> None:
    """What is no finite number has its own spelling, alone and among others."""
    family = store_of(registry).values(Declaration("level", "gauge", "A level.", (Label("of"),)))
    exposition = _exposition(registry)
    for other in range(5):
        family.at(str(other)).value = other
    family.at("it").value = value
    assert f'level{{of="it"}} {text}\n'.encode() in exposition.text()
    family.at("it").value = 7.0
    exposition.text()
    family.at("it").value = value
    assert f'level{{of="it"}} {text}\n'.encode() in exposition.text()


def test_a_histogram_whose_sum_overflows_is_written(registry: CollectorRegistry) -> None:
    """A sum beyond all numbers is infinite, as in the library."""
    series = store_of(registry).buckets(WAIT).at("a")
    series.add(1.7e308)
    series.add(1.7e308)
    assert b'wait_seconds_sum{queue="a"} +Inf\n' in _exposition(registry).text()


def test_what_is_kept_follows_the_series(registry: CollectorRegistry) -> None:
    """Whatever was added, made or dropped since the last scrape, a scrape says what the first one would."""
    chance = random.Random(7)
    store = store_of(registry)
    jobs, wait = store.values(JOBS), store.buckets(WAIT)
    kept, little = _exposition(registry), _exposition(registry, cache_bytes=50_000)
    for _ in range(60):
        for _ in range(chance.choice((0, 1, 40, 400))):
            queue = str(chance.randrange(3000))
            if chance.random() < 0.1:
                jobs.drop((queue,))
                wait.drop((queue,))
            else:
                jobs.at(queue).add(1.0)
                wait.at(queue).add(chance.random() * 2)
        assert kept.text() == little.text() == _exposition(registry).text()


def test_a_histogram_is_written_anew_when_it_has_changed(
    registry: CollectorRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scrape reads the buckets of those series only to which something was added since the last one."""
    family = store_of(registry).buckets(WAIT)
    for queue in range(200):
        family.at(str(queue)).add(0.25)
    exposition = _exposition(registry)
    exposition.text()
    read: list[tuple[str, ...]] = []

    original = Buckets.read

    def watched(series: Buckets) -> Any:
        read.append(series.labels)
        return original(series)

    monkeypatch.setattr(Buckets, "read", watched)
    exposition.text()
    assert read == []
    family.at("7").add(0.0)
    exposition.text()
    exposition.text()
    assert read == [("7",)]


@pytest.mark.parametrize("form", [TEXT, OPENMETRICS])
def test_no_more_is_kept_than_allowed(registry: CollectorRegistry, form: Any) -> None:
    """The cache takes about the bytes it is given at most, also while series come and go, and none when given 0."""
    family = store_of(registry).values(JOBS)

    def grown(cache_bytes: int) -> int:
        exposition = _exposition(registry, cache_bytes=cache_bytes)
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        for number in range(5):
            for queue in range(10_000):
                family.at(f"queue-{queue}").add(1.0)
            family.drop((f"queue-{number * 100}",))
            for _ in exposition.render(form):
                pass
        after, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return after - before

    made = 10_000 * 300  # the series themselves, in the first turn, and the lists of them
    assert grown(0) < made
    nothing, little, all_of_it = grown(0), grown(500_000), grown(50_000_000)
    assert little - nothing < 600_000
    assert 1_500_000 < all_of_it - nothing < 3_500_000


def test_a_reader_runs_once_for_each_scrape(registry: CollectorRegistry) -> None:
    """A reader of several families brings all of them up to date before the first one is written."""
    store = store_of(registry)
    total, failed = (
        store.values(Declaration(name, "counter", "Jobs.")) for name in ("jobs_total", "jobs_failed_total")
    )
    calls: list[None] = []

    def read() -> None:
        calls.append(None)
        total.at().value = failed.at().value = float(len(calls))

    for family in (total, failed):
        family.readers.append(read)
    exposition = _exposition(registry)
    exposition.text()
    assert exposition.text().count(b"total 2.0\n") == 2
    assert len(calls) == 2


class _Alone:
    """Takes a millisecond, and counts the calls that overlapped."""

    def __init__(self) -> None:
        self.calls = self.overlaps = 0
        self._busy = threading.Lock()

    def __call__(self) -> None:
        self.calls += 1
        if not self._busy.acquire(blocking=False):
            self.overlaps += 1
            return
        time.sleep(0.001)
        self._busy.release()


def _at_once(*calls: Callable[[], object]) -> None:
    threads = [threading.Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_readers_run_one_at_a_time(registry: CollectorRegistry) -> None:
    """Two scrapes at once, ours and the library's, never run the same reader at once."""
    alone = _Alone()
    store_of(registry).values(JOBS).readers.append(alone)
    exposition = _exposition(registry)

    def scrape(write: Callable[[], bytes]) -> None:
        for _ in range(50):
            write()

    _at_once(
        *(partial(scrape, write) for write in (exposition.text, exposition.text, lambda: generate_latest(registry)))
    )
    assert (alone.calls, alone.overlaps) == (150, 0)


def test_a_reader_that_fails_costs_its_own_values_only(registry: CollectorRegistry) -> None:
    """A fault while a value is worked out is counted; the scrape goes on with what it was."""
    store = store_of(registry)
    store.values(JOBS).at("a").add(1.0)

    def fail() -> None:
        raise RuntimeError("broken")

    store.values(JOBS).readers.append(fail)
    exposition = _exposition(registry)
    exposition.text()
    text = exposition.text()
    assert b'jobs_total{queue="a"} 1.0' in text
    assert b'sloctl_internal_errors_total{kind="scrape"} 2.0' in text


@pytest.mark.parametrize("target", [None, {"cluster": "a"}])
def test_a_collector_of_others_that_fails_costs_its_own_metrics_only(
    obs: sloctl.Instrumentation, target: dict[str, str] | None
) -> None:
    """What ours tell, and collectors before it, is exposed; those behind it too, but for a registry with a target."""

    class Failing(Collector):
        def collect(self) -> Iterator[Metric]:
            raise RuntimeError("broken")

        def describe(self) -> list[Metric]:
            return []

    obs.registry.set_target_info(target)
    Gauge("before", "A gauge.", registry=obs.registry).set(1)
    obs.registry.register(Failing())
    Gauge("behind", "A gauge.", registry=obs.registry).set(2)
    obs.gauge("ours", "Ours.").set(3)
    text = obs.exposition()
    assert b"\nbefore 1.0" in text
    assert (b"\nbehind 2.0" in text) == (target is None)
    assert b"\nours 3.0" in text
    assert b'sloctl_internal_errors_total{kind="scrape"} 1.0' in obs.exposition()


def test_the_families_of_others_stand_beside_ours(obs: sloctl.Instrumentation) -> None:
    """Whatever else is in the registry is exposed too, and ours once only."""
    Gauge("theirs", "A gauge of the user's own.", registry=obs.registry).set(4)
    Info("build", "Who built it.", registry=obs.registry).info({"by": "ci"})
    obs.gauge("ours", "Ours.").set(3)
    for form in (TEXT, OPENMETRICS):
        lines = b"".join(_exposition(obs.registry).render(form)).splitlines()
        assert lines.count(b"# EOF") == (form is OPENMETRICS)
        for line in (b"theirs 4.0", b'build_info{by="ci"} 1.0', b"ours 3.0"):
            assert lines.count(line) == 1


def test_a_collector_of_others_that_fails_leaves_ours(obs: sloctl.Instrumentation) -> None:
    """A fault of another's collector is counted, and hides no metric that was collected before."""

    class Broken:
        def collect(self) -> Iterator[GaugeMetricFamily]:
            yield GaugeMetricFamily("before", "Works.", value=1)
            raise RuntimeError("broken")

    obs.registry.register(Broken())  # type: ignore[arg-type]
    obs.gauge("ours", "Ours.").set(3)
    obs.exposition()
    text = obs.exposition()
    assert b"ours 3.0\n" in text
    assert b"before 1.0\n" in text
    assert b'sloctl_internal_errors_total{kind="scrape"} 1.0\n' in text


def test_a_family_of_others_that_cannot_be_written_is_left_out(obs: sloctl.Instrumentation) -> None:
    """One family that has no sense costs no other one."""

    class Odd:
        def collect(self) -> Iterator[GaugeMetricFamily]:
            yield GaugeMetricFamily("odd", "Is no number.", value="many")  # type: ignore[arg-type]
            yield GaugeMetricFamily("even", "Is one.", value=2)

    obs.registry.register(Odd())  # type: ignore[arg-type]
    text = obs.exposition()
    assert b"even 2.0\n" in text
    assert b"odd" not in text


@contextmanager
def _quick_switches() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


@pytest.mark.parametrize("native", [False, True])
def test_a_histogram_agrees_with_itself(registry: CollectorRegistry, native: bool) -> None:
    """While threads add 1, sum, count and last bucket are the same number in each scrape, also in two at once."""
    declaration = Declaration("wait_seconds", "histogram", "Time waited.", buckets=(0.5, 2.0), native=native)
    series = store_of(registry).buckets(declaration).at()
    exposition = _exposition(registry)
    stopped = threading.Event()
    found: list[set[float]] = []

    def add() -> None:
        while not stopped.is_set():
            for _ in range(100):
                series.add(1.0)

    def scrape() -> None:
        for _ in range(300):
            _, samples = _read(parse_text, exposition.text())["wait_seconds"]
            found.append(
                {
                    samples["wait_seconds_bucket", (("le", "2.0"),)],
                    samples["wait_seconds_count", ()],
                    samples["wait_seconds_sum", ()],
                }
            )

    threads = [threading.Thread(target=add) for _ in range(3)]
    scrapes = [threading.Thread(target=scrape) for _ in range(2)]
    with _quick_switches():
        for thread in (*threads, *scrapes):
            thread.start()
        for thread in scrapes:
            thread.join()
        stopped.set()
        for thread in threads:
            thread.join()
    assert len(found) == 600
    assert all(len(numbers) == 1 for numbers in found)
    assert len(set.union(*found)) > 10


def test_what_is_kept_is_changed_by_one_scrape_at_a_time(
    registry: CollectorRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two scrapes at once never write the same lines at once: one could leave a value that the other takes for new."""
    jobs = store_of(registry).values(JOBS).at("a")
    alone, write = _Alone(), render.float_texts

    def watched(values: Sequence[float]) -> list[bytes]:
        alone()
        return write(values)

    monkeypatch.setattr(render, "float_texts", watched)
    exposition = _exposition(registry)

    def add_and_scrape() -> None:
        for _ in range(50):
            jobs.add(1.0)
            exposition.text()

    _at_once(add_and_scrape, add_and_scrape)
    assert alone.calls > 50
    assert alone.overlaps == 0


def test_the_libraries_own_server_shows_our_metrics(obs: sloctl.Instrumentation) -> None:
    """start_http_server of prometheus_client keeps working with what we declare."""
    obs.counter("jobs", "Jobs done.").inc()
    server, thread = start_http_server(0, "127.0.0.1", obs.registry)
    try:
        with urlopen(f"http://127.0.0.1:{server.server_port}/metrics", timeout=10) as answer:
            assert b"jobs_total 1.0\n" in answer.read()
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


async def test_the_libraries_own_asgi_app_shows_our_metrics(obs: sloctl.Instrumentation) -> None:
    """make_asgi_app of prometheus_client keeps working with what we declare."""
    obs.histogram("wait_seconds", "Time waited.", buckets=[1]).observe(0.5)
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    scope = {"type": "http", "method": "GET", "path": "/metrics", "query_string": b"", "headers": []}
    await asyncio.wait_for(make_asgi_app(obs.registry)(scope, receive, send), 10)
    assert b'wait_seconds_bucket{le="1.0"} 1.0\n' in sent[1]["body"]


def test_the_pushgateway_client_pushes_our_metrics(obs: sloctl.Instrumentation) -> None:
    """push_to_gateway of prometheus_client keeps working with what we declare."""
    pushed: list[tuple[str, str, bytes]] = []

    class Gateway(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            pushed.append((self.command, self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    obs.counter("jobs", "Jobs done.").inc()
    with HTTPServer(("127.0.0.1", 0), Gateway) as gateway:
        answering = threading.Thread(target=gateway.handle_request)
        answering.start()
        push_to_gateway(f"127.0.0.1:{gateway.server_port}", "nightly", obs.registry, timeout=10)
        answering.join()
    ((method, path, body),) = pushed
    assert (method, path) == ("PUT", "/metrics/job/nightly")
    assert b"jobs_total 1.0\n" in body


def test_others_see_our_families_while_we_write(obs: sloctl.Instrumentation) -> None:
    """What hides our families from ourselves hides them from no other thread that collects meanwhile."""
    seen: list[float | None] = []

    class Asking:
        def collect(self) -> Iterator[GaugeMetricFamily]:
            asked = threading.Thread(target=lambda: seen.append(obs.registry.get_sample_value("ours")))
            if not seen:
                seen.append(None)
                asked.start()
                asked.join()
            yield GaugeMetricFamily("theirs", "A gauge.", value=1)

    obs.gauge("ours", "Ours.").set(3)
    obs.registry.register(Asking())  # type: ignore[arg-type]
    obs.exposition()
    assert seen[1:] == [3.0]


@pytest.fixture
def registry() -> CollectorRegistry:
    """Give an empty registry."""
    return CollectorRegistry()
