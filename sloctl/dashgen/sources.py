"""Which data source a panel, a query or a variable reads: by reference, where stock grafanalib has a name."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from sloctl.dashgen.dashboards import DATASOURCE
from sloctl.dashgen.fields import Json

_OWN: Final[Mapping[str, str]] = {
    "-- Dashboard --": "datasource",
    "-- Grafana --": "grafana",
    "-- Mixed --": "datasource",
}
"""Data sources that are part of Grafana, with their kinds."""
_DEFAULT: Final = "default"
"""How files of old name the data source that Grafana has for all that name none."""
_KINDS: Final = ("prometheus", "loki", "tempo", "graphite", "influxdb", "elasticsearch", "cloudwatch")
_VARIABLE: Final = re.compile(r"\$\{?(?P<plain>\w+)(?::\w+)?\}?|\[\[(?P<old>\w+)\]\]")


def kinds_of(variables: Iterable[Json]) -> dict[str, str]:
    """Give the kinds of data sources among which a dashboard's variables let one choose, by the variables' names."""
    return {each.get("name", ""): each.get("query", "") for each in variables if each.get("type") == "datasource"}


def reference(source: str | Json, chosen: Mapping[str, str], usual: str = "") -> Json:
    """
    Give a data source as Grafana refers to it.

    Args:
        source: A variable, a name, which serves as a uid where no uid is the same, or the reference itself.
        chosen: As [`kinds_of`][sloctl.dashgen.sources.kinds_of] gives them.
        usual: The kind, where the name does not tell; empty: not known.

    >>> reference("$loki", {"loki": "loki"})
    {'type': 'loki', 'uid': '${loki}'}
    >>> reference("Metrics", {}, "prometheus")
    {'type': 'prometheus', 'uid': 'Metrics'}
    """
    if not isinstance(source, str):
        return source
    if source == _DEFAULT and usual == "prometheus":
        source = DATASOURCE
    uid, kind = source, _OWN.get(source) or next((kind for kind in _KINDS if kind in source.lower()), usual)
    if variable := _VARIABLE.fullmatch(source):
        name = variable["plain"] or variable["old"]
        uid, kind = f"${{{name}}}", chosen.get(name, usual)
    return {"type": kind, "uid": uid} if kind else {"uid": uid}
