"""A bucket's bound that is spelled as only some Prometheus servers spell it."""

import re
from collections.abc import Iterator
from typing import Final

from sloctl.lint.check import Problem, check
from sloctl.lint.known import Known, matches
from sloctl.lint.rules import Rule
from sloctl.model.findings import Severity
from sloctl.model.indicators import Matcher
from sloctl.promql.tree import Selector

_LABELS: Final = {"le", "quantile"}
_WHOLE: Final = re.compile(r"\d+")


@check("le-spelling", Severity.WARNING)
def le_spelling(rule: Rule, _known: Known) -> Iterator[Problem]:
    """Find matchers on whole bounds that match one of the spellings 1 and 1.0, and not the other."""
    if rule.kind == "query":
        return  # the generated rules match both
    for node in rule.nodes:
        if isinstance(node, Selector):
            for matcher in node.matchers:
                number = _half_matched(matcher) if matcher.label in _LABELS else ""
                if number:
                    summary = f"{matcher.label} of {number} is spelled {number} or {number}.0; this matches one of them"
                    hint = f'match both: {matcher.label}=~"{number}(\\\\.0)?"; Prometheus 3 writes {number}.0'
                    yield Problem(node, summary, hint, rf"\b{matcher.label}\b")


def _half_matched(matcher: Matcher) -> str:
    """Give a whole number of which one spelling matches only."""
    for number in _WHOLE.findall(matcher.value):
        if matches(matcher, number) != matches(matcher, f"{number}.0"):
            return str(number)
    return ""
