"""The shipped dashboards as Grafana would load them, and what the tests ask of them."""

import json
import re
import time
from collections.abc import Mapping
from typing import Any

from sloctl.app.dashboards import generate_dashboards
from tests.support.prometheus import REPOSITORY

Json = dict[str, Any]

SOURCES = REPOSITORY / "dashboards"
BOARDS: dict[str, Json] = {file.name: json.loads(file.text) for file in generate_dashboards([SOURCES])}
GRAFANAS_OWN = {"__rate_interval": "2m", "__range": "1h", "__interval": "1m", "__to:date:seconds": f"{time.time():.0f}"}


def panels(board: Json) -> list[Json]:
    """Give the panels that show something."""
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def variables(board: Json) -> list[Json]:
    """Give the variables that are filled by a query."""
    return [variable for variable in board["templating"]["list"] if variable["type"] == "query"]


def selector_and_label(variable: Json) -> tuple[str, str]:
    """Take `label_values(selector, label)` apart."""
    match = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"]["query"])
    assert match, variable
    return match[1], match[2]


def expanded(text: str, values: Mapping[str, str]) -> str:
    """Put values in place of Grafana's variables; one that nothing defines fails."""
    known = {**GRAFANAS_OWN, **values}
    return re.sub(r"\$(?:\{(\w+(?::date:seconds)?)\}|([A-Za-z_]\w*))", lambda match: known[match[1] or match[2]], text)
