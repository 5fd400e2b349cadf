"""A dashboard of what an operator declares: what is drawn how."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from sloctl.app.dashboards import generate_dashboards
from sloctl.app.lint import Options, lint
from sloctl.dashgen import catalogue_dashboard, highest, render
from sloctl.model.catalogue import Declaration, Label
from sloctl.model.errors import UsageError
from tests.dashgen.operator_of_all_kinds import AllKinds
from tests.support.grafana_check import typecheck

Json = dict[str, Any]

OBJECT = Label("tenant", "object")
TIER = Label("tier", "enum", ("gold", "silver"))


@pytest.fixture(scope="module")
def board() -> Json:
    """Draw an operator that declares metrics of every kind."""
    drawn: Json = json.loads(
        render(catalogue_dashboard("shop-operator", AllKinds(CollectorRegistry()).obs.catalogue()))
    )
    return drawn


def panel(*metrics: Declaration, title: str = "") -> Json:
    """Draw some metrics, and give the first panel, or the one of a title."""
    panels = json.loads(render(catalogue_dashboard("x", metrics)))["panels"]
    return next(each for each in panels if each["type"] != "row" and title in each["title"])


def exprs(panel: Json) -> list[str]:
    """Give the queries of a panel, without what the viewer chooses."""
    chosen = 'cluster=~"$cluster", job=~"$job", namespace=~"$namespace", instance=~"$instance"'
    return [target["expr"].replace(f"{{{chosen}}}", "").replace(f"{chosen}, ", "") for target in panel["targets"]]


def test_lint_and_types_find_nothing(board: Json, tmp_path: Path) -> None:
    """The dashboard of an operator with metrics of every kind passes the lint, and Grafana's types fit."""
    path = tmp_path / "metrics.json"
    path.write_text(json.dumps(board))

    assert [str(finding) for finding in lint([path], Options()).findings] == []
    typecheck({"metrics": json.dumps(board)}, tmp_path)


def test_each_kind_has_its_row(board: Json) -> None:
    """Metrics stand below the heading of their kind, and what every operator exposes is folded away at the end."""
    rows = [each for each in board["panels"] if each["type"] == "row"]

    assert [(each["title"], each["collapsed"]) for each in rows] == [
        ("Events", False),
        ("Levels", False),
        ("States", False),
        ("Distributions", False),
        ("What every operator exposes", True),
    ]
    assert all("sloctl_" in target["expr"] for each in rows[-1]["panels"] for target in each["targets"])


def test_every_line_is_filled(board: Json) -> None:
    """Panels of a metric stand side by side, and each line is filled to its end."""
    lines: dict[int, int] = {}
    for each in board["panels"]:
        place = each["gridPos"]
        lines[place["y"]] = lines.get(place["y"], 0) + place["w"]

    assert set(lines.values()) == {24}


def test_every_panel_says_what_it_shows_and_why_it_is_empty(board: Json) -> None:
    """A panel has the metric's own words and name, what to do about it, a unit, and a reason for showing nothing."""
    for each in (each for each in board["panels"] if each["type"] != "row"):
        defaults = each["fieldConfig"]["defaults"]
        assert re.fullmatch(r".+\. .+\. Metric: \w+\.", each["description"]), each["title"]
        assert defaults["unit"], each["title"]
        assert defaults["noValue"].startswith("No "), each["title"]


def test_a_counter_is_a_rate_by_its_labels() -> None:
    """A counter is drawn per second by its labels; a sum of seconds is a share of the time, of bytes a throughput."""
    made = panel(Declaration("shops_made_total", "counter", "Shops made.", (TIER,)))
    slept = panel(Declaration("sleep_seconds_total", "counter", "Time asleep."))
    sent = panel(Declaration("sent_bytes_total", "counter", "Bytes sent."))

    assert exprs(made) == ["sum by (tier) (rate(shops_made_total[$__rate_interval]))"]
    assert (made["title"], made["targets"][0]["legendFormat"]) == ("Shops made", "{{tier}}")
    assert [each["fieldConfig"]["defaults"]["unit"] for each in (made, slept, sent)] == ["cps", "percentunit", "Bps"]


@pytest.mark.parametrize(
    ("metric", "expr", "unit"),
    [
        (Declaration("syncs", "gauge", "Syncs.", intent="in-flight"), "sum(syncs)", "short"),
        (Declaration("shops", "gauge", "Shops.", (TIER,)), "sum by (tier) (shops)", "short"),
        (Declaration("cache_bytes", "gauge", "Cache."), "sum(cache_bytes)", "bytes"),
        (Declaration("lag_seconds", "gauge", "Lag."), "max(lag_seconds)", "s"),
        (Declaration("full_ratio", "gauge", "Full.", intent="ratio"), "max(full_ratio)", "percentunit"),
        (
            Declaration("backup_timestamp_seconds", "gauge", "Backup.", intent="timestamp"),
            "time() - max(backup_timestamp_seconds)",
            "s",
        ),
    ],
    ids=lambda value: value.name if isinstance(value, Declaration) else "",
)
def test_a_gauge_is_drawn_by_its_intent(metric: Declaration, expr: str, unit: str) -> None:
    """Amounts are summed over instances, what does not add up is at its highest, and a time is shown as its age."""
    drawn = panel(metric)

    assert (exprs(drawn), drawn["fieldConfig"]["defaults"]["unit"]) == ([expr], unit)


@pytest.mark.parametrize("label", [OBJECT, Label("host", "bounded", limit=500), Label("code", "enum", tuple("a" * 21))])
def test_only_some_of_many_series_are_shown(label: Label) -> None:
    """A metric that may have any number of series shows the ten highest, and says so."""
    drawn = panel(Declaration("syncs_total", "counter", "Syncs.", (label,)))

    assert exprs(drawn) == [highest(f"sum by ({label.name}) (rate(syncs_total[$__rate_interval]))", 10)]
    assert "of which the 10 highest are shown." in drawn["description"]


def test_a_state_set_is_a_timeline() -> None:
    """Each state is a band with its word; things that are many are counted by state beside it."""
    states = Label("shop_phase", "enum", ("Pending", "Active", "Failed"))
    metric = Declaration("shop_phase", "stateset", "Phase.", (OBJECT, states))
    timeline, counted = panel(metric), panel(metric, title="how many")
    (expr,) = exprs(timeline)

    assert timeline["type"] == "state-timeline"
    assert expr == highest(
        'max by (tenant) (1 * shop_phase{shop_phase="Pending"} or 2 * shop_phase{shop_phase="Active"}'
        ' or 3 * shop_phase{shop_phase="Failed"})'
    )
    words = timeline["fieldConfig"]["defaults"]["mappings"][0]["options"]
    assert {number: (word["text"], word["color"]) for number, word in words.items()} == {
        "1": ("Pending", "orange"),
        "2": ("Active", "green"),
        "3": ("Failed", "red"),
    }
    assert exprs(counted) == ["sum by (shop_phase) (shop_phase)"]
    assert [each["matcher"]["options"] for each in counted["fieldConfig"]["overrides"]] == [
        "Pending",
        "Active",
        "Failed",
    ]


def test_a_histogram_is_quantiles_buckets_and_the_share_within_its_threshold() -> None:
    """Exemplars come once, the SLO's threshold is a dashed line, and the share of what keeps it stands beside."""
    metric = Declaration("make_seconds", "histogram", "Time.", buckets=(1.0, 2.0), slo_threshold=2.0)
    quantiles, spread, within = (panel(metric, title=title) for title in ("Make", "distribution", "within 2"))
    steps = quantiles["fieldConfig"]["defaults"]["thresholds"]["steps"]

    assert exprs(quantiles)[2] == (
        "histogram_quantile(0.99, sum by (le) (rate(make_seconds_bucket[$__rate_interval]))) >= 0"
    )
    assert [target.get("exemplar", False) for target in quantiles["targets"]] == [False, False, True]
    assert [target["exemplar"] for target in spread["targets"]] == [True]
    assert [step["value"] for step in steps] == [None, 2.0]
    assert quantiles["fieldConfig"]["defaults"]["custom"]["thresholdsStyle"] == {"mode": "dashed"}
    assert (spread["type"], exprs(spread)) == (
        "heatmap",
        ["sum by (le) (increase(make_seconds_bucket[$__rate_interval]))"],
    )
    assert 'le=~"2|2\\\\.0"' in within["targets"][0]["expr"]
    assert within["fieldConfig"]["defaults"]["max"] == 1


def test_facts_are_a_table() -> None:
    """A metric that tells by its labels alone is a table of them; Go operators have such, and catalogues of them."""
    drawn = panel(Declaration("shop_build_info", "gauge", "Builds.", (Label("version"),)))

    assert (drawn["type"], drawn["title"]) == ("table", "Shop build")
    assert exprs(drawn) == ["max by (cluster, job, instance, version) (shop_build_info)"]


def test_without_a_threshold_nothing_is_within_it() -> None:
    """A histogram that no SLO asks about has no line and no share."""
    panels = json.loads(render(catalogue_dashboard("x", [Declaration("size_bytes", "histogram", "Size.")])))["panels"]

    assert [each["title"] for each in panels] == ["Distributions", "Size", "Size: distribution"]
    assert panels[1]["fieldConfig"]["defaults"]["custom"]["thresholdsStyle"] == {"mode": "off"}


def test_instances_are_known_by_what_is_there_at_once() -> None:
    """The choices at the top rest on a metric that has a series from the start, if there is one."""
    metrics = [
        Declaration("a_total", "counter", "A.", (OBJECT,)),
        Declaration("b_ratio", "gauge", "B.", intent="ratio"),
        Declaration("c_seconds", "histogram", "C."),
    ]
    board = json.loads(render(catalogue_dashboard("x", metrics)))
    queries = [each["definition"] for each in board["templating"]["list"] if each["type"] == "query"]

    assert queries[0] == "label_values(c_seconds_count, cluster)"


def test_an_operators_name_becomes_a_uid() -> None:
    """Whatever an operator is called, its dashboard has a uid that Grafana keeps, and the name in its title."""
    board = catalogue_dashboard("My operator / " + "x" * 60, [Declaration("shops", "gauge", "Shops.")])

    assert re.fullmatch(r"[a-zA-Z0-9_-]{40}", board.uid)
    assert board.title.startswith("Metrics / My operator / x")


def test_a_module_and_its_catalogue_give_one_dashboard(tmp_path: Path) -> None:
    """A catalogue that was written down draws what the module draws, under its own name."""
    from sloctl.app.catalogue import read_catalogue, write_catalogue

    module = "module:tests.support.shop"
    catalogue = tmp_path / "shop.json"
    catalogue.write_text(write_catalogue(read_catalogue([module])))

    assert generate_dashboards([Path(module)]) == generate_dashboards([catalogue])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "empty declares no metrics"),
        ('{"version": 1, "metrics": []}', "empty declares no metrics"),
        ('[{"name": "phase", "kind": "stateset"}]', "phase is a state set, and its last label does not name"),
        (
            '[{"name": "phase", "kind": "stateset", "labels": [{"name": "phase"}]}]',
            "phase is a state set, and its last",
        ),
    ],
)
def test_a_catalogue_that_cannot_be_drawn_is_a_usage_error(tmp_path: Path, text: str, said: str) -> None:
    """A catalogue that declares nothing, or states without their names, is refused by its name."""
    path = tmp_path / "empty.json"
    path.write_text(text)
    with pytest.raises(UsageError, match=rf"empty\.json: {said}"):
        generate_dashboards([path])


def test_every_metric_is_drawn(board: Json) -> None:
    """No metric that was declared is left out."""
    metrics = AllKinds(CollectorRegistry()).obs.catalogue()

    assert [metric.name for metric in metrics if metric.name not in json.dumps(board)] == []
