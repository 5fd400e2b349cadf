"""What bounds the values of a label, and whose the series of an object are."""

import asyncio
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import sloctl
from sloctl.sdk.labels import MOST, OVERFLOW
from sloctl.sdk.objects import CURRENT
from tests.sdk.conftest import Value

Obs = sloctl.Instrumentation


def _object(name: str = "acme", uid: Any = "uid-1", namespace: str | None = "default", created: str = "") -> Any:
    metadata = {"name": name, "uid": uid, "creationTimestamp": created}
    return {"metadata": metadata if namespace is None else {**metadata, "namespace": namespace}}


def _series(obs: Obs, name: str) -> dict[tuple[str, ...], float]:
    """Give the samples of a metric by their labels' values."""
    return {
        tuple(sample.labels.values()): sample.value
        for metric in obs.registry.collect()
        for sample in metric.samples
        if sample.name == name
    }


@pytest.mark.parametrize("limit", [0, -1, MOST + 1, "5", None, 2.5])
def test_a_bound_is_a_reasonable_number(limit: Any) -> None:
    """A bound that bounds nothing is refused, with an example."""
    with pytest.raises(sloctl.DeclarationError, match="is no bound") as refused:
        sloctl.Bounded(limit)
    assert "Bounded(20)" in refused.value.hint


def test_values_past_the_bound_become_one(obs: Obs, value: Value) -> None:
    """Of 10,000 values the first ones are kept; the others are one series, and are counted."""
    calls = obs.counter("calls", "Calls.", labels={"host": sloctl.Bounded(20)})
    for number in range(10_000):
        calls.labels(host=f"host-{number}").inc()
    series = _series(obs, "calls_total")
    assert len(series) == 21
    assert series["host-0",] == series["host-19",] == 1
    assert series[OVERFLOW,] == 10_000 - 20
    assert value("sloctl_label_overflow_total", metric="calls_total", label="host") == 10_000 - 20
    assert value("sloctl_internal_errors_total", kind="label") == 0


def test_values_past_the_bound_leave_no_trace_in_memory(obs: Obs) -> None:
    """What a metric keeps of 10,000 values is bounded as its series are."""
    calls = obs.counter("calls", "Calls.", labels={"host": sloctl.Bounded(20)})
    for number in range(10_000):
        calls.labels(host=f"host-{number}").inc()
    lookup = calls._lookup
    assert lookup is not None
    assert len(lookup.ready) == 21
    assert len(lookup._known["host"]) == 20


def test_a_value_within_the_bound_keeps_its_series(obs: Obs, value: Value) -> None:
    """Also after others have overflowed; to count there is 0 from the start, so that a rate sees the first one."""
    calls = obs.counter("calls", "Calls.", labels={"host": sloctl.Bounded(1), "code": sloctl.Enum("200", "500")})
    assert value("sloctl_label_overflow_total", metric="calls_total", label="host") == 0
    for host in ("a", "b", "a"):
        calls.labels(code="200", host=host).inc()
    calls.labels(host="b", code="500").inc()
    assert {("a", "200"): 2, (OVERFLOW, "200"): 1, (OVERFLOW, "500"): 1} == _series(obs, "calls_total")


def test_the_bound_holds_between_threads(obs: Obs) -> None:
    """Threads that bring new values at the same time cannot exceed the bound together, and no use is lost."""
    calls = obs.counter("calls", "Calls.", labels={"host": sloctl.Bounded(50)})
    start = threading.Barrier(8)

    def use(thread: int) -> None:
        start.wait()
        for number in range(500):
            calls.labels(host=f"{thread}-{number}").inc()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(use, range(8)))
    series = _series(obs, "calls_total")
    assert (51, 4000) == (len(series), sum(series.values()))


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        (None, "takes a text, not a NoneType"),
        (404, "takes a text, not a int"),
        ("", "cannot be '': it is empty"),
        (b"a", "takes a text, not a bytes"),
        ("\ud800", r"cannot be '\ud800': it is no UTF-8"),
        (["a"], "takes a text, not a list"),
        ({"a": 1}, "takes a text, not a dict"),
    ],
)
def test_a_bounded_label_takes_texts(
    obs: Obs, value: Value, caplog: pytest.LogCaptureFixture, bad: Any, problem: str
) -> None:
    """What is no text that a scrape can carry is a fault that says why, and makes no series."""
    obs.counter("calls", "Calls.", labels={"host": sloctl.Bounded(5)}).labels(host=bad).inc()
    assert {} == _series(obs, "calls_total")
    assert value("sloctl_internal_errors_total", kind="label") == 1
    assert b"sloctl_internal_errors_total" in obs.exposition()
    assert f"calls_total: the label host {problem}" in caplog.text


def test_values_are_escaped(obs: Obs) -> None:
    """Quotes, backslashes and line ends in a value do not break the scrape."""
    obs.counter("calls", "Calls.", labels={"host": sloctl.Bounded(5)}).labels(host='a"b\\c\nd').inc()
    assert rb'calls_total{host="a\"b\\c\nd"} 1.0' in obs.exposition()


@pytest.mark.parametrize(("namespace", "text"), [("default", "default/acme"), (None, "acme")])
def test_a_series_names_its_object(obs: Obs, value: Value, namespace: str | None, text: str) -> None:
    """The object is given as it is; namespace and name are scraped."""
    size = obs.gauge("tenant_size_bytes", "Size.", labels={"tenant": sloctl.PerObject()})
    size.labels(tenant=_object(namespace=namespace)).set(5)
    assert value("tenant_size_bytes", tenant=text) == 5


@pytest.mark.parametrize("forget", [lambda body: body, lambda body: body["metadata"]["uid"]])
def test_a_series_goes_when_its_object_goes(obs: Obs, forget: Callable[[Any], Any]) -> None:
    """Every series of the object in every metric, and no other's."""
    labels = {"tenant": sloctl.PerObject()}
    size = obs.gauge("tenant_size_bytes", "Size.", labels=labels)
    jobs = obs.counter("jobs", "Jobs.", labels={**labels, "kind": sloctl.Enum("big", "small")})
    phase = obs.state("tenant_phase", "Phase.", states=("Active", "Failed"), labels=labels)
    wait = obs.histogram("wait_seconds", "Wait.", buckets=[1], labels=labels)
    acme, other = _object("acme", "1"), _object("other", "2")
    for tenant in (acme, other):
        size.labels(tenant=tenant).set(1)
        jobs.labels(tenant=tenant, kind="big").inc()
        jobs.labels(tenant=tenant, kind="small").inc()
        phase.labels(tenant=tenant).set("Active")
        wait.labels(tenant=tenant).observe(0.5)
    assert len(_series(obs, "tenant_phase")) == 4
    obs.forget(forget(acme))
    left = [_series(obs, name) for name in ("tenant_size_bytes", "jobs_total", "tenant_phase", "wait_seconds_sum")]
    assert [{"default/other"}] * 4 == [{labels[0] for labels in series} for series in left]
    assert [1, 2, 2, 1] == [len(series) for series in left]


def test_an_object_that_is_gone_gets_no_series_any_more(obs: Obs, value: Value) -> None:
    """What is still under way for it, with a bound series or a new one, is no fault and leaves nothing behind."""
    size = obs.gauge("tenant_size_bytes", "Size.", labels={"tenant": sloctl.PerObject()})
    bound = size.labels(tenant=_object())
    bound.set(1)
    obs.forget(_object())
    bound.set(2)
    size.labels(tenant=_object()).set(3)
    assert {} == _series(obs, "tenant_size_bytes")
    assert value("sloctl_internal_errors_total", kind="label") == 0


def test_the_end_of_an_old_object_leaves_the_new_one_of_its_name(obs: Obs, value: Value) -> None:
    """A series belongs to a uid: a new object starts anew, and the late end of the old one takes nothing from it."""
    jobs = obs.counter("jobs", "Jobs.", labels={"tenant": sloctl.PerObject()})
    old = _object(uid="1", created="2026-01-01T00:00:00Z")
    new = _object(uid="2", created="2026-01-02T00:00:00Z")
    jobs.labels(tenant=old).inc(5)
    jobs.labels(tenant=new).inc()
    assert value("jobs_total", tenant="default/acme") == 1
    jobs.labels(tenant=old).inc()  # still under way
    obs.forget(old)
    assert value("jobs_total", tenant="default/acme") == 1
    obs.forget(new)
    assert value("jobs_total", tenant="default/acme") is None


def test_nothing_is_kept_of_objects_that_are_gone(obs: Obs) -> None:
    """10,000 objects that come and go leave no series, and no more than their uids."""
    size = obs.gauge("tenant_size_bytes", "Size.", labels={"tenant": sloctl.PerObject()})
    phase = obs.state("tenant_phase", "Phase.", states=("Active", "Failed"), labels={"tenant": sloctl.PerObject()})
    for number in range(10_000):
        tenant = _object(f"tenant-{number}", f"uid-{number}")
        size.labels(tenant=tenant).set(number)
        phase.labels(tenant=tenant).set("Active")
        obs.forget(tenant)
    assert ({}, {}) == (_series(obs, "tenant_size_bytes"), _series(obs, "tenant_phase"))
    for metric in (size, phase):
        assert metric._lookup is not None
        assert ({}, {}) == (metric._lookup._held, metric._lookup._owners)


def test_a_name_stands_for_the_object_that_is_reconciled(obs: Obs, value: Value) -> None:
    """Inside its reconciliation, sync or async, in a task and in a thread as well."""
    size = obs.gauge("tenant_size_bytes", "Size.", labels={"tenant": sloctl.PerObject()})

    @obs.reconcile("tenant")
    def sync(body: Mapping[str, Any]) -> None:
        size.labels(tenant="acme").set(1)

    @obs.reconcile("tenant")
    async def reconcile(body: Mapping[str, Any], **_: object) -> None:
        await asyncio.gather(asyncio.to_thread(lambda: size.labels(tenant="default/acme").set(2)))

    sync(_object())
    assert value("tenant_size_bytes", tenant="default/acme") == 1
    asyncio.run(reconcile(body=_object()))
    assert value("tenant_size_bytes", tenant="default/acme") == 2
    assert CURRENT.get() is None


@pytest.mark.parametrize(
    "wrong", ["acme", "default/acme", None, 5, {}, {"metadata": {"name": "acme"}}, {"metadata": 5}]
)
def test_what_names_no_object_is_refused(obs: Obs, value: Value, wrong: Any) -> None:
    """A text outside of any reconciliation, and what has no uid, is counted as a fault, and makes no series."""
    size = obs.gauge("tenant_size_bytes", "Size.", labels={"tenant": sloctl.PerObject()})
    size.labels(tenant=wrong).set(1)
    assert value("sloctl_internal_errors_total", kind="label") == 1
    assert {} == _series(obs, "tenant_size_bytes")


def test_another_object_is_not_named_by_a_text(obs: Obs, value: Value) -> None:
    """Inside a reconciliation a text is the name of that object only; another one would get its series."""
    size = obs.gauge("tenant_size_bytes", "Size.", labels={"tenant": sloctl.PerObject()})

    @obs.reconcile("tenant")
    def reconcile(body: Mapping[str, Any]) -> None:
        size.labels(tenant="other").set(1)
        size.labels(tenant=_object("other", "2")).set(2)

    reconcile(_object())
    assert {("default/other",): 2} == _series(obs, "tenant_size_bytes")
    assert value("sloctl_internal_errors_total", kind="label") == 1


def test_what_is_no_object_cannot_be_forgotten(obs: Obs, value: Value) -> None:
    """It is a fault, and no exception."""
    obs.forget({})
    assert value("sloctl_internal_errors_total", kind="label") == 1


def test_all_kinds_of_labels_go_together(obs: Obs) -> None:
    """Nothing is made beforehand when a label's values are not known; what is made has them all in order."""
    labels = {"tenant": sloctl.PerObject(), "host": sloctl.Bounded(1), "kind": sloctl.Enum("big", "small")}
    jobs = obs.counter("jobs", "Jobs.", labels=labels)
    assert {} == _series(obs, "jobs_total")
    jobs.labels(kind="big", host="a", tenant=_object()).inc()
    jobs.labels(kind="big", host="b", tenant=_object()).inc()
    assert {("default/acme", "a", "big"): 1, ("default/acme", OVERFLOW, "big"): 1} == _series(obs, "jobs_total")
    obs.forget(_object())
    assert {} == _series(obs, "jobs_total")
