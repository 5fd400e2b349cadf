"""A histogram without its buckets."""

from collections.abc import Iterator

from sloctl.lint.check import Problem, check
from sloctl.lint.known import Known
from sloctl.lint.labels import labels_of
from sloctl.lint.rules import Rule
from sloctl.model.findings import Severity
from sloctl.promql.tree import Aggregate, Call, Selector
from sloctl.promql.walk import walk


@check("dropped-le", Severity.ERROR)
def dropped_le(rule: Rule, known: Known) -> Iterator[Problem]:
    """Find quantiles of buckets whose bounds were aggregated away."""
    for node in rule.nodes:
        if not isinstance(node, Call) or node.function not in {"histogram_quantile", "histogram_fraction"}:
            continue
        buckets = node.args[-1]
        inside = list(walk(buckets))
        if not any(isinstance(part, Selector) and part.metric.endswith("_bucket") for part in inside):
            continue  # a native histogram keeps its buckets inside
        labels = labels_of(buckets, known)
        if labels is not None and "le" not in labels:
            where = next((part for part in inside if isinstance(part, Aggregate)), node)
            hint = "keep it: sum by (le, ...)"
            yield Problem(where, f"{node.function}() needs the label 'le', which is aggregated away", hint)
