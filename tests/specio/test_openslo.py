"""OpenSLO in: SLOs when it is sound, a finding for each fault when it is not."""

import textwrap

import pytest

from sloctl.model.indicators import Counter, Matcher, RatioIndicator
from sloctl.model.periods import RollingPeriod
from sloctl.model.slo import Objective, Slo
from sloctl.specio.specs import read_specs

SPEC = """\
apiVersion: openslo/v1
kind: SLO
metadata:
  name: availability
  displayName: Requests are served
  labels: {team: [a, b]}
  annotations: {example.com/note: x}
spec:
  description: Text.
  service: shop
  budgetingMethod: Occurrences
  timeWindow:
    - duration: 4w
      isRolling: true
  objectives:
    - targetPercent: 99.9
  indicator:
    metadata: {name: x}
    spec:
      ratioMetric:
        counter: true
        bad:
          metricSource:
            type: Prometheus
            spec:
              query: sum by (route) (rate(http_requests_total{code=~"5.."}[5m]))
        total:
          metricSource:
            type: Prometheus
            spec:
              query: sum by (route) (http_requests_total)
  alertPolicies: []
"""


def read(text: str) -> tuple[list[Slo], list[str]]:
    """Read one file; findings as lines that start with their place."""
    specs, findings = read_specs([("a.yaml", text)])
    return list(specs.slos), [str(finding) for finding in findings]


def test_a_spec_becomes_an_slo() -> None:
    """Everything that a sound spec says arrives."""
    counter = "http_requests_total"
    indicator = RatioIndicator(
        total=Counter(counter),
        part=Counter(counter, (Matcher("code", "=~", "5.."),)),
        part_is_good=False,
        group_by=("route",),
    )

    slos, findings = read(SPEC)

    assert [] == findings
    period = RollingPeriod(28 * 86400)
    text = {"display_name": "Requests are served", "description": "Text."}
    about = {"labels": {"team": ("a", "b")}, "annotations": {"example.com/note": "x"}}
    assert [Slo("availability", "shop", indicator, (Objective(0.999),), period, **text, **about)] == slos
    assert slos[0].id == "shop/availability"
    assert slos[0].budget_ratio == 0.001


def test_json_is_read_too() -> None:
    """A JSON document is a YAML document."""
    text = '{"apiVersion": "openslo/v1", "kind": "Service", "metadata": {"name": "a"}, "spec": {"description": "b"}}'

    assert ([], []) == read(text)


def test_an_indicator_may_stand_in_another_file() -> None:
    """A reference finds an SLI wherever it was given, and several SLOs may share it."""
    head, _, indicator = SPEC.partition("  indicator:\n")
    sli = textwrap.dedent(indicator.partition("    spec:\n")[2].partition("  alertPolicies")[0])
    sli_file = "apiVersion: openslo/v1\nkind: SLI\nmetadata: {name: shared}\nspec:\n" + textwrap.indent(sli, "  ")
    slo_file = head + "  indicatorRef: shared\n"
    other = slo_file.replace("availability", "other")

    specs, findings = read_specs([("slo.yaml", slo_file), ("sli.yaml", sli_file), ("other.yaml", other)])

    assert [] == findings
    assert [("slo.yaml", "availability"), ("other.yaml", "other")] == [(s.origin.path, s.name) for s in specs.slos]
    assert specs.slos[0].indicator == read(SPEC)[0][0].indicator


FAULTS = [
    ("service: shop", "servce: shop", "10:3: error: spec has no field 'servce' [unknown-field]"),
    (
        "service: shop",
        "x: shop",
        "10:3: error: spec has no field 'x' [unknown-field]",
        "9:3: error: spec needs 'service' [missing-field]",
    ),
    ("service: shop", "service: 7", "10:12: error: spec.service must be text, not a whole number [wrong-type]"),
    ("service: shop", 'service: " "', "10:12: error: spec.service is empty [wrong-value]"),
    (
        "targetPercent: 99.9",
        "targetPercent: 100",
        "16:22: error: targetPercent must be at least 0 and below 100 [wrong-value]",
    ),
    ("targetPercent: 99.9", "target: 99.9", "16:15: error: target must be at least 0 and below 1 [wrong-value]"),
    ("targetPercent: 99.9", "target: .nan", "16:15: error: target must be at least 0 and below 1 [wrong-value]"),
    (
        "targetPercent: 99.9",
        "target: true",
        "16:15: error: spec.objectives[0].target must be a number, not true or false [wrong-type]",
    ),
    (
        "targetPercent: 99.9",
        "displayName: x",
        "16:7: error: spec.objectives[0] needs either target or targetPercent [missing-field]",
    ),
    ("    - targetPercent: 99.9", "    []", "16:5: error: spec.objectives needs at least one objective [wrong-value]"),
    (
        "duration: 4w",
        "duration: 4 weeks",
        "13:17: error: '4 weeks' is not a duration: write an integer above 0 and one of m h d w M Q Y [wrong-value]",
    ),
    (
        "isRolling: true",
        "isRolling: false",
        "14:18: error: spec.timeWindow[0] needs 'calendar', for it is not rolling [missing-field]",
    ),
    (
        "isRolling: true",
        "isRolling: yes please",
        "14:18: error: spec.timeWindow[0].isRolling must be true or false, not text [wrong-type]",
    ),
    (
        "Occurrences",
        "Timeslices",
        "16:7: error: spec.objectives[0] needs 'timeSliceTarget' for Timeslices [missing-field]",
        "16:7: error: spec.objectives[0] needs 'timeSliceWindow' for Timeslices [missing-field]",
    ),
    ("Occurrences", "Occurences", "11:20: error: spec.budgetingMethod cannot be 'Occurences' [wrong-value]"),
    (
        "alertPolicies: []",
        "alertPolicies: [{}]",
        "32:19: error: spec.alertPolicies[0] needs 'metadata' [missing-field]",
        "32:19: error: spec.alertPolicies[0] needs 'spec' [missing-field]",
    ),
    (
        "        bad:",
        "        ugly:",
        "22:9: error: spec.indicator.spec.ratioMetric has no field 'ugly' [unknown-field]",
        "21:9: error: spec.indicator.spec.ratioMetric needs either 'good' or 'bad' [missing-field]",
    ),
    (
        "(http_requests_total)",
        "(http_requests_total",
        "31:22: error: the query cannot be used: unclosed left parenthesis [query]",
    ),
    (
        "sum by (route) (http_requests_total)",
        "max(http_requests_total)",
        "31:22: error: the query cannot be used: events are summed, by labels or not; 'max' is not read [query]",
    ),
    (
        "sum by (route) (http_requests_total)",
        "sum(http_requests_total)",
        "26:22: error: this query and that of the total are summed by different labels [group-mismatch]",
    ),
    (
        "sum by (route) (http_requests_total)",
        "sum by (route) (http_requests_total offset 1h)",
        "31:22: error: the query cannot be used: offset and @ would move events in time [query]",
    ),
    ("name: availability", "name: Availability", "4:9: error: metadata.name cannot be 'Availability' [wrong-value]"),
    ("kind: SLO", "kind: SlO", "2:7: error: kind cannot be 'SlO' [wrong-value]"),
    ("openslo/v1", "openslo/v1alpha", "1:13: error: apiVersion cannot be 'openslo/v1alpha' [wrong-value]"),
    ("  service: shop", "  service: shop\n  service: shop", "11:3: error: 'service' is given twice [duplicate-key]"),
    (
        "  service: shop",
        "  service: [shop",
        "11:18: error: while parsing a flow sequence did not find expected ',' or ']' [syntax]",
    ),
    (
        "  service: shop",
        "\tservice: shop",
        "10:1: error: while scanning a plain scalar found a tab character that violates indentation [syntax]",
    ),
    ("service: shop", "service: \x07", "10:1: error: character 7 is not allowed in YAML [syntax]"),
    ("service: shop", "service: *nothing", "10:12: error: found undefined alias [syntax]"),
    ("  service: shop", "  service: &a [*a]", "10:12: error: an alias stands for what it is a part of [syntax]"),
    (
        "service: shop",
        "service: !!python/object:os.system x",
        "10:12: error: 'x' cannot be read as python/object:os.system [syntax]",
    ),
    (
        "service: shop",
        "service: 2020-01-01 10:00:00",
        "10:12: error: spec.service cannot be '2020-01-01 10:00:00' [wrong-value]",
    ),
    ("service: shop", 'service: "{{ boom"', "10:12: error: spec.service cannot be '{{ boom' [wrong-value]"),
    ("service: shop", "service: !!bool maybe", "10:12: error: 'maybe' cannot be read as bool [syntax]"),
    ("service: shop", 'service: !!int ""', "10:12: error: '' cannot be read as int [syntax]"),
    ("service: shop", 'service: !!float "-"', "10:12: error: '-' cannot be read as float [syntax]"),
    ("service: shop", "service: !!binary =", "10:12: error: '=' cannot be read as binary [syntax]"),
    (
        "targetPercent: 99.9",
        "target: " + "9" * 400,
        "16:15: error: spec.objectives[0].target is out of all bounds [wrong-value]",
    ),
    (
        "targetPercent: 99.9",
        "target: 0.9999999999999",
        "16:15: error: target must be at least 0 and below 1 [wrong-value]",
    ),
    (
        "sum by (route) (http_requests_total)",
        "http_requests_total{le=~'1|2'}",
        "26:22: error: this query and that of the total are summed by different labels [group-mismatch]",
    ),
    (
        "sum by (route) (http_requests_total)",
        "sum by (route) ({job='a'})",
        "31:22: error: the query cannot be used: a counter is one metric, and its name is missing [query]",
    ),
    (
        "sum by (route) (http_requests_total)",
        "sum by (route) ({__name__=~'a|b'})",
        "31:22: error: the query cannot be used: a counter is one metric, and its name is missing [query]",
    ),
]


@pytest.mark.parametrize("case", FAULTS, ids=lambda case: case[1].strip())
def test_a_fault_is_found_where_it_stands(case: tuple[str, str, str]) -> None:
    """One fault gives one finding, with its line and column."""
    sound, faulty, *expected = case
    assert sound in SPEC

    _, findings = read(SPEC.replace(sound, faulty, 1))

    assert sorted(f"a.yaml:{line}" for line in expected) == sorted(findings)


def test_every_fault_of_a_file_is_found_at_once() -> None:
    """Reading goes on behind a fault, in the same document and in the next."""
    text = (
        SPEC.replace("shop", "7").replace("4w", "4x").replace("99.9", "x")
        + "---\n"
        + SPEC.replace("kind: SLO", "kind: X")
    )

    assert ["10:12", "13:17", "16:22", "35:7"] == [
        line.split(": ")[0].removeprefix("a.yaml:") for line in read(text)[1]
    ]


@pytest.mark.parametrize("label", ["slo_term", "slo", "alertname", "__name__", "le", '"a.b"'])
def test_a_group_label_must_be_free(label: str) -> None:
    """A label that the rules use, or that Prometheus 2 cannot read, is refused in both queries."""
    _, findings = read(SPEC.replace("(route)", f"({label})"))

    assert ["a.yaml:26:22", "a.yaml:31:22"] == [finding.split(": ")[0] for finding in findings]
    assert all(finding.endswith("[group-label]") for finding in findings)


def test_merge_keys_are_read() -> None:
    """A field that a merge key brings counts as given, and one of the mapping's own wins."""
    merged = SPEC.replace(
        "spec:\n  description: Text.", "x: &x\n  description: Merged.\n  service: none\nspec:\n  <<: *x"
    )
    (slo,), findings = read(merged)

    assert ["a.yaml:8:1: error: the document has no field 'x' [unknown-field]"] == findings
    assert ("Merged.", "shop") == (slo.description, slo.service)
    wrong = SPEC.replace("  service: shop", "  service: shop\n  <<: 1")
    assert ["a.yaml:11:7: error: only mappings can be merged [syntax]"] == read(wrong)[1]


def test_names_are_unique() -> None:
    """Two SLOs of one service, or two SLIs, cannot share a name, whatever their files."""
    _, findings = read_specs([("a.yaml", SPEC), ("b.yaml", SPEC)])

    assert ["b.yaml:9:3: error: there is another SLO 'shop/availability' [duplicate-name]"] == list(map(str, findings))


def test_a_reference_to_nothing_names_what_there_is() -> None:
    """A wrong indicatorRef says which SLIs were given."""
    text = SPEC.partition("  indicator:\n")[0] + "  indicatorRef: nope\n"
    _, (finding,) = read_specs([("a.yaml", text)])

    assert str(finding).startswith("a.yaml:17:17: error: there is no SLI named 'nope'")
    assert finding.hint == "SLIs in the given files: none"


@pytest.mark.parametrize("text", ["", "---\n---\n", "# nothing\n", "null"])
def test_nothing_is_no_fault(text: str) -> None:
    """A file without documents holds neither SLOs nor faults."""
    assert ([], []) == read(text)


@pytest.mark.parametrize("text", ["[1, 2]", "x", "1", "{? [a]: b}", "[" * 5000, "{a: " * 100 + "}" * 100])
def test_what_is_no_spec_at_all_is_a_finding(text: str) -> None:
    """Any document gives findings, never a traceback."""
    slos, findings = read(text)

    assert [] == slos
    assert findings


def test_aliases_do_not_blow_up() -> None:
    """A value that is aliased over and over is read once."""
    bomb = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))

    assert read(bomb)[1]
