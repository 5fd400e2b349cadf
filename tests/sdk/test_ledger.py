"""What is remembered of objects: by uid, bounded, and small."""

import gc
import sys
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from opentelemetry.trace import SpanContext, TraceFlags
from prometheus_client import CollectorRegistry

from sloctl.sdk.ledger import Ledger, ledger_of
from sloctl.sdk.store import Store

SAMPLED = TraceFlags(TraceFlags.SAMPLED)


def _context(number: int, trace: int | None = None, *, sampled: bool = True) -> SpanContext:
    flags = SAMPLED if sampled else TraceFlags.get_default()
    return SpanContext(trace or number, number, is_remote=False, trace_flags=flags)


def test_a_store_has_one_ledger() -> None:
    """All that trace into one operator know the same past."""
    store = Store(registry := CollectorRegistry())
    assert ledger_of(store) is ledger_of(store)
    assert ledger_of(Store(registry)) is not ledger_of(store)


def test_a_write_is_known_by_its_version_once() -> None:
    """The event that shows a write names the span that wrote it; the next event with that version is no news."""
    ledger = Ledger()
    ledger.wrote("a", "17", _context(1))
    entry = ledger.at("a")
    assert ledger.seen(entry, "16") is None
    assert ledger.seen(entry, "17") == _context(1)
    assert ledger.seen(entry, "17") is None


def test_a_version_makes_those_before_it_old() -> None:
    """Events come in order: once a write was shown, those before it will not be, and those after it still may."""
    ledger = Ledger()
    for number in (1, 2, 3):
        ledger.wrote("a", f"v{number}", _context(number))
    entry = ledger.at("a")
    assert ledger.seen(entry, "v2") == _context(2)
    assert entry.writes == {"v3": _context(3)}


def test_versions_are_compared_for_equality_only() -> None:
    """A version that looks like a smaller number is another version, and what is no text is none."""
    ledger = Ledger()
    ledger.wrote("a", "17", _context(1))
    for version in ("017", "16", 17, None):
        assert ledger.seen(ledger.at("a"), version) is None
    assert ledger.seen(ledger.at("a"), "17") is not None


def test_a_span_that_is_not_exported_is_not_remembered() -> None:
    """A link to it would lead nowhere."""
    ledger = Ledger()
    ledger.wrote("a", "17", _context(1, sampled=False))
    ledger.admit("key", _context(1, sampled=False))
    assert ledger.known("a") is None
    assert ledger.admission(lambda: "key") is None


def test_an_owner_learns_of_its_childs_write() -> None:
    """The owner knows who last wrote each child, unless that was its own reconciliation."""
    ledger = Ledger()
    ledger.at("child").owners = ("owner",)
    ledger.at("owner").attempt = _context(9, trace=9)
    ledger.wrote("child", "1", _context(8, trace=9))
    assert ledger.at("owner").children is None
    ledger.wrote("child", "2", _context(1))
    ledger.wrote("child", "3", _context(2))
    assert ledger.at("owner").children == {"child": _context(2)}


def test_only_a_few_writes_and_children_are_kept() -> None:
    """Writes that no event ever shows do not pile up."""
    ledger = Ledger()
    for number in range(1, 100):
        ledger.at(f"child-{number}").owners = ("owner",)
        ledger.wrote(f"child-{number}", "1", _context(number))
        ledger.wrote("a", str(number), _context(number))
    assert list(ledger.at("a").writes or ()) == [str(number) for number in range(92, 100)]
    assert list(ledger.at("owner").children or ()) == [f"child-{number}" for number in range(92, 100)]


def test_what_was_used_last_is_kept() -> None:
    """There are never more objects than asked for, and the half that was used last is always among them."""
    ledger = Ledger(objects=100)
    for number in range(1000):
        ledger.at(f"uid-{number}").generation = number
        ledger.at("always").generation = "always"
        assert len(ledger) <= 100
    kept = [number for number in range(1000) if ledger.known(f"uid-{number}")]
    assert kept[-49:] == list(range(951, 1000))
    assert ledger.at("always").generation == "always"


def test_an_object_that_is_gone_is_forgotten() -> None:
    """Nothing is left of it, and to forget what is not known is no fault."""
    ledger = Ledger(objects=4)
    for uid in ("a", "b", "c"):
        ledger.at(uid).generation = 1
    for uid in ("a", "b", "c", "d"):
        ledger.forget(uid)
    assert (len(ledger), ledger.at("a").generation) == (0, None)


def test_an_admission_is_known_for_a_minute_and_once() -> None:
    """The first reconciliation after it takes it up; one that comes too late does not."""
    now = 0.0
    ledger = Ledger(clock=lambda: now)
    ledger.admit("early", _context(1))
    ledger.admit("late", _context(2))
    now = 59.0
    assert ledger.admission(lambda: "early") == _context(1)
    assert ledger.admission(lambda: "early") is None
    now = 61.0
    assert ledger.admission(lambda: "late") is None


def test_admissions_are_bounded() -> None:
    """A flood of requests for objects that are never reconciled takes no more than so much."""
    ledger = Ledger()
    for number in range(1, 5000):
        ledger.admit(number, _context(number))
    assert ledger.admission(lambda: 1) is None
    assert ledger.admission(lambda: 4999) is not None


def test_an_object_at_rest_takes_well_under_a_kilobyte() -> None:
    """With its last attempt, its annotation and a write that nobody has seen yet, all of them its own."""
    ledger, objects = Ledger(), 5000
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for number in range(1, objects + 1):
        uid = f"460705ba-0000-4000-8000-{number:012x}"
        entry = ledger.at(uid)
        entry.attempt = _context(number << 64)
        entry.traceparent = f"00-{number:032x}-{number:016x}-01"
        entry.generation = number
        ledger.wrote(uid, str(10**9 + number), entry.attempt)
        ledger.seen(entry, str(10**9 + number))
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (after - before) / objects < 800


@pytest.fixture
def _eager_threads() -> Iterator[None]:
    """Let threads take turns as often as they can, so that what they do to each other shows."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("_eager_threads")
def test_threads_share_a_ledger() -> None:
    """Whatever many threads do at once, no write is lost and none is seen twice."""
    ledger = Ledger(objects=50)

    def work(thread: int) -> int:
        found = 0
        for number in range(500):
            uid = f"uid-{number % 20}"
            version = f"{thread}-{number}"
            ledger.wrote(uid, version, _context(1))
            found += ledger.seen(ledger.at(uid), version) is not None
            ledger.at(f"other-{thread}-{number}")
        return found

    with ThreadPoolExecutor(4) as pool:
        assert all(0 < found <= 500 for found in pool.map(work, range(4)))
    assert len(ledger) <= 50
