"""The catalogue: everything that is declared, as data."""

import json
from typing import Any

import sloctl
from sloctl.app.catalogue import write_catalogue

Obs = sloctl.Instrumentation


def _find(obs: Obs, name: str) -> dict[str, Any]:
    """Give a metric as it is exported."""
    exported = json.loads(write_catalogue(obs.catalogue()))
    assert exported["version"] == 1
    (found,) = [metric for metric in exported["metrics"] if metric["name"] == name]
    return dict(found)


def test_a_gauge_is_exported_with_all_that_was_declared(obs: Obs) -> None:
    """All keys of the documented shape, in its order."""
    labels = {"tenant": sloctl.PerObject(), "host": sloctl.Bounded(5), "tier": sloctl.Enum("gold", "silver")}
    obs.gauge("used_ratio", "Share used.", intent="ratio", labels=labels, drop_after_s=300)
    found = _find(obs, "used_ratio")
    expected = {
        "name": "used_ratio",
        "kind": "gauge",
        "documentation": "Share used.",
        "unit": "ratio",
        "labels": [
            {"name": "tenant", "kind": "object", "values": [], "limit": None},
            {"name": "host", "kind": "bounded", "values": [], "limit": 5},
            {"name": "tier", "kind": "enum", "values": ["gold", "silver"], "limit": None},
        ],
        "intent": "ratio",
        "staleness": {"with_object": True, "after_seconds": 300},
        "buckets": [],
        "slo_threshold": None,
        "native": False,
    }
    assert list(expected.items()) == list(found.items())


def test_a_counter_is_exported_as_it_is_scraped(obs: Obs) -> None:
    """Its name has the ending; it has no intent."""
    obs.counter("wait_seconds", "Time waited.")
    found = _find(obs, "wait_seconds_total")
    assert ("counter", "seconds", None) == (found["kind"], found["unit"], found["intent"])


def test_a_state_set_is_exported_with_its_states(obs: Obs) -> None:
    """They are the values of its last label."""
    obs.state("phase", "Phase.", states=("Active", "Failed"), labels={"tenant": sloctl.PerObject()})
    found = _find(obs, "phase")
    assert ("stateset", None, None) == (found["kind"], found["unit"], found["intent"])
    assert {"name": "phase", "kind": "enum", "values": ["Active", "Failed"], "limit": None} == found["labels"][-1]


def test_a_histogram_is_exported_with_its_bounds(obs: Obs) -> None:
    """The threshold of the SLO is among them."""
    obs.histogram("wait_seconds", "Wait.", buckets=[1, 5], slo_threshold=2, native=True)
    found = _find(obs, "wait_seconds")
    assert ([1, 2, 5], 2, True) == (found["buckets"], found["slo_threshold"], found["native"])


def test_the_catalogue_has_what_is_in_use(obs: Obs) -> None:
    """What sloctl records by itself is there as soon as something feeds it, in the order of the names."""
    names = [declaration.name for declaration in obs.catalogue()]
    assert "controller_runtime_reconcile_total" not in names
    obs.counter("jobs", "Jobs.")
    obs.reconcile("tenant")(lambda body: None)
    names = [declaration.name for declaration in obs.catalogue()]
    assert {"controller_runtime_reconcile_total", "jobs_total", "sloctl_internal_errors_total"} <= set(names)
    assert sorted(names) == names


def test_a_table_keeps_its_columns(obs: Obs) -> None:
    """Also when a text has what separates them."""
    obs.counter("jobs", "Big | small\njobs.", labels={"kind": sloctl.Enum("big", "small")})
    table = write_catalogue(obs.catalogue(), "markdown")
    assert "| `jobs_total` | counter | `kind` (big, small) | | Big \\| small jobs. |\n" in table
