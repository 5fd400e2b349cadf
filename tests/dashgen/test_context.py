"""What the dashboards of a source are given to depend on."""

import re
import textwrap
from pathlib import Path

import pytest

from sloctl.app.dashboards import read_context
from sloctl.dashgen import Context
from sloctl.model.errors import UsageError
from sloctl.model.indicators import Expression, RawIndicator
from sloctl.model.periods import RollingPeriod
from sloctl.model.slo import Objective, Slo
from sloctl.specio.dashboards import read_dashboards
from tests.support.prometheus import REPOSITORY


def slo(name: str, *group_by: str, members: tuple[tuple[str, ...], ...] = ()) -> Slo:
    """Make an SLO that is kept apart by labels, or a composite of some."""
    made = [RawIndicator(Expression("x"), is_good=True, group_by=labels) for labels in members or (group_by,)]
    objectives = tuple(Objective(0.9, f"o{i}", indicator=each if members else None) for i, each in enumerate(made))
    return Slo(name, "shop", None if members else made[0], objectives, RollingPeriod(86400))


def test_labels_are_those_of_all_indicators_in_their_order() -> None:
    """Labels come in the order in which they first appear, those of a composite's members too, and each once."""
    context = Context((slo("a", "zone", "job"), slo("b", members=(("job",), ("shop", "zone"))), slo("c")))

    assert context.labels == ("zone", "job", "shop")


def test_without_specs_the_shipped_slos_are_the_context() -> None:
    """The SLOs that ship with sloctl are what its dashboards are for."""
    context = read_context()

    assert [slo.name for slo in context.slos] == ["reconcile-success", "reconcile-latency"]
    assert context.services == ("tenant-operator",)


def test_specs_of_all_kinds_are_the_context(tmp_path: Path) -> None:
    """SLOs are read from where rules are generated from; each objective is one, as rules record it."""
    from_pack = read_context([Path("pack:operator")], values={"job": "mine"})
    (tmp_path / "slo.yaml").write_text(SEVERAL)
    from_file = read_context([tmp_path])

    assert {slo.service for slo in from_pack.slos} == {"mine"}
    assert [slo.name for slo in from_file.slos] == ["served-inner", "served-outer"]


def test_a_missing_spec_is_a_usage_error(tmp_path: Path) -> None:
    """A spec that is not there is named, and nothing else is taken in its place."""
    with pytest.raises(UsageError, match=r"absent\.yaml"):
        read_context([tmp_path / "absent.yaml"])


def test_the_example_of_a_function_runs(tmp_path: Path) -> None:
    """The example on the page that takes the context makes a dashboard of each SLO."""
    page = (REPOSITORY / "docs/dashboards.md").read_text()
    function = re.search(r"(?m)^    def dashboards(?:.*\n)+?^        \]$", page)
    assert function
    source = tmp_path / "budgets.dashboard.py"
    head = "from sloctl.dashgen import prometheus_dashboard, series, timeseries\n"
    source.write_text(head + textwrap.dedent(function[0]))
    files = read_dashboards(source, read_context())

    assert [file.name for file in files] == ["budget-reconcile-success.json", "budget-reconcile-latency.json"]
    assert '"{{controller}}"' in files[0].text


SEVERAL = """
apiVersion: openslo/v1
kind: SLO
metadata: {name: served}
spec:
  service: shop
  budgetingMethod: Occurrences
  timeWindow: [{duration: 30d, isRolling: true}]
  objectives: [{displayName: inner, target: 0.99}, {displayName: outer, target: 0.9}]
  indicator:
    metadata: {name: served}
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {type: Prometheus, spec: {query: 'served_total{ok="1"}'}}}
        total: {metricSource: {type: Prometheus, spec: {query: served_total}}}
"""
