"""Checks over rules, over the queries of SLOs, and over dashboards."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from sloctl.app.lint_boards import BOARD_CHECK_IDS, board_findings
from sloctl.app.lint_files import files_in
from sloctl.app.specs import is_source, read_specs
from sloctl.clients.prometheus import Prometheus
from sloctl.lint import CHECKS, check_rules
from sloctl.lint.boards.asked import board_queries
from sloctl.lint.comments import CHECK as DISABLE_COMMENT
from sloctl.lint.comments import Exemption, read_comments
from sloctl.lint.known import SCRAPE_S, Known
from sloctl.lint.metrics import Metric, declared, series_of
from sloctl.lint.rules import Rule
from sloctl.lint.slos import slo_queries
from sloctl.model.alerting_quality import ALERT_CHECKS
from sloctl.model.errors import BackendError, SpecError, UsageError
from sloctl.model.findings import Finding
from sloctl.model.periods import RollingPeriod
from sloctl.promql.tree import Selector
from sloctl.rulegen import alert_findings
from sloctl.specio.catalogue import read_catalogue
from sloctl.specio.files import read_text
from sloctl.specio.rulesreader import read_rules
from sloctl.specio.specs import DEFAULT_PERIOD

CHECK_IDS: Final = ("syntax", DISABLE_COMMENT, *ALERT_CHECKS, *(check.id for check in CHECKS))
"""What can be switched off in rules, and what docs/checks has a page for."""

_AT_ONCE: Final = 8
"""Requests to Prometheus."""


@dataclass(frozen=True, slots=True)
class Options:
    """
    How to check.

    Args:
        catalogues: Files that list the metrics that are scraped.
        prometheus: URL of a server that is asked which metrics there are; empty for none.
        online_required: Whether it is an error when that server is away.
        target_labels: Labels that scraping adds, beside the usual ones.
        scrape_s: Seconds between two scrapes.
        disabled: Ids of checks that are left out.
        values: As for `read_specs`.
        lenient: As for [`read_specs`][sloctl.app.specs.read_specs].
        period: As for `read_specs`.
    """

    catalogues: tuple[Path, ...] = ()
    prometheus: str = ""
    online_required: bool = False
    target_labels: tuple[str, ...] = ()
    scrape_s: float = SCRAPE_S
    disabled: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    lenient: bool = False
    period: RollingPeriod = DEFAULT_PERIOD


@dataclass(frozen=True, slots=True)
class Report:
    """
    What was found.

    Args:
        findings: In the order of their places.
        files: How many files were read.
        rules: How many rules and queries were checked.
        boards: How many dashboards were checked.
        unasked: Why Prometheus could not be asked; empty when it was, or was not to be.
    """

    findings: tuple[Finding, ...]
    files: int
    rules: int
    boards: int = 0
    unasked: str = ""


def lint(inputs: Sequence[Path], options: Options | None = None) -> Report:
    """
    Check rules, SLO specs and dashboards.

    Args:
        inputs: Files, folders, packs and modules. In a folder, files that are none of these are passed over.
        options: How.

    Raises:
        UsageError: A file cannot be read or is neither, there is nothing to check, or a check is not known.
        SpecError: A catalogue is not one.
        BackendError: Prometheus is away and was required.
    """
    options = options or Options()
    ids = (*CHECK_IDS, *BOARD_CHECK_IDS)
    unknown = set(options.disabled) - set(ids)
    if unknown:
        raise UsageError(f"there is no check '{min(unknown)}'", f"checks: {', '.join(ids)}")
    rules: list[Rule] = []
    findings: list[Finding] = []
    exemptions: list[Exemption] = []
    specs = [given for given in inputs if is_source(given)]
    files = list(files_in([given for given in inputs if not is_source(given)])) if len(specs) < len(inputs) else []
    for file in files:
        findings += file.findings
        starts: tuple[int, ...] = ()
        if file.is_spec:
            specs.append(file.path)
        elif not file.boards:
            read = read_rules(file.values, file.text)
            rules += read.rules
            findings += read.findings
            starts = read.starts
        exempt, faults = read_comments(file.text, str(file.path), starts, CHECK_IDS)
        exemptions += exempt
        findings += faults
    queries, faults = _queries(specs, options)
    rules += queries
    findings += faults
    together = [board for file in files for board in file.boards]
    boards = [(file.path, [replace(board, beside=together) for board in file.boards]) for file in files if file.boards]
    asked = [rule for _, found in boards for board in found for _, rule in board_queries(board)]
    known, unasked = _known([*rules, *asked], options)
    findings += check_rules(rules, known, options.disabled)
    findings += board_findings(boards, known.of_dashboards(), options.disabled)
    shown = {
        finding
        for finding in findings
        if finding.check not in options.disabled and not any(exemption.covers(finding) for exemption in exemptions)
    }
    counts = (len(files), len(rules) + len(asked), len(together))
    return Report(tuple(sorted(shown)), *counts, unasked)


def _queries(specs: Sequence[Path], options: Options) -> tuple[list[Rule], list[Finding]]:
    """Give the queries of the SLOs in specs, and what is wrong with the specs themselves."""
    findings: list[Finding] = []
    if not specs:
        return [], findings
    try:
        slos = read_specs(
            specs, values=options.values, lenient=options.lenient, period=options.period, warn=findings.append
        ).slos
    except SpecError as error:
        return [], list(error.findings)
    findings += [finding for slo in slos for finding in alert_findings(slo, options.scrape_s)]
    return [query for slo in slos for query in slo_queries(slo)], findings


def _known(rules: Sequence[Rule], options: Options) -> tuple[Known, str]:
    """Gather what is known about metrics; beside it, why Prometheus could not be asked."""
    metrics = [
        metric
        for path in options.catalogues
        for family in read_catalogue(read_text(path), str(path))
        for metric in declared(family, options.target_labels)
    ]
    unasked = ""
    live: list[Metric] | None = None
    if options.prometheus:
        wanted = {node.metric for rule in rules for node in rule.nodes if isinstance(node, Selector) and node.metric}
        try:
            live = asyncio.run(_ask(options.prometheus, wanted))
        except BackendError as error:
            if options.online_required:
                raise
            unasked = str(error)
    known = Known(
        rules,
        [*metrics, *(live or ())],
        usual=_of_operators(),
        has_catalogue=bool(options.catalogues) or live is not None,
        is_live=live is not None,
        scrape_s=options.scrape_s,
    )
    return known, unasked


def _of_operators() -> list[Metric]:
    """Give what any operator exposes."""
    from sloctl.sdk.families import BUILTIN

    return [series for family in BUILTIN for series in declared(family)]


async def _ask(url: str, wanted: Collection[str]) -> list[Metric]:
    """Ask Prometheus which metrics there are, and what labels those have that are wanted."""
    async with Prometheus(url) as prometheus:
        names, kinds = await asyncio.gather(prometheus.label_values("__name__"), prometheus.metadata())
        families = [series for name, kind in kinds.items() for series in series_of(name, kind, None)]
        kind_of = {series.name: series.kind for series in families}
        turn = asyncio.Semaphore(_AT_ONCE)

        async def metric(name: str) -> Metric:
            if name not in wanted:
                return Metric(name, kind_of.get(name, ""))
            async with turn:
                labels = await prometheus.label_names(name)
            return Metric(name, kind_of.get(name, ""), dict.fromkeys(labels, frozenset[str]()))

        return await asyncio.gather(*map(metric, names))
