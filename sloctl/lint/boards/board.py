"""A dashboard as its checks see it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from sloctl.lint.boards.parts import Panel, Query, Target, promql_inside, source, variable_query
from sloctl.lint.boards.queries import first_value
from sloctl.lint.boards.shape import DASHBOARD, Fault, Json, Path, numbered, shaped

_VALUED: Final = frozenset({"custom", "interval", "textbox", "constant"})
"""Kinds of variables whose values stand in the dashboard."""


@dataclass(frozen=True)
class Board:
    """
    A dashboard.

    Args:
        raw: In the classic form.
        place: Gives the file, line and column of a part.
        beside: The dashboards that are checked together, it among them.
    """

    raw: Json
    place: Callable[[Path], tuple[str, int, int]]
    beside: Sequence["Board"] = ()

    @cached_property
    def _shaped(self) -> tuple[Json, list[Fault]]:
        faults: list[Fault] = []
        return shaped(self.raw, DASHBOARD, (), faults), faults

    @property
    def data(self) -> Json:
        """Give it without what has a type that Grafana does not read."""
        return self._shaped[0]

    @property
    def faults(self) -> Sequence[Fault]:
        """Give what has such a type."""
        return self._shaped[1]

    @property
    def title(self) -> str:
        """Give its title; empty for none."""
        return str(self.data.get("title", ""))

    @property
    def uid(self) -> str:
        """Give its uid; empty for none."""
        return str(self.data.get("uid", ""))

    @cached_property
    def variables(self) -> Sequence[tuple[Path, Json]]:
        """Give its variables, each with its place."""
        found = self.data.get("templating", {}).get("list", ())
        return tuple((("templating", "list", index), data) for index, data in numbered(found))

    def variable(self, name: str) -> tuple[Path, Json] | None:
        """Give a variable and its place; `None` where there is none of that name."""
        return next((found for found in self.variables if found[1].get("name") == name), None)

    @cached_property
    def values(self) -> Mapping[str, str]:
        """Give the values of variables that are written in the dashboard."""
        found = {}
        for _, variable in self.variables:
            if variable.get("type") in _VALUED:
                current = variable.get("current")
                value = current.get("value") if isinstance(current, Mapping) else None
                first = first_value(variable_query(variable))
                text = value if isinstance(value, str) and not value.startswith("$__") else first
                found[str(variable.get("name"))] = text
        return found

    @cached_property
    def panels(self) -> Sequence[Panel]:
        """Give all panels, those inside collapsed rows and inside the rows of Grafana 4 too."""
        return tuple(self._panels((), self.data))

    def _panels(self, path: Path, holder: Json) -> Iterator[Panel]:
        for key in ("panels", "rows"):
            for index, data in numbered(holder.get(key, ())):
                inner = (*path, key, index)
                if key == "panels":
                    yield Panel(inner, data)
                yield from self._panels(inner, data)

    @cached_property
    def targets(self) -> Sequence[Target]:
        """Give the queries of its panels."""
        return tuple(
            Target(
                (*panel.path, "targets", index),
                data,
                data.get("expr", ""),
                source(data, panel.data),
                self.values,
                panel,
            )
            for panel in self.panels
            for index, data in numbered(panel.data.get("targets", ()))
        )

    @cached_property
    def annotations(self) -> Sequence[Query]:
        """Give the queries of its annotations."""
        found = numbered(self.data.get("annotations", {}).get("list", ()))
        return tuple(
            Query(("annotations", "list", index), data, text, source(data), self.values)
            for index, data in found
            if (text := data.get("expr", "") or data.get("target", {}).get("expr", ""))
        )

    @cached_property
    def fillings(self) -> Sequence[Query]:
        """Give the PromQL inside the queries of its variables."""
        return tuple(
            Query(path, data, text, source(data), self.values)
            for path, data in self.variables
            if data.get("type") == "query" and (text := promql_inside(variable_query(data)))
        )

    @property
    def queries(self) -> Sequence[Query]:
        """Give all its queries."""
        return (*self.targets, *self.annotations, *self.fillings)

    def panel_at(self, path: Path) -> Panel | None:
        """Give the panel that a place is in."""
        return next((panel for panel in reversed(self.panels) if path[: len(panel.path)] == panel.path), None)
