"""What can be declared: compared with the tool that judges exposed metrics."""

import os
import re
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics import MetricWrapperBase

import sloctl
from sloctl.sdk import families
from tests.sdk.conftest import Value
from tests.support.prometheus import find_program

Obs = sloctl.Instrumentation
TIERS = {"tier": sloctl.Enum("gold", "silver")}

_FULL_UNITS = (
    *("seconds", "bytes", "celsius", "meters", "metres", "joules", "grams", "volts", "amperes", "kelvin", "kelvins"),
    *("minutes", "hours", "days", "weeks", "fahrenheit", "rankine", "inches", "yards", "miles", "bits", "calories"),
    *("pounds", "ounces", "ratio", "watts", "months", "requests"),
)
_UNITS = (*_FULL_UNITS, "s", "ms", "us", "ns", "sec", "b", "kb", "mb", "gb", "tb", "pb", "m", "h", "d")
_PREFIXES = (
    *("pico", "nano", "micro", "milli", "centi", "deci", "deca", "hecto", "kilo", "mega", "giga", "tera", "peta"),
    *("kibi", "mebi", "mibi", "gibi", "tebi", "pebi"),
)
_SHAPES = ("x_{}", "{}_x", "x_{}_y", "{}")
_WORDS = ("counter", "gauge", "histogram", "summary", "bucket", "count", "sum", "total", "info", "created", "ratio")
_CASES = [
    *((kind, shape.format(unit)) for unit in _UNITS for shape in _SHAPES for kind in ("counter", "gauge")),
    *(("gauge", f"x_{prefix}{unit}_y") for prefix in _PREFIXES for unit in _FULL_UNITS),
    *((kind, shape.format(word)) for word in _WORDS for shape in _SHAPES for kind in ("counter", "gauge", "histogram")),
    *((kind, name) for name in ("jobsDone", "Jobs", "jobs:done") for kind in ("counter", "gauge", "histogram")),
]

# What promtool lets pass, and why it is refused here.
_STRICTER = {
    "cannot be a metric's name": r"Jobs",
    "which Prometheus adds by itself": r"(\w+_)?(created|info|bucket|count|sum)(_total)?",
    "not in a base unit": r"(\w+_)?mebi\w+",  # promtool misspells it as mibi
    "is a ratio by its name": r"(\w+_)?ratio",
    "and _total is a counter's ending": r"total",
}


def _expose(kind: str, name: str, labels: tuple[str, ...] = ()) -> str:
    """Give what prometheus_client makes of such a metric; it accepts nearly anything."""
    kinds: dict[str, type[MetricWrapperBase]] = {"counter": Counter, "gauge": Gauge, "histogram": Histogram}
    registry = CollectorRegistry()
    metric = kinds[kind](name, "Something.", labels, registry=registry)
    if labels:
        metric.labels(*labels)
    lines = generate_latest(registry).decode().splitlines(keepends=True)
    return "".join(line for line in lines if "_created" not in line or "created" in name)


def _judge(text: str) -> dict[str, list[str]]:
    """Give promtool's objections by the metric's name."""
    done = subprocess.run(
        [find_program("promtool"), "check", "metrics"], input=text, capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 3), done
    found: dict[str, list[str]] = {}
    for line in done.stderr.splitlines():
        name, _, objection = line.partition(" ")
        found.setdefault(name, []).append(objection)
    return found


def _verdict(kind: str, name: str, labels: tuple[str, ...] = ()) -> str:
    """Give why a declaration is refused; nothing when it is not."""
    more: dict[str, Any] = {"buckets": [1]} if kind == "histogram" else {}
    try:
        obs = Obs("test", registry=CollectorRegistry())
        getattr(obs, kind)(name, "Something.", labels={label: sloctl.Enum("a") for label in labels}, **more)
    except sloctl.DeclarationError as refused:
        return str(refused)
    return ""


@pytest.mark.parametrize("kind", ["counter", "gauge", "histogram"])
def test_declarations_are_judged_as_promtool_judges_scrapes(kind: str) -> None:
    """No name passes that the tool objects to, and where more is refused, the reason is written down above."""
    exposed = {name: _expose(kind, name) for of, name in _CASES if of == kind}
    objections = _judge("".join(dict.fromkeys(exposed.values())))
    assert len(objections) > 10
    surprises = []
    for name, text in exposed.items():
        scraped, verdict = text.split(maxsplit=3)[2], _verdict(kind, name)
        stricter = any(reason in verdict and re.fullmatch(names, name) for reason, names in _STRICTER.items())
        if bool(verdict) != (scraped in objections) and not stricter:
            surprises.append((name, verdict, objections.get(scraped)))
    assert [] == surprises


@pytest.mark.parametrize("label", ["le", "quantile", "jobKind"])
def test_labels_that_promtool_objects_to_cannot_be_declared(label: str) -> None:
    """Labels as well are judged before they are served."""
    assert _judge(_expose("gauge", "jobs", (label,)))
    assert _verdict("gauge", "jobs", (label,))


def test_the_judge_has_no_objection_to_what_is_exposed(obs: Obs) -> None:
    """All that sloctl records by itself, and one metric of each kind, as a scrape gets it."""
    for declaration in families.BUILTIN:
        make = obs._store.buckets if declaration.kind == "histogram" else obs._store.values
        make(declaration).at(*("x" for _ in declaration.labels))
    obs.counter("jobs", "Jobs.", labels=TIERS).labels(tier="gold").inc()
    obs.gauge("tenants", "Tenants.").set(1)
    obs.gauge("syncs", "Syncs.", intent="in-flight")
    obs.gauge("used_ratio", "Used.", intent="ratio").set(0.5)
    obs.gauge("backup_timestamp_seconds", "Backup.", intent="timestamp").set_to_now()
    obs.state("phase", "Phase.", states=("A", "B")).set("A")
    obs.histogram("wait_seconds", "Wait.", buckets="workqueue").observe(1)
    assert {} == _judge(obs.exposition().decode())


@pytest.mark.parametrize(
    ("label", "reason"),
    [
        ("uid", "identifies one object"),
        ("tenant_uid", "identifies one object"),
        ("resource_version", "changes with every write"),
        ("timestamp", "changes with the clock"),
        ("error", "is a text without end"),
        ("last_exception", "is a text without end"),
        ("message", "is a text without end"),
        ("trace_id", "exemplars carry it"),
        ("uid_of_tenant", "identifies one object"),
        ("exception_text", "is a text without end"),
        ("error_msg", "is a text without end"),
        ("err", "is a text without end"),
        ("exc", "is a text without end"),
        ("reason_text", "is a text without end"),
        ("created_at", "changes with the clock"),
        ("last_updated", "changes with the clock"),
        ("last_seen", "changes with the clock"),
        ("ts", "changes with the clock"),
    ],
)
@pytest.mark.parametrize("values", [sloctl.Bounded(10), sloctl.Enum("a")])
def test_labels_that_never_repeat_are_refused(obs: Obs, label: str, reason: str, values: Any) -> None:
    """Each of their values would be a series for ever; only those of an object end some day."""
    with pytest.raises(sloctl.DeclarationError, match=reason) as refused:
        obs.counter("jobs", "Jobs.", labels={label: values})
    assert "jobs_total" in str(refused.value)
    assert "sloctl.PerObject()" in refused.value.hint
    obs.counter("jobs", "Jobs.", labels={label: sloctl.PerObject()})


@pytest.mark.parametrize(
    "label",
    [
        "error_type",
        "exception_class",
        "error_code",
        "reason",
        "last_reason",
        "node_name",
        "time_zone",
        "fluid",
        "at_risk",
    ],
)
def test_ordinary_labels_are_fine(obs: Obs, label: str) -> None:
    """A label that only sounds like those is none of them."""
    obs.counter("jobs", "Jobs.", labels={label: sloctl.Bounded(10)})


@pytest.mark.parametrize(
    "labels",
    [
        {f"l{n}": sloctl.Enum(*map(str, range(22))) for n in range(3)},
        {"a": sloctl.Bounded(200), "b": sloctl.Enum(*map(str, range(50)))},
    ],
)
def test_absurdly_many_series_are_refused(obs: Obs, labels: Any) -> None:
    """More than 10,000 combinations are a mistake, and their number is told."""
    with pytest.raises(sloctl.DeclarationError, match=r"jobs_total: its labels allow 1\d,\d{3} series") as refused:
        obs.counter("jobs", "Jobs.", labels=labels)
    assert "10,000" in refused.value.hint


def test_a_state_set_counts_its_states(obs: Obs) -> None:
    """They are a label as well."""
    labels = {"a": sloctl.Enum(*map(str, range(200)))}
    with pytest.raises(sloctl.DeclarationError, match="phase: its labels allow 10,200 series"):
        obs.state("phase", "Phase.", states=tuple(f"s{n}" for n in range(51)), labels=labels)


def test_a_series_belongs_to_one_object(obs: Obs) -> None:
    """With two it would be unclear when it goes."""
    with pytest.raises(sloctl.DeclarationError, match="has several labels PerObject"):
        obs.counter("jobs", "Jobs.", labels={"tenant": sloctl.PerObject(), "database": sloctl.PerObject()})


def test_what_is_recorded_already_cannot_be_declared(obs: Obs) -> None:
    """It would stand in the way of the instrumentation later on."""
    for declaration in families.BUILTIN:
        kind = "gauge" if declaration.kind == "stateset" else declaration.kind
        assert "is recorded by sloctl itself" in _verdict(kind, declaration.name)


def test_layouts_are_for_seconds(obs: Obs) -> None:
    """The bounds of Go's controllers make no sense in another unit."""
    with pytest.raises(sloctl.DeclarationError, match="size_bytes: layouts are in seconds"):
        obs.histogram("size_bytes", "Size.", buckets="controller-runtime")


def test_only_seconds_are_timed(obs: Obs, value: Value) -> None:
    """A block that is timed into another unit is a fault, and stores nothing."""
    with obs.histogram("size_bytes", "Size.", buckets=[1]).time():
        pass
    assert value("size_bytes_count") == 0
    assert value("sloctl_internal_errors_total", kind="value") == 1


def test_a_traceback_shows_the_fix(obs: Obs) -> None:
    """Whoever does not catch the error reads below it, once, what to do about it."""
    with pytest.raises(sloctl.DeclarationError) as refused:
        obs.counter("wait_ms", "Time waited.")
    assert traceback.format_exception_only(refused.value) == [
        "sloctl.model.errors.DeclarationError: wait_ms_total is not in a base unit\n",
        "measure in seconds and put that for 'ms'\n",
    ]


def test_a_message_shows_the_scraped_name(obs: Obs) -> None:
    """What is searched for is what a scrape would have shown."""
    with pytest.raises(sloctl.DeclarationError, match=r"^jobs_total: a scrape sets the label 'pod'"):
        obs.counter("jobs", "Jobs.", labels={"pod": sloctl.Enum("a")})


def test_metrics_of_the_users_own_are_untouched() -> None:
    """Beside sloctl's, another library's metrics in the same registry give what they gave alone."""
    alone, shared = CollectorRegistry(), CollectorRegistry()
    obs = Obs("test", registry=shared)
    obs.counter("jobs", "Jobs.").inc()
    for registry in (alone, shared):
        Counter("mine", "Mine.", ["a"], registry=registry).labels("x").inc(2)
        Histogram("took", "Took.", registry=registry).observe(0.3)
    expected, found = (
        re.sub(r"(?<=_created)(.*) .*", r"\1", generate_latest(registry).decode()) for registry in (alone, shared)
    )
    assert "mine_created" in expected
    assert found.endswith(expected)


def test_several_processes_are_warned_of_once(tmp_path: Path) -> None:
    """Whoever sets prometheus_client up for several processes learns that an operator's metrics are of one."""
    program = "import sloctl; obs = [sloctl.Instrumentation('a'), sloctl.Instrumentation('b')]"
    outputs = [
        subprocess.run(
            [sys.executable, "-c", program], env=os.environ | env, capture_output=True, text=True, check=True
        ).stderr
        for env in ({}, {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)})
    ]
    assert [0, 1] == [output.count("metrics are of this process only") for output in outputs]
