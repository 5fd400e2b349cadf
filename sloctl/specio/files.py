"""Reads and writes files so that nothing is ever half-written."""

import os
from collections.abc import Iterable
from pathlib import Path

from sloctl.model.errors import UsageError


def read_text(path: Path) -> str:
    """
    Read a UTF-8 file.

    Raises:
        UsageError: It is missing, unreadable or not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"cannot read {path}: byte {error.start} is not UTF-8", "save the file as UTF-8") from error


def read_bytes(path: Path, at_most: int) -> bytes:
    """
    Read the first *at_most* bytes of a file.

    Raises:
        UsageError: It is missing or unreadable.
    """
    try:
        with path.open("rb") as file:
            return file.read(at_most)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error


def write_atomic(path: Path, text: str | Iterable[str]) -> bool:
    """
    Replace a file in one step, and only when its content changes.

    Args:
        path: Its folder is made when missing.
        text: Written as UTF-8; may come in pieces.

    Returns:
        Whether anything was written.

    Raises:
        UsageError: The place cannot be written.
    """
    import filecmp
    import tempfile

    target = path.resolve()  # a link keeps pointing where it points
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.writelines([text] if isinstance(text, str) else text)
            if target.is_file() and filecmp.cmp(name, target, shallow=False):
                Path(name).unlink()
                return False
            Path(name).chmod(mode)
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error
    return True


def holds(path: Path, text: str | Iterable[str]) -> bool:
    """
    Tell whether a file is there and holds a text, which may come in pieces.

    Raises:
        UsageError: It cannot be read.
    """
    try:
        with path.open("rb") as file:
            pieces = [text] if isinstance(text, str) else text
            is_same = all(file.read(len(data)) == data for data in map(str.encode, pieces))
            return is_same and not file.read(1)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error


def make_folder(path: Path) -> None:
    """
    Make a folder, and those above it, unless it is there.

    Raises:
        UsageError: The place cannot be written.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot make the folder {path}: {error.strerror}") from error


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
