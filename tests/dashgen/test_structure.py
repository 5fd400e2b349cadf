"""Rules that every shipped dashboard keeps, whatever it shows."""

import itertools
import re
from collections.abc import Iterator
from typing import Any

import pytest
from grafanalib import formatunits

from tests.dashgen.grafana import BOARDS, Json, panels, variables

LEGACY = {
    "__inputs", "cacheTimeout", "error", "gnetId", "height", "hideControls", "intervalFactor", "maxDataPoints",
    "metric", "minSpan", "rows", "sharedCrosshair", "span", "step", "style", "tagsQuery", "tagValuesQuery", "useTags",
}  # fmt: skip
UNITS = {value for name, value in vars(formatunits).items() if name.isupper()}

each_board = pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)


def _nodes(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    yield path, value
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield from _nodes(child, f"{path}/{key}")


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
def test_current_schema_and_not_editable(board: Json) -> None:
    """Dashboards are of the current classic schema, cannot be edited in place, and share the crosshair."""
    assert (board["schemaVersion"], board["editable"], board["graphTooltip"]) == (42, False, 1)


def test_uids_are_valid_and_unique() -> None:
    """A uid holds what Grafana allows and names one dashboard."""
    uids = [board["uid"] for board in BOARDS.values()]

    assert len(uids) == len(set(uids))
    assert [uid for uid in uids if not re.fullmatch(r"[a-zA-Z0-9_-]{1,40}", uid)] == []


@each_board
def test_ids_and_ref_ids_are_unique(board: Json) -> None:
    """Every panel has its own id, every query of a panel its own letter."""
    ids = [panel["id"] for panel in board["panels"]]

    assert len(ids) == len(set(ids))
    for panel in panels(board):
        letters = [target["refId"] for target in panel["targets"]]
        assert len(letters) == len(set(letters)), panel["title"]


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
        assert defaults["unit"] in UNITS or defaults["unit"].startswith("suffix:"), panel["title"]


@each_board
def test_everything_reads_from_the_chosen_data_source(board: Json) -> None:
    """Panels, variables and annotations read from the data source that is chosen at the top."""
    chosen = {"type": "prometheus", "uid": "${datasource}"}
    readers = [*panels(board), *variables(board), *board["annotations"]["list"]]

    assert board["templating"]["list"][0]["type"] == "datasource"
    assert [reader for reader in readers if reader["datasource"] != chosen] == []


@each_board
def test_legends_are_shown(board: Json) -> None:
    """A legend is switched on in words, since Grafana's schema of today hides one that does not say so."""
    drawn = {"timeseries", "state-timeline"}
    legends = [panel["options"]["legend"] for panel in panels(board) if panel["type"] in drawn]

    assert [legend for legend in legends if legend.get("showLegend") is not True] == []


@each_board
def test_links_keep_time_and_variables(board: Json) -> None:
    """A link to a sister dashboard takes the time range and the choices along."""
    assert [(link["keepTime"], link["includeVars"]) for link in board["links"]] == [(True, True)]
    assert "sloctl" in board["tags"]


@each_board
def test_single_values_are_of_now(board: Json) -> None:
    """Stats and tables ask for the end of the time range only, so that nothing old passes for current."""
    kinds = {(panel["type"], target["instant"]) for panel in panels(board) for target in panel["targets"]}

    assert set() == kinds & {("stat", False), ("table", False), ("timeseries", True), ("heatmap", True)}
