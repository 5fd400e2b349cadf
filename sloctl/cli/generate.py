"""`sloctl generate`."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sloctl.cli.backfill import backfill
from sloctl.cli.options import check_options, json_option, slos_option, spec_options
from sloctl.cli.printing import Console
from sloctl.cli.publishing import STDOUT, is_folder, publish, publish_files, refuse_check, show
from sloctl.cli.rule_options import rule_options
from sloctl.model.delivery import DELIVERY_NAMES, PROVISIONED, Delivery
from sloctl.model.errors import UsageError
from sloctl.model.rules import RULER_NAMES

if TYPE_CHECKING:
    from sloctl.app.catalogue import Format
    from sloctl.app.rules import RuleOptions


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
@click.option("--prune", is_flag=True, help="Delete files of rules and tests in these folders that are stale.")
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
    prune: bool,
    lenient: bool,
    check: bool,
    dry_run: bool,
) -> int:
    """
    Turn SLO specs into Prometheus recording rules and burn-rate alerts.

    SPECS are files of OpenSLO v1, Sloth or Pyrra, folders of them, pack:NAME or module:NAME. Each file
    with SLOs becomes a file of rules. A folder of rules, or of tests, is sloctl's: a file there that it generated and
    does not any more is stale, as --check finds too.

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
    from sloctl.app.rules import TESTS, generate_routing, generate_rule_tests, generate_rules
    from sloctl.model.periods import RollingPeriod

    options = replace(options, ruler=ruler, max_bytes=max_bytes)
    folder = is_folder(output)
    files = generate_rules(
        specs,
        options,
        combined=not folder,
        values=values,
        lenient=lenient,
        period=RollingPeriod(period_s),
        warn=console.warn,
    )
    if output == STDOUT:
        if tests or alertmanager:
            raise UsageError("--tests and --alertmanager are files beside the rules", "say where those are: -o PATH")
        return show(console, files[0], check=check)
    place = Path(output)
    rules_folder = place if folder else place.parent
    files = files if folder else [replace(files[0], name=place.name)]
    placed = [(rules_folder / file.name, file) for file in files]
    if tests:
        placed += [(tests / file.name, file) for file in generate_rule_tests(files, options, rules_folder, tests)]
    if alertmanager:
        placed.append((alertmanager, generate_routing(files, options, alertmanager.name)))
    owned = [(place, options.suffix), *([(tests, TESTS)] if tests else [])] if folder else []
    return publish_files(console, placed, specs, owned=owned, prune=prune, check=check, dry_run=dry_run)


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

    folder = is_folder(output)
    files = generate_openslo(
        specs,
        combined=not folder,
        values=values,
        lenient=lenient,
        period=RollingPeriod(period_s),
        warn=console.warn,
    )
    if output == STDOUT:
        return show(console, files[0], check=check)
    placed = [(Path(output) / file.name if folder else Path(output), file) for file in files]
    return publish_files(console, placed, specs, check=check, dry_run=dry_run)


@generate.command()
@click.argument("sources", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", default=STDOUT, metavar="DIR|-", help="A folder, or - for stdout: one dashboard, or YAML."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(DELIVERY_NAMES),
    default=DELIVERY_NAMES[0],
    show_default=True,
    help="How they are given to Grafana.",
)
@click.option("--folder", default="", help="Grafana's folder: its title, or with k8s its uid.")
@click.option("--namespace", default="", help="Of the Kubernetes objects.")
@click.option("--path", default="", help=f"Where Grafana finds provisioned dashboards: {PROVISIONED} if left out.")
@slos_option
@spec_options
@check_options
@json_option
@click.pass_obj
def dashboards(
    console: Console,
    sources: tuple[Path, ...],
    output: str,
    form: str,
    folder: str,
    namespace: str,
    path: str,
    specs: tuple[Path, ...],
    period_s: int,
    values: Mapping[str, str],
    *,
    lenient: bool,
    check: bool,
    dry_run: bool,
) -> int:
    """
    Turn dashboard sources into Grafana JSON, in the form in which it is delivered.

    SOURCES are *.dashboard.py files, or folders of them; without any, the dashboards that ship with sloctl. An operator
    of module:NAME, or its catalogue, becomes a dashboard that draws each metric it declares.

    \b
    Examples:
      sloctl generate dashboards -o dashboards/
      sloctl generate dashboards team.dashboard.py --slos slos/
      sloctl generate dashboards module:tenant_operator.telemetry
      sloctl generate dashboards mine/ -o generated/ --check      in CI: exits with 1 on drift
      sloctl generate dashboards --format configmap --folder SLOs | kubectl apply -n monitoring -f -
      sloctl generate dashboards --format grafana-operator -o k8s/
      sloctl generate dashboards --format provisioning --folder SLOs -o grafana/
      sloctl generate dashboards --format terraform --folder SLOs -o terraform/
    """
    from sloctl.app.dashboards import generate_dashboards, generate_lint_file, read_context
    from sloctl.model.periods import RollingPeriod

    context = read_context(specs, values=values, lenient=lenient, period=RollingPeriod(period_s), warn=console.warn)
    files = generate_dashboards(sources, Delivery(form, folder, namespace, path), context)
    if output != STDOUT:
        texts = {Path(output) / file.name: file.text for file in files}
        if form == DELIVERY_NAMES[0]:
            texts |= generate_lint_file(sources, files, Path(output))
        return publish(console, texts, {}, check=check, dry_run=dry_run)
    refuse_check(check)
    if console.as_json:
        console.json({"files": [{"name": file.name, "text": file.text} for file in files]})
    elif len(files) == 1 or all(file.name.endswith(".yaml") for file in files):
        click.echo("---\n".join(file.text for file in files), nl=False)
    else:
        raise UsageError(f"{len(files)} files do not fit one stream", "say where they go: -o DIR")
    return 0


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
        refuse_check(check)
        if console.as_json:
            console.json({"files": [{"text": text}]})
        else:
            click.echo(text, nl=False)
        return 0
    return publish(console, {Path(output): text}, {}, check=check, dry_run=dry_run)
