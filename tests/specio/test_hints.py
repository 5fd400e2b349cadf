"""Every fault says what to do about it."""

import pytest

from sloctl.specio.specs import read_specs

SPEC = """
apiVersion: openslo/v1
kind: SLO
metadata: {name: a}
spec:
  service: shop
  budgetingMethod: Occurrences
  timeWindow: [{duration: 30d, isRolling: true}]
  objectives: [{target: 0.99}]
  indicator:
    metadata: {name: errors}
    spec:
      ratioMetric:
        counter: true
        bad: {metricSource: {type: Prometheus, spec: {query: bad_total}}}
        total: {metricSource: {type: Prometheus, spec: {query: all_total}}}
"""


@pytest.mark.parametrize(
    ("old", "new", "check", "hint"),
    [
        ("  service: shop\n", "", "missing-field", "add it"),
        ("        total:", "        totl:", "unknown-field", "did you mean 'total'?"),
        ("service: shop", "service: ' '", "wrong-value", "give it a text, or leave it out"),
        ("service: shop", "service: 1", "wrong-type", "put it in quotes"),
        ("0.99", "'0.99'", "wrong-type", "write it in digits, without quotes"),
        ("counter: true", "counter: 1", "wrong-type", "write true or false, without quotes"),
        ("[{target: 0.99}]", "{target: 0.99}", "wrong-type", "write each item after '- '"),
        ("metadata: {name: a}", "metadata: a", "wrong-type", "write its fields as 'name: value', indented below"),
        ("metadata: {name: a}", "metadata: {name: a", "syntax", "check indentation, quotes, brackets and anchors"),
        ("service: shop", "service: *shop", "syntax", "check indentation, quotes, brackets and anchors"),
        ("service: shop", "service: \x07", "syntax", "remove it, or write it as an escape in double quotes"),
        ("service: shop", "service: !!int x", "syntax", "leave out the tag before it"),
        ("service: shop", "<<: 1", "syntax", "name a mapping after <<:"),
        ("service: shop", "? [a]\n  : b", "syntax", "put it in quotes"),
    ],
)
def test_a_fault_comes_with_a_fix(old: str, new: str, check: str, hint: str) -> None:
    """Whatever is wrong with the form of a spec, its finding says how it would be right."""
    assert old in SPEC
    _, findings = read_specs([("a.yaml", SPEC.replace(old, new))])

    assert any(each.check == check and each.hint.startswith(hint) for each in findings), findings
    assert all(each.hint for each in findings if each.check == check)
