"""From files to SLOs."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from sloctl.model.errors import SpecError, UsageError
from sloctl.model.findings import Finding, Severity
from sloctl.model.periods import RollingPeriod
from sloctl.model.specs import Specs
from sloctl.specio import specs
from sloctl.specio.files import read_bytes
from sloctl.specio.rulefile import GENERATED

Warn = Callable[[Finding], object]
_SUFFIXES: Final = {".yaml", ".yml", ".json"}
_GENERATED: Final = GENERATED.encode()


def unsaid(_finding: Finding) -> None:
    """Leave a warning unsaid."""


def read_specs(
    inputs: Sequence[Path],
    *,
    lenient: bool = False,
    period: RollingPeriod = specs.DEFAULT_PERIOD,
    warn: Warn = unsaid,
) -> Specs:
    """
    Read SLOs: OpenSLO, Sloth and Pyrra.

    Args:
        inputs: Files, or folders whose YAML and JSON files are read. References may cross files. Files that sloctl
            has generated are passed over, so that rules may stand beside their specs.
        lenient: Take what can be read in two ways for a warning.
        period: Of SLOs whose specs do not say theirs.
        warn: Takes the warnings.

    Raises:
        UsageError: A file cannot be read, or there is no SLO at all.
        SpecError: Anything is wrong with any of them.
    """
    paths = dict.fromkeys(file for path in inputs for file in _files(path))
    texts = ((str(path), read_bytes(path, specs.MAX_BYTES + 1)) for path in paths)
    found, findings = specs.read_specs(
        ((path, text) for path, text in texts if not text.startswith(_GENERATED)), lenient=lenient, period=period
    )
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise SpecError(findings)
    if not found.slos:
        raise UsageError(f"no SLO in {', '.join(map(str, inputs))}", "a spec has apiVersion: openslo/v1 and kind: SLO")
    for finding in findings:
        warn(finding)
    return found


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(file for file in path.rglob("*") if file.suffix in _SUFFIXES and file.is_file())
    if not found:
        raise UsageError(f"no spec in {path}", "specs end in .yaml, .yml or .json")
    return found
