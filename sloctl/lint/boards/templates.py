"""
Checks of a dashboard's variables.

Source of the checks and their names: grafana/dashboard-linter, docs/rules.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sloctl.lint.boards.board import Board
from sloctl.lint.boards.check import Problem, check
from sloctl.lint.boards.parts import VARIABLE_QUERY, source, source_uid, variable_query
from sloctl.lint.boards.queries import variables_of
from sloctl.promql.parse import PromqlError

_LABELS: Final = {
    "datasource": "Data source",
    "prometheus_datasource": "Prometheus data source",
    "loki_datasource": "Loki data source",
}
_ON_TIME_RANGE: Final = 2
_USED_BY_ITSELF: Final = frozenset({"adhoc", "groupby"})
"""Kinds of variables that Grafana adds to every query."""


@check("template-datasource-rule")
def template_datasource(board: Board) -> Iterator[Problem]:
    """Find dashboards that leave no choice of the data source."""
    sources = [(path, data) for path, data in board.variables if data.get("type") == "datasource"]
    if not sources:
        hint = 'add a variable of type datasource, named "datasource"'
        yield Problem(("templating",), "there is no variable for the data source", hint)
    for path, data in sources:
        name, label = str(data.get("name")), data.get("label")
        names = [known for known in _LABELS if known == "datasource" or known.startswith(str(data.get("query")))]
        if name not in names:
            yield Problem(path, f"the data source's variable is named '{name}'", f"name it {' or '.join(names)}")
        elif label != _LABELS[name] and not (name == "datasource" and str(label).lower() == "data source"):
            yield Problem(path, f"the data source's variable is labelled '{label or ''}'", f"call it '{_LABELS[name]}'")


@check("template-job-rule")
def template_job(board: Board) -> Iterator[Problem]:
    """Find dashboards on which no job can be chosen."""
    yield from _of_target(board, "job")


@check("template-instance-rule")
def template_instance(board: Board) -> Iterator[Problem]:
    """Find dashboards on which no instance can be chosen."""
    yield from _of_target(board, "instance")


@check("template-label-promql-rule")
def template_label_promql(board: Board) -> Iterator[Problem]:
    """Find variables whose query Prometheus's data source cannot read."""
    for path, data in board.variables:
        is_prometheus = data.get("type") == "query" and source(data) in {"", "prometheus"}
        if is_prometheus and not VARIABLE_QUERY.fullmatch(variable_query(data)):
            hint = "use label_values(metric, label), label_names(), metrics(pattern) or query_result(query)"
            yield Problem(path, f"the query of the variable '{data.get('name')}' is none", hint)
    for query in board.fillings:
        if isinstance(query.read, PromqlError):
            summary = f"its query is no PromQL: {query.read}"
            yield Problem(query.text_path, summary, "the selector stands before the last comma", query)


@check("template-on-time-change-reload-rule")
def template_reload(board: Board) -> Iterator[Problem]:
    """Find variables whose values stay as they were when the dashboard was opened."""
    for path, data in board.variables:
        if data.get("type") == "query" and data.get("refresh") != _ON_TIME_RANGE:
            summary = f"the variable '{data.get('name')}' is not read again when the time range changes"
            yield Problem(path, summary, f'"refresh": {_ON_TIME_RANGE}')


@check("template-unused")
def template_unused(board: Board) -> Iterator[Problem]:
    """Find variables that nothing on the dashboard asks for."""
    elsewhere = {name for key, part in board.raw.items() if key != "templating" for name in _named(part)}
    elsewhere |= {str(panel.data.get("repeat")) for panel in board.panels}
    for path, data in board.variables:
        name = str(data.get("name"))
        others = (other for _, other in board.variables if other is not data)
        if data.get("type") in _USED_BY_ITSELF or name in elsewhere or any(name in _named(other) for other in others):
            continue
        yield Problem(path, f"nothing asks for the variable '{name}'", "select by it, or take it away")


def _named(data: Any) -> set[str]:
    """Give the variables that a part of a dashboard names."""
    return {name for text in _texts(data) for name in variables_of(text)}


def _of_target(board: Board, name: str) -> Iterator[Problem]:
    found = board.variable(name)
    if found is None:
        hint = f'add one of type query: label_values(up, {name}), with several values and "allValue": ".+"'
        yield Problem(("templating",), f"there is no variable '{name}'", hint)
        return
    path, data = found
    wanted = {
        "is of type query": data.get("type") == "query",
        "reads the chosen data source": source_uid(data).strip("${}") in {*_LABELS, ""},
        f"is labelled {name.capitalize()}": data.get("label") == name.capitalize(),
        "takes several values": data.get("multi") is True,
        "has .+ for all values": data.get("allValue") == ".+",
    }
    for what, holds in wanted.items():
        if not holds:
            yield Problem(
                path, f"the variable '{name}' is not such that it {what}", "links and other dashboards expect it"
            )


def _texts(data: Any) -> Iterator[str]:
    """Give all texts inside a part of a dashboard, keys aside."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, Mapping | list):
        for each in data.values() if isinstance(data, Mapping) else data:
            yield from _texts(each)
