"""From SLO specs to rule files."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sloctl.model.errors import SpecError, UsageError
from sloctl.model.findings import Severity
from sloctl.model.slo import Slo
from sloctl.model.windows import SLICE_S
from sloctl.rulegen import rule_groups
from sloctl.specio.files import read_text
from sloctl.specio.openslo import read_openslo
from sloctl.specio.rulefile import GENERATED, rule_file

_SPEC_SUFFIXES: Final = {".yaml", ".yml", ".json"}


@dataclass(frozen=True, slots=True)
class RuleFile:
    """
    A generated rule file.

    Args:
        name: What the file is called.
        origin: The spec it comes from.
        slos: What it holds rules for.
        text: YAML that Prometheus loads.
    """

    name: str
    origin: str
    slos: tuple[Slo, ...]
    text: str


def read_slos(inputs: Sequence[Path]) -> dict[str, list[Slo]]:
    """
    Read SLOs.

    Args:
        inputs: Files, or folders whose YAML and JSON files are read. References may cross files. Files that sloctl
            has generated are passed over, so that rules may stand beside their specs.

    Returns:
        The SLOs of each file that has any, by the file's name.

    Raises:
        UsageError: A file cannot be read, or there is no SLO at all.
        SpecError: Anything is wrong with any of them.
    """
    paths = dict.fromkeys(file for path in inputs for file in _files(path))
    texts = [(str(path), read_text(path)) for path in paths]
    slos, findings = read_openslo([(path, text) for path, text in texts if not text.startswith(GENERATED)])
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise SpecError(findings)
    if not slos:
        raise UsageError(f"no SLO in {', '.join(map(str, inputs))}", "a spec has apiVersion: openslo/v1 and kind: SLO")
    return slos


def generate_rules(inputs: Sequence[Path], slice_s: int = SLICE_S, *, combined: bool = False) -> list[RuleFile]:
    """
    Generate rules.

    Args:
        inputs: As for [`read_slos`][sloctl.app.rules.read_slos].
        slice_s: Seconds between two evaluations of the counts; a divisor of a minute.
        combined: One file for all, instead of one for each file with SLOs.

    Raises:
        UsageError: *slice_s* does not fit, two files would be called the same, or as `read_slos`.
        SpecError: As `read_slos`.
    """
    if slice_s not in range(1, 61) or 60 % slice_s:
        raise UsageError(
            f"a slice of {slice_s} s does not fit", "use 60s, 30s, 20s, 15s, 10s, 5s or another divisor of 60"
        )
    by_path = read_slos(inputs)
    if combined:
        return [_rule_file("rules.yaml", list(by_path), [slo for slos in by_path.values() for slo in slos], slice_s)]
    files: dict[str, RuleFile] = {}
    for path, slos in by_path.items():
        name = f"{Path(path).stem}.rules.yaml"
        if name in files:
            raise UsageError(f"{files[name].origin} and {path} would both become {name}", "rename one of the two")
        files[name] = _rule_file(name, [path], slos, slice_s)
    return list(files.values())


def _rule_file(name: str, paths: list[str], slos: list[Slo], slice_s: int) -> RuleFile:
    groups = [group for slo in slos for group in rule_groups(slo, slice_s)]
    origin = ", ".join(Path(path).name for path in paths)
    return RuleFile(name, ", ".join(paths), tuple(slos), rule_file(groups, origin))


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(file for file in path.rglob("*") if file.suffix in _SPEC_SUFFIXES and file.is_file())
    if not found:
        raise UsageError(f"no spec in {path}", "specs end in .yaml, .yml or .json")
    return found
