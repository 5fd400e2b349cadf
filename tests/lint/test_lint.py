"""Rules and specs against what is known of metrics."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sloctl.app.lint import Options, Report, lint
from sloctl.model.errors import BackendError, SloctlError, SpecError, UsageError
from tests.support.prometheus import REPOSITORY, blocks_from, prometheus

RULES = """\
groups:
  - name: g
    rules:
      - record: job:errors:rate5m
        expr: sum by (job) (rate(errors_total{cod="500"}[5m]))
      - record: job:erors:rate5m
        expr: rate(erors_total[5m]) + rate(queue_depth[5m]) + job:errors:rate5m{job="a"} + elsewhere:recorded:rate5m
"""
SPEC = (REPOSITORY / "rules/slos/operator.yaml").read_text()
COMPOSITE = """\
apiVersion: openslo/v1
kind: SLO
metadata: {name: checkout}
spec:
  service: shop
  budgetingMethod: Occurrences
  timeWindow: [{duration: 30d, isRolling: true}]
  objectives:
    - {displayName: api, target: 0.99, indicatorRef: api}
    - {displayName: queue, target: 0.99, indicatorRef: queue}
"""
MEMBER = """---
apiVersion: openslo/v1
kind: SLI
metadata: {name: NAME}
spec:
  ratioMetric:
    counter: true
    bad: {metricSource: {type: Prometheus, spec: {query: NAME_failed_total}}}
    total: {metricSource: {type: Prometheus, spec: {query: NAME_total}}}
"""
NOWHERE = "http://127.0.0.1:1"


def found(report: Report) -> list[tuple[str, str]]:
    """Give check and first words of every finding."""
    return [(finding.check, finding.summary) for finding in report.findings]


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """Write the rules to a file."""
    file = tmp_path / "rules.yaml"
    file.write_text(RULES)
    return file


def test_a_catalogue_tells_metrics_labels_and_kinds(rules: Path, tmp_path: Path) -> None:
    """What is in no catalogue is unknown, but for recorded series, which a catalogue does not tell."""
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    first.write_text(
        '[{"name": "errors_total", "kind": "counter", "labels": [{"name": "code", "kind": "enum", "values": ["1"]}]}]'
    )
    second.write_text('{"metrics": [{"name": "queue_depth", "kind": "gauge", "buckets": [], "native": false}]}')

    assert [
        ("unknown-label", "errors_total has no label 'cod'"),
        ("unknown-metric", "there is no metric 'erors_total'"),
        ("rate-on-gauge", "rate() of queue_depth, which is a gauge and no counter"),
    ] == found(lint([rules], Options(catalogues=(first, second))))
    assert [] == found(lint([rules], Options()))


def test_target_labels_can_be_added(rules: Path, tmp_path: Path) -> None:
    """A label that scraping adds is taken for one of the metric's."""
    catalogue = tmp_path / "a.json"
    catalogue.write_text('[{"name": "errors_total", "kind": "counter"}]')

    checks = [check for check, _ in found(lint([rules], Options(catalogues=(catalogue,), target_labels=("cod",))))]

    assert "unknown-label" not in checks


@pytest.mark.parametrize(
    "text", ["{}", "[{}]", '[{"name": "a", "kind": "b"}]', '[{"name": "a", "kind": "gauge", "x": 1}]', "["]
)
def test_what_is_no_catalogue_is_refused(rules: Path, tmp_path: Path, text: str) -> None:
    """A file of another shape is a fault with its place."""
    catalogue = tmp_path / "a.json"
    catalogue.write_text(text)

    with pytest.raises(SpecError) as caught:
        lint([rules], Options(catalogues=(catalogue,)))
    assert all(finding.line for finding in caught.value.findings)


def test_a_live_prometheus_tells_metrics_and_labels(rules: Path, tmp_path: Path) -> None:
    """Names and labels come from the server, recorded series among them; a rule at hand says it better."""
    now = int(time.time())
    series = ['errors_total{code="500",job="a"}', "queue_depth", 'job:errors:rate5m{old="label"}']
    data = blocks_from("\n".join(f"{name} 1 {now}" for name in series), tmp_path / "data")
    with prometheus("{}", tmp_path, data) as server:
        report = lint([rules], Options(prometheus=server.url))

    assert "" == report.unasked
    assert [
        ("unknown-label", "errors_total has no label 'cod'"),
        ("unknown-metric", "there is no metric 'erors_total'"),
        ("unknown-metric", "there is no metric 'elsewhere:recorded:rate5m'"),
    ] == found(report)


def test_a_server_that_is_away_is_no_finding_unless_it_is_required(rules: Path) -> None:
    """The rest is checked without it, and the report says so; where it is required, it is an error."""
    report = lint([rules], Options(prometheus=NOWHERE))

    assert (0, 2) == (len(report.findings), report.rules)
    assert NOWHERE in report.unasked
    with pytest.raises(BackendError):
        lint([rules], Options(prometheus=NOWHERE, online_required=True))


def test_queries_of_specs_are_checked_where_they_stand(tmp_path: Path) -> None:
    """An SLO over a metric that is not there, and over a gauge, is found at its indicator."""
    spec, catalogue = tmp_path / "slo.yaml", tmp_path / "a.json"
    spec.write_text(SPEC)
    catalogue.write_text('[{"name": "controller_runtime_reconcile_errors_total", "kind": "gauge"}]')
    report = lint([spec], Options(catalogues=(catalogue,)))
    lines = SPEC.splitlines()

    assert {"unknown-metric", "rate-on-gauge"} == {check for check, _ in found(report)}
    above = {lines[finding.line - 2].strip() for finding in report.findings}
    here = {lines[finding.line - 1].strip() for finding in report.findings}
    assert "indicator:" in above
    assert "indicatorRef: reconcile-latency" in here


def test_faults_of_specs_are_findings(tmp_path: Path) -> None:
    """What generating rules would refuse is reported beside the rules' findings, with the same check."""
    (tmp_path / "slo.yaml").write_text(SPEC.replace("timeWindow", "timeWindows"))
    (tmp_path / "rules.yaml").write_text(RULES)
    (tmp_path / "values.yaml").write_text("image: a\n")
    (tmp_path / "broken.yaml").write_text("a: [b\n")
    report = lint([tmp_path])

    assert {"unknown-field", "syntax"} <= {check for check, _ in found(report)}
    assert 3 == report.files, "a file that is something else is passed over"


def test_alerts_of_specs_that_cannot_fire_are_found(tmp_path: Path) -> None:
    """An objective so low that no burn rate reaches the page is told, as it is when rules are generated."""
    (tmp_path / "slo.yaml").write_text(
        SPEC.replace("target: 0.99", "target: 0.5").replace("target: 0.95", "target: 0.5")
    )

    assert any("cannot fire" in summary for _, summary in found(lint([tmp_path])))


def test_a_composite_is_checked_member_by_member(tmp_path: Path) -> None:
    """Each member's queries are checked where it stands; alerts are of the whole, whose budget is the members' mean."""
    spec, catalogue = tmp_path / "slo.yaml", tmp_path / "a.json"
    members = MEMBER.replace("NAME", "api") + MEMBER.replace("NAME", "queue")
    known = ("api_total", "queue_total", "queue_failed_total")
    catalogue.write_text(json.dumps([{"name": name, "kind": "counter"} for name in known]))
    spec.write_text(COMPOSITE + members)
    (finding,) = lint([spec], Options(catalogues=(catalogue,))).findings

    assert (finding.summary, finding.line) == ("there is no metric 'api_failed_total'", 9)
    spec.write_text(COMPOSITE.replace("api, target: 0.99", "api, target: 0.9") + members)
    assert lint([spec]).findings == (), "a page would be out of reach of 0.9 alone, and is not of the mean"
    spec.write_text(COMPOSITE.replace("target: 0.99", "target: 0.5") + members)
    assert any("cannot fire" in summary for _, summary in found(lint([spec])))


@pytest.mark.parametrize(
    ("name", "text", "options"),
    [
        ("other.yaml", "a: b\n", Options()),
        ("empty.yaml", "", Options()),
        ("rules.yaml", RULES, Options(disabled=("nosuch",))),
    ],
)
def test_misuse_is_refused(tmp_path: Path, name: str, text: str, options: Options) -> None:
    """A file that is named and holds nothing to check, and a check that does not exist, are errors of usage."""
    (tmp_path / name).write_text(text)

    with pytest.raises(UsageError):
        lint([tmp_path / name], options)


@settings(max_examples=200, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=60) | st.text(max_size=20).map(str.encode), st.sampled_from(["after", "within", "alone"]))
def test_any_bytes_give_findings_or_a_refusal(tmp_path: Path, data: bytes, where: str) -> None:
    """Whatever a file holds, it is checked or refused with a reason."""
    rules = RULES.encode()
    file = tmp_path / "rules.yaml"
    file.write_bytes({"after": rules + data, "within": rules.replace(b"500", data), "alone": data}[where])

    try:
        assert lint([file]).files == 1
    except SloctlError as error:
        assert str(error)  # noqa: PT017 - either may come of it
