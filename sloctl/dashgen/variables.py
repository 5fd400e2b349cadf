"""Brings a dashboard's variables to the shape that Grafana keeps today, each by its kind."""

from collections.abc import Mapping
from typing import Any, Final

from sloctl.dashgen.dashboards import DATASOURCE
from sloctl.dashgen.fields import Json
from sloctl.dashgen.sources import reference

_OLD: Final = frozenset({"tagValuesQuery", "tagsQuery", "useTags"})
_OF_QUERIES: Final = frozenset({"datasource", "regex", "sort"})
_OF_CHOICES: Final = frozenset({"allValue", "includeAll", "multi"})
_OF_INTERVALS: Final = frozenset({"auto", "auto_count", "auto_min"})
_ALL: Final = _OF_QUERIES | _OF_CHOICES | _OF_INTERVALS | {"current", "options", "query", "refresh"}
_FOREIGN: Final[Mapping[str, frozenset[str]]] = {
    "adhoc": _ALL - {"datasource"},
    "constant": _OF_QUERIES | _OF_CHOICES | _OF_INTERVALS | {"refresh"},
    "custom": _OF_QUERIES | _OF_INTERVALS | {"refresh"},
    "datasource": _OF_INTERVALS | {"datasource"},
    "interval": _OF_QUERIES | _OF_CHOICES | {"refresh"},
    "query": _OF_INTERVALS,
    "textbox": _OF_QUERIES | _OF_CHOICES | _OF_INTERVALS | {"refresh"},
}
"""What a kind of variable has not, and stock grafanalib writes all the same."""
_ALL_CHOSEN: Final = (None, "", "All")
_WRITTEN_OUT: Final = frozenset({"constant", "textbox"})
"""Variables whose query is their value."""

_ON_TIME_RANGE: Final = 2
"""When values are read again, since they come and go with the time range."""
_QUERY_KINDS: Final = {"label_names": 0, "label_values": 1, "metrics": 2, "query_result": 3}
_OTHER_KIND: Final = 5
"""How Grafana's editor of Prometheus variables numbers the kinds of queries."""


def finish_variable(variable: Json, chosen: Mapping[str, str]) -> None:
    """
    Finish a variable: what its kind does not have goes, and what it starts with is chosen.

    Args:
        variable: As grafanalib or Grafana write it; it is changed.
        chosen: The kinds of the data sources that the dashboard's variables choose.

    >>> variable = {"name": "source", "type": "datasource", "query": "prometheus", "useTags": False, "current": {}}
    >>> finish_variable(variable, {})
    >>> variable
    {'name': 'source', 'type': 'datasource', 'query': 'prometheus', 'current': {}, 'regex': ''}
    """
    kind = variable.setdefault("type", "query")
    for key in _OLD | _FOREIGN.get(kind, frozenset()):
        variable.pop(key, None)
    if kind == "adhoc":
        variable.setdefault("filters", [])
    else:
        variable["current"] = _current(variable)
    if "regex" not in _FOREIGN.get(kind, frozenset()):
        variable.setdefault("regex", "")
    if kind == "query":
        variable |= _query(variable)
    if variable.get("auto"):
        variable["refresh"] = _ON_TIME_RANGE
    if isinstance(variable.get("datasource"), str):
        variable["datasource"] = reference(variable["datasource"], chosen)


def _current(variable: Json) -> Json:
    current = variable.get("current", {})
    if variable.get("includeAll") and current.get("value") in _ALL_CHOSEN:
        current = {"text": "All", "value": "$__all"}
    if variable["type"] in _WRITTEN_OUT:
        current = {"text": variable["query"], "value": variable["query"]}
    return {key: current[key] for key in ("text", "value") if current.get(key)}


def _query(variable: Json) -> dict[str, Any]:
    """Give the query of a variable as Prometheus's data source keeps it; one that it has kept is left alone."""
    found: dict[str, Any] = {"datasource": variable.get("datasource", DATASOURCE), "refresh": _ON_TIME_RANGE}
    if isinstance(found["datasource"], str):
        found["datasource"] = reference(found["datasource"], {}, "prometheus")
    query = variable["query"]
    if isinstance(query, str):
        kind = _QUERY_KINDS.get(query.partition("(")[0], _OTHER_KIND)
        found |= {"definition": query, "query": {"qryType": kind, "query": query, "refId": "Variable"}}
    return found
