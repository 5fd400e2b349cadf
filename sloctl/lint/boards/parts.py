"""The parts of a dashboard that findings name: panels and queries."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from sloctl.lint.boards.queries import expanded
from sloctl.lint.boards.shape import Json, Path, numbered
from sloctl.promql.parse import PromqlError, parse
from sloctl.promql.tree import Expr
from sloctl.promql.walk import walk

_NO_DATA: Final = frozenset({"row", "text", "dashlist", "alertlist", "annolist", "news", "welcome", ""})
VARIABLE_QUERY: Final = re.compile(
    r"\s*(?P<function>label_values|label_names|metrics|query_result)\((?P<inside>.*)\)\s*", re.DOTALL
)
"""What Prometheus's data source takes for the query of a variable."""
_LAST_LABEL: Final = re.compile(r"(?:(?P<query>.*),)?\s*[a-zA-Z_]\w*\s*", re.DOTALL)


@dataclass(frozen=True)
class Part:
    """
    A part of a dashboard that findings name.

    Args:
        path: Where it stands.
        data: As Grafana keeps it.
    """

    path: Path
    data: Json

    @property
    def name(self) -> str:
        """Give what findings call it."""
        raise NotImplementedError


@dataclass(frozen=True)
class Panel(Part):
    """A panel."""

    @property
    def name(self) -> str:
        """Give what findings call it: by its title, or by its number."""
        return f"panel '{self.title}'" if self.title else f"panel {self.data.get('id', self.path[-1])}"

    @property
    def kind(self) -> str:
        """Give its type, for example ``timeseries``."""
        return str(self.data.get("type", ""))

    @property
    def title(self) -> str:
        """Give its title; empty for none."""
        return str(self.data.get("title", ""))

    @property
    def shows_data(self) -> bool:
        """Tell whether it shows what it asks for."""
        return self.kind not in _NO_DATA

    @property
    def options(self) -> Json:
        """Give its options."""
        return self.data.get("options", {})  # type: ignore[no-any-return]

    @property
    def defaults(self) -> Json:
        """Give what holds for all its fields."""
        return self.data.get("fieldConfig", {}).get("defaults", {})  # type: ignore[no-any-return]

    @property
    def properties(self) -> Iterator[tuple[Path, str, Any]]:
        """Give what its overrides set: where, by which id, and to which value."""
        for at, override in numbered(self.data.get("fieldConfig", {}).get("overrides", [])):
            for index, each in numbered(override.get("properties", [])):
                path = (*self.path, "fieldConfig", "overrides", at, "properties", index)
                yield path, each.get("id", ""), each.get("value")


@dataclass(frozen=True)
class Query(Part):
    """
    A query, of a panel, of a variable or of an annotation.

    Args:
        text: What is asked.
        source: The type of the data source, for example ``prometheus``; empty where it is not known.
        values: Of the dashboard's variables, as far as they are written in it.
    """

    text: str
    source: str
    values: Mapping[str, str]

    @cached_property
    def expanded(self) -> str:
        """Give it with values in the place of its variables."""
        return expanded(self.text, self.values)

    @cached_property
    def read(self) -> Expr | PromqlError | None:
        """Give it as a tree, or why it is no PromQL; `None` where it is not meant to be any."""
        if not self.text or self.source not in {"", "prometheus"}:
            return None
        try:
            return parse(self.expanded, placed=True)
        except PromqlError as error:
            return error

    @cached_property
    def nodes(self) -> Sequence[Expr]:
        """Give all its nodes; none of one that is no PromQL."""
        return tuple(walk(self.read)) if isinstance(self.read, Expr) else ()

    @property
    def name(self) -> str:
        """Give what findings call it."""
        return f"{'variable' if self.path[0] == 'templating' else 'annotation'} '{self.data.get('name', '')}'"

    @property
    def text_path(self) -> Path:
        """Give where its text stands."""
        key = "query" if self.path[0] == "templating" else "target" if "target" in self.data else "expr"
        return (*self.path, key)


@dataclass(frozen=True)
class Target(Query):
    """
    A query of a panel.

    Args:
        panel: Whose it is.
    """

    panel: Panel

    @property
    def name(self) -> str:
        """Give the name of its panel."""
        return self.panel.name

    @property
    def index(self) -> int:
        """Give its number in the panel, from 0."""
        return int(self.path[-1])

    @property
    def text_path(self) -> Path:
        """Give where its text stands."""
        return (*self.path, "expr") if self.text else self.path


def source(*holders: Json) -> str:
    """Give the type of the data source that the first of some holders names; empty where none names any."""
    named = next((holder["datasource"] for holder in holders if holder.get("datasource")), None)
    return str(named.get("type", "")) if isinstance(named, Mapping) else ""


def source_uid(holder: Json) -> str:
    """Give the uid of a data source, or its name as it was written before; empty for none."""
    named = holder.get("datasource", "")
    return str(named.get("uid", "")) if isinstance(named, Mapping) else str(named)


def variable_query(variable: Json) -> str:
    """Give the query of a variable."""
    query = variable.get("query", "")
    return str(query.get("query", "")) if isinstance(query, Mapping) else str(query)


def promql_inside(query: str) -> str:
    """
    Give the PromQL inside a variable's query; empty for none.

    >>> promql_inside('label_values(up{job="a"}, instance)')
    'up{job="a"}'
    """
    found = VARIABLE_QUERY.fullmatch(query)
    if found is None or found["function"] not in {"label_values", "query_result"}:
        return ""
    inside = found["inside"].strip()
    if found["function"] == "query_result":
        return inside
    last = _LAST_LABEL.fullmatch(inside)
    return (last["query"] or "").strip() if last else inside
