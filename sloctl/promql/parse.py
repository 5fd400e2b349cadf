"""
Reads PromQL into the tree.

The grammar is promql-parser's. Its own printing is not used: it does not escape what it prints.
"""

import re
from typing import Final

import promql_parser as pp

from sloctl.model.slo import Matcher
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
    quote,
)

_TOKEN: Final = re.compile(r"""(?P<raw>`[^`]*`)|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\#[^\n]*""", re.DOTALL)
# The parser's enumerations are not hashable, so they are looked up by their printed names.
_OPS: Final = {"MatchOp.Equal": "=", "MatchOp.NotEqual": "!=", "MatchOp.Re": "=~", "MatchOp.NotRe": "!~"}
_GROUPS: Final = {"VectorMatchCardinality.ManyToOne": "left", "VectorMatchCardinality.OneToMany": "right"}


def parse(text: str) -> Expr:
    """
    Read a PromQL expression.

    Args:
        text: As Prometheus reads it; backticks, comments and line breaks included.

    Raises:
        ValueError: It does not parse, or it uses what sloctl has no node for; the message says which.

    >>> print(parse("sum by(job) (rate( http_requests_total{code=~`5\\\\d\\\\d`} [90s]))"))
    sum by (job) (rate(http_requests_total{code=~"5\\\\d\\\\d"}[1m30s]))
    """
    # promql-parser refuses a backslash inside backticks, where Prometheus takes it as it stands.
    plain = _TOKEN.sub(lambda m: quote(m["raw"][1:-1]) if m["raw"] else m[0], text)
    return _convert(pp.parse(plain))


def _convert(node: pp.Expr) -> Expr:
    match node:
        case pp.ParenExpr():
            return _convert(node.expr)
        case pp.NumberLiteral():
            return Number(node.val)
        case pp.StringLiteral():
            return String(node.val)
        case pp.VectorSelector():
            return _selector(node)
        case pp.MatrixSelector():
            return _selector(node.vector_selector, node.range.total_seconds())
        case pp.SubqueryExpr():
            return Subquery(
                _convert(node.expr),
                node.range.total_seconds() if node.range else 0,
                node.step.total_seconds() if node.step else 0,
                node.offset.total_seconds() if node.offset else 0,
                _at(node.at),
            )
        case pp.Call():
            return Call(node.func.name, tuple(map(_convert, node.args)))
        case pp.UnaryExpr():
            inner = _convert(node.expr)
            return Number(-inner.value) if isinstance(inner, Number) else Unary(inner)
        case pp.AggregateExpr():
            return _aggregate(node)
        case pp.BinaryExpr():
            return _binary(node)
    raise ValueError(f"a {type(node).__name__} is not supported")


def _selector(node: pp.VectorSelector, range_s: float = 0) -> Selector:
    if node.matchers.or_matchers:
        raise ValueError("'or' between matchers is not part of PromQL in Prometheus; use a regular expression")
    return Selector(
        node.name or "",
        tuple(Matcher(m.name, _OPS[str(m.op)], m.value) for m in node.matchers.matchers),
        range_s,
        node.offset.total_seconds() if node.offset else 0,
        _at(node.at),
    )


def _at(node: pp.AtModifier | None) -> At | None:
    if node is None:
        return None
    if node.at is not None:
        return At(node.at.timestamp())
    return At("start" if node.type == pp.AtModifierType.Start else "end")


def _aggregate(node: pp.AggregateExpr) -> Aggregate:
    clause = ""
    labels: tuple[str, ...] = ()
    if node.modifier is not None:
        clause = "by" if node.modifier.type == pp.AggModifierType.By else "without"
        labels = tuple(node.modifier.labels)
    param = None if node.param is None else _convert(node.param)
    return Aggregate(str(node.op), _convert(node.expr), labels, clause, param)


def _binary(node: pp.BinaryExpr) -> Binary:
    matching = Matching()
    modifier = node.modifier
    if modifier is not None:
        if modifier.fill_values.lhs is not None or modifier.fill_values.rhs is not None:
            raise ValueError("fill modifiers are experimental in Prometheus and not supported")
        group = _GROUPS.get(str(modifier.card), "")
        clause = ""
        labels: tuple[str, ...] = ()
        if modifier.matching is not None:
            clause = "on" if modifier.matching.type == pp.LabelModifierType.Include else "ignoring"
            labels = tuple(modifier.matching.labels)
        matching = Matching(clause, labels, group, tuple(modifier.group_labels or ()))
    return Binary(
        str(node.op),
        _convert(node.lhs),
        _convert(node.rhs),
        matching,
        as_bool=modifier is not None and modifier.return_bool,
    )
