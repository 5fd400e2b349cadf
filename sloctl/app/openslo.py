"""From specs of any kind to OpenSLO v1."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sloctl.app.specs import NO_VALUES, Warn, read_specs, stem, unsaid
from sloctl.model.errors import UsageError
from sloctl.model.periods import RollingPeriod
from sloctl.model.slo import Slo
from sloctl.model.specs import Specs
from sloctl.specio.openslo.write import openslo_file
from sloctl.specio.specs import DEFAULT_PERIOD

SUFFIX: Final = ".openslo.yaml"


@dataclass(frozen=True, slots=True)
class SpecFile:
    """
    A spec that was written.

    Args:
        name: What the file is called.
        origin: The spec it comes from.
        slos: What it holds.
        text: YAML.
    """

    name: str
    origin: str
    slos: tuple[Slo, ...]
    text: str

    def chunks(self) -> tuple[str]:
        """Give all of it in one piece."""
        return (self.text,)


def generate_openslo(
    inputs: Sequence[Path],
    *,
    combined: bool = False,
    values: Mapping[str, str] = NO_VALUES,
    lenient: bool = False,
    period: RollingPeriod = DEFAULT_PERIOD,
    warn: Warn = unsaid,
) -> list[SpecFile]:
    """
    Write specs as OpenSLO.

    Args:
        inputs: As for [`read_specs`][sloctl.app.specs.read_specs].
        combined: One file for all, instead of one for each.
        values: As for `read_specs`.
        lenient: As for `read_specs`.
        period: As for `read_specs`.
        warn: Takes the warnings, also of what cannot be said in OpenSLO.

    Raises:
        UsageError: Two files would be called the same, or as `read_specs`.
        SpecError: As `read_specs`.
    """
    specs = read_specs(inputs, values=values, lenient=lenient, period=period, warn=warn)
    by_path = specs.by_path()
    if combined:
        return [_file("openslo.yaml", list(by_path), specs, warn)]
    files: dict[str, SpecFile] = {}
    for path, part in by_path.items():
        name = f"{stem(path)}{SUFFIX}"
        if name in files:
            raise UsageError(f"{files[name].origin} and {path} would both become {name}", "rename one of the two")
        files[name] = _file(name, [path], part, warn)
    return list(files.values())


def _file(name: str, paths: list[str], specs: Specs, warn: Warn) -> SpecFile:
    text, findings = openslo_file(specs, f"Converted by sloctl from {', '.join(Path(path).name for path in paths)}.")
    for finding in findings:
        warn(finding)
    return SpecFile(name, ", ".join(paths), specs.slos, text)
