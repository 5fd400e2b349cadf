"""
Reads PromQL into the tree.

The grammar is promql-parser's. Its own printing is not used: it does not escape what it prints.
"""

from collections.abc import Callable, Iterator
from itertools import repeat
from typing import Any, Final

import promql_parser as pp

from sloctl.model.indicators import Matcher
from sloctl.promql.lex import at_times, fault_place, heads, most_levels, without_backticks
from sloctl.promql.tree import (
    Aggregate,
    At,
    Binary,
    Call,
    Expr,
    Matching,
    Number,
    Selector,
    String,
    Subquery,
    Unary,
)

# The parser's enumerations are not hashable, so they are looked up by their printed names.
_OPS: Final = {"MatchOp.Equal": "=", "MatchOp.NotEqual": "!=", "MatchOp.Re": "=~", "MatchOp.NotRe": "!~"}
_GROUPS: Final = {"VectorMatchCardinality.ManyToOne": "left", "VectorMatchCardinality.OneToMany": "right"}


# What Prometheus 2 calls double_exponential_smoothing is all that its parser knows and this one does not.
_SMOOTHING: Final = [pp.ValueType.Matrix, pp.ValueType.Scalar, pp.ValueType.Scalar]
pp.register_extra_functions([pp.Function("holt_winters", _SMOOTHING, pp.ValueType.Vector)])

_MOST_LEVELS: Final = 1000
"""So deep promql-parser may nest; a few thousand levels further it would end the process."""
_MAX_DEPTH: Final = 150


class PromqlError(ValueError):
    """
    A text that is not PromQL.

    Args:
        message: What is wrong.
        position: Where, as an index into the text; a guess.
    """

    def __init__(self, message: str, position: int = 0) -> None:
        super().__init__(message)
        self.position = position


def parse(text: str, *, placed: bool = False) -> Expr:
    """
    Read a PromQL expression.

    Args:
        text: As Prometheus reads it; backticks, comments and line breaks included.
        placed: Have the nodes know their position in the text, which costs some time.

    Raises:
        PromqlError: It does not parse, or it uses what sloctl has no node for; the message says which.

    >>> print(parse("sum by(job) (rate( http_requests_total{code=~`5\\\\d\\\\d`} [90s]))"))
    sum by (job) (rate(http_requests_total{code=~"5\\\\d\\\\d"}[1m30s]))
    """
    try:
        return _Converter(text, heads(text) if placed else repeat(0)).convert(_parsed(text))
    except ValueError as error:
        raise PromqlError(str(error), fault_place(text, str(error))) from error


def _parsed(text: str) -> pp.Expr:
    if len(text) > _MOST_LEVELS and most_levels(text) > _MOST_LEVELS:  # each level takes a character at least
        raise ValueError(f"more than {_MOST_LEVELS} operators and brackets")
    try:
        return pp.parse(without_backticks(text))
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # it derives from BaseException, and has no public name
            raise
        raise ValueError(f"it cannot be read: {error}") from error


class _Converter:
    """
    Turns nodes of the parser into nodes of the tree, from left to right.

    Args:
        text: What was parsed.
        places: Where the nodes stand that have a place, in that order.
    """

    def __init__(self, text: str, places: Iterator[int]) -> None:
        self._times = at_times(text)
        self._places = places
        self._depth = 0
        self._methods: dict[type, Callable[[Any], Expr]] = {
            pp.AggregateExpr: self._aggregate,
            pp.BinaryExpr: self._binary,
            pp.Call: self._call,
            pp.MatrixSelector: self._matrix,
            pp.NumberLiteral: lambda node: Number(node.val, position=self._place()),
            pp.ParenExpr: lambda node: self.convert(node.expr),
            pp.StringLiteral: lambda node: String(node.val, position=self._place()),
            pp.SubqueryExpr: self._subquery,
            pp.UnaryExpr: self._unary,
            pp.VectorSelector: self._selector,
        }

    def convert(self, node: pp.Expr) -> Expr:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise ValueError(f"more than {_MAX_DEPTH} levels deep")
        expr = self._methods[type(node)](node)
        self._depth -= 1
        return expr

    def _place(self) -> int:
        return next(self._places, 0)

    def _selector(self, node: pp.VectorSelector, range_s: float = 0) -> Selector:
        if node.matchers.or_matchers:
            raise ValueError("'or' between matchers is not part of PromQL in Prometheus; use a regular expression")
        matchers = tuple(Matcher(m.name, _OPS[str(m.op)], m.value) for m in node.matchers.matchers)
        named = [m for m in matchers if m.label == "__name__"]
        metric = node.name or (named[0].value if len(named) == 1 and named[0].op == "=" else "")
        return Selector(
            metric,
            tuple(m for m in matchers if m not in named) if metric else matchers,
            range_s,
            node.offset.total_seconds() if node.offset else 0,
            self._at(node.at),
            position=self._place(),
        )

    def _at(self, node: pp.AtModifier | None) -> At | None:
        if node is None:
            return None
        if node.type != pp.AtModifierType.At:
            return At("start" if node.type == pp.AtModifierType.Start else "end")
        literal = pp.parse(next(self._times))  # the node's own time panics before 1970
        assert isinstance(literal, pp.NumberLiteral)
        return At(round(literal.val, 3))

    def _matrix(self, node: pp.MatrixSelector) -> Selector:
        return self._selector(node.vector_selector, node.range.total_seconds())

    def _subquery(self, node: pp.SubqueryExpr) -> Subquery:
        expr = self.convert(node.expr)
        return Subquery(
            expr,
            node.range.total_seconds() if node.range else 0,
            node.step.total_seconds() if node.step else 0,
            node.offset.total_seconds() if node.offset else 0,
            self._at(node.at),
            position=expr.position,
        )

    def _call(self, node: pp.Call) -> Call:
        place = self._place()
        if node.func.name in {"start", "end"}:
            raise ValueError(f"'{node.func.name}' is no function; it stands behind @ only")
        return Call(node.func.name, tuple(map(self.convert, node.args)), position=place)

    def _unary(self, node: pp.UnaryExpr) -> Expr:
        inner = self.convert(node.expr)
        if isinstance(inner, Number):
            return Number(-inner.value, position=inner.position)
        return Unary(inner, position=inner.position)

    def _aggregate(self, node: pp.AggregateExpr) -> Aggregate:
        place = self._place()
        clause = ""
        labels: tuple[str, ...] = ()
        if node.modifier is not None:
            clause = "by" if node.modifier.type == pp.AggModifierType.By else "without"
            labels = tuple(node.modifier.labels)
        param = None if node.param is None else self.convert(node.param)
        return Aggregate(str(node.op), self.convert(node.expr), labels, clause, param, position=place)

    def _binary(self, node: pp.BinaryExpr) -> Binary:
        modifier = node.modifier
        left, place, right = self.convert(node.lhs), self._place(), self.convert(node.rhs)
        as_bool = modifier is not None and modifier.return_bool
        return Binary(str(node.op), left, right, _matching(modifier), as_bool, position=place)


def _matching(modifier: pp.BinModifier | None) -> Matching:
    if modifier is None:
        return Matching()
    if modifier.fill_values.lhs is not None or modifier.fill_values.rhs is not None:
        raise ValueError("fill modifiers are experimental in Prometheus and not supported")
    clause = ""
    labels: tuple[str, ...] = ()
    if modifier.matching is not None:
        clause = "on" if modifier.matching.type == pp.LabelModifierType.Include else "ignoring"
        labels = tuple(modifier.matching.labels)
    group = _GROUPS.get(str(modifier.card), "")
    return Matching(clause, labels, group, tuple(modifier.group_labels or ()))
