"""Gauges by what they are for."""

import asyncio
import inspect
import math
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import sloctl
from sloctl.sdk import readings
from tests.sdk.conftest import Value

Obs = sloctl.Instrumentation


class _Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> _Clock:
    """Let the age of readings be told by the test."""
    clock = _Clock()
    monkeypatch.setattr(readings, "monotonic", clock)
    return clock


@pytest.mark.parametrize(
    ("name", "intent", "message"),
    [
        ("used", "ratio", "used is a ratio and its name does not say so"),
        ("backup_seconds", "timestamp", "backup_seconds is a timestamp and its name does not say so"),
        ("backup_timestamp", "timestamp", "backup_timestamp is a timestamp and its name does not say so"),
        ("used_ratio", "level", "used_ratio is a ratio by its name"),
        ("backup_timestamp_seconds", "level", "backup_timestamp_seconds is a timestamp by its name"),
        ("wait_seconds", "in-flight", "wait_seconds measures something"),
        ("used", "percentage", "used: no gauge has the intent 'percentage'"),
        ("used", None, "used: no gauge has the intent None"),
        ("used", ["level"], "used: no gauge has the intent"),
    ],
)
def test_a_name_fits_its_intent(obs: Obs, name: str, intent: Any, message: str) -> None:
    """Whoever reads a name knows what can be done with the metric."""
    with pytest.raises(sloctl.DeclarationError, match=message) as refused:
        obs.gauge(name, "Something.", intent=intent)
    assert refused.value.hint


def test_a_handle_has_what_keeps_its_meaning(obs: Obs) -> None:
    """A level is set and not moved, what is in flight is tracked and not set."""
    level = obs.gauge("tenants", "Tenants.")
    syncs = obs.gauge("syncs", "Syncs.", intent="in-flight")
    for handle, names in ((level, ("inc", "dec", "track")), (syncs, ("inc", "dec", "set"))):
        assert not any(hasattr(handle, name) for name in names)


def test_what_is_not_known_is_not_shown(obs: Obs, value: Value) -> None:
    """Levels and what is in flight begin at 0; of ratios, timestamps and states 0 would be a claim."""
    labels = {"tier": sloctl.Enum("gold")}
    obs.gauge("tenants", "T.", labels=labels)
    obs.gauge("syncs", "S.", intent="in-flight", labels=labels)
    obs.gauge("used_ratio", "U.", intent="ratio", labels=labels)
    obs.gauge("backup_timestamp_seconds", "B.", intent="timestamp", labels=labels)
    obs.state("phase", "P.", states=("A", "B"), labels=labels)
    assert [0, 0] == [value(name, tier="gold") for name in ("tenants", "syncs")]
    assert [None, None] == [value(name, tier="gold") for name in ("used_ratio", "backup_timestamp_seconds")]
    assert value("phase", tier="gold", phase="A") is None


@pytest.mark.parametrize("bad", [-0.01, 1.01, 95, math.nan, math.inf, "high", None])
def test_a_ratio_is_from_0_to_1(obs: Obs, value: Value, bad: Any) -> None:
    """A percentage, say, is a fault and stores nothing."""
    used = obs.gauge("used_ratio", "Used.", intent="ratio")
    for share in (0, 1, 0.5):
        used.set(share)
        assert value("used_ratio") == share
    used.set(bad)
    assert value("used_ratio") == 0.5
    assert value("sloctl_internal_errors_total", kind="value") == 1


def test_a_timestamp_is_in_seconds(obs: Obs, value: Value, caplog: pytest.LogCaptureFixture) -> None:
    """Milliseconds are told by their size, and said so."""
    backup = obs.gauge("backup_timestamp_seconds", "Last backup.", intent="timestamp")
    before = time.time()
    backup.set_to_now()
    assert before <= (value("backup_timestamp_seconds") or 0) <= time.time()
    backup.set(1.7e9)
    backup.set(1.7e12)
    backup.set(-1)
    assert value("backup_timestamp_seconds") == 1.7e9
    assert value("sloctl_internal_errors_total", kind="value") == 2
    assert "not in milliseconds" in caplog.text


def test_what_is_in_flight_is_counted_while_it_is(obs: Obs, value: Value) -> None:
    """A block counts while it runs, however it ends, and as often as it runs at once."""
    syncs = obs.gauge("syncs", "Syncs.", intent="in-flight", labels={"tier": sloctl.Enum("gold")}).labels(tier="gold")
    with syncs.track(), syncs.track():
        assert value("syncs", tier="gold") == 2
    with pytest.raises(KeyError), syncs.track():
        raise KeyError
    assert value("syncs", tier="gold") == 0


def test_calls_in_flight_are_counted(obs: Obs, value: Value) -> None:
    """Functions and methods, sync or async, which stay what they are; what they raise is passed on."""
    syncs = obs.gauge("syncs", "Syncs.", intent="in-flight")
    seen: list[float | None] = []

    class Worker:
        @syncs.track()
        def sync(self, fail: bool = False) -> str:
            """Do it."""
            seen.append(value("syncs"))
            if fail:
                raise KeyError
            return "done"

        @syncs.track()
        async def later(self) -> str:
            seen.append(value("syncs"))
            return "done"

    worker = Worker()
    assert worker.sync() == asyncio.run(worker.later()) == "done"
    with pytest.raises(KeyError):
        worker.sync(fail=True)
    assert [1, 1, 1] == seen
    assert value("syncs") == 0
    assert Worker.sync.__doc__ == "Do it."
    assert inspect.iscoroutinefunction(Worker.later)
    assert not inspect.iscoroutinefunction(Worker.sync)


async def test_a_cancelled_call_is_in_flight_no_more(obs: Obs, value: Value) -> None:
    """The cancellation is passed on, and nothing leaks."""
    syncs = obs.gauge("syncs", "Syncs.", intent="in-flight")
    entered = asyncio.Event()

    @syncs.track()
    async def hang() -> None:
        entered.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(hang())
    await entered.wait()
    assert value("syncs") == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert value("syncs") == 0


def test_generators_cannot_be_tracked(obs: Obs) -> None:
    """A call of one does no work yet."""
    syncs = obs.gauge("syncs", "Syncs.", intent="in-flight")

    def generate() -> Iterator[int]:
        yield 1

    with pytest.raises(sloctl.DeclarationError, match="yields"):
        syncs.track()(generate)


def test_tracking_without_labels_is_a_fault(obs: Obs, value: Value) -> None:
    """The block runs, the fault is counted once for it, and nothing is stored."""
    syncs = obs.gauge("syncs", "Syncs.", intent="in-flight", labels={"tier": sloctl.Enum("gold")})
    with syncs.track():
        pass
    assert value("sloctl_internal_errors_total", kind="label") == 1
    assert value("syncs", tier="gold") == 0


def test_no_track_is_lost_between_threads(obs: Obs, value: Value) -> None:
    """What comes and goes in many threads adds up to nothing."""
    syncs = obs.gauge("syncs", "Syncs.", intent="in-flight")
    start = threading.Barrier(4)

    def use(_: int) -> None:
        start.wait()
        for _ in range(20_000):
            with syncs.track():
                pass

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(use, range(4)))
    assert value("syncs") == 0


def test_exactly_one_state_is_at_1(obs: Obs, value: Value) -> None:
    """All states have a series, under a label that is called like the metric and comes last."""
    labels = {"tier": sloctl.Enum("gold", "silver")}
    phase = obs.state("tenant_phase", "Phase.", states=("Pending", "Active", "Failed"), labels=labels)
    for state in ("Pending", "Active", "Active", "Failed"):
        phase.labels(tier="gold").set(state)
        found = {
            name: value("tenant_phase", tier="gold", tenant_phase=name) for name in ("Pending", "Active", "Failed")
        }
        assert {"Pending": 0, "Active": 0, "Failed": 0} | {state: 1} == found
    assert b'\ntenant_phase{tier="gold",tenant_phase="Failed"} 1.0\n' in obs.exposition()
    assert value("tenant_phase", tier="silver", tenant_phase="Active") is None


def test_a_change_of_state_is_scraped(obs: Obs) -> None:
    """What one scrape wrote is not shown again by the next one when the state has changed in between."""
    link = obs.state("link", "Link.", states=("Up", "Down"))
    for state in (None, "Up", "Down"):
        if state is not None:
            link.set(state)
        scrape = obs.exposition().decode().splitlines()
        at_1 = [line for line in scrape if line.startswith("link{") and line.endswith(" 1.0")]
        assert at_1 == ([f'link{{link="{state}"}} 1.0'] if state else [])


def test_a_state_set_has_its_own_type(obs: Obs) -> None:
    """Formats that know state sets get one; the others a gauge."""
    from prometheus_client.openmetrics.exposition import generate_latest

    obs.state("link", "Link.", states=("Up", "Down")).set("Up")
    assert b"# TYPE link stateset\n" in generate_latest(obs.registry)
    assert b"# TYPE link gauge\n" in obs.exposition()


def test_the_label_of_the_state_survives_the_scrape(obs: Obs) -> None:
    """A metric cannot be called like a label that a scrape sets, or that Prometheus has for itself."""
    with pytest.raises(sloctl.DeclarationError, match="a scrape sets the label 'pod' by itself") as refused:
        obs.state("pod", "Pod.", states=("Up", "Down"))
    assert refused.value.hint == "call it object_pod"
    for label in ("le", "quantile"):
        with pytest.raises(sloctl.DeclarationError, match=f"the label '{label}' belongs to Prometheus"):
            obs.state(label, "State.", states=("Up", "Down"))


@pytest.mark.parametrize("bad", ["Gone", "", None, 5, ["Active"]])
def test_an_unknown_state_is_not_stored(obs: Obs, value: Value, bad: Any) -> None:
    """It is a fault; the last state stands."""
    phase = obs.state("phase", "Phase.", states=("Active", "Failed"))
    phase.set("Active")
    phase.set(bad)
    assert value("phase", phase="Active") == 1
    assert value("sloctl_internal_errors_total", kind="value") == 1


def test_states_change_in_one_step(obs: Obs) -> None:
    """Scrapes at any time, several at once, see exactly one state at 1."""
    states = tuple(f"s{number}" for number in range(50))
    phase = obs.state("phase", "Phase.", states=states)
    phase.set("s0")
    done = threading.Event()
    wrong: list[float] = []

    def scrape() -> None:
        while not done.is_set():
            (metric,) = [metric for metric in obs.registry.collect() if metric.name == "phase"]
            if (total := sum(sample.value for sample in metric.samples)) != 1 or len(metric.samples) != 50:
                wrong.append(total)

    threads = [threading.Thread(target=scrape) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for turn in range(3000):
            phase.set(states[turn * 7 % 50])
            time.sleep(0)
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert [] == wrong


@pytest.mark.parametrize(
    ("states", "message"),
    [
        ("Active", "'Active' is no list of states"),
        (5, "5 is no list of states"),
        ((), r"\(\) is no list of states"),
        (("A", "A"), "'A' is named twice"),
        ((1,), "1 cannot be a label's value"),
    ],
)
def test_states_are_declared(obs: Obs, states: Any, message: str) -> None:
    """At least one, all different, all texts."""
    with pytest.raises(sloctl.DeclarationError, match=f"^phase: {message}"):
        obs.state("phase", "Phase.", states=states)


def test_the_label_of_the_state_is_not_given_twice(obs: Obs) -> None:
    """A label that is called like the metric holds the state already."""
    with pytest.raises(sloctl.DeclarationError, match="'phase' is the one that holds the state"):
        obs.state("phase", "Phase.", states=("A", "B"), labels={"phase": sloctl.Enum("x")})


def test_a_gauge_is_dropped_when_it_is_old(obs: Obs, value: Value, clock: _Clock) -> None:
    """It shows nothing until it is set, is kept while it is updated, and comes back with the next update."""
    labels = {"tier": sloctl.Enum("gold", "silver")}
    depth = obs.gauge("depth", "Depth.", drop_after_s=60, labels=labels)
    gold = depth.labels(tier="gold")
    assert value("depth", tier="gold") is None
    gold.set(5)
    clock.now += 59
    gold.set(5)
    depth.labels(tier="silver").set(1)
    clock.now += 60
    assert [5, 1] == [value("depth", tier=tier) for tier in ("gold", "silver")]
    gold.set(7)
    clock.now += 1
    assert [7, None] == [value("depth", tier=tier) for tier in ("gold", "silver")]
    clock.now += 60
    assert value("depth", tier="gold") is None
    gold.set(7)
    assert value("depth", tier="gold") == 7


def test_a_state_is_dropped_when_it_is_old(obs: Obs, value: Value, clock: _Clock) -> None:
    """All of its series go and come together."""
    link = obs.state("link", "Link.", states=("Up", "Down"), drop_after_s=10)
    link.set("Up")
    assert [1, 0] == [value("link", link=state) for state in ("Up", "Down")]
    clock.now += 11
    assert [None, None] == [value("link", link=state) for state in ("Up", "Down")]
    link.set("Up")
    assert [1, 0] == [value("link", link=state) for state in ("Up", "Down")]


def test_gauges_are_kept_unless_said_otherwise(obs: Obs, value: Value, clock: _Clock) -> None:
    """Without drop_after_s nothing is too old."""
    used = obs.gauge("used_ratio", "Used.", intent="ratio")
    used.set(0.5)
    clock.now += 1e9
    assert value("used_ratio") == 0.5


@pytest.mark.parametrize("seconds", [0, -1, math.inf, math.nan, "soon"])
@pytest.mark.parametrize("kind", ["gauge", "state"])
def test_a_time_to_drop_is_a_number_above_0(obs: Obs, kind: str, seconds: Any) -> None:
    """Anything else is refused where it is declared."""
    more = {"states": ("A", "B")} if kind == "state" else {}
    with pytest.raises(sloctl.DeclarationError, match="drop_after_s cannot be") as refused:
        getattr(obs, kind)("depth", "Depth.", drop_after_s=seconds, **more)
    assert refused.value.hint


def test_what_is_in_flight_does_not_grow_old(obs: Obs) -> None:
    """A long call would be dropped while it is under way."""
    with pytest.raises(sloctl.DeclarationError, match="does not grow old"):
        obs.gauge("syncs", "Syncs.", intent="in-flight", drop_after_s=60)  # type: ignore[call-overload]
