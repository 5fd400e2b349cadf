"""Rules in, with their places."""

import json

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sloctl.model.findings import Finding, Severity
from sloctl.specio.rulesreader import RulesFile, holds_rules, read_rules
from sloctl.specio.tree import documents

GROUPS = """\
groups:
  - name: one
    interval: 1m30s
    labels: {team: a}
    rules:
      - record: a:b
        expr: |
          sum(a)
            / sum(b)
        labels: {team: b, zone: 1, up: true}
      - alert: A
        expr: 1
        for: 5m
        keep_firing_for: 1h
        annotations: {summary: "", runbook_url: x}
"""
OBJECT = "apiVersion: VERSION\nkind: KIND\nmetadata: {name: x}\nspec:\n  " + GROUPS.replace("\n", "\n  ").rstrip()
OBJECTS = {
    "PrometheusRule": OBJECT.replace("VERSION", "monitoring.coreos.com/v1").replace("KIND", "PrometheusRule"),
    "VMRule": OBJECT.replace("VERSION", "operator.victoriametrics.com/v1beta1").replace("KIND", "VMRule"),
    "List": json.dumps(
        {
            "apiVersion": "v1",
            "kind": "List",
            "items": [{"kind": "VMRule", "metadata": {}, "apiVersion": "x", "spec": yaml.safe_load(GROUPS)}],
        }
    ),
    "JSON": json.dumps(yaml.safe_load(GROUPS)),
    "stream": f"---\n{GROUPS}---\n",
    "manifests": f"kind: ConfigMap\ndata: {{}}\n---\n{OBJECT}\n".replace("KIND", "PrometheusRule"),
}


def read(text: str) -> RulesFile:
    """Read a file's text."""
    values, findings = documents(text, "r.yaml")
    assert not findings
    assert holds_rules(values)
    return read_rules(values, text)


def faults(text: str) -> list[tuple[int, int, str]]:
    """Give place and check of every finding."""
    return [(finding.line, finding.column, finding.check) for finding in read(text).findings]


def rules(body: str) -> str:
    """Put rules into a group; the first one begins at line 4, column 9."""
    return "groups:\n  - name: g\n    rules:\n" + "".join(f"      {line}\n" for line in body.strip().splitlines())


def test_rules_are_read_with_all_that_belongs_to_them() -> None:
    """Labels of the group and of the rule meet, numbers are texts, and nodes have places in the file."""
    record, alert = read(GROUPS).rules

    assert ("record", "a:b", 90) == (record.kind, record.name.value, record.interval_s)
    assert {"team": "b", "zone": "1", "up": "true"} == {key: text.value for key, text in record.labels.items()}
    assert (9, 13) == record.query.place(record.expr.position), "a division stands at its operator"
    assert ("alert", "A", "1") == (alert.kind, alert.name.value, alert.query.value)
    assert {"summary": "", "runbook_url": "x"} == {key: text.value for key, text in alert.annotations.items()}
    assert (6, 11) == read(GROUPS).starts


@pytest.mark.parametrize("text", OBJECTS.values(), ids=OBJECTS)
def test_every_kind_of_file_holds_the_same_rules(text: str) -> None:
    """A PrometheusRule, a VMRule, a list of them, JSON and a stream of documents are read as a rule file is."""
    there = [(rule.kind, rule.name.value, str(rule.expr), sorted(rule.labels)) for rule in read(text).rules]

    assert [(rule.kind, rule.name.value, str(rule.expr), sorted(rule.labels)) for rule in read(GROUPS).rules] == there


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("- record: a-b\n  expr: a", [(4, 17, "wrong-value")]),
        ("- record: a\n  alert: b\n  expr: a", [(4, 9, "missing-field")]),
        ("- expr: a", [(4, 9, "missing-field")]),
        ("- record: a", [(4, 9, "missing-field")]),
        ("- record: a\n  expr: a\n  for: 5m", [(6, 9, "unknown-field")]),
        ("- alert: a\n  expr: a\n  for: 5 m", [(6, 14, "wrong-value")]),
        ("- alert: a\n  expr: a\n  labels: {a-b: c}", [(6, 18, "wrong-value")]),
        ("- alert: a\n  expr: a\n  labels: {a: [c]}", [(6, 21, "wrong-type")]),
        ("- alert: a\n  expr: a\n  nosuch: c", [(6, 9, "unknown-field")]),
        ("- alert: a\n  expr: 'a +'", [(5, 16, "syntax")]),
        ("- alert: a\n  expr: |\n    a +\n      rte(b[5m])", [(7, 13, "syntax")]),
    ],
)
def test_a_fault_is_reported_where_it_stands(body: str, found: list[tuple[int, int, str]]) -> None:
    """Line and column of what is wrong are told, in fields and inside queries."""
    assert found == faults(rules(body))


def test_faults_of_groups_are_reported() -> None:
    """A group needs a name of its own, and a duration as Prometheus writes it."""
    text = "groups:\n- name: a\n  interval: 5 minutes\n- name: a\n- rules: []\n"

    assert [(3, 13, "wrong-value"), (4, 9, "duplicate-name"), (5, 3, "missing-field")] == faults(text)


def test_metricsql_is_a_warning_and_its_fields_are_taken() -> None:
    """A VMRule may hold more than Prometheus reads; that is said, and is no error."""
    text = OBJECTS["VMRule"].replace("sum(a)", "rate(a)").replace("for: 5m", "debug: true")
    file = read(text)

    assert [("syntax", Severity.WARNING)] == [(finding.check, finding.severity) for finding in file.findings]
    assert ["A"] == [rule.name.value for rule in file.rules]


@pytest.mark.parametrize("text", ["a: b\n", "- groups\n", "", "kind: SLO\n", "kind: List\nitems: [{kind: SLO}]\n"])
def test_other_files_are_not_taken_for_rules(text: str) -> None:
    """What has neither groups nor a kind of rules is something else."""
    assert not holds_rules(documents(text, "r.yaml")[0])


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["groups", "name", "rules", "record", "alert", "expr", "for", "labels", "kind", "spec", "items"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(st.sampled_from(["groups", "kind", "spec", "items"]), values | st.just("VMRule")))
def test_any_document_gives_findings(data: dict[str, object]) -> None:
    """Whatever a document holds, it is read or reported."""
    text = yaml.safe_dump(data)
    found = read_rules(documents(text, "r.yaml")[0], text)

    assert all(isinstance(finding, Finding) for finding in found.findings)
