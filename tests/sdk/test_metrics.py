"""Declared metrics: what cannot be declared, and what their use cannot break."""

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, Counter

import sloctl
from tests.sdk.conftest import Value

TIERS = {"tier": sloctl.Enum("gold", "silver")}


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        ("counter", "Jobs", "cannot be a metric's name"),
        ("counter", "jobsDone", "cannot be a metric's name"),
        ("counter", "jobs done", "cannot be a metric's name"),
        ("counter", "jobs:done", "cannot be a metric's name"),
        ("counter", "jobs__done", "cannot be a metric's name"),
        ("counter", "1_jobs", "cannot be a metric's name"),
        ("counter", "", "cannot be a metric's name"),
        ("counter", None, "None cannot be a metric's name"),
        ("gauge", ["jobs"], "cannot be a metric's name"),
        ("gauge", "jobs_total", "jobs_total is a gauge, and _total is a counter's ending"),
        ("histogram", "jobs_total", "jobs_total is a histogram, and _total is a counter's ending"),
        ("counter", "jobs_count", "ends in _count"),
        ("gauge", "jobs_sum", "ends in _sum"),
        ("gauge", "jobs_bucket", "ends in _bucket"),
        ("gauge", "jobs_created", "ends in _created"),
        ("gauge", "jobs_info", "ends in _info"),
        ("gauge", "jobs_gauge", "names its type"),
        ("counter", "jobs_counter_done", "names its type"),
        ("histogram", "wait_milliseconds", "not in a base unit"),
        ("histogram", "wait_ms", "not in a base unit"),
        ("counter", "wait_minutes_total", "not in a base unit"),
        ("gauge", "size_kilobytes", "not in a base unit"),
        ("gauge", "size_mb", "not in a base unit"),
        ("gauge", "used_percent", "not in a base unit"),
        ("gauge", "room_fahrenheit", "not in a base unit"),
    ],
)
def test_a_name_says_what_the_metric_is(obs: sloctl.Instrumentation, kind: str, name: Any, message: str) -> None:
    """Kind, name and unit agree, or the metric is refused where it is declared."""
    buckets = {"buckets": [1]} if kind == "histogram" else {}
    with pytest.raises(sloctl.DeclarationError, match=message) as refused:
        getattr(obs, kind)(name, "Something.", **buckets)
    assert refused.value.hint


@pytest.mark.parametrize("name", ["jobs", "http_2xx_answers", "m_jobs", "wait_seconds", "s3_bucket_reads", "h"])
def test_ordinary_names_are_fine(obs: sloctl.Instrumentation, name: str) -> None:
    """A word that only looks like a unit or an ending is none where it stands."""
    obs.counter(name, "Something.")


@pytest.mark.parametrize(
    ("labels", "message", "hint"),
    [
        ({"namespace": sloctl.Enum("a")}, "a scrape sets the label 'namespace'", "call it object_namespace"),
        ({"pod": sloctl.Enum("a")}, "a scrape sets the label 'pod'", "call it object_pod"),
        ({"le": sloctl.Enum("a")}, "'le' belongs to Prometheus", "another"),
        ({"__x": sloctl.Enum("a")}, "'__x' cannot be a label", "lower-case"),
        ({"Tier": sloctl.Enum("a")}, "'Tier' cannot be a label", "lower-case"),
        ({5: sloctl.Enum("a")}, "5 cannot be a label", "lower-case"),
        (["tier"], "the labels \\['tier'\\] are no mapping", "sloctl.Enum("),
        (5, "the labels 5 are no mapping", "sloctl.Enum("),
        ({"tier": ("gold", "silver")}, "the values of 'tier' are not declared", "sloctl.Enum("),
    ],
)
def test_labels_are_declared_with_their_values(
    obs: sloctl.Instrumentation, labels: Any, message: str, hint: str
) -> None:
    """A label has a name that survives the scrape and values that are known."""
    with pytest.raises(sloctl.DeclarationError, match=message) as refused:
        obs.counter("jobs", "Jobs done.", labels=labels)
    assert hint in refused.value.hint


@pytest.mark.parametrize("values", [(), ("",), ("gold", "gold"), (1,)])
def test_an_enum_has_values(values: tuple[Any, ...]) -> None:
    """Values are texts, at least one, none empty, none twice."""
    with pytest.raises(sloctl.DeclarationError):
        sloctl.Enum(*values)


@pytest.mark.parametrize("documentation", [" ", None, 5])
def test_a_metric_has_documentation(obs: sloctl.Instrumentation, documentation: Any) -> None:
    """Whoever reads a dashboard learns what a number means."""
    with pytest.raises(sloctl.DeclarationError, match="has no documentation"):
        obs.gauge("tenants_active", documentation)


def test_a_metric_is_declared_once(obs: sloctl.Instrumentation) -> None:
    """The second declaration is refused, also when it is of another kind."""
    obs.counter("jobs", "Jobs done.")
    with pytest.raises(sloctl.DeclarationError, match="jobs_total is declared twice"):
        obs.counter("jobs_total", "Jobs done.")


def test_a_taken_family_is_explained() -> None:
    """Another library's metrics under the same names are an error that says what to do."""
    registry = CollectorRegistry()
    Counter("controller_runtime_reconcile_errors", "Taken.", registry=registry)
    with pytest.raises(sloctl.DeclarationError, match="controller_runtime_reconcile_errors") as refused:
        sloctl.Instrumentation("test", registry=registry).reconcile("tenant")
    assert "registry=CollectorRegistry()" in refused.value.hint


def test_every_combination_of_labels_stands_at_zero(obs: sloctl.Instrumentation, value: Value) -> None:
    """All series of all declared labels exist before they are used."""
    obs.counter("jobs", "Jobs done.", labels={**TIERS, "kind": sloctl.Enum("big", "small")})
    for tier in ("gold", "silver"):
        for kind in ("big", "small"):
            assert value("jobs_total", tier=tier, kind=kind) == 0


def test_a_counter_counts(obs: sloctl.Instrumentation, value: Value) -> None:
    """The scraped name ends in _total; labels can be given in any order and bound once."""
    jobs = obs.counter("jobs", "Jobs done.", labels={**TIERS, "kind": sloctl.Enum("big", "small")})
    bound = jobs.labels(kind="big", tier="gold")
    bound.inc()
    bound.inc(2.5)
    assert value("jobs_total", tier="gold", kind="big") == 3.5
    assert not hasattr(bound, "dec")
    assert not hasattr(bound, "set")


def test_a_gauge_is_set(obs: sloctl.Instrumentation, value: Value) -> None:
    """A level tells what it was set to last."""
    level = obs.gauge("tenants_active", "Tenants.")
    level.set(5)
    level.set(4)
    assert value("tenants_active") == 4


def test_a_histogram_measures(obs: sloctl.Instrumentation, value: Value) -> None:
    """Measurements and timed blocks are counted by size, however a block ends."""
    wait = obs.histogram("wait_seconds", "Time waited.", buckets=[1, 5], labels=TIERS).labels(tier="gold")
    wait.observe(3)
    with pytest.raises(KeyError), wait.time():
        raise KeyError
    assert value("wait_seconds_bucket", tier="gold", le="1.0") == 1
    assert value("wait_seconds_bucket", tier="gold", le="5.0") == 2


def test_the_threshold_of_an_slo_is_a_bound(obs: sloctl.Instrumentation, value: Value) -> None:
    """What was good can be counted exactly."""
    obs.histogram("wait_seconds", "Time waited.", buckets="controller-runtime", slo_threshold=2.2)
    assert value("wait_seconds_bucket", le="2.2") == 0
    assert value("wait_seconds_bucket", le="2.0") == 0


@pytest.mark.parametrize(
    ("layout", "count", "first", "last"),
    [("controller-runtime", 40, 0.005, 60), ("rest-client", 12, 0.005, 60), ("workqueue", 12, 1e-8, 1000)],
)
def test_layouts_are_those_of_go_controllers(layout: str, count: int, first: float, last: float) -> None:
    """Each named layout has the number of bounds and the ends that its Go origin has."""
    from sloctl.sdk.buckets import LAYOUTS

    found = LAYOUTS[layout]
    assert (count, first, last) == (len(found), found[0], found[-1])


@pytest.mark.parametrize(
    "arguments",
    [
        {"buckets": "linear"},
        {"buckets": []},
        {"buckets": [1, 1]},
        {"buckets": [2, 1]},
        {"buckets": [1, math.inf]},
        {"buckets": [math.nan]},
        {"buckets": ["a"]},
        {"buckets": [None]},
        {"buckets": [10**400]},
        {"buckets": 5},
        {"buckets": None},
        {"buckets": [1], "slo_threshold": "a"},
        {"buckets": [1], "slo_threshold": [1]},
        {"buckets": [1], "slo_threshold": 0},
        {"buckets": [1], "slo_threshold": math.nan},
    ],
)
def test_bounds_that_cannot_stand_are_refused(obs: sloctl.Instrumentation, arguments: dict[str, Any]) -> None:
    """Bounds are finite and rise; a threshold is finite and above 0."""
    with pytest.raises(sloctl.DeclarationError, match=r"^wait_seconds: ") as refused:
        obs.histogram("wait_seconds", "Time waited.", **arguments)
    assert refused.value.hint


class _Broken:
    """A value of the host's that fails at every use."""

    def __float__(self) -> float:
        raise RuntimeError

    def __hash__(self) -> int:
        raise RuntimeError


@pytest.mark.parametrize(
    "bad", [math.nan, math.inf, -math.inf, -1, 1e293, "x", None, 10**400, Decimal("NaN"), _Broken()]
)
@pytest.mark.parametrize("use", ["counter.inc", "histogram.observe"])
def test_values_that_make_no_sense_are_not_stored(
    obs: sloctl.Instrumentation, value: Value, caplog: pytest.LogCaptureFixture, use: str, bad: Any
) -> None:
    """NaN, infinity, less than nothing and what is no number are counted as faults and logged once, not raised."""
    uses: dict[str, Callable[[Any], None]] = {
        "counter.inc": obs.counter("jobs", "Jobs done.").inc,
        "histogram.observe": obs.histogram("wait_seconds", "Time waited.", buckets=[1]).observe,
    }
    uses[use](bad)
    uses[use](bad)
    assert [value("jobs_total"), value("wait_seconds_sum"), value("wait_seconds_count")] == [0, 0, 0]
    assert value("sloctl_internal_errors_total", kind="value") == 2
    assert len(caplog.records) == 1


def test_a_total_stays_finite(obs: sloctl.Instrumentation, value: Value) -> None:
    """The largest amounts that are taken do not add up to infinity, which a total would never leave again."""
    jobs, wait = obs.counter("jobs", "Jobs done."), obs.histogram("wait_seconds", "Time waited.", buckets=[1])
    for amount in (1e308, 1e308, 1e292, 1e292):
        jobs.inc(amount)
        wait.observe(amount)
    assert [value("jobs_total"), value("wait_seconds_sum")] == [2e292, 2e292]


def test_any_label_can_be_given(obs: sloctl.Instrumentation, value: Value) -> None:
    """No label's name is in the way of how labels are given."""
    names = ("self", "unnamed", "values")
    jobs = obs.counter("jobs", "Jobs done.", labels={name: sloctl.Enum("a") for name in names})
    jobs.labels(**dict.fromkeys(names, "a")).inc()
    assert value("jobs_total", **dict.fromkeys(names, "a")) == 1


def test_a_gauge_takes_negative_levels_but_no_nan(obs: sloctl.Instrumentation, value: Value) -> None:
    """A level may be below zero; it is always a number."""
    level = obs.gauge("balance", "Balance.")
    level.set(-3)
    level.set(math.nan)
    level.set(_Broken())  # type: ignore[arg-type]
    assert value("balance") == -3
    assert value("sloctl_internal_errors_total", kind="value") == 2


@pytest.mark.parametrize(
    "use",
    [
        lambda jobs: jobs.labels(tier="bronze").inc(),
        lambda jobs: jobs.labels(level="gold").inc(),
        lambda jobs: jobs.labels(tier="gold", level="x").inc(),
        lambda jobs: jobs.labels().inc(),
        lambda jobs: jobs.labels("gold").inc(),
        lambda jobs: jobs.labels("gold", tier="gold").inc(),
        lambda jobs: jobs.labels(tier="gold").labels("gold").inc(),
        lambda jobs: jobs.labels(tier="gold").labels(tier="gold").inc(),
        lambda jobs: jobs.labels(tier=["gold"]).inc(),
        lambda jobs: jobs.labels(tier=_Broken()).inc(),
        lambda jobs: jobs.inc(),
    ],
)
def test_series_that_are_not_declared_are_not_made(
    obs: sloctl.Instrumentation, value: Value, use: Callable[[Any], None]
) -> None:
    """Undeclared labels and values are counted as faults, and break neither the operator nor the metric."""
    jobs = obs.counter("jobs", "Jobs done.", labels=TIERS)
    use(jobs)
    assert value("sloctl_internal_errors_total", kind="label") == 1
    assert b"bronze" not in obs.exposition()
    assert [value("jobs_total", tier=tier) for tier in ("gold", "silver")] == [0, 0]


def test_an_operator_that_has_a_version_tells_it() -> None:
    """The version stands beside the operator's name; without one there is nothing to tell."""
    told, silent = CollectorRegistry(), CollectorRegistry()
    sloctl.Instrumentation("tenant-operator", version="1.4.0", registry=told)
    sloctl.Instrumentation("tenant-operator", registry=silent)

    labels = {"operator": "tenant-operator", "version": "1.4.0"}
    assert told.get_sample_value("sloctl_build_info", labels) == 1
    assert [family.name for family in silent.collect() if family.name == "sloctl_build_info" and family.samples] == []
