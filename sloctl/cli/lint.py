"""`sloctl lint`."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Final

import click

from sloctl.cli.options import Duration, json_option, spec_options
from sloctl.cli.printing import Console, with_source
from sloctl.model.errors import UsageError
from sloctl.model.findings import Severity

_SEVERITIES: Final = [str(severity) for severity in Severity]
"""The worst first."""
_NEVER: Final = "never"


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--prometheus", metavar="URL", default="", help="Ask this server which metrics and labels there are.")
@click.option("--offline", is_flag=True, help="Ask no server, whatever --prometheus says.")
@click.option("--online-required", is_flag=True, help="Fail with 4 when the server is away, instead of a note.")
@click.option(
    "--catalogue",
    "catalogues",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A list of the metrics that there are, from sloctl generate catalogue. May be given several times.",
)
@click.option(
    "--target-label",
    "target_labels",
    multiple=True,
    metavar="LABEL",
    help="A label that scraping adds to a catalogue's metrics, beside the usual ones. May be given several times.",
)
@click.option(
    "--scrape-interval", "scrape_s", type=Duration(), default="30s", show_default=True, help="Time between scrapes."
)
@click.option(
    "--disable", "disabled", multiple=True, metavar="CHECK", help="Leave a check out. May be given several times."
)
@click.option(
    "--min-severity", type=click.Choice(_SEVERITIES), default="info", show_default=True, help="Show nothing milder."
)
@click.option(
    "--fail-on",
    type=click.Choice([*_SEVERITIES, _NEVER]),
    default="warning",
    show_default=True,
    help="Exit with 1 on findings of this severity or a worse one.",
)
@spec_options
@json_option
@click.pass_obj
def lint(
    console: Console,
    paths: tuple[Path, ...],
    prometheus: str,
    catalogues: tuple[Path, ...],
    target_labels: tuple[str, ...],
    scrape_s: int,
    disabled: tuple[str, ...],
    min_severity: str,
    fail_on: str,
    period_s: int,
    values: Mapping[str, str],
    *,
    offline: bool,
    online_required: bool,
    lenient: bool,
) -> int:
    """
    Check Prometheus rules, SLO specs and Grafana dashboards for what loads well and works badly.

    PATHS are files of rules (Prometheus, PrometheusRule, VMRule), SLO specs, dashboards in JSON, folders of these,
    pack:NAME or module:NAME. docs/checks explains every check. For dashboards a file .lint beside them says, with a
    reason, what to leave out, as for Grafana's dashboard-linter. In rules and specs a comment, with a reason, switches
    a check off for the rule below or around it:

    \b
      # sloctl: disable=short-range this target is scraped every second

    \b
    Examples:
      sloctl lint rules/
      sloctl lint dashboards/
      sloctl lint rules/ --prometheus http://localhost:9090
      sloctl lint pack:operator --set job=my-operator --prometheus http://localhost:9090
      sloctl lint rules/ --catalogue metrics.json --fail-on error
    """
    from sloctl.app.lint import Options
    from sloctl.app.lint import lint as run
    from sloctl.model.periods import RollingPeriod

    if offline and online_required:
        raise UsageError("--offline and --online-required exclude each other")
    url = "" if offline else prometheus
    if online_required and not url:
        raise UsageError("--online-required needs a server", "name it: --prometheus URL")
    period = RollingPeriod(period_s)
    options = Options(catalogues, url, online_required, target_labels, scrape_s, disabled, values, lenient, period)
    report = run(paths, options)
    shown = [finding for finding in report.findings if _is_at_least(finding.severity, min_severity)]
    counts = {severity: sum(finding.severity == severity for finding in shown) for severity in _SEVERITIES}
    if console.as_json:
        console.json(asdict(report) | {"findings": [finding.to_dict() for finding in shown], "severities": counts})
    else:
        for finding in shown:
            click.echo(with_source(finding))
        if report.unasked:
            console.note(f"warning: {report.unasked}; metrics and labels were not checked against it")
        read = {"rule": report.rules, "dashboard": report.boards, "file": report.files}
        told = ", ".join(_count(number, what) for what, number in read.items() if number or what == "file")
        kinds = ", ".join(_count(number, severity) for severity, number in counts.items() if number)
        console.note(f"{_count(len(shown), 'finding')}{f' ({kinds})' if kinds else ''} in {told}")
    failing = fail_on != _NEVER and any(_is_at_least(finding.severity, fail_on) for finding in report.findings)
    return 1 if failing else 0


def _is_at_least(severity: str, least: str) -> bool:
    return _SEVERITIES.index(severity) <= _SEVERITIES.index(least)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 or what == Severity.INFO else 's'}"
