"""From an operator's code to the catalogue of its metrics."""

import importlib
import json
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from types import ModuleType
from typing import Final, Literal, get_args

from sloctl.model.catalogue import Declaration, Label
from sloctl.model.errors import SloctlError, UsageError
from sloctl.sdk import Instrumentation

Format = Literal["json", "markdown"]
FORMATS: Final = get_args(Format)

_VERSION: Final = 1
_PREFIX: Final = "module:"
_OURS: Final = str(Path(__file__).parents[1])


def read_catalogue(sources: Sequence[str]) -> tuple[Declaration, ...]:
    """
    Give what the operator in some modules declares, by name.

    A module is imported; of a package those of its modules which make an Instrumentation.

    Args:
        sources: For example ``module:tenant_operator.telemetry``.

    Raises:
        UsageError: One is no such source, cannot be imported, or has no Instrumentation.
    """
    found = {
        declaration.name: declaration
        for source in sources
        for instrumentation in _instrumentations(_module_name(source))
        for declaration in instrumentation.catalogue()
    }
    return tuple(declaration for _, declaration in sorted(found.items()))


def write_catalogue(declarations: Iterable[Declaration], form: Format = "json") -> str:
    """
    Write a catalogue as JSON (`version`, and `metrics` as `Declaration.to_dict` gives them) or as a Markdown table.

    >>> print(write_catalogue([Declaration("tenants", "gauge", "Tenants.")], "markdown"), end="")
    | name | type | labels | bounds | meaning |
    |---|---|---|---|---|
    | `tenants` | gauge | | | Tenants. |
    """
    if form == "markdown":
        return markdown_table(declarations)
    catalogue = {"version": _VERSION, "metrics": [declaration.to_dict() for declaration in declarations]}
    return json.dumps(catalogue, indent=2, ensure_ascii=False) + "\n"


def markdown_table(declarations: Iterable[Declaration], notes: Mapping[str, str] | None = None, head: str = "") -> str:
    """
    Write metrics as a Markdown table.

    Args:
        declarations: A row for each.
        notes: What a last column says, by the metric's name; no such column when not given.
        head: What stands above that column.
    """
    columns = ["name", "type", "labels", "bounds", "meaning", *([] if notes is None else [head])]
    rows = [columns, ["---"] * len(columns)]
    for metric in declarations:
        cells = [
            f"`{metric.name}`",
            metric.kind,
            ", ".join(map(_label, metric.labels)),
            _bounds(metric),
            metric.documentation.replace("|", "\\|").replace("\n", " "),
        ]
        rows.append(cells if notes is None else [*cells, notes.get(metric.name, "")])
    return "".join(_row(row) for row in rows)


def _row(cells: Sequence[str]) -> str:
    if cells[0] == "---":
        return f"|{'|'.join(cells)}|\n"
    return f"|{'|'.join(f' {cell} ' if cell else ' ' for cell in cells)}|\n"


def _label(label: Label) -> str:
    bound = {"enum": f" ({', '.join(label.values)})", "bounded": f" (at most {label.limit})", "object": " (object)"}
    return f"`{label.name}`{bound.get(label.kind, '')}"


def _bounds(metric: Declaration) -> str:
    if not metric.buckets:
        return ""
    bounds = f"{len(metric.buckets)}, {metric.buckets[0]:.9g} to {metric.buckets[-1]:.9g}"
    return bounds if metric.slo_threshold is None else f"{bounds}; SLO {metric.slo_threshold:.9g}"


def _module_name(source: str) -> str:
    name = source.removeprefix(_PREFIX)
    if name == source or not all(part.isidentifier() for part in name.split(".")):
        raise UsageError(f"{source!r} names no module", "write module:tenant_operator.telemetry")
    return name


def _instrumentations(name: str) -> list[Instrumentation]:
    with _importing_from_here():
        module = _import(name)
        found = _made_in(module)
        for below in [] if found else _modules_that_make_one(module):
            found += _made_in(_import(below))
    if not found:
        raise UsageError(
            f"{name} has no Instrumentation", "name the module that makes it: obs = sloctl.Instrumentation(...)"
        )
    return found


def _made_in(module: ModuleType) -> list[Instrumentation]:
    return [value for value in vars(module).values() if isinstance(value, Instrumentation)]


def _modules_that_make_one(package: ModuleType) -> list[str]:
    """Find them by their text: to import all of an operator's modules may do more than is wanted."""
    found = []
    for folder in map(Path, getattr(package, "__path__", ())):
        for path in sorted(folder.rglob("*.py")):
            parts = (package.__name__, *path.relative_to(folder).with_suffix("").parts)
            if path.stem not in ("__init__", "__main__") and "Instrumentation(" in path.read_text(errors="replace"):
                found.append(".".join(parts))
    return found


@contextmanager
def _importing_from_here() -> Iterator[None]:
    """Find modules of the working directory, as `python -m` does, and keep what they print out of the result."""
    here = str(Path.cwd())
    sys.path.insert(0, here)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        sys.path.remove(here)


def _import(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and f"{name}.".startswith(f"{error.name}."):
            raise UsageError(
                f"no module named {error.name}", "run sloctl where it can be imported, or set PYTHONPATH"
            ) from error
        raise _failed(name, error) from error
    except SystemExit as error:
        raise UsageError(
            f"{name} ends the program when it is imported{_place(error)}",
            'keep what runs in functions, or below if __name__ == "__main__":',
        ) from error
    except Exception as error:
        raise _failed(name, error) from error


def _failed(name: str, error: Exception) -> UsageError:
    what = error.msg if isinstance(error, SyntaxError) else error
    hint = error.hint if isinstance(error, SloctlError) else "import it with Python to see the whole traceback"
    return UsageError(f"cannot import {name}: {type(error).__name__}: {what}{_place(error)}", hint)


def _place(error: BaseException) -> str:
    """Say where in the user's code it happened."""
    if isinstance(error, SyntaxError):
        return f" ({error.filename}:{error.lineno})"
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if not frame.filename.startswith((_OURS, "<frozen")) and "importlib" not in frame.filename:
            return f" ({frame.filename}:{frame.lineno})"
    return ""
