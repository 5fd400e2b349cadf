"""
The expression tree. A node prints itself as valid PromQL, whatever its strings hold.

Grammar and precedence: https://prometheus.io/docs/prometheus/latest/querying/operators/
"""

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Final

from sloctl.model.durations import format_duration
from sloctl.model.indicators import Matcher
from sloctl.model.names import METRIC

_PRECEDENCE: Final = {
    "or": 1,
    **dict.fromkeys(("and", "unless"), 2),
    **dict.fromkeys(("==", "!=", "<=", "<", ">=", ">"), 3),
    **dict.fromkeys(("+", "-"), 4),
    **dict.fromkeys(("*", "/", "%", "atan2"), 5),
    "^": 6,
}
_SETS: Final = {"or", "and", "unless"}
_ATOM: Final = 7
LABEL: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
"""A label's name that needs no quotes, the only kind that Prometheus 2 reads."""
_KEYWORDS: Final = frozenset({"and", "or", "unless", "by", "without", "on", "ignoring", "offset", "bool", "inf", "nan"})
_WIDTH: Final = 100


def quote(text: str) -> str:
    """
    Write a string literal.

    >>> print(quote('5\\\\d "x"'))
    "5\\\\d \\"x\\""
    """
    escaped = (
        text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    )
    return f'"{escaped}"'


def _labels(names: Iterable[str]) -> str:
    return ", ".join(name if LABEL.fullmatch(name) else quote(name) for name in names)


@dataclass(frozen=True, slots=True)
class Expr:
    """
    A PromQL expression. `str` gives one line; [`pretty`][sloctl.promql.tree.Expr.pretty] breaks long ones.

    Operators build [`Binary`][sloctl.promql.tree.Binary] nodes:

    >>> str(1 - Selector("a") / (Selector("b") + 2))
    '1 - a / (b + 2)'

    Args:
        position: Where the node stands in the text that it was read from, if that was asked for; a binary operation
            stands at its operator. Nodes that differ in nothing else are equal.
    """

    position: int = field(default=0, compare=False, repr=False, kw_only=True)

    @property
    def precedence(self) -> int:
        """How tightly the printed form holds together; an operand that is looser gets parentheses."""
        return _ATOM

    def pretty(self, indent: int = 0) -> str:
        """Give the expression on as many lines as it needs to stay readable."""
        line = str(self)
        return line if indent + len(line) <= _WIDTH else self._broken(indent)

    def _broken(self, indent: int) -> str:  # noqa: ARG002 - an atom has no place to break
        return str(self)

    def __add__(self, other: "Expr | float") -> "Binary":
        return Binary("+", self, _expr(other))

    def __sub__(self, other: "Expr | float") -> "Binary":
        return Binary("-", self, _expr(other))

    def __rsub__(self, other: float) -> "Binary":
        return Binary("-", _expr(other), self)

    def __mul__(self, other: "Expr | float") -> "Binary":
        return Binary("*", self, _expr(other))

    def __rmul__(self, other: float) -> "Binary":
        return Binary("*", _expr(other), self)

    def __truediv__(self, other: "Expr | float") -> "Binary":
        return Binary("/", self, _expr(other))

    def __mod__(self, other: "Expr | float") -> "Binary":
        return Binary("%", self, _expr(other))

    def __gt__(self, other: "Expr | float") -> "Binary":
        return Binary(">", self, _expr(other))

    def __lt__(self, other: "Expr | float") -> "Binary":
        return Binary("<", self, _expr(other))

    def __ge__(self, other: "Expr | float") -> "Binary":
        return Binary(">=", self, _expr(other))

    def __and__(self, other: "Expr") -> "Binary":
        return Binary("and", self, other)

    def __or__(self, other: "Expr") -> "Binary":
        return Binary("or", self, other)


def _expr(value: "Expr | float") -> Expr:
    return value if isinstance(value, Expr) else Number(value)


@dataclass(frozen=True, slots=True)
class Number(Expr):
    """
    A number literal, printed with as many digits as it takes to read the same number back, and no more.

    >>> str(Number(14.4)), str(Number(3600)), str(Number(float("inf")))
    ('14.4', '3600', 'Inf')
    """

    value: float

    def __str__(self) -> str:
        if math.isnan(self.value):
            return "NaN"
        if math.isinf(self.value):
            return "Inf" if self.value > 0 else "-Inf"
        return str(int(self.value)) if self.value == int(self.value) and abs(self.value) < 1e15 else repr(self.value)

    @property
    def precedence(self) -> int:
        """Give a negative number parentheses wherever its sign could be read as an operator."""
        return _ATOM if self.value >= 0 or math.isnan(self.value) else 0


@dataclass(frozen=True, slots=True)
class String(Expr):
    """A string literal."""

    value: str

    def __str__(self) -> str:
        return quote(self.value)


@dataclass(frozen=True, slots=True)
class At:
    """When a selector or a subquery is evaluated: ``@ start()``, ``@ end()`` or a Unix time in seconds."""

    time: float | str

    def __str__(self) -> str:
        return f" @ {self.time}()" if isinstance(self.time, str) else f" @ {self.time:.3f}"


def _modifiers(offset_s: float, at: At | None) -> str:
    sign = "-" if offset_s < 0 else ""
    offset = f" offset {sign}{format_duration(abs(offset_s))}" if offset_s else ""
    return f"{at or ''}{offset}"


@dataclass(frozen=True, slots=True)
class Selector(Expr):
    """
    A vector selector, or with a range a range selector.

    Args:
        metric: The metric's name; empty when a matcher on ``__name__`` says it.
        matchers: In the order given.
        range_s: Seconds; 0 for an instant vector.
        offset_s: Seconds into the past.
        at: The ``@`` modifier.

    >>> print(Selector("http_requests_total", (Matcher("code", "=~", "5.."),)).over(297.5, offset_s=60))
    http_requests_total{code=~"5.."}[4m57s500ms] offset 1m
    """

    metric: str
    matchers: tuple[Matcher, ...] = ()
    range_s: float = 0
    offset_s: float = 0
    at: At | None = None

    def over(self, range_s: float, offset_s: float = 0) -> "Selector":
        """Give the same series over a range."""
        return replace(self, range_s=range_s, offset_s=offset_s)

    def ago(self, offset_s: float) -> "Selector":
        """Give the same series some seconds ago."""
        return replace(self, offset_s=offset_s)

    def where(self, label: str, value: str) -> "Selector":
        """Give those of the series that have a label."""
        return replace(self, matchers=(*self.matchers, Matcher(label, "=", value)))

    def when(self, time: float | str) -> "Selector":
        """Give the same series at a time of its own: ``start``, ``end`` or a Unix time in seconds."""
        return replace(self, at=At(time))

    def __str__(self) -> str:
        pairs = [f"{_labels([m.label])}{m.op}{quote(m.value)}" for m in self.matchers]
        plain = METRIC.fullmatch(self.metric) is not None and self.metric.lower() not in _KEYWORDS
        if self.metric and not plain:
            pairs.insert(0, f"__name__={quote(self.metric)}")
        braces = f"{{{', '.join(pairs)}}}" if pairs else ""
        window = f"[{format_duration(self.range_s)}]" if self.range_s else ""
        return f"{self.metric if plain else ''}{braces}{window}{_modifiers(self.offset_s, self.at)}"


@dataclass(frozen=True, slots=True)
class Subquery(Expr):
    """An expression evaluated at every step of a range; steps fall on whole multiples of the step."""

    expr: Expr
    range_s: float
    step_s: float
    offset_s: float = 0
    at: At | None = None

    def _suffix(self) -> str:
        step = format_duration(self.step_s) if self.step_s else ""
        return f"[{format_duration(self.range_s)}:{step}]{_modifiers(self.offset_s, self.at)}"

    def __str__(self) -> str:
        return f"{_wrap(self.expr, _ATOM)}{self._suffix()}"

    def _broken(self, indent: int) -> str:
        if self.expr.precedence == _ATOM:
            return f"{self.expr.pretty(indent)}{self._suffix()}"
        return f"{_block((self.expr,), indent)}{self._suffix()}"


@dataclass(frozen=True, slots=True)
class Call(Expr):
    """
    A function call.

    >>> print(call("vector", 1))
    vector(1)
    """

    function: str
    args: tuple[Expr, ...] = ()

    def __str__(self) -> str:
        return f"{self.function}({', '.join(map(str, self.args))})"

    def _broken(self, indent: int) -> str:
        return f"{self.function}{_block(self.args, indent)}"


def call(function: str, *args: Expr | float) -> Call:
    """Call a function with expressions or numbers."""
    return Call(function, tuple(map(_expr, args)))


@dataclass(frozen=True, slots=True)
class Aggregate(Expr):
    """
    An aggregation.

    Args:
        op: For example ``sum``.
        expr: What is aggregated.
        labels: The labels of the clause.
        clause: ``by``, ``without``, or empty for none.
        param: The parameter of ``topk``, ``quantile`` and their like.

    >>> print(sum_by(Selector("a"), ["job"]), sum_by(Selector("a"), []))
    sum by (job) (a) sum(a)
    """

    op: str
    expr: Expr
    labels: tuple[str, ...] = ()
    clause: str = ""
    param: Expr | None = None

    def _head(self) -> str:
        return f"{self.op} {self.clause} ({_labels(self.labels)}) " if self.clause else self.op

    def _args(self) -> tuple[Expr, ...]:
        return (self.expr,) if self.param is None else (self.param, self.expr)

    def __str__(self) -> str:
        return f"{self._head()}({', '.join(map(str, self._args()))})"

    def _broken(self, indent: int) -> str:
        return f"{self._head()}{_block(self._args(), indent)}"


def sum_by(expr: Expr, labels: Iterable[str]) -> Aggregate:
    """Sum over everything but *labels*; with none of them, over everything."""
    names = tuple(labels)
    return Aggregate("sum", expr, names, "by" if names else "")


@dataclass(frozen=True, slots=True)
class Unary(Expr):
    """A sign."""

    expr: Expr

    def __str__(self) -> str:
        return f"-{_wrap(self.expr, _PRECEDENCE['^'])}"

    @property
    def precedence(self) -> int:
        """Bind as multiplication does, which is where the grammar puts a sign."""
        return _PRECEDENCE["*"]


@dataclass(frozen=True, slots=True)
class Matching:
    """
    How the two sides of an operator find each other.

    Args:
        clause: ``on`` or ``ignoring``; empty for all labels.
        labels: The labels of that clause.
        group: ``left``, ``right``, or empty for one to one.
        include: Labels that are copied from the side of one.
    """

    clause: str = ""
    labels: tuple[str, ...] = ()
    group: str = ""
    include: tuple[str, ...] = ()

    def __str__(self) -> str:
        clause = f" {self.clause} ({_labels(self.labels)})" if self.clause else ""
        group = f" group_{self.group} ({_labels(self.include)})" if self.group else ""
        return clause + group


@dataclass(frozen=True, slots=True)
class Binary(Expr):
    """
    An operator between two expressions.

    Args:
        op: For example ``+``, ``>=``, ``and``.
        lhs: Left.
        rhs: Right.
        matching: Vector matching.
        as_bool: A comparison that gives 0 and 1 instead of filtering.
    """

    op: str
    lhs: Expr
    rhs: Expr
    matching: Matching = Matching()
    as_bool: bool = False

    @property
    def precedence(self) -> int:
        """Follow the operator."""
        return _PRECEDENCE[self.op]

    def _operator(self) -> str:
        return f"{self.op}{' bool' if self.as_bool else ''}{self.matching}"

    def _needs_parens(self, child: Expr, *, right: bool) -> bool:
        """Tell whether a side must be wrapped; where set operators mix, it is for the reader's sake."""
        if isinstance(child, Binary) and child.op != self.op and {self.op, child.op} & _SETS == {self.op, child.op}:
            return True
        if self.op == "or" and isinstance(child, Binary) and child.precedence == _PRECEDENCE[">"]:
            return True
        groups_here = right if self.op == "^" else not right
        return child.precedence < self.precedence + (0 if groups_here else 1)

    def _sides(self, show: Callable[[Expr], str], wrap: Callable[[Expr], str]) -> tuple[str, str]:
        left = wrap if self._needs_parens(self.lhs, right=False) else show
        right = wrap if self._needs_parens(self.rhs, right=True) else show
        return left(self.lhs), right(self.rhs)

    def __str__(self) -> str:
        left, right = self._sides(str, lambda side: f"({side})")
        return f"{left} {self._operator()} {right}"

    def _broken(self, indent: int) -> str:
        def wrap(side: Expr) -> str:
            return f"({side})" if indent + len(str(side)) < _WIDTH else _block((side,), indent)

        left, right = self._sides(lambda side: side.pretty(indent), wrap)
        return f"{left}\n{' ' * indent}{self._operator()} {right}"


def _wrap(expr: Expr, floor: int) -> str:
    return str(expr) if expr.precedence >= floor else f"({expr})"


def _block(exprs: tuple[Expr, ...], indent: int) -> str:
    """Put arguments on lines of their own; literals that follow each other share one."""
    inner = " " * (indent + 2)
    lines: list[str] = []
    for literal, run in groupby(exprs, lambda expr: isinstance(expr, String | Number)):
        texts = [expr.pretty(indent + 2) for expr in run]
        lines += [", ".join(texts)] if literal else texts
    body = ",\n".join(inner + line for line in lines)
    return f"(\n{body}\n{' ' * indent})"
