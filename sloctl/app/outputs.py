"""Generated files on their way to disk."""

from collections.abc import Iterable
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


@dataclass(frozen=True, slots=True)
class Output:
    """
    A file and what became of it.

    Args:
        path: Where it belongs.
        state: `DIFFERS` when it was compared only and is missing or another.
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
