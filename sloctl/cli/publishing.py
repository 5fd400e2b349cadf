"""Prints what was generated, or writes it to files."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import click

from sloctl.app.outputs import State, compare_all, settle_stale, write_all
from sloctl.cli.printing import Console
from sloctl.model.errors import UsageError
from sloctl.specio.files import Text

if TYPE_CHECKING:
    from sloctl.model.slo import Slo

STDOUT: Final = "-"


class Generated(Protocol):
    """What was generated from specs."""

    @property
    def slos(self) -> "Sequence[Slo]":
        """What it is about."""

    @property
    def text(self) -> str:
        """All of it."""

    def chunks(self) -> Iterable[str]:
        """Give it piece by piece, and anew each time."""


def is_folder(output: str) -> bool:
    """Tell whether the output is a folder."""
    return output != STDOUT and Path(output).suffix not in {".yaml", ".yml"}


def refuse_check(check: bool) -> None:
    """Refuse `--check` where there are no files."""
    if check:
        raise UsageError("--check compares files", "say where they are: -o PATH")


def show(console: Console, file: Generated, *, check: bool) -> int:
    """Print what was generated from specs; gives the exit code."""
    refuse_check(check)
    if console.as_json:
        console.json({"files": [{"slos": [slo.id for slo in file.slos], "text": file.text}]})
    else:
        click.echo(file.text, nl=False)
    return 0


def publish_files(
    console: Console,
    placed: Sequence[tuple[Path, Generated]],
    specs: Sequence[Path],
    *,
    owned: Iterable[tuple[Path, str]] = (),
    prune: bool = False,
    check: bool,
    dry_run: bool,
) -> int:
    """
    Write what was generated from specs, and none of these over another or over a spec; gives the exit code.

    Args:
        console: Where it is told.
        placed: The files and their places.
        specs: What they were generated from.
        owned: Folders, and how the names of the files end of which these are all.
        prune: Delete others that were generated.
        check: Write nothing, and fail where anything would change.
        dry_run: Write nothing.
    """
    from sloctl.app.specs import specs_among

    texts: dict[Path, Text] = {}
    for path, file in placed:
        if path in texts:
            raise UsageError(f"{path} would be written twice", "give each file a place of its own")
        texts[path] = file.chunks()
    for path in specs_among(texts, specs):
        raise UsageError(f"{path} is a spec that would be overwritten", "write to another file")
    slos = {path: [slo.id for slo in file.slos] for path, file in placed}
    return publish(console, texts, slos, owned=owned, prune=prune, check=check, dry_run=dry_run)


def publish(
    console: Console,
    texts: Mapping[Path, Text],
    slos: Mapping[Path, list[str]],
    *,
    owned: Iterable[tuple[Path, str]] = (),
    prune: bool = False,
    check: bool,
    dry_run: bool,
) -> int:
    """Write, or only compare, and report; gives the exit code."""
    is_dry = check or dry_run
    outputs = compare_all(texts.items()) if is_dry else write_all(texts.items())
    outputs += settle_stale(owned, texts, prune=prune, dry_run=is_dry)
    console.outputs(outputs, slos)
    states = {output.state for output in outputs}
    if State.STALE in states:
        console.note("what is stale was generated once and is not any more: delete it, or --prune does")
    if check and states & {State.DIFFERS, State.REMOVED}:
        console.note("generated files differ; run the same command without --check")
    return 1 if check and states - {State.UNCHANGED} else 0
