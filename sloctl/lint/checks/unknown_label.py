"""A label that is not there."""

from collections.abc import Collection, Iterator

from sloctl.lint.check import Problem, check
from sloctl.lint.known import Known, matches
from sloctl.lint.labels import Labels, labels_of
from sloctl.lint.rules import Rule
from sloctl.lint.templates import labels_read
from sloctl.model.findings import Severity
from sloctl.promql.tree import Aggregate, Binary, Selector


@check("unknown-label", Severity.WARNING)
def unknown_label(rule: Rule, known: Known) -> Iterator[Problem]:
    """Find labels that are matched, grouped by, joined on or shown, where the series do not have them."""
    for node in rule.nodes:
        match node:
            case Selector(matchers=[_, *_]):
                yield from _matchers(node, known)
            case Aggregate(clause="by"):
                yield from _missing(node, node.labels, labels_of(node.expr, known), f"what '{node.op}' reads", known)
            case Binary(matching=matching) if matching.clause == "on":
                for side, name in ((node.lhs, "left"), (node.rhs, "right")):
                    yield from _missing(node, matching.labels, labels_of(side, known), f"the {name} side", known)
    if rule.kind == "alert":
        labels = labels_of(rule.expr, known)
        for text in (*rule.labels.values(), *rule.annotations.values()):
            for index, label in labels_read(text.value):
                if labels is not None and label not in labels:
                    yield Problem(text, f"the alert has no label '{label}' to show", _has(labels), index=index)


def _has(labels: Collection[str]) -> str:
    return f"it has: {', '.join(sorted(labels))}" if labels else "it has no labels"


def _matchers(node: Selector, known: Known) -> Iterator[Problem]:
    labels = labels_of(node, known)
    wanted = [m for m in node.matchers if not matches(m, "") and m.label != "__name__"]
    yield from _missing(node, tuple(m.label for m in wanted), labels, node.metric, known)
    metric = known.metrics.get(node.metric)
    for matcher in wanted:
        values = metric.labels.get(matcher.label) if metric and metric.labels else None
        if values and not any(matches(matcher, value) for value in values):
            summary = f"no value of '{matcher.label}' on {node.metric} can match '{matcher.value}'"
            yield Problem(node, summary, f"it is one of: {', '.join(sorted(values))}", rf"\b{matcher.label}\b")


def _missing(
    node: Selector | Aggregate | Binary, wanted: tuple[str, ...], there: Labels, what: str, known: Known
) -> Iterator[Problem]:
    if there is None:
        return
    for label in dict.fromkeys(wanted):
        if label not in there | known.gathered_labels:
            yield Problem(node, f"{what} has no label '{label}'", _has(there), rf"\b{label}\b")
