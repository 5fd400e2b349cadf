"""
What fills the past of an SLO whose rules are new.

Rules that look back need what others would have recorded: slices, and their sums over whole hours. A pass computes what
needs nothing but the raw series and the passes before it; what a rule reads of its own moment is written out in it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache

from sloctl.model.indicators import Matcher
from sloctl.model.names import LABEL_ID
from sloctl.model.rules import RecordingRule, RuleGroup, Scheme
from sloctl.model.slo import Slo
from sloctl.model.windows import SLICE_S
from sloctl.promql.parse import parse
from sloctl.promql.tree import Call, Expr, Selector, String, Subquery
from sloctl.promql.walk import children, rewrite
from sloctl.rulegen.groups import rule_groups

_Key = tuple[str, str]
"""A series' name and the id of its SLO; those of a composite's members are recorded beside its own."""


def backfill_passes(
    slo: Slo, slice_s: float = SLICE_S, mask: str = "", scheme: Scheme = "slices"
) -> tuple[RuleGroup, ...]:
    """
    Write the rules that fill the past, pass by pass.

    All passes must be evaluated at the same moments, or sums would miss slices; groups of one name in files of one path
    are.

    Args:
        slo: With one objective, or a composite.
        slice_s: As for [`rule_groups`][sloctl.rulegen.groups.rule_groups].
        mask: As for `rule_groups`.
        scheme: As for `rule_groups`.

    Returns:
        A group for each pass: slices, and their sums; where the budget is kept in slices of their own, events before
        them.
    """
    rules = {
        (rule.record, rule.labels[LABEL_ID]): rule
        for group in rule_groups(slo, slice_s, mask, scheme=scheme)
        for rule in group.rules
        if isinstance(rule, RecordingRule)
    }
    past = _Past(rules)
    return tuple(RuleGroup(f"{slo.id} past", slice_s, those) for those in past.passes())


class _Past:
    """
    Finds out which rules are needed of the past, and in which order.

    Args:
        rules: All of them.
    """

    def __init__(self, rules: Mapping[_Key, RecordingRule]) -> None:
        self._rules = rules
        self._exprs = {key: parse(rule.expr) for key, rule in rules.items()}
        self._written_out = cache(self._write_out)
        self._pass_of = cache(self._find_pass)

    def passes(self) -> list[tuple[RecordingRule, ...]]:
        needed = {key for key in self._rules for key in self._looked_back_at(self._written_out(key))}
        found: dict[int, list[RecordingRule]] = {}
        for key, rule in self._rules.items():
            if key in needed:
                expr = self._written_out(key).pretty()
                found.setdefault(self._pass_of(key), []).append(replace(rule, expr=expr))
        return [tuple(found[number]) for number in sorted(found)]

    def _find_pass(self, key: _Key) -> int:
        return max((self._pass_of(needed) + 1 for needed in self._looked_back_at(self._written_out(key))), default=0)

    def _write_out(self, key: _Key) -> Expr:
        """Put in the place of each series of the moment the expression that is recorded as it."""

        def change(node: Expr) -> Expr:
            if not isinstance(node, Selector) or node != Selector(node.metric, node.matchers):
                return node
            found = self._key(node)
            if found is None or found in looked_back_at:
                return node
            return _labelled(self._written_out(found), self._rules[found].labels)

        looked_back_at = set(self._looked_back_at(self._exprs[key]))
        return rewrite(self._exprs[key], change)

    def _looked_back_at(self, expr: Expr, *, inside: bool = False) -> Iterator[_Key]:
        """Give the recorded series that an expression reads of other moments than its own."""
        if isinstance(expr, Selector):
            key = self._key(expr)
            if key is not None and expr.at is None and (inside or expr.range_s or expr.offset_s):
                yield key
        for child in children(expr):
            yield from self._looked_back_at(child, inside=inside or isinstance(expr, Subquery))

    def _key(self, selector: Selector) -> _Key | None:
        ids = [matcher.value for matcher in selector.matchers if matcher == Matcher(LABEL_ID, "=", matcher.value)]
        key = selector.metric, ids[0] if ids else ""
        return key if key in self._rules else None


def _labelled(expr: Expr, labels: Mapping[str, str]) -> Expr:
    """Give an expression the labels that it would have been recorded with."""
    for label, text in labels.items():
        expr = Call("label_replace", (expr, String(label), String(text.replace("$", "$$")), String(""), String("")))
    return expr
