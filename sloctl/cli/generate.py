"""`sloctl generate`."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sloctl.app.outputs import State, compare_all, write_all
from sloctl.cli.options import Duration, check_options, json_option
from sloctl.cli.printing import Console
from sloctl.model.errors import UsageError
from sloctl.model.windows import SLICE_S

if TYPE_CHECKING:
    from sloctl.app.catalogue import Format

STDOUT = "-"


@click.group()
def generate() -> None:
    """Generate Prometheus rules, Grafana dashboards and catalogues of metrics."""


@generate.command()
@click.argument("specs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", default=STDOUT, metavar="PATH|-", help="A folder, a .yaml file for all, or - for stdout."
)
@click.option(
    "--slice",
    "slice_s",
    type=Duration(),
    default=f"{SLICE_S}s",
    show_default=True,
    help="Time between two evaluations.",
)
@check_options
@json_option
@click.pass_obj
def rules(console: Console, specs: tuple[Path, ...], output: str, slice_s: int, *, check: bool, dry_run: bool) -> int:
    """
    Turn SLO specs (OpenSLO v1) into Prometheus recording rules and burn-rate alerts.

    SPECS are files, or folders of them. Each file with SLOs becomes a file of rules.

    \b
    Examples:
      sloctl generate rules slos/checkout.yaml
      sloctl generate rules slos/ -o rules/
      sloctl generate rules slos/ -o rules/ --check      in CI: exits with 1 on drift
    """
    from sloctl.app.rules import generate_rules

    folder = output != STDOUT and Path(output).suffix not in {".yaml", ".yml"}
    if Path(output).resolve() in [spec.resolve() for spec in specs if spec.is_file()]:
        raise UsageError(f"{output} is a spec that would be overwritten", "write to another file")
    files = generate_rules(specs, slice_s, combined=not folder)
    if output == STDOUT:
        _refuse_check(check)
        if console.as_json:
            console.json({"files": [{"slos": [slo.id for slo in f.slos], "text": f.text} for f in files]})
        else:
            click.echo(files[0].text, nl=False)
        return 0
    by_path = {(Path(output) / file.name if folder else Path(output)): file for file in files}
    texts = {path: file.text for path, file in by_path.items()}
    slos = {path: [slo.id for slo in file.slos] for path, file in by_path.items()}
    return _publish(console, texts, slos, check=check, dry_run=dry_run)


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


def _refuse_check(check: bool) -> None:
    if check:
        raise UsageError("--check compares files", "say where they are: -o PATH")


def _publish(
    console: Console, texts: Mapping[Path, str], slos: Mapping[Path, list[str]], *, check: bool, dry_run: bool
) -> int:
    """Write, or only compare, and report; gives the exit code."""
    outputs = compare_all(texts.items()) if check or dry_run else write_all(texts.items())
    console.outputs(outputs, slos)
    if check and any(output.state is State.DIFFERS for output in outputs):
        console.note("generated files differ; run the same command without --check")
        return 1
    return 0
