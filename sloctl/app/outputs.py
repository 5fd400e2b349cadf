"""Generated files on their way to disk."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sloctl.specio.files import holds, write_atomic

Text = str | Iterable[str]
"""A text, or the pieces of one."""


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
    Write files, each in one step; a file that is up to date is left alone.

    Raises:
        UsageError: A place cannot be written.
    """
    return [Output(path, State.WRITTEN if write_atomic(path, text) else State.UNCHANGED) for path, text in texts]


def compare_all(texts: Iterable[tuple[Path, Text]]) -> list[Output]:
    """
    Compare files with what they should hold, and write nothing.

    Raises:
        UsageError: A file cannot be read.
    """
    return [Output(path, State.UNCHANGED if holds(path, text) else State.DIFFERS) for path, text in texts]
