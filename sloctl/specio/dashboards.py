"""
Reads `*.dashboard.py` files, by the convention of grafanalib.

Such a file is Python. It sets `dashboard` to a dashboard, or `dashboards` to a list of them; or either to a function
that gives them, for what they depend on.
"""

import ast
import inspect
import runpy
import sys
import traceback
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sloctl.dashgen.context import Context
from sloctl.dashgen.render import as_text, finished
from sloctl.model.errors import SpecError
from sloctl.model.findings import Finding, Severity
from sloctl.specio.files import read_text

SUFFIX: Final = ".dashboard.py"
_ONE: Final = "dashboard"
_SEVERAL: Final = "dashboards"
_NOTHING: Final = Context()


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


def read_dashboards(path: Path, context: Context = _NOTHING) -> list[DashboardFile]:
    """
    Run a dashboard file, as Python runs any program, and write what it defines as JSON.

    Args:
        path: Ends in ``.dashboard.py``.
        context: What a function in it is given that has a parameter.

    Returns:
        One file for one dashboard, named after *path*; for a list one each, named after its uid.

    Raises:
        UsageError: The file cannot be read.
        SpecError: It does not run, or does not give dashboards that Grafana could keep.
    """
    source = read_text(path)
    try:
        with redirect_stdout(sys.stderr):  # what it prints is no part of the result
            return _run(path, context)
    except (Exception, SystemExit) as error:  # the file is the user's, and may fail in any way
        raise SpecError([_finding(path, source, error)]) from error


def _run(path: Path, context: Context) -> list[DashboardFile]:
    stem = path.name.removesuffix(SUFFIX)
    module = runpy.run_path(str(path), run_name=stem)
    if (_ONE in module) == (_SEVERAL in module):
        raise ValueError(f"the file has to set either `{_ONE}` or the list `{_SEVERAL}`")
    found = _made(module[_ONE if _ONE in module else _SEVERAL], context)
    if isinstance(found, (list, tuple)):
        if not found:
            raise ValueError("the file gives no dashboard: its list is empty")
        return [_file(board, number) for number, board in enumerate(found)]
    if _SEVERAL in module:
        raise ValueError(f"`{_SEVERAL}` has to be a list, and is a {type(found).__name__}")
    return [DashboardFile(f"{stem}.json", as_text(finished(found, stem)))]


def _made(found: Any, context: Context) -> Any:
    """Give what a function makes, and all else as it is."""
    if not callable(found):
        return found
    return found(context) if inspect.signature(found).parameters else found()


def _file(board: object, number: int) -> DashboardFile:
    try:
        done = finished(board)
    except ValueError as error:
        raise ValueError(f"{_SEVERAL}[{number}]: {error}") from error
    return DashboardFile(f"{done['uid']}.json", as_text(done))


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
        if _defines(node):
            return node.lineno, node.col_offset + 1
    return 0, 0


def _defines(node: ast.stmt) -> bool:
    names = [node.name] if isinstance(node, ast.FunctionDef) else []
    names += [ast.unparse(target) for target in node.targets] if isinstance(node, ast.Assign) else []
    names += [ast.unparse(node.target)] if isinstance(node, ast.AnnAssign) else []
    return not {_ONE, _SEVERAL}.isdisjoint(names)
