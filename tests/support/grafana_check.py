"""Checks of dashboards with what Grafana itself publishes, where that is installed: its types and its panels."""

import fcntl
import json
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.support.tiers import lacking

VARIABLE = "GRAFANA_CHECK"
TYPED = frozenset({"bargauge", "gauge", "heatmap", "logs", "row", "stat", "state-timeline", "table", "timeseries"})
"""Panels whose types the check knows."""
SETTLED = frozenset({"Done", "Error"})
TRIES = 3


def typecheck(boards: Mapping[str, str], folder: Path) -> None:
    """
    Check dashboards against Grafana's types; fail with what does not fit.

    The tool has one folder for its work, so one process at a time uses it.

    Args:
        boards: Classic JSON by name.
        folder: For files.
    """
    program = tool("typecheck")
    paths = []
    for name, text in boards.items():
        board = json.loads(text)
        board["panels"] = [panel for panel in board["panels"] if panel["type"] in TYPED]
        paths.append(folder / f"{name}.json")
        paths[-1].write_text(json.dumps(board, indent=1))
    with (Path(tempfile.gettempdir()) / "sloctl-typecheck.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run([program, *paths], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def render(paths: Sequence[Path], prometheus: str, folder: Path) -> None:
    """
    Draw dashboards with Grafana's panels in a browser; fail with the panels that are in error or empty.

    Where panels still wait for data when the tool looks at them, which it does after half a minute, it is asked again.

    Args:
        paths: Classic JSON.
        prometheus: The URL that queries go to.
        folder: For the pictures and the reports.
    """
    for _ in range(TRIES):
        command = [tool("render"), "--prometheus", prometheus, "--out", folder, *paths]
        done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        reports = [json.loads((folder / f"{path.stem}.report.json").read_text()) for path in paths]
        if all(panel.get("state") in SETTLED for report in reports for panel in report["panels"]):
            break
    assert done.returncode == 0, done.stdout + done.stderr


def tool(name: str) -> Path:
    """Find a tool."""
    place = os.environ.get(VARIABLE, "")
    if not place:
        lacking(f"set {VARIABLE} to the folder that holds {name}, which needs Node and Chromium")
    return Path(place) / name
