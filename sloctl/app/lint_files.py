"""The files that are checked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sloctl.lint.boards import Board
from sloctl.model.errors import UsageError
from sloctl.model.findings import Finding
from sloctl.specio.boardreader import boards_in
from sloctl.specio.files import read_text
from sloctl.specio.jsontree import read_json
from sloctl.specio.rulesreader import holds_rules
from sloctl.specio.tree import Value, documents

_JSON: Final = ".json"
_SUFFIXES: Final = {".yaml", ".yml", _JSON}
_SPECS: Final = ("openslo", "sloth.slok.dev/", "pyrra.dev/", "prometheus/v1")


@dataclass(frozen=True, slots=True)
class LintedFile:
    """
    A file that is checked.

    Args:
        path: Where it is.
        text: What it holds.
        values: The same, where it holds rules.
        findings: What is wrong with its form.
        is_spec: Whether it holds SLOs.
        boards: The dashboards that it holds.
    """

    path: Path
    text: str
    values: list[Value]
    findings: list[Finding]
    is_spec: bool
    boards: list[Board]


def files_in(inputs: Sequence[Path]) -> Iterator[LintedFile]:
    """
    Give the files that hold rules, SLOs or dashboards.

    Args:
        inputs: Files and folders. In a folder, files that hold something else are passed over.

    Raises:
        UsageError: A file cannot be read or holds something else, or there is none.
    """
    found = False
    for given in inputs:
        inside = sorted(path for path in given.rglob("*") if path.suffix in _SUFFIXES and path.is_file())
        for path in inside if given.is_dir() else [given]:
            file = _file(path)
            if file is not None:
                found = True
                yield file
            elif path == given:
                hint = "rules have 'groups', specs an 'apiVersion', dashboards a 'title' and 'panels'"
                raise UsageError(f"{path} holds no rules, no SLOs and no dashboard", hint)
    if not found:
        raise UsageError(f"no rules, no SLOs and no dashboards in {', '.join(map(str, inputs))}")


def _file(path: Path) -> LintedFile | None:
    """Read a file; `None` for one that holds something else."""
    text = read_text(path)
    read, faults = read_json(text, str(path)) if path.suffix == _JSON else (None, [])
    boards, inside = boards_in([read] if read is not None else [])
    if boards or inside:
        return LintedFile(path, text, [], [*faults, *inside], is_spec=False, boards=boards)
    values, findings = documents(text, str(path))
    is_spec = any(_is_spec(value.data) for value in values)
    if is_spec or holds_rules(values):
        return LintedFile(path, text, values, [] if is_spec else findings, is_spec, [])
    if path.suffix == _JSON:
        return None if read is not None else LintedFile(path, text, [], faults, is_spec=False, boards=[])
    boards, inside = boards_in(values)
    if boards or inside or (findings and not values):
        return LintedFile(path, text, [], [*findings, *inside], is_spec=False, boards=boards)
    return None


def _is_spec(data: object) -> bool:
    said = [data[key].data for key in ("apiVersion", "version") if key in data] if isinstance(data, dict) else []
    return any(isinstance(version, str) and version.startswith(_SPECS) for version in said)
