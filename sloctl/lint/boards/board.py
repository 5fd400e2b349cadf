"""A dashboard as its checks see it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from sloctl.lint.boards.queries import expanded
from sloctl.model.findings import Finding, Severity
from sloctl.promql.parse import PromqlError, parse
from sloctl.promql.tree import Expr
from sloctl.promql.walk import walk

Json = Mapping[str, Any]
Path = tuple[str | int, ...]
"""The keys and indices that lead from a dashboard to a part of it."""

_VALUED: Final = frozenset({"custom", "interval", "textbox", "constant"})
"""Kinds of variables whose values stand in the dashboard."""


@dataclass(frozen=True)
class Target:
    """
    A query of a panel.

    Args:
        panel: Whose it is.
        path: Where it stands.
        data: As Grafana keeps it.
        index: Its number in the panel, from 0.
        values: Of the dashboard's variables, as far as they are written in it.
    """

    panel: "Panel"
    path: Path
    data: Json
    index: int
    values: Mapping[str, str]

    @property
    def query(self) -> str:
        """Give the query's text; empty for a query that has none."""
        return str(self.data.get("expr") or "")

    @property
    def is_prometheus(self) -> bool:
        """Tell whether it is PromQL: it has a text, and its data source is not known to be another."""
        source = self.data.get("datasource") or self.panel.data.get("datasource")
        kind = source.get("type") if isinstance(source, Mapping) else None
        return bool(self.query) and kind in {None, "", "prometheus"}

    @cached_property
    def expanded(self) -> str:
        """Give the query with values in the place of its variables."""
        return expanded(self.query, self.values)

    @cached_property
    def read(self) -> Expr | PromqlError | None:
        """Give the query as a tree, or why it is no PromQL; `None` where it is not meant to be any."""
        if not self.is_prometheus:
            return None
        try:
            return parse(self.expanded, placed=True)
        except PromqlError as error:
            return error

    @cached_property
    def nodes(self) -> Sequence[Expr]:
        """Give all nodes of the query; none of one that is no PromQL."""
        return tuple(walk(self.read)) if isinstance(self.read, Expr) else ()


@dataclass(frozen=True)
class Panel:
    """
    A panel.

    Args:
        path: Where it stands.
        data: As Grafana keeps it.
        values: As for its targets.
    """

    path: Path
    data: Json
    values: Mapping[str, str]

    @property
    def kind(self) -> str:
        """Give its type, for example ``timeseries``."""
        return str(self.data.get("type") or "")

    @property
    def title(self) -> str:
        """Give its title; empty for none."""
        return str(self.data.get("title") or "")

    @cached_property
    def targets(self) -> Sequence[Target]:
        """Give its queries, but for those that are other panels' results."""
        found = self.data.get("targets") or ()
        return tuple(
            Target(self, (*self.path, "targets", index), data, index, self.values)
            for index, data in enumerate(found)
            if isinstance(data, Mapping)
        )


@dataclass(frozen=True)
class Board:
    """
    A dashboard.

    Args:
        data: In the classic form.
        place: Gives the file, line and column of a part.
    """

    data: Json
    place: Callable[[Path], tuple[str, int, int]]

    @property
    def title(self) -> str:
        """Give its title; empty for none."""
        return str(self.data.get("title") or "")

    @cached_property
    def variables(self) -> Sequence[tuple[Path, Json]]:
        """Give its variables, each with its place."""
        templating = self.data.get("templating")
        found = templating.get("list") if isinstance(templating, Mapping) else ()
        paths = (("templating", "list", index) for index in range(len(found or ())))
        return tuple((path, data) for path, data in zip(paths, found or (), strict=True) if isinstance(data, Mapping))

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
                first = str(variable.get("query") or "").partition(",")[0].rpartition(" : ")[2].strip()
                text = value if isinstance(value, str) and not value.startswith("$__") else first
                found[str(variable.get("name"))] = text
        return found

    @cached_property
    def panels(self) -> Sequence[Panel]:
        """Give all panels, those inside collapsed rows and inside the rows of Grafana 4 too."""
        return tuple(self._panels((), self.data))

    def _panels(self, path: Path, holder: Json) -> Iterator[Panel]:
        for key in ("panels", "rows"):
            found = holder.get(key)
            for index, data in enumerate(found if isinstance(found, list) else ()):
                if not isinstance(data, Mapping):
                    continue
                inner = (*path, key, index)
                if key == "panels":
                    yield Panel(inner, data, self.values)
                yield from self._panels(inner, data)


@dataclass(frozen=True, slots=True)
class Problem:
    """
    What a check has to say about a dashboard.

    Args:
        path: Where.
        summary: One sentence that says what is wrong.
        hint: What to do about it.
        part: The panel or the query that it is about, if it is about one.
    """

    path: Path
    summary: str
    hint: str
    part: "Panel | Target | None" = None


Run = Callable[[Board], Iterator[Problem]]


@dataclass(frozen=True, slots=True)
class Check:
    """
    A check: a sentence about dashboards that hold water.

    Args:
        id: How findings and exclusions name it.
        severity: Of its findings.
        run: Looks at one dashboard.
    """

    id: str
    severity: Severity
    run: Run

    def findings(self, board: Board) -> Iterator[tuple[Problem, Finding]]:
        """Check a dashboard."""
        for problem in self.run(board):
            summary = _named(problem)
            yield problem, Finding(*board.place(problem.path), self.id, self.severity, summary, problem.hint)


def check(name: str, severity: Severity = Severity.WARNING) -> Callable[[Run], Check]:
    """Make a check of a function."""
    return lambda run: Check(name, severity, run)


def _named(problem: Problem) -> str:
    panel = problem.part.panel if isinstance(problem.part, Target) else problem.part
    return f"panel '{panel.title}': {problem.summary}" if panel and panel.title else problem.summary
