"""
Finds scripts that hide a module of the standard library from whatever imports it.

OpenTelemetry's launcher puts the current folder in front of the standard library, so a script of that folder named
`queue.py` is what `import queue` gives. One named like a module that the launcher needs itself (`operator.py`,
`types.py`) stops it before this code is reached; Python then says `Error in sitecustomize`.
"""

import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_HIDEABLE: Final = sys.stdlib_module_names - {"test"}  # nobody needs the interpreter's own tests


def shadows() -> list[Path]:
    """Give the files that come before the standard library and have the name of one of its modules, or of kopf."""
    return [path for folder in _before_the_library() for path in sorted(folder.iterdir()) if _hides(path)]


def _before_the_library() -> Iterator[Path]:
    library = sysconfig.get_path("stdlib")
    for entry in sys.path[: sys.path.index(library) if library in sys.path else 0]:
        folder = Path(entry or ".")
        if folder.is_dir():
            yield folder


def _hides(path: Path) -> bool:
    package = path / "__init__.py"
    name, file = (path.stem, path) if path.suffix == ".py" else (path.name, package)
    if not file.is_file() or (name not in _HIDEABLE and path.name != "kopf.py"):
        return False
    loaded = getattr(sys.modules.get(name), "__file__", None)
    return name not in sys.modules or (loaded is not None and Path(loaded).resolve() == file.resolve())
