"""
Checks of what the queries of a dashboard say: that they are queries, and that their variables are there.

Source of the checks and their names, as far as they end in `-rule`: grafana/dashboard-linter, docs/rules.
"""

import re
from collections.abc import Iterator
from typing import Final

from sloctl.lint.boards.board import Board
from sloctl.lint.boards.check import Problem, check
from sloctl.lint.boards.parts import Query
from sloctl.lint.boards.queries import expanded, is_built_in, variables_of
from sloctl.lint.logql import LogqlError, check_logql
from sloctl.model.findings import Severity
from sloctl.promql.parse import PromqlError
from sloctl.promql.tree import Selector

_RANGE: Final = re.compile(r"\[([^\[\]]*)\]")
_BY_PATTERN: Final = {"=": "=~", "!=": "!~"}


@check("target-promql-rule", Severity.ERROR)
def target_promql(board: Board) -> Iterator[Problem]:
    """Find queries that are no PromQL, and panels that show another's result which is not there."""
    ids = {panel.data.get("id") for panel in board.panels}
    for target in board.targets:
        if isinstance(target.read, PromqlError):
            yield _problem(target, f"its query is no PromQL: {target.read}", "try it in Grafana's Explore")
        shown = target.data.get("panelId")
        if shown is not None and shown not in ids:
            yield _problem(target, f"it shows the result of panel {shown}, which is not there", "name another panel")


@check("annotation-promql", Severity.ERROR)
def annotation_promql(board: Board) -> Iterator[Problem]:
    """Find annotations whose query is no PromQL."""
    for query in board.annotations:
        if isinstance(query.read, PromqlError):
            yield _problem(query, f"its query is no PromQL: {query.read}", "try it in Grafana's Explore")


@check("target-logql-rule", Severity.ERROR)
def target_logql(board: Board) -> Iterator[Problem]:
    """Find queries of Loki that are no LogQL."""
    for query in (*board.targets, *board.annotations):
        if query.source == "loki" and query.text:
            try:
                check_logql(expanded(query.text, query.values))
            except LogqlError as error:
                yield _problem(query, f"its query is no LogQL: {error}", "try it in Grafana's Explore")


@check("target-logql-auto-rule")
def target_logql_auto(board: Board) -> Iterator[Problem]:
    """Find ranges of LogQL that do not follow the panel's resolution."""
    for target in board.targets:
        for found in _RANGE.findall(target.text) if target.source == "loki" else ():
            if found != "$__auto":
                yield _problem(target, f"the range [{found}] is the same at every zoom", "use [$__auto]")


@check("target-variables", Severity.ERROR)
def target_variables(board: Board) -> Iterator[Problem]:
    """Find queries with variables that the dashboard does not have."""
    known = {str(data.get("name")) for _, data in board.variables}
    for query in board.queries:
        for name in dict.fromkeys(variables_of(query.text)):
            if name not in known and not is_built_in(name):
                yield _problem(query, f"there is no variable '{name}'", "add it, or mend its name")
    for panel in board.panels:
        repeated = panel.data.get("repeat", "")
        if repeated and repeated not in known:
            summary = f"it is repeated for the variable '{repeated}', which is not there"
            yield Problem((*panel.path, "repeat"), summary, "add it, or mend its name", panel)


@check("target-multi-value", Severity.ERROR)
def target_multi_value(board: Board) -> Iterator[Problem]:
    """Find variables of several values that are compared for equality."""
    several = {str(data.get("name")) for _, data in board.variables if data.get("multi") or data.get("includeAll")}
    for query in board.queries:
        matchers = (matcher for node in query.nodes if isinstance(node, Selector) for matcher in node.matchers)
        for matcher in matchers:
            names = set(variables_of(matcher.value)) & several
            if matcher.op in _BY_PATTERN and names:
                summary = (
                    f"'{sorted(names)[0]}' may have several values, and {matcher.label}{matcher.op} compares with one"
                )
                yield _problem(query, summary, f"use {matcher.label}{_BY_PATTERN[matcher.op]}")


def _problem(query: Query, summary: str, hint: str) -> Problem:
    return Problem(query.text_path, summary, hint, query)
