"""
Checks of the ids by which panels name units, reducers and the like; Grafana takes any text for one.

Source of the ids: [`registry`][sloctl.lint.boards.registry].
"""

import difflib
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from sloctl.lint.boards.board import Board
from sloctl.lint.boards.check import Problem, check
from sloctl.lint.boards.parts import Panel
from sloctl.lint.boards.registry import (
    CUSTOM,
    MATCHERS,
    PROPERTIES,
    REDUCERS,
    TRANSFORMERS,
    UNIT_FORMS,
    UNITS,
)
from sloctl.lint.boards.shape import Path, reached
from sloctl.model.findings import Severity

_OVERRIDES: Final = ("fieldConfig", "overrides")
_OF_TRANSFORMATION: Final = ("transformations", "*", "options")
_REDUCERS: Final = (
    ("options", "reduceOptions", "calcs", "*"),
    ("options", "legend", "calcs", "*"),
    ("options", "footer", "reducer", "*"),
    ("fieldConfig", "defaults", "custom", "footer", "reducers", "*"),
    (*_OF_TRANSFORMATION, "reducers", "*"),
    (*_OF_TRANSFORMATION, "reduce", "reducer"),
    (*_OF_TRANSFORMATION, "fields", "*", "aggregations", "*"),
    (*_OF_TRANSFORMATION, "*", "stat"),
    (*_OVERRIDES, "*", "matcher", "options", "reducer"),
    (*_OVERRIDES, "*", "properties", "*", "value", "reducers", "*"),
)
"""Where reducers are named: in options, in tables' footers, in transformations and in overrides."""


@check("unit-id")
def unit_id(board: Board) -> Iterator[Problem]:
    """Find units that Grafana does not have, and writes out as they are."""
    for panel in board.panels:
        units = [(path, value) for path, value in reached(panel.data, ("fieldConfig", "defaults", "unit"))]
        units += [
            ((*path[len(panel.path) :], "value"), value) for path, name, value in panel.properties if name == "unit"
        ]
        for path, unit in units:
            if isinstance(unit, str) and unit and unit not in UNITS and unit.partition(":")[0] not in UNIT_FORMS:
                hint = _near(unit, UNITS) or f"'suffix:{unit}' if it should stand behind the number"
                yield _problem(panel, path, f"Grafana has no unit '{unit}'", hint)


@check("reducer-id", Severity.ERROR)
def reducer_id(board: Board) -> Iterator[Problem]:
    """Find ways to make one value of many that Grafana does not have."""
    for panel in board.panels:
        for keys in _REDUCERS:
            yield from _unknown(panel, keys, REDUCERS, "reducer")


@check("transformer-id", Severity.ERROR)
def transformer_id(board: Board) -> Iterator[Problem]:
    """Find transformations that Grafana does not have; the panel shows an error instead."""
    for panel in board.panels:
        yield from _unknown(panel, ("transformations", "*", "id"), TRANSFORMERS, "transformation")


@check("matcher-id", Severity.ERROR)
def matcher_id(board: Board) -> Iterator[Problem]:
    """Find overrides whose fields are chosen in a way that Grafana does not have; the panel shows an error instead."""
    for panel in board.panels:
        yield from _unknown(panel, (*_OVERRIDES, "*", "matcher", "id"), MATCHERS, "matcher")


@check("override-property")
def override_property(board: Board) -> Iterator[Problem]:
    """Find overrides of what a kind of panel does not have."""
    for panel in board.panels:
        own = CUSTOM.get(panel.kind)
        for path, name, _ in panel.properties:
            head, _, tail = name.partition(".")
            key = tail.partition(".")[0]
            if head != "custom" and name not in PROPERTIES:
                known: Collection[str] = PROPERTIES
            elif head == "custom" and own is not None and key not in own:
                known = [f"custom.{each}" for each in own]
            else:
                continue
            hint = _near(name, known) or f"one of: {', '.join(sorted(known))}"
            yield _problem(panel, (*path[len(panel.path) :], "id"), f"a {panel.kind} has no property '{name}'", hint)


def _unknown(panel: Panel, keys: Sequence[str], known: Collection[str], what: str) -> Iterator[Problem]:
    for path, name in reached(panel.data, keys):
        if isinstance(name, str) and name not in known:
            hint = _near(name, known) or f"one of: {', '.join(sorted(known))}"
            yield _problem(panel, path, f"Grafana has no {what} '{name}'", hint)


def _near(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name, known, 1, 0.7)
    return f"did you mean '{near[0]}'?" if near else ""


def _problem(panel: Panel, path: Path, summary: str, hint: str) -> Problem:
    return Problem((*panel.path, *path), summary, hint, panel)
