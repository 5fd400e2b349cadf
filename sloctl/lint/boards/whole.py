"""Checks of a dashboard as a whole: what Grafana needs to keep it, and what it costs to load it."""

import json
from collections.abc import Iterator
from typing import Final

from sloctl.lint.boards.board import Board
from sloctl.lint.boards.check import Problem, check
from sloctl.model.delivery import APPLIED_BYTES, CONFIG_MAP_BYTES, KIB, LARGE_BYTES, UID
from sloctl.model.findings import Severity

_OLDEST_SCHEMA: Final = 21
"""What some builds of Grafana 12 still bring up to date. Source: grafana/grafana, apps/dashboard/pkg/migration."""
_MOST_QUERIES: Final = 100
"""Grafana asks for all panels that are in view at once, and a timeout then empties them all."""


@check("dashboard-types", Severity.ERROR)
def dashboard_types(board: Board) -> Iterator[Problem]:
    """Find what has another type than Grafana reads, and is passed over by all other checks."""
    for path, wanted, got in board.faults:
        where = ".".join(map(str, path))
        panel = board.panel_at(path)
        yield Problem(path, f"{where} is {got}, not {wanted}", f"make it {wanted}, or leave it out", panel)


@check("dashboard-schema")
def dashboard_schema(board: Board) -> Iterator[Problem]:
    """Find dashboards of no version, of one that Grafana need not read any more, and those made for export."""
    version = board.data.get("schemaVersion")
    if version is None:
        hint = "name the one it was written for; Grafana 12 writes 41 or 42"
        yield Problem((), "it has no schemaVersion, and is read as one of the first", hint)
    elif version < _OLDEST_SCHEMA:
        hint = "open it in Grafana, save it, and export it again"
        yield Problem(("schemaVersion",), f"not every Grafana reads schemaVersion {version}", hint)
    if board.data.get("__inputs"):
        hint = "leave out __inputs, and read the data source from a variable"
        yield Problem(("__inputs",), "it has __inputs, which nothing fills but an import by hand", hint)


@check("uneditable-dashboard")
def uneditable_dashboard(board: Board) -> Iterator[Problem]:
    """Find dashboards that invite to changes which the next load undoes."""
    if board.data.get("editable") is not False:
        yield Problem((), "it can be edited in Grafana, and the next load undoes that", '"editable": false')


@check("dashboard-uid", Severity.ERROR)
def dashboard_uid(board: Board) -> Iterator[Problem]:
    """Find dashboards to which no link lasts, or whose uid is another's too."""
    if not UID.fullmatch(board.uid):
        yield Problem((), "it has no uid that Grafana keeps", "give it 1 to 40 of a-z A-Z 0-9 _ -")
    for title in {each.title for each in board.beside if each.uid and each.uid == board.uid} - {board.title}:
        hint = "give it one of its own: of two, the last that is loaded stays"
        yield Problem(("uid",), f"its uid is that of '{title}' too", hint)


@check("dashboard-size")
def dashboard_size(board: Board) -> Iterator[Problem]:
    """Find dashboards that are too large for the objects of Kubernetes that they are delivered in."""
    size = len(json.dumps(board.raw, separators=(",", ":"), default=str))
    if size > CONFIG_MAP_BYTES:
        summary = f"it has {size // KIB} KiB, and a ConfigMap holds {CONFIG_MAP_BYTES // KIB}"
        hint = "share its panels out among several dashboards"
        yield Problem((), summary, hint, severity=Severity.ERROR)
    elif size > LARGE_BYTES:
        summary = f"it has {size // KIB} KiB, and kubectl apply takes no object above {APPLIED_BYTES // KIB}"
        yield Problem((), summary, "apply it with --server-side, or share its panels out")


@check("dashboard-cost", Severity.INFO)
def dashboard_cost(board: Board) -> Iterator[Problem]:
    """Find dashboards that ask very many queries."""
    open_targets = [target for target in board.targets if len(target.panel.path) == len(("panels", 0))]
    count = sum(not target.data.get("hide") for target in open_targets) + len(board.annotations) + len(board.fillings)
    if count > _MOST_QUERIES:
        hint = "put what is seldom looked at into closed rows, and record what is costly"
        yield Problem((), f"it asks {count} queries, those in closed rows aside", hint)
