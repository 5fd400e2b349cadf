"""The check of dashboards against the types that Grafana publishes, where it is installed."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

VARIABLE = "GRAFANA_CHECK"
KNOWN = frozenset({"bargauge", "gauge", "heatmap", "logs", "row", "stat", "state-timeline", "table", "timeseries"})
"""Panels whose types the check knows."""


def typecheck(boards: Mapping[str, str], folder: Path) -> None:
    """
    Check dashboards against Grafana's types; fail with what does not fit.

    Without the tool the test is skipped, but not in CI.

    Args:
        boards: Classic JSON by name.
        folder: For files.
    """
    place = os.environ.get(VARIABLE, "")
    if not place:
        lacking = f"set {VARIABLE} to the folder that holds typecheck, which needs Node"
        if os.environ.get("CI") == "true":
            pytest.fail(lacking)
        pytest.skip(lacking)
    paths = []
    for name, text in boards.items():
        board = json.loads(text)
        board["panels"] = [panel for panel in board["panels"] if panel["type"] in KNOWN]
        paths.append(folder / f"{name}.json")
        paths[-1].write_text(json.dumps(board, indent=1))
    done = subprocess.run([Path(place) / "typecheck", *paths], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
