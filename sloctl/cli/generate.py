"""`sloctl generate`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import click

from sloctl.app.outputs import State, Text, compare_all, write_all
from sloctl.cli.backfill import backfill
from sloctl.cli.options import check_options, json_option, spec_options
from sloctl.cli.printing import Console
from sloctl.cli.rule_options import rule_options
from sloctl.model.errors import UsageError
from sloctl.model.rules import RULER_NAMES

if TYPE_CHECKING:
    from sloctl.app.catalogue import Format
    from sloctl.app.rules import RuleOptions
    from sloctl.model.slo import Slo

STDOUT = "-"


@click.group()
def generate() -> None:
    """Generate Prometheus rules and their past, Grafana dashboards, OpenSLO and catalogues of metrics."""


generate.add_command(backfill)


@generate.command()
@click.argument("specs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", default=STDOUT, metavar="PATH|-", help="A folder, a .yaml file for all, or - for stdout."
)
@rule_options
@click.option("--format", "ruler", type=click.Choice(RULER_NAMES), default=RULER_NAMES[0], show_default=True)
@click.option("--max-bytes", type=click.IntRange(0), help="Bytes in a file; SLOs that do not fit go to others.")
@click.option("--tests", type=click.Path(path_type=Path), help="A folder for promtool's tests of the rules.")
@click.option("--alertmanager", type=click.Path(path_type=Path), help="A file for routes and inhibitions.")
@spec_options
@check_options
@json_option
@click.pass_obj
def rules(
    console: Console,
    specs: tuple[Path, ...],
    output: str,
    options: "RuleOptions",
    ruler: str,
    max_bytes: int | None,
    tests: Path | None,
    alertmanager: Path | None,
    period_s: int,
    values: Mapping[str, str],
    *,
    lenient: bool,
    check: bool,
    dry_run: bool,
) -> int:
    """
    Turn SLO specs into Prometheus recording rules and burn-rate alerts.

    SPECS are files of OpenSLO v1, Sloth or Pyrra, folders of them, pack:NAME or module:NAME. Each file
    with SLOs becomes a file of rules.

    \b
    Examples:
      sloctl generate rules slos/checkout.yaml
      sloctl generate rules slos/ -o rules/
      sloctl generate rules slos/ -o rules/ --check      in CI: exits with 1 on drift
      sloctl generate rules slos/ -o rules/ --tests rules/tests/
      sloctl generate rules slos/ -o rules/ --alertmanager alertmanager.yaml
      sloctl generate rules slos/ -o k8s/ --format prometheusrule
      sloctl generate rules sloth.yaml --compat sloth
      sloctl generate rules pack:operator --set job=my-operator
      sloctl generate rules module:tenant_operator -o rules/
    """
    from sloctl.app.rules import generate_routing, generate_rule_tests, generate_rules
    from sloctl.model.periods import RollingPeriod

    options = replace(options, ruler=ruler, max_bytes=max_bytes)
    folder = _is_folder(output, specs)
    files = generate_rules(
        specs,
        options,
        combined=not folder,
        values=values,
        lenient=lenient,
        period=RollingPeriod(period_s),
        warn=console.warn,
    )
    if tests is None and alertmanager is None:
        return _write(console, files, output, check=check, dry_run=dry_run)
    if output == STDOUT:
        raise UsageError("--tests and --alertmanager are files beside the rules", "say where those are: -o PATH")
    place = Path(output)
    by_path = {place / file.name: file for file in files} if folder else {place: replace(files[0], name=place.name)}
    if tests is not None:
        of_rules = generate_rule_tests([*by_path.values()], options, place if folder else place.parent, tests)
        by_path |= {tests / file.name: file for file in of_rules}
    if alertmanager is not None:
        by_path[alertmanager] = generate_routing(files, options, alertmanager.name)
    return _publish_files(console, by_path, check=check, dry_run=dry_run)


@generate.command()
@click.argument("specs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", default=STDOUT, metavar="PATH|-", help="A folder, a .yaml file for all, or - for stdout."
)
@spec_options
@check_options
@json_option
@click.pass_obj
def openslo(
    console: Console,
    specs: tuple[Path, ...],
    output: str,
    period_s: int,
    values: Mapping[str, str],
    *,
    lenient: bool,
    check: bool,
    dry_run: bool,
) -> int:
    """
    Turn SLO specs of any kind into OpenSLO v1, and say what cannot be said in it.

    SPECS are files of OpenSLO v1, Sloth or Pyrra, folders of them, pack:NAME or module:NAME.

    \b
    Examples:
      sloctl generate openslo sloth.yaml > slos.yaml
      sloctl generate openslo pyrra/ -o slos/
    """
    from sloctl.app.openslo import generate_openslo
    from sloctl.model.periods import RollingPeriod

    files = generate_openslo(
        specs,
        combined=not _is_folder(output, specs),
        values=values,
        lenient=lenient,
        period=RollingPeriod(period_s),
        warn=console.warn,
    )
    return _write(console, files, output, check=check, dry_run=dry_run)


@generate.command()
@click.argument("sources", nargs=-1, type=click.Path(path_type=Path))
@click.option("-o", "--output", default=STDOUT, metavar="DIR|-", help="A folder, or - for stdout when there is one.")
@check_options
@json_option
@click.pass_obj
def dashboards(console: Console, sources: tuple[Path, ...], output: str, *, check: bool, dry_run: bool) -> int:
    """
    Turn dashboard sources into Grafana JSON.

    SOURCES are *.dashboard.py files, or folders of them; without any, the dashboards that ship with sloctl.

    \b
    Examples:
      sloctl generate dashboards -o dashboards/
      sloctl generate dashboards team.dashboard.py
      sloctl generate dashboards mine/ -o generated/ --check      in CI: exits with 1 on drift
    """
    from sloctl.app.dashboards import generate_dashboards

    files = generate_dashboards(sources)
    if output == STDOUT:
        _refuse_check(check)
        if console.as_json:
            console.json({"files": [{"name": file.name, "text": file.text} for file in files]})
        elif len(files) == 1:
            click.echo(files[0].text, nl=False)
        else:
            raise UsageError(f"{len(files)} dashboards do not fit one stream", "say where they go: -o DIR")
        return 0
    return _publish(console, {Path(output) / file.name: file.text for file in files}, {}, check=check, dry_run=dry_run)


@generate.command()
@click.argument("modules", nargs=-1, required=True, metavar="module:NAME...")
@click.option("-o", "--output", default=STDOUT, metavar="PATH|-", help="A file, or - for stdout.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "markdown"]),
    default="json",
    show_default=True,
    help="How it is written.",
)
@check_options
@json_option
@click.pass_obj
def catalogue(
    console: Console, modules: tuple[str, ...], output: str, form: "Format", *, check: bool, dry_run: bool
) -> int:
    """
    Export the metrics that an operator declares.

    NAME is a module with an Instrumentation, or a package: then its modules that make one count. It is imported, from
    the working directory or PYTHONPATH, and that must not start anything: keep kopf.run() and obs.serve() in functions.

    \b
    Examples:
      sloctl generate catalogue module:tenant_operator.telemetry
      sloctl generate catalogue module:tenant_operator --format markdown -o metrics.md
      sloctl generate catalogue module:tenant_operator -o metrics.json --check      in CI: exits with 1 on drift
    """
    from sloctl.app.catalogue import read_catalogue, write_catalogue

    text = write_catalogue(read_catalogue(modules), form)
    if output == STDOUT:
        _refuse_check(check)
        if console.as_json:
            console.json({"files": [{"text": text}]})
        else:
            click.echo(text, nl=False)
        return 0
    return _publish(console, {Path(output): text}, {}, check=check, dry_run=dry_run)


class _File(Protocol):
    """What was generated from specs."""

    @property
    def name(self) -> str: ...
    @property
    def slos(self) -> "Sequence[Slo]": ...
    @property
    def text(self) -> str: ...
    def chunks(self) -> Iterable[str]: ...


def _is_folder(output: str, specs: Sequence[Path]) -> bool:
    """Tell whether the output is a folder, and refuse one that is an input."""
    if Path(output).resolve() in [spec.resolve() for spec in specs if spec.is_file()]:
        raise UsageError(f"{output} is a spec that would be overwritten", "write to another file")
    return output != STDOUT and Path(output).suffix not in {".yaml", ".yml"}


def _write(console: Console, files: Sequence[_File], output: str, *, check: bool, dry_run: bool) -> int:
    """Print or write what was generated from specs; gives the exit code."""
    if output == STDOUT:
        _refuse_check(check)
        if console.as_json:
            console.json({"files": [{"slos": [slo.id for slo in f.slos], "text": f.text} for f in files]})
        else:
            click.echo(files[0].text, nl=False)
        return 0
    folder = _is_folder(output, ())
    by_path = {(Path(output) / file.name if folder else Path(output)): file for file in files}
    return _publish_files(console, by_path, check=check, dry_run=dry_run)


def _publish_files(console: Console, files: Mapping[Path, _File], *, check: bool, dry_run: bool) -> int:
    texts = {path: file.chunks() for path, file in files.items()}
    slos = {path: [slo.id for slo in file.slos] for path, file in files.items()}
    return _publish(console, texts, slos, check=check, dry_run=dry_run)


def _refuse_check(check: bool) -> None:
    if check:
        raise UsageError("--check compares files", "say where they are: -o PATH")


def _publish(
    console: Console, texts: Mapping[Path, Text], slos: Mapping[Path, list[str]], *, check: bool, dry_run: bool
) -> int:
    """Write, or only compare, and report; gives the exit code."""
    outputs = compare_all(texts.items()) if check or dry_run else write_all(texts.items())
    console.outputs(outputs, slos)
    if check and any(output.state is State.DIFFERS for output in outputs):
        console.note("generated files differ; run the same command without --check")
        return 1
    return 0
