"""Imports an operator's code to learn what it declares."""

import importlib
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from types import ModuleType
from typing import Final

from sloctl.model.errors import SloctlError, UsageError
from sloctl.sdk import Instrumentation

PREFIX: Final = "module:"
_MAKES_ONE: Final = "Instrumentation("
_OURS: Final = str(Path(__file__).parents[1])


def instrumentations(source: str, marks: Sequence[str] = ()) -> list[Instrumentation]:
    """
    Import a module, or of a package those of its modules that make an Instrumentation.

    Args:
        source: For example ``module:tenant_operator.telemetry``; found in the working directory and on Python's path.
        marks: Texts by which further modules of the package are known, whatever the package itself holds.

    Raises:
        UsageError: It is no such source, cannot be imported, or has no Instrumentation.
    """
    name = source.removeprefix(PREFIX)
    if name == source or not all(part.isidentifier() for part in name.split(".")):
        raise UsageError(f"{source!r} names no module", "write module:tenant_operator.telemetry")
    with _importing(name) as found_as:
        module = _import(found_as)
        found = _made_in(module)
        sought = (*marks, *(() if found else (_MAKES_ONE,)))
        for below in _modules_with(module, sought):
            found += _made_in(_import(below))
    if not found:
        raise UsageError(
            f"{name} has no Instrumentation", "name the module that makes it: obs = sloctl.Instrumentation(...)"
        )
    return list({id(one): one for one in found}.values())


def _made_in(module: ModuleType) -> list[Instrumentation]:
    return [value for value in vars(module).values() if isinstance(value, Instrumentation)]


def _modules_with(package: ModuleType, marks: Sequence[str]) -> list[str]:
    """Find them by their text: to import all of an operator's modules may do more than is wanted."""
    found = []
    for folder in map(Path, getattr(package, "__path__", ())):
        for path in sorted(folder.rglob("*.py")):
            parts = (package.__name__, *path.relative_to(folder).with_suffix("").parts)
            if path.stem not in ("__init__", "__main__"):
                text = path.read_text(errors="replace")
                found += [".".join(parts)] if any(mark in text for mark in marks) else []
    return found


@contextmanager
def _importing(name: str) -> Iterator[str]:
    """
    Find modules of the working directory, as `python -m` does, and keep what they print out of the result.

    Folders that are no packages are gone through to the first that is one: there its own imports start.

    Returns:
        What the module is called from there.
    """
    here, parts = Path.cwd(), name.split(".")
    while len(parts) > 1 and (here / parts[0]).is_dir() and not (here / parts[0] / "__init__.py").exists():
        here /= parts.pop(0)
    sys.path.insert(0, str(here))
    try:
        with redirect_stdout(sys.stderr):
            yield ".".join(parts)
    finally:
        sys.path.remove(str(here))


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
