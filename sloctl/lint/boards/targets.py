"""
Checks of the queries of a dashboard's panels.

Source of the checks and their names: grafana/dashboard-linter, docs/rules. LogQL is not parsed: nothing that reads it
is to be had in Python.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from sloctl.lint.boards.board import Board, Problem, Target, check
from sloctl.lint.boards.queries import is_built_in, variables_of
from sloctl.model.findings import Severity
from sloctl.model.indicators import Matcher
from sloctl.promql.parse import PromqlError
from sloctl.promql.tree import Call, Selector

_COUNTED: Final = frozenset({"rate", "irate", "increase"})
_OF_A_STEP: Final = frozenset({"__rate_interval"})
_OF_ALL: Final = _OF_A_STEP | {"__range"}
_RANGE: Final = re.compile(r"\[([^\[\]]*)\]")
_BY_PATTERN: Final = {"=": "=~", "!=": "!~"}
_COUNTER: Final = "_total"


@check("target-promql-rule", Severity.ERROR)
def target_promql(board: Board) -> Iterator[Problem]:
    """Find queries that are no PromQL, and panels that show another's result which is not there."""
    ids = {panel.data.get("id") for panel in board.panels}
    for target in _targets(board):
        if isinstance(target.read, PromqlError):
            yield _problem(target, f"its query is no PromQL: {target.read}", "try it in Grafana's Explore")
        shown = target.data.get("panelId")
        if shown is not None and shown not in ids:
            yield _problem(target, f"it shows the result of panel {shown}, which is not there", "name another panel")


@check("target-logql-auto-rule")
def target_logql_auto(board: Board) -> Iterator[Problem]:
    """Find ranges of LogQL that do not follow the panel's resolution."""
    for target in _targets(board):
        source = target.data.get("datasource") or target.panel.data.get("datasource")
        if not isinstance(source, Mapping) or source.get("type") != "loki":
            continue
        for found in _RANGE.findall(target.query):
            if found != "$__auto":
                yield _problem(target, f"the range [{found}] is the same at every zoom", "use [$__auto]")


@check("target-rate-interval-rule")
def target_rate_interval(board: Board) -> Iterator[Problem]:
    """Find rates over a range that does not follow the panel's resolution, or holds too few scrapes."""
    for target in _targets(board):
        if not target.nodes:
            continue
        for found in re.finditer(r"\b(rate|irate)\s*\(", target.query):
            span = _RANGE.search(target.query, found.end())
            ranges = _OF_ALL if target.data.get("instant") else _OF_A_STEP
            if span and span[1].strip("${} ") not in ranges:
                hint = "use [$__rate_interval], which holds four scrapes at any zoom"
                yield _problem(target, f"{found[1]}() takes the range [{span[1]}]", hint)


@check("target-job-rule")
def target_job(board: Board) -> Iterator[Problem]:
    """Find selectors that read every job."""
    yield from _unmatched(board, "job")


@check("target-instance-rule")
def target_instance(board: Board) -> Iterator[Problem]:
    """Find selectors that read every instance."""
    yield from _unmatched(board, "instance")


@check("target-counter-agg-rule")
def target_counter_agg(board: Board) -> Iterator[Problem]:
    """Find counters whose bare value is shown."""
    for target in _targets(board):
        counted = {
            id(arg)
            for node in target.nodes
            if isinstance(node, Call) and node.function in _COUNTED
            for arg in node.args
        }
        for node in target.nodes:
            if isinstance(node, Selector) and node.metric.endswith(_COUNTER) and id(node) not in counted:
                hint = "take its rate() or increase(): the value itself begins anew with each process"
                yield _problem(target, f"the counter {node.metric} is shown as it is", hint)


@check("target-variables", Severity.ERROR)
def target_variables(board: Board) -> Iterator[Problem]:
    """Find queries with variables that the dashboard does not have."""
    known = {str(data.get("name")) for _, data in board.variables}
    for target in _targets(board):
        for name in dict.fromkeys(variables_of(target.query)):
            if name not in known and not is_built_in(name):
                yield _problem(target, f"there is no variable '{name}'", "add it, or mend its name")


@check("target-multi-value", Severity.ERROR)
def target_multi_value(board: Board) -> Iterator[Problem]:
    """Find variables of several values that are compared for equality."""
    several = {str(data.get("name")) for _, data in board.variables if data.get("multi") or data.get("includeAll")}
    for target in _targets(board):
        matchers = (matcher for node in target.nodes if isinstance(node, Selector) for matcher in node.matchers)
        for matcher in matchers:
            names = set(variables_of(matcher.value)) & several
            if matcher.op in _BY_PATTERN and names:
                summary = (
                    f"'{sorted(names)[0]}' may have several values, and {matcher.label}{matcher.op} compares with one"
                )
                yield _problem(target, summary, f"use {matcher.label}{_BY_PATTERN[matcher.op]}")


def _unmatched(board: Board, label: str) -> Iterator[Problem]:
    for target in _targets(board):
        missing = [
            node.metric
            for node in target.nodes
            if isinstance(node, Selector) and not any(_follows(matcher, label) for matcher in node.matchers)
        ]
        for metric in dict.fromkeys(missing):
            hint = f'select {label}=~"${label}"'
            yield _problem(target, f"{metric} is read of every {label}, whichever is chosen", hint)


def _follows(matcher: Matcher, label: str) -> bool:
    return matcher.label == label and matcher.op == "=~" and variables_of(matcher.value) == [label]


def _targets(board: Board) -> Iterator[Target]:
    return (target for panel in board.panels for target in panel.targets)


def _problem(target: Target, summary: str, hint: str) -> Problem:
    key = ("expr",) if target.query else ()
    return Problem((*target.path, *key), summary, hint, target)
