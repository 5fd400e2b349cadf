"""A template that Prometheus cannot read."""

from collections.abc import Iterator

from sloctl.lint.check import Problem, check
from sloctl.lint.known import Known
from sloctl.lint.rules import Rule
from sloctl.lint.templates import template_fault
from sloctl.model.findings import Severity


@check("template", Severity.ERROR)
def template(rule: Rule, _known: Known) -> Iterator[Problem]:
    """Find faults in the templates of labels and annotations."""
    if rule.kind == "alert":
        for text in (*rule.labels.values(), *rule.annotations.values()):
            fault = template_fault(text.value) if "{{" in text.value else None
            if fault is not None:
                index, summary = fault
                yield Problem(text, summary, "Prometheus refuses the whole file", index=index)
