"""Rules as checks see them: parsed, and every text in its place."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from sloctl.promql.tree import Expr
from sloctl.promql.walk import walk

RuleKind = Literal["alert", "record", "query"]


@dataclass(frozen=True, slots=True)
class Text:
    """
    A text of a file.

    Args:
        value: What it says, without the marks and escapes of the file.
        path: The file.
        place: Gives line and column, both from 1, of the character at an index of `value`.
    """

    value: str
    path: str
    place: Callable[[int], tuple[int, int]] = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Rule:
    """
    One rule, or one query of an SLO.

    Args:
        kind: `query` stands for what an SLO counts.
        name: Of the alert or of the recorded series, or of the SLO.
        query: Its PromQL.
        expr: The same as a tree whose nodes know their positions in `query`.
        labels: Added to its result.
        annotations: Of an alert.
        interval_s: Seconds between evaluations; 0 when the file leaves it to the server.
    """

    kind: RuleKind
    name: Text
    query: Text
    expr: Expr
    labels: Mapping[str, Text] = field(default_factory=dict)
    annotations: Mapping[str, Text] = field(default_factory=dict)
    interval_s: float = 0
    nodes: tuple[Expr, ...] = field(init=False, compare=False, repr=False)
    """All nodes of `expr`, from the outside in and from left to right."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "nodes", tuple(walk(self.expr)))
