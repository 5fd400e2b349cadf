"""From dashboard sources, SLOs and operators' metrics to Grafana JSON."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from sloctl.app.shipped import shipped
from sloctl.app.specs import NO_VALUES, Warn, is_source, read_specs, stem, unsaid
from sloctl.dashgen.context import Context
from sloctl.dashgen.metrics import catalogue_dashboard
from sloctl.dashgen.render import render
from sloctl.model.catalogue import Declaration
from sloctl.model.delivery import Delivery
from sloctl.model.errors import SpecError, UsageError
from sloctl.model.findings import Severity
from sloctl.model.periods import RollingPeriod
from sloctl.specio.catalogue import read_catalogue
from sloctl.specio.dashboards import SUFFIX, DashboardFile, read_dashboards
from sloctl.specio.delivery import delivered
from sloctl.specio.files import read_text
from sloctl.specio.specs import DEFAULT_PERIOD

_AS_JSON: Final = Delivery()
_CATALOGUES: Final = {".json", ".yaml", ".yml"}


def generate_dashboards(
    inputs: Sequence[Path] = (), delivery: Delivery = _AS_JSON, context: Context | None = None
) -> list[DashboardFile]:
    """
    Generate dashboards.

    Args:
        inputs: ``*.dashboard.py`` files, or folders that hold some; ``module:NAME`` and catalogues of metrics, of which
            each operator becomes a dashboard. None: those that ship with sloctl.
        delivery: How they are delivered.
        context: What sources are given that take it; the SLOs that ship with sloctl when not given.

    Raises:
        UsageError: A file cannot be read or is none, or two dashboards would take each other's place.
        SpecError: A file does not run, or does not give dashboards that Grafana could keep.

    >>> "slo-detail.json" in [file.name for file in generate_dashboards()]
    True
    """
    context = read_context() if context is None else context
    files = [file for path in inputs or [shipped("dashboards")] for file in _from(path, context)]
    refuse_twins("file name", [file.name for file in files])
    refuse_twins("uid", [json.loads(file.text)["uid"] for file in files])
    return delivered(files, delivery)


def generate_lint_file(inputs: Sequence[Path], files: Sequence[DashboardFile], folder: Path) -> dict[Path, str]:
    """
    Write what the `.lint` files beside the sources of dashboards say of these, as such a file.

    Args:
        inputs: What the dashboards were generated from.
        files: These, as classic JSON.
        folder: Where they go.

    Returns:
        The file; none where it would be empty, or where one stands that was not generated.

    Raises:
        UsageError: A file cannot be read.
        SpecError: A `.lint` file is wrong.
    """
    from sloctl.app.lint_boards import LINT_NAME, read_lint_file
    from sloctl.lint.boards import Board
    from sloctl.specio.lintfile import lint_file
    from sloctl.specio.rulefile import is_generated

    place = folder / LINT_NAME
    if place.exists() and not is_generated(place):
        return {}
    sources = [path for path in inputs or [shipped("dashboards")] if not _is_operator(path)]
    folders = dict.fromkeys(path if path.is_dir() else path.parent for path in sources)
    found = [read_lint_file(each) for each in folders]
    if faults := [fault for file in found for fault in file.findings if fault.severity is Severity.ERROR]:
        raise SpecError(faults)
    boards = [Board(json.loads(file.text), lambda _: ("", 0, 0)) for file in files]
    text = lint_file(entry for file in found for entry in file.entries(boards))
    return {place: text} if text else {}


def read_context(
    specs: Sequence[Path] = (),
    *,
    values: Mapping[str, str] = NO_VALUES,
    lenient: bool = False,
    period: RollingPeriod = DEFAULT_PERIOD,
    warn: Warn = unsaid,
) -> Context:
    """
    Give what dashboards may depend on.

    Args:
        specs: Where the SLOs are, as for [`read_specs`][sloctl.app.specs.read_specs]. None: those that ship with
            sloctl.
        values: What is set of packs and modules.
        lenient: Take what can be read in two ways for a warning.
        period: Of SLOs whose specs do not say theirs.
        warn: Takes the warnings.

    Raises:
        UsageError: As for `read_specs`.
        SpecError: Anything is wrong with any of them.

    >>> read_context().labels
    ('controller',)
    """
    found = read_specs(specs or [shipped("rules") / "slos"], values=values, lenient=lenient, period=period, warn=warn)
    return Context(tuple(part for slo in found.slos for part in slo.split()))


def _from(path: Path, context: Context) -> Iterator[DashboardFile]:
    if is_source(path):
        yield from _of_module(str(path))
    elif _is_operator(path):
        yield _of_metrics(stem(str(path)), read_catalogue(read_text(path), str(path)), str(path))
    else:
        for file in _sources(path):
            yield from read_dashboards(file, context)


def _is_operator(path: Path) -> bool:
    """Tell whether it is a module or a catalogue of metrics."""
    return is_source(path) or path.suffix in _CATALOGUES


def _of_module(source: str) -> Iterator[DashboardFile]:
    """Draw the metrics of each operator in a module."""
    from sloctl.app.modules import instrumentations

    for operator in instrumentations(source):
        yield _of_metrics(operator.name, operator.catalogue(), source)


def _of_metrics(name: str, metrics: Sequence[Declaration], origin: str) -> DashboardFile:
    try:
        board = catalogue_dashboard(name, metrics)
    except ValueError as error:
        hint = "a catalogue is what sloctl generate catalogue writes"
        raise UsageError(f"{origin}: {error}", hint) from error
    return DashboardFile(f"{board.uid}.json", render(board))


def _sources(path: Path) -> list[Path]:
    found = sorted(path.glob(f"*{SUFFIX}")) if path.is_dir() else [path]
    if not found or not found[0].name.endswith(SUFFIX):
        raise UsageError(f"no dashboard source in {path}", f"the names of sources end in {SUFFIX}")
    return found


def refuse_twins(what: str, values: Iterable[str]) -> None:
    """
    Refuse dashboards that would take each other's place.

    Raises:
        UsageError: Two have the same value of what is to tell them apart.
    """
    for value, count in Counter(values).items():
        if count > 1:
            raise UsageError(f"{count} dashboards have the {what} '{value}'", f"give each a {what} of its own")
