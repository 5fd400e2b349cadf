"""Generated files on their way to disk."""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sloctl.specio import files
from sloctl.specio.files import Text


class State(StrEnum):
    """What happened to a file, or would."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    DIFFERS = "differs"
    STALE = "stale"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Output:
    """
    A file and what became of it.

    Args:
        path: Where it belongs.
        state: `DIFFERS` when it was compared only and is missing or another; `STALE` when it was generated once and is
            not any more.
    """

    path: Path
    state: State


def write_all(texts: Iterable[tuple[Path, Text]]) -> list[Output]:
    """
    Write files, all or none of them; a file that is up to date is left alone.

    Raises:
        UsageError: A place cannot be written.
    """
    texts = list(texts)
    changes = zip(texts, files.write_all(texts), strict=True)
    return [Output(path, State.WRITTEN if is_new else State.UNCHANGED) for (path, _), is_new in changes]


def compare_all(texts: Iterable[tuple[Path, Text]]) -> list[Output]:
    """
    Compare files with what they should hold, and write nothing.

    Raises:
        UsageError: A file cannot be read.
    """
    return [Output(path, State.UNCHANGED if files.holds(path, text) else State.DIFFERS) for path, text in texts]


def settle_stale(
    folders: Iterable[tuple[Path, str]], made: Container[Path], *, prune: bool = False, dry_run: bool = False
) -> list[Output]:
    """
    Find files that were generated once and are not any more.

    Args:
        folders: Where, and how the names of such files end.
        made: What is generated.
        prune: Delete them.
        dry_run: Delete nothing, and tell what would be.

    Raises:
        UsageError: A file cannot be read or deleted.
    """
    from sloctl.specio.rulefile import is_generated

    stale = [
        path
        for folder, ending in folders
        for path in sorted(folder.glob(f"*{ending}"))
        if path not in made and path.is_file() and is_generated(path)
    ]
    for path in stale if prune and not dry_run else []:
        files.remove(path)
    return [Output(path, State.REMOVED if prune else State.STALE) for path in stale]
