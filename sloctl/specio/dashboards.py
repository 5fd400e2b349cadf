"""
Reads `*.dashboard.py` files, by the convention of grafanalib.

Such a file is Python. It sets `dashboard` to a dashboard, or `dashboards` to a list of them.
"""

import ast
import runpy
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sloctl.dashgen import render
from sloctl.model.errors import SpecError
from sloctl.model.findings import Finding, Severity
from sloctl.specio.files import read_text

SUFFIX: Final = ".dashboard.py"
_ONE: Final = "dashboard"
_SEVERAL: Final = "dashboards"


@dataclass(frozen=True, slots=True)
class DashboardFile:
    """
    A generated dashboard.

    Args:
        name: What the file is called.
        text: Classic Grafana JSON.
    """

    name: str
    text: str


def read_dashboards(path: Path) -> list[DashboardFile]:
    """
    Run a dashboard file, as Python runs any program, and write what it defines as JSON.

    Args:
        path: Ends in ``.dashboard.py``.

    Returns:
        One file for `dashboard`, named after *path*; for `dashboards` one each, named after its uid.

    Raises:
        UsageError: The file cannot be read.
        SpecError: It does not run, or does not give dashboards that Grafana could keep.
    """
    source = read_text(path)
    try:
        return _run(path)
    except (Exception, SystemExit) as error:  # the file is the user's, and may fail in any way
        raise SpecError([_finding(path, source, error)]) from error


def _run(path: Path) -> list[DashboardFile]:
    stem = path.name.removesuffix(SUFFIX)
    module = runpy.run_path(str(path), run_name=stem)
    if (_ONE in module) == (_SEVERAL in module):
        raise ValueError(f"the file has to set either `{_ONE}` or the list `{_SEVERAL}`")
    if _ONE in module:
        return [DashboardFile(f"{stem}.json", render(module[_ONE]))]
    return [DashboardFile(f"{board.uid}.json", render(board)) for board in module[_SEVERAL]]


def _finding(path: Path, source: str, error: BaseException) -> Finding:
    line, column = _place(path, source, error)
    said = error.args[0] if error.args else "it has no message"  # attrs, under grafanalib, adds whole classes behind it
    summary = said if type(error) is ValueError else f"{type(error).__name__}: {said}"
    return Finding(str(path), line, column, "dashboard-source", Severity.ERROR, summary)


def _place(path: Path, source: str, error: BaseException) -> tuple[int, int]:
    """Give line and column: of a syntax error, of the user's line that raised, or of the dashboard's definition."""
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return error.lineno or 0, error.offset or 0
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename == str(path):
            return frame.lineno or 0, (frame.colno or 0) + 1
    for node in reversed(ast.parse(source).body):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in {_ONE, _SEVERAL}:
            return node.lineno, node.col_offset + 1
    return 0, 0
