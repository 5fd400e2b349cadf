"""From SLO specs to rule files."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sloctl.app.specs import Warn, read_specs, unsaid
from sloctl.model.errors import SpecError, UsageError
from sloctl.model.findings import Severity
from sloctl.model.periods import RollingPeriod
from sloctl.model.slo import Slo
from sloctl.model.windows import SLICE_S
from sloctl.rulegen import limits, rule_groups
from sloctl.specio.rulefile import rule_file
from sloctl.specio.specs import DEFAULT_PERIOD


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


def generate_rules(
    inputs: Sequence[Path],
    slice_s: int = SLICE_S,
    *,
    combined: bool = False,
    lenient: bool = False,
    period: RollingPeriod = DEFAULT_PERIOD,
    warn: Warn = unsaid,
) -> list[RuleFile]:
    """
    Generate rules.

    Args:
        inputs: As for [`read_specs`][sloctl.app.specs.read_specs].
        slice_s: Seconds between two evaluations of the counts; a divisor of a minute.
        combined: One file for all, instead of one for each file with SLOs.
        lenient: As for `read_specs`.
        period: As for `read_specs`.
        warn: Takes the warnings.

    Raises:
        UsageError: *slice_s* does not fit, two files would be called the same, or as `read_specs`.
        SpecError: There are no rules for what an SLO asks, or as `read_specs`.
    """
    if slice_s not in range(1, 61) or 60 % slice_s:
        raise UsageError(
            f"a slice of {slice_s} s does not fit", "use 60s, 30s, 20s, 15s, 10s, 5s or another divisor of 60"
        )
    specs = read_specs(inputs, lenient=lenient, period=period, warn=warn)
    findings = [finding for slo in specs.slos for finding in limits(slo, slice_s)]
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise SpecError(findings)
    for finding in findings:
        warn(finding)
    by_path = {path: part.slos for path, part in specs.by_path().items() if part.slos}
    if combined:
        return [_rule_file("rules.yaml", list(by_path), specs.slos, slice_s)]
    files: dict[str, RuleFile] = {}
    for path, slos in by_path.items():
        name = f"{Path(path).stem}.rules.yaml"
        if name in files:
            raise UsageError(f"{files[name].origin} and {path} would both become {name}", "rename one of the two")
        files[name] = _rule_file(name, [path], slos, slice_s)
    return list(files.values())


def _rule_file(name: str, paths: list[str], slos: Sequence[Slo], slice_s: int) -> RuleFile:
    parts = tuple(part for slo in slos for part in slo.split())
    groups = [group for part in parts for group in rule_groups(part, slice_s)]
    origin = ", ".join(Path(path).name for path in paths)
    return RuleFile(name, ", ".join(paths), parts, rule_file(groups, origin))
