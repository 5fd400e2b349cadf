"""From files, operators' code and shipped packs to SLOs."""

import difflib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from sloctl.model.errors import SpecError, UsageError
from sloctl.model.findings import Finding, Severity
from sloctl.model.periods import RollingPeriod
from sloctl.model.slo import Slo
from sloctl.model.specs import Specs
from sloctl.specio import specs
from sloctl.specio.files import read_bytes
from sloctl.specio.rulefile import GENERATED, is_generated

Warn = Callable[[Finding], object]
_SUFFIXES: Final = {".yaml", ".yml", ".json"}
_GENERATED: Final = GENERATED.encode()


_SOURCES: Final = ("pack:", "module:")


NO_VALUES: Final[Mapping[str, str]] = {}


def unsaid(_finding: Finding) -> None:
    """Leave a warning unsaid."""


def read_specs(
    inputs: Sequence[Path],
    *,
    values: Mapping[str, str] = NO_VALUES,
    lenient: bool = False,
    period: RollingPeriod = specs.DEFAULT_PERIOD,
    warn: Warn = unsaid,
) -> Specs:
    """
    Read SLOs: OpenSLO, Sloth and Pyrra, what operators' code declares, and packs.

    Args:
        inputs: Files, or folders whose YAML and JSON files are read. References may cross files. Files that sloctl
            has generated are passed over, so that rules may stand beside their specs. Or ``module:tenant_operator``
            and ``pack:operator``.
        values: What is set of packs and modules.
        lenient: Take what can be read in two ways for a warning.
        period: Of SLOs whose specs do not say theirs.
        warn: Takes the warnings.

    Raises:
        UsageError: A file cannot be read, a value is missing or cannot stand, two SLOs are called the same, or there is
            no SLO at all.
        SpecError: Anything is wrong with any of them.
    """
    sources = [str(path) for path in dict.fromkeys(inputs) if is_source(path)]
    paths = dict.fromkeys(file for path in inputs if not is_source(path) for file in _files(path))
    texts = ((str(path), read_bytes(path, specs.MAX_BYTES + 1)) for path in paths)
    found, findings = specs.read_specs(
        ((path, text) for path, text in texts if not text.startswith(_GENERATED)), lenient=lenient, period=period
    )
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise SpecError(findings)
    found = replace(found, slos=(*found.slos, *_from_sources(sources, values, period)))
    if sources:
        _refuse_twins(found.slos)
    if not found.slos:
        raise UsageError(f"no SLO in {', '.join(map(str, inputs))}", "a spec has apiVersion: openslo/v1 and kind: SLO")
    for finding in findings:
        warn(finding)
    return found


def specs_among(paths: Iterable[Path], inputs: Sequence[Path]) -> Iterator[Path]:
    """
    Give the files that [`read_specs`][sloctl.app.specs.read_specs] reads, by whatever names they are called.

    Args:
        paths: Files, which may be missing.
        inputs: As for `read_specs`.

    Raises:
        UsageError: One cannot be read.
    """
    given = {each.resolve() for each in inputs}
    for path in paths:
        file = path.resolve()
        is_read = file in given or (file.suffix in _SUFFIXES and not given.isdisjoint(file.parents))
        if is_read and file.is_file() and not is_generated(file):
            yield path


def is_source(path: Path) -> bool:
    """
    Tell whether SLOs come from elsewhere than files.

    >>> is_source(Path("pack:operator")), is_source(Path("packs/operator.yaml"))
    (True, False)
    """
    return str(path).startswith(_SOURCES)


def stem(path: str) -> str:
    """
    Give what files are called that are generated from a file or another source.

    >>> stem("slos/shop.yaml"), stem("pack:operator"), stem("module:examples.tenant_operator")
    ('shop', 'operator', 'tenant_operator')
    """
    return path.rpartition(":")[2].rpartition(".")[2] if is_source(Path(path)) else Path(path).stem


def _from_sources(sources: Sequence[str], values: Mapping[str, str], period: RollingPeriod) -> list[Slo]:
    if not sources:
        if values:
            raise UsageError(
                f"there is nothing to set {next(iter(values))} of", "--set is for pack:NAME and module:NAME"
            )
        return []
    from sloctl.app.packs import PACKS, PREFIX, read_pack
    from sloctl.app.promises import JOB, read_promises

    known = {JOB} | {each.name for name, pack in PACKS.items() if f"{PREFIX}{name}" in sources for each in pack}
    for key in values.keys() - known:
        near = difflib.get_close_matches(key, known, 1)
        hint = f"did you mean {near[0]}?" if near else f"known here: {', '.join(sorted(known))}"
        raise UsageError(f"there is no {key} to set of {', '.join(sources)}", hint)
    return [
        slo
        for source in sources
        for slo in (read_pack if source.startswith(PREFIX) else read_promises)(source, values, period)
    ]


def _refuse_twins(slos: Sequence[Slo]) -> None:
    """Refuse SLOs of the same id; those in files have been told apart before."""
    parts = [part for slo in slos for part in slo.split()]
    for name, count in Counter(part.id for part in parts).items():
        if count > 1:
            origins = " and ".join(dict.fromkeys(part.origin.path for part in parts if part.id == name))
            raise UsageError(f"there are two SLOs {name}, in {origins}", "an SLO's name is unique within its service")


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(file for file in path.rglob("*") if file.suffix in _SUFFIXES and file.is_file())
    if not found:
        raise UsageError(f"no spec in {path}", "specs end in .yaml, .yml or .json")
    return found
