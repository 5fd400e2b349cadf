"""Rules that every shipped dashboard keeps, whatever it shows."""

import itertools
import re
from collections.abc import Iterator
from typing import Any

import pytest

from sloctl.app.lint import lint
from tests.dashgen.grafana import BOARDS, SOURCES, Json, panels, variables
from tests.support.prometheus import REPOSITORY

LEGACY = {
    "__inputs", "cacheTimeout", "error", "gnetId", "height", "hideControls", "intervalFactor", "maxDataPoints",
    "metric", "minSpan", "rows", "sharedCrosshair", "span", "step", "style", "tagsQuery", "tagValuesQuery", "useTags",
}  # fmt: skip

each_board = pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)


def _nodes(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    yield path, value
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield from _nodes(child, f"{path}/{key}")


def test_lint_finds_nothing() -> None:
    """What `sloctl lint` knows about dashboards holds for these, and all that they read is recorded by rules."""
    assert lint([SOURCES / "generated", REPOSITORY / "rules/generated"]).findings == ()


@each_board
def test_no_legacy_keys(board: Json) -> None:
    """Nothing is written that Grafana no longer reads; an annotation's step is the one that it still does."""
    keys = {path for path, _ in _nodes(board) if path.rsplit("/", 1)[-1] in LEGACY}

    assert set() == {path for path in keys if not path.startswith("/annotations/")}


@each_board
def test_nulls_only_in_base_thresholds(board: Json) -> None:
    """Null stands only where it has a meaning: the first threshold has no lower end."""
    nulls = {path for path, value in _nodes(board) if value is None}

    assert set() == {path for path in nulls if not path.endswith("/steps/0/value")}


@each_board
def test_panels_fill_the_grid_without_overlap(board: Json) -> None:
    """No two panels share a cell, none leaves the grid, and every line is filled to its end."""
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in board["panels"])
        for x, y in itertools.product(
            range(place["x"], place["x"] + place["w"]), range(place["y"], place["y"] + place["h"])
        )
    ]

    assert len(cells) == len(set(cells))
    assert set(itertools.product(range(24), range(1 + max(y for _, y in cells)))) == set(cells)


@each_board
def test_every_panel_explains_itself(board: Json) -> None:
    """A panel says what it is and what to do about it, in which unit, and why it may be empty."""
    for panel in panels(board):
        defaults = panel["fieldConfig"]["defaults"]
        assert panel["title"]
        assert len(re.findall(r"[.:]( |$)", panel["description"])) >= 2, panel["title"]
        assert defaults["noValue"], panel["title"]
        assert defaults.get("unit") or panel["type"] == "logs", panel["title"]


@each_board
def test_no_exemplar_is_drawn_twice(board: Json) -> None:
    """Of a panel's queries over one histogram, one asks for exemplars: each would give the same."""
    for panel in panels(board):
        assert sum(bool(target.get("exemplar")) for target in panel["targets"]) <= 1, panel["title"]


@each_board
def test_everything_reads_from_the_chosen_data_source(board: Json) -> None:
    """Panels, variables and annotations read from the data source that is chosen at the top."""
    chosen = {"type": "prometheus", "uid": "${datasource}"}
    readers = [*panels(board), *variables(board), *board["annotations"]["list"]]

    assert board["templating"]["list"][0]["type"] == "datasource"
    assert [reader for reader in readers if reader["datasource"] != chosen] == []


@each_board
def test_links_keep_time_and_variables(board: Json) -> None:
    """A link to a sister dashboard takes the time range and the choices along."""
    assert [(link["keepTime"], link["includeVars"]) for link in board["links"]] == [(True, True)]
    assert "sloctl" in board["tags"]
