"""Reads and writes files so that nothing is ever half-written."""

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from sloctl.model.errors import UsageError

Text = str | Iterable[str]
"""A text, or the pieces of one."""


def read_text(path: Path) -> str:
    """
    Read a UTF-8 file.

    Raises:
        UsageError: It is missing, unreadable or not UTF-8.
    """
    try:
        with _refused("read", path):
            return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"cannot read {path}: byte {error.start} is not UTF-8", "save the file as UTF-8") from error


def read_bytes(path: Path, at_most: int) -> bytes:
    """
    Read the first *at_most* bytes of a file.

    Raises:
        UsageError: It is missing or unreadable.
    """
    with _refused("read", path), path.open("rb") as file:
        return file.read(at_most)


def write_all(texts: Iterable[tuple[Path, Text]]) -> list[bool]:
    """
    Replace files whose content changes, each in one step: all of them, or none where a place cannot be written.

    Args:
        texts: Files, whose folders are made when missing, and what they are to hold, in UTF-8.

    Returns:
        Whether each was written.

    Raises:
        UsageError: A place cannot be written.
    """
    made: list[Path] = []
    staged: list[tuple[Path, Path | None]] = []
    try:
        for path, text in texts:
            with _refused("write", path):
                staged.append((path, _stage(path.resolve(), text, made)))  # a link keeps pointing where it points
        for path, temporary in staged:
            if temporary is not None:
                with _refused("write", path):
                    temporary.replace(path.resolve())
    except BaseException:
        for _, temporary in staged:
            if temporary is not None:
                temporary.unlink(missing_ok=True)
        for folder in reversed(made):
            with suppress(OSError):  # it holds something else
                folder.rmdir()
        raise
    return [temporary is not None for _, temporary in staged]


def _stage(target: Path, text: Text, made: list[Path]) -> Path | None:
    """Write a text beside its target, unless that holds it already; *made* takes the folders that had to be made."""
    import filecmp
    import tempfile

    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    for folder in reversed([each for each in target.parents if not each.exists()]):
        folder.mkdir()
        made.append(folder)
    mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.writelines([text] if isinstance(text, str) else text)
        if target.is_file() and filecmp.cmp(temporary, target, shallow=False):
            temporary.unlink()
            return None
        temporary.chmod(mode)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def holds(path: Path, text: Text) -> bool:
    """
    Tell whether a file is there and holds a text.

    Raises:
        UsageError: It cannot be read.
    """
    with _refused("read", path):
        try:
            with path.open("rb") as file:
                pieces = [text] if isinstance(text, str) else text
                is_same = all(file.read(len(data)) == data for data in map(str.encode, pieces))
                return is_same and not file.read(1)
        except FileNotFoundError:
            return False


def remove(path: Path) -> None:
    """
    Delete a file.

    Raises:
        UsageError: It cannot be deleted.
    """
    with _refused("delete", path):
        path.unlink(missing_ok=True)


def make_folder(path: Path) -> None:
    """
    Make a folder, and those above it, unless it is there.

    Raises:
        UsageError: The place cannot be written.
    """
    with _refused("make the folder", path):
        path.mkdir(parents=True, exist_ok=True)


@contextmanager
def _refused(what: Literal["read", "write", "delete", "make the folder"], path: Path) -> Iterator[None]:
    """Say of a file what an operating system refuses."""
    try:
        yield
    except OSError as error:
        hint = "name a file that is there and may be read" if what == "read" else "name a place that can be written"
        raise UsageError(
            f"cannot {what} {path}: {error.strerror}", f"{hint}; relative paths start at {Path.cwd()}"
        ) from error


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
