"""
Checks of what the queries of a dashboard read: of which targets, over which range, and with which labels.

Source of the checks and their names, as far as they end in `-rule`: grafana/dashboard-linter, docs/rules.
"""

import re
from collections.abc import Iterator
from typing import Final

from sloctl.lint.boards.board import Board
from sloctl.lint.boards.check import Problem, check
from sloctl.lint.boards.parts import Panel, Target
from sloctl.lint.boards.queries import variables_of
from sloctl.lint.boards.shape import numbered
from sloctl.lint.known import Known
from sloctl.lint.labels import labels_of
from sloctl.model.indicators import Matcher
from sloctl.promql.tree import Aggregate, Call, Expr, Selector
from sloctl.promql.walk import children

_COUNTED: Final = frozenset({"rate", "irate", "increase"})
_OF_A_STEP: Final = frozenset({"__rate_interval"})
_OF_ALL: Final = _OF_A_STEP | {"__range"}
_RANGE: Final = re.compile(r"\[([^\[\]]*)\]")
_COUNTER: Final = "_total"
_QUEUE_DEPTH: Final = "workqueue_depth"
_PRIORITY: Final = "priority"
"""controller-runtime has a series for each. Source: its pkg/metrics/workqueue.go."""
_NAMES: Final = frozenset({"cluster", "container", "controller", "instance", "job", "namespace", "node", "pod"})
"""Labels that are other ones for whoever else loads the dashboard."""
_LITERAL: Final = re.compile(r"[^\\.*+?()\[\]{}^$]+")
_LEGEND_LABEL: Final = re.compile(r"\{\{\s*([a-zA-Z]\w*)\s*\}\}")
_CHOSEN_LABELS: Final = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*[$\[]")
"""Labels that a variable names."""
_FIGURES: Final = frozenset({"gauge", "bargauge", "table", "piechart"})
_GRAPHS: Final = frozenset({"timeseries", "heatmap", "state-timeline", "status-history", "trend"})
_LAST: Final = frozenset({"last", "lastNotNull"})
_REDUCING: Final = frozenset({"reduce", "timeSeriesTable", "groupBy", "calculateField"})
"""Transformations that make one value of many."""


@check("target-rate-interval-rule")
def target_rate_interval(board: Board) -> Iterator[Problem]:
    """Find rates over a range that does not follow the panel's resolution, or holds too few scrapes."""
    for target in board.targets:
        if not target.nodes:
            continue
        for found in re.finditer(r"\b(rate|irate)\s*\(", target.text):
            span = _RANGE.search(target.text, found.end())
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
    for target in board.targets:
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


@check("target-hard-coded")
def target_hard_coded(board: Board) -> Iterator[Problem]:
    """Find names of targets that are written into queries, where others have other ones."""
    for target in board.targets:
        for node in target.nodes:
            for matcher in node.matchers if isinstance(node, Selector) else ():
                if matcher.label in _NAMES and _is_literal(matcher):
                    hint = f'choose it by a variable: {matcher.label}=~"${matcher.label}"'
                    yield _problem(target, f'{matcher.label}{matcher.op}"{matcher.value}" is written out', hint)


@check("target-instant")
def target_instant(board: Board) -> Iterator[Problem]:
    """Find figures that ask for a range of which they show the last value, and graphs that ask for one value."""
    for target in board.targets:
        if target.source not in {"", "prometheus"} or not target.text:
            continue
        is_instant, kind = bool(target.data.get("instant")), target.panel.kind
        if is_instant and kind in _GRAPHS and not target.data.get("range"):
            yield _problem(target, f"a {kind} asks for one value", '"range": true, "instant": false')
        elif not is_instant and _shows_last(target.panel):
            yield _problem(target, f"a {kind} asks for a range and shows its end", '"instant": true, "range": false')


@check("target-priority")
def target_priority(board: Board) -> Iterator[Problem]:
    """Find depths of work queues that are not summed over the priorities of their items."""
    for target in board.targets:
        for selector, outside in _with_outside(target.read if isinstance(target.read, Expr) else None, None):
            if selector.metric != _QUEUE_DEPTH or any(each.label == _PRIORITY for each in selector.matchers):
                continue
            keeps = outside is not None and (_PRIORITY in outside.labels) != (outside.clause == "without")
            if outside is None or outside.op != "sum" or keeps:
                hint = f"sum by (name) ({_QUEUE_DEPTH})"
                yield _problem(target, f"{_QUEUE_DEPTH} has a series for each {_PRIORITY}", hint)


@check("target-legend")
def target_legend(board: Board) -> Iterator[Problem]:
    """Find legends that name labels which the query does not keep."""
    known = Known()
    for target in board.targets:
        named = _LEGEND_LABEL.findall(target.data.get("legendFormat", ""))
        if not named or not isinstance(target.read, Expr) or _CHOSEN_LABELS.search(target.text):
            continue
        labels = labels_of(target.read, known)
        for label in dict.fromkeys(named):
            if labels is not None and label not in labels:
                summary = f"its legend names the label '{label}', which the query does not keep"
                yield Problem((*target.path, "legendFormat"), summary, f"keep it: by ({label}, ...)", target)


def _unmatched(board: Board, label: str) -> Iterator[Problem]:
    for target in board.targets:
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


def _is_literal(matcher: Matcher) -> bool:
    return matcher.op in {"=", "=~"} and _LITERAL.fullmatch(matcher.value) is not None


def _shows_last(panel: Panel) -> bool:
    """Tell whether a panel shows the last of many values, and none of those before."""
    reducers = panel.options.get("reduceOptions", {}).get("calcs", ())
    is_figure = panel.kind in _FIGURES or (panel.kind == "stat" and panel.options.get("graphMode") == "none")
    is_reduced = any(each.get("id") in _REDUCING for _, each in numbered(panel.data.get("transformations", ())))
    return is_figure and not is_reduced and _LAST.issuperset(reducers)


def _with_outside(expr: Expr | None, outside: Aggregate | None) -> Iterator[tuple[Selector, Aggregate | None]]:
    """Give the selectors of an expression, each with the aggregation next outside."""
    if isinstance(expr, Selector):
        yield expr, outside
    for child in children(expr) if expr is not None else ():
        yield from _with_outside(child, expr if isinstance(expr, Aggregate) else outside)


def _problem(target: Target, summary: str, hint: str) -> Problem:
    return Problem(target.text_path, summary, hint, target)
