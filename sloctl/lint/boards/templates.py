"""
Checks of a dashboard's variables.

Source of the checks and their names: grafana/dashboard-linter, docs/rules.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sloctl.lint.boards.board import Board, Json, Problem, check
from sloctl.lint.boards.queries import expanded
from sloctl.promql.parse import PromqlError, parse

_LABELS: Final = {
    "datasource": "Data source",
    "prometheus_datasource": "Prometheus data source",
    "loki_datasource": "Loki data source",
}
_ON_TIME_RANGE: Final = 2
_QUERY: Final = re.compile(r"\s*(?P<function>label_values|label_names|metrics|query_result)\((?P<inside>.*)\)\s*", re.S)
_LAST_LABEL: Final = re.compile(r"(?:(?P<query>.*),)?\s*[a-zA-Z_]\w*\s*", re.S)


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
        if data.get("type") != "query" or _kind_of_source(data) not in {"", "prometheus"}:
            continue
        text = _query(data)
        found = _QUERY.fullmatch(text)
        if found is None:
            hint = "use label_values(metric, label), label_names(), metrics(pattern) or query_result(query)"
            yield Problem(path, f"the query of the variable '{data.get('name')}' is none", hint)
            continue
        inside = found["inside"].strip()
        if found["function"] == "label_values":
            last = _LAST_LABEL.fullmatch(inside)
            inside = (last["query"] or "").strip() if last else inside
        elif found["function"] != "query_result":
            continue
        try:
            if inside:
                parse(expanded(inside, board.values))
        except PromqlError as error:
            summary = f"the query of the variable '{data.get('name')}' is no PromQL: {error}"
            yield Problem(path, summary, "the selector stands before the last comma")


@check("template-on-time-change-reload-rule")
def template_reload(board: Board) -> Iterator[Problem]:
    """Find variables whose values stay as they were when the dashboard was opened."""
    for path, data in board.variables:
        if data.get("type") == "query" and data.get("refresh") != _ON_TIME_RANGE:
            summary = f"the variable '{data.get('name')}' is not read again when the time range changes"
            yield Problem(path, summary, f'"refresh": {_ON_TIME_RANGE}')


def _of_target(board: Board, name: str) -> Iterator[Problem]:
    found = board.variable(name)
    if found is None:
        hint = f'add one of type query: label_values(up, {name}), with several values and "allValue": ".+"'
        yield Problem(("templating",), f"there is no variable '{name}'", hint)
        return
    path, data = found
    source = data.get("datasource")
    uid = source.get("uid") if isinstance(source, Mapping) else source
    wanted = {
        "is of type query": data.get("type") == "query",
        "reads the chosen data source": str(uid).strip("${}") in {*_LABELS, "None"},
        f"is labelled {name.capitalize()}": data.get("label") == name.capitalize(),
        "takes several values": data.get("multi") is True,
        "has .+ for all values": data.get("allValue") == ".+",
    }
    for what, holds in wanted.items():
        if not holds:
            yield Problem(
                path, f"the variable '{name}' is not such that it {what}", "links and other dashboards expect it"
            )


def _query(data: Json) -> str:
    query: Any = data.get("query")
    return str(query.get("query") or "") if isinstance(query, Mapping) else str(query or "")


def _kind_of_source(data: Json) -> str:
    source = data.get("datasource")
    return str(source.get("type") or "") if isinstance(source, Mapping) else ""
