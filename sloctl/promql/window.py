"""Expressions over a window whose length is filled in later."""

import re
from dataclasses import replace
from typing import Final, TypeGuard

from sloctl.model.durations import format_duration
from sloctl.model.indicators import WINDOW, Expression
from sloctl.promql.parse import parse
from sloctl.promql.tree import Expr, Selector, Subquery
from sloctl.promql.walk import rewrite, walk

_TOKEN: Final = re.compile(
    r"""\{\{\s*\.window\s*\}\}|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|\#[^\n]*""", re.DOTALL
)
"""The window, and what it is no window in: strings and comments."""
_MARK_S: Final = 987_654.321
"""Stands in a tree where the window's length goes: a length that nobody writes."""
_MARK: Final = format_duration(_MARK_S)


def parse_windowed(text: str) -> Expr:
    """
    Read a PromQL expression in which ``{{.window}}`` may stand for a length.

    Raises:
        PromqlError: It does not parse.
    """
    return parse(_filled(text, _MARK))


def expression(expr: Expr) -> Expression:
    """
    Print an expression that [`parse_windowed`][sloctl.promql.window.parse_windowed] has read.

    >>> expression(parse_windowed("sum( rate(a[{{ .window }}]) )"))
    Expression(promql='sum(rate(a[{{.window}}]))')
    """
    return Expression(str(expr).replace(_MARK, WINDOW))


def windowed(expr: Expr) -> Expr:
    """
    Take the range of an expression for the window, where none is marked as such.

    Raises:
        ValueError: It has no range, or several that differ.

    >>> print(expression(windowed(parse_windowed("sum(rate(a[5m])) + sum(rate(b[5m]))"))).promql)
    sum(rate(a[{{.window}}])) + sum(rate(b[{{.window}}]))
    """
    ranges = {node.range_s for node in walk(expr) if _has_range(node)}
    if _MARK_S in ranges:
        return expr
    if not ranges:
        raise ValueError(f"what is more than a counter needs a range: [{WINDOW}]")
    if len(ranges) > 1:
        raise ValueError(f"its ranges differ, so that one cannot tell which is the window; write [{WINDOW}] there")
    return rewrite(expr, lambda node: replace(node, range_s=_MARK_S) if _has_range(node) else node)


def at_window(query: Expression, window_s: float) -> Expr:
    """
    Fill in the length of the window.

    Args:
        query: As a spec has it.
        window_s: Seconds, to a millisecond.

    >>> print(at_window(Expression("sum(rate(a[{{.window}}]))"), 300))
    sum(rate(a[5m]))
    """
    return parse(_filled(query.promql, format_duration(window_s)))


def _filled(text: str, length: str) -> str:
    return _TOKEN.sub(lambda m: length if m[0].startswith("{{") else m[0], text) if "{{" in text else text


def _has_range(node: Expr) -> TypeGuard[Selector | Subquery]:
    return isinstance(node, Selector | Subquery) and node.range_s > 0
