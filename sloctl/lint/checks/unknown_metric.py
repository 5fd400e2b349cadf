"""A metric that is not there."""

import difflib
from collections.abc import Iterator

from sloctl.lint.check import Problem, check
from sloctl.lint.known import Known
from sloctl.lint.rules import Rule
from sloctl.model.findings import Severity
from sloctl.promql.tree import Selector


@check("unknown-metric", Severity.WARNING)
def unknown_metric(rule: Rule, known: Known) -> Iterator[Problem]:
    """Find names that neither the catalogue, nor Prometheus, nor a rule knows."""
    for node in rule.nodes:
        if isinstance(node, Selector) and node.metric and not known.has(node.metric):
            near = difflib.get_close_matches(node.metric, [*known.metrics, *known.recorded], 1, 0.8)
            hint = f"did you mean '{near[0]}'?" if near else "is its target scraped?"
            yield Problem(node, f"there is no metric '{node.metric}'", hint)
