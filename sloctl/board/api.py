"""The numbers of the pages as JSON, for programs."""

from dataclasses import asdict
from typing import Any

from sloctl.board.history import Past
from sloctl.board.reading import Row, Snapshot


def snapshot_json(snapshot: Snapshot) -> dict[str, Any]:
    """Give all SLOs, each as `sloctl status --json` does, with its state; and the error where there is one."""
    error = {} if snapshot.error is None else {"error": str(snapshot.error), "hint": snapshot.error.hint}
    return {"as_of_s": snapshot.as_of_s, **error, "slos": [row_json(row) for row in snapshot.rows]}


def row_json(row: Row, past: Past | None = None) -> dict[str, Any]:
    """Give an SLO, perhaps with its alert pairs and series."""
    data = {"id": row.key, **asdict(row.health), **asdict(row.status)}
    if past is None:
        return data
    return {**data, "pairs": [asdict(pair) for pair in past.pairs], "series": [asdict(graph) for graph in past.graphs]}
