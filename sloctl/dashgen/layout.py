"""Places panels in Grafana's grid."""

from collections.abc import Sequence
from typing import Final

from sloctl.dashgen.fields import Json

COLUMNS: Final = 24
_SIZE: Final = {"w": 12, "h": 8}
_ROW_SIZE: Final = {"w": COLUMNS, "h": 1}


def flow(panels: Sequence[Json]) -> None:
    """
    Give every panel a place, in reading order: side by side while they fit, then on the next line.

    Sizes that a panel has are kept; a row heading takes a line of its own. What a folded row holds lies below it,
    and takes none of what follows.

    Args:
        panels: As Grafana keeps them; their `gridPos` is set.

    Raises:
        ValueError: A panel is wider than the grid.

    >>> panels = [{"type": "row"}, {"gridPos": {"w": 16, "h": 4}}, {"gridPos": {"w": 16, "h": 4}}]
    >>> flow(panels)
    >>> [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels]
    [(0, 0), (0, 1), (0, 5)]
    """
    x = y = line_height = 0
    for panel in panels:
        size = _ROW_SIZE if panel.get("type") == "row" else {**_SIZE, **panel.get("gridPos", {})}
        if not 1 <= size["w"] <= COLUMNS:
            raise ValueError(f"panel '{panel.get('title', '')}' is {size['w']} wide; the grid has {COLUMNS} columns")
        if x + size["w"] > COLUMNS:
            x, y, line_height = 0, y + line_height, 0
        panel["gridPos"] = {"x": x, "y": y, "w": size["w"], "h": size["h"]}
        x, line_height = x + size["w"], max(line_height, size["h"])
        if folded := panel.get("panels"):
            flow(folded)
            for inner in folded:
                inner["gridPos"]["y"] += y + line_height
