"""A sound dashboard, and ways to spoil it."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sloctl.app.lint import Options, lint
from sloctl.model.findings import Finding

Json = dict[str, Any]
Spoil = Callable[[Json], None]
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
LOKI = {"type": "loki", "uid": "$datasource"}
OF_TARGET = 'job=~"$job", instance=~"$instance"'


def target_variable(name: str) -> Json:
    """Make a variable by which targets are chosen."""
    chosen = {"multi": True, "includeAll": True, "allValue": ".+", "refresh": 2}
    query = f"label_values(up, {name})"
    return {
        "name": name,
        "label": name.capitalize(),
        "type": "query",
        "datasource": DATASOURCE,
        "query": query,
        **chosen,
    }


def panel(number: int, expr: str, unit: str, **more: object) -> Json:
    """Make a sound panel."""
    return {
        "id": number,
        "type": "timeseries",
        "title": f"Panel {number}",
        "description": "What it shows.",
        "datasource": DATASOURCE,
        "fieldConfig": {"defaults": {"unit": unit, "noValue": "nothing is scraped"}, "overrides": []},
        "options": {"legend": {"showLegend": True, "calcs": ["max"]}},
        "gridPos": {"x": 12 * (number % 2), "y": 0, "w": 12, "h": 8},
        "targets": [{"refId": "A", "expr": expr, "legendFormat": "__auto"}],
    } | more


BOARD: Json = {
    "title": "Board",
    "uid": "board",
    "editable": False,
    "schemaVersion": 42,
    "templating": {
        "list": [
            {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"},
            target_variable("job"),
            target_variable("instance"),
        ]
    },
    "annotations": {"list": [{"name": "Restarts", "datasource": DATASOURCE, "expr": f"up{{{OF_TARGET}}} == 0"}]},
    "links": [{"title": "All", "type": "dashboards", "url": "", "keepTime": True, "includeVars": True}],
    "panels": [
        panel(1, f"sum by (job) (rate(requests_total{{{OF_TARGET}}}[$__rate_interval]))", "reqps"),
        panel(2, f"items{{{OF_TARGET}}}", "short"),
    ],
}
BESIDE: Json = copy.deepcopy(BOARD) | {"title": "Beside", "uid": "beside", "links": []}
"""What `BOARD` may lead to."""


def findings(folder: Path, board: object, **options: Any) -> list[Finding]:
    """Give what is found in a dashboard that has another beside it."""
    (folder / "board.json").write_text(json.dumps(board, indent=2))
    (folder / "beside.json").write_text(json.dumps(BESIDE))
    return list(lint([folder], Options(**options)).findings)


def spoilt(spoil: Spoil) -> Json:
    """Give the sound dashboard with something changed."""
    board = copy.deepcopy(BOARD)
    spoil(board)
    return board


def whole(**changes: object) -> Spoil:
    """Change fields of the dashboard."""
    return lambda board: board.update(changes)


def variable(name: str, **changes: object) -> Spoil:
    """Change a variable."""
    return lambda board: next(each for each in board["templating"]["list"] if each["name"] == name).update(changes)


def first_panel(**changes: object) -> Spoil:
    """Change the first panel."""
    return lambda board: board["panels"][0].update(changes)


def field(**changes: object) -> Spoil:
    """Change what holds for all fields of the first panel."""
    return lambda board: board["panels"][0]["fieldConfig"]["defaults"].update(changes)


def override(name: str, value: object, matcher: str = "byName") -> Spoil:
    """Override a property of a field of the first panel."""
    overrides = [{"matcher": {"id": matcher, "options": "A"}, "properties": [{"id": name, "value": value}]}]
    return lambda board: board["panels"][0]["fieldConfig"].update(overrides=overrides)


def query(expr: str, **changes: object) -> Spoil:
    """Ask something else in the first panel; ``%s`` stands for the choice of targets."""
    return lambda board: board["panels"][0]["targets"][0].update(expr=expr.replace("%s", OF_TARGET), **changes)


def all_of(*spoils: Spoil) -> Spoil:
    """Change several things."""

    def spoil(board: Json) -> None:
        for each in spoils:
            each(board)

    return spoil
