"""`sloctl generate`."""

from collections.abc import Sequence
from pathlib import Path

import click

from sloctl.app.outputs import State, compare_all, write_all
from sloctl.cli.printing import Console, json_option
from sloctl.model.durations import parse_shorthand
from sloctl.model.errors import UsageError
from sloctl.model.windows import SLICE_S

STDOUT = "-"


class Duration(click.ParamType[int]):
    """A duration such as 30s or 1m, in seconds."""

    name = "duration"

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read it."""
        if isinstance(value, int):
            return value
        try:
            return parse_shorthand(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.group()
def generate() -> None:
    """Generate Prometheus rules and Grafana dashboards."""


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
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 when a file differs.")
@click.option("--dry-run", is_flag=True, help="Write nothing; say what would be written.")
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
    files = generate_rules(specs, slice_s, combined=not folder)
    if output == STDOUT:
        if check:
            raise UsageError("--check compares files", "say where they are: -o PATH")
        if console.as_json:
            console.json({"files": [{"slos": [slo.id for slo in f.slos], "text": f.text} for f in files]})
        else:
            click.echo(files[0].text, nl=False)
        return 0
    paths = {(Path(output) / file.name if folder else Path(output)): file for file in files}
    texts = [(path, file.text) for path, file in paths.items()]
    return publish(
        console, texts, check=check, dry_run=dry_run, slos={p: [s.id for s in f.slos] for p, f in paths.items()}
    )


def publish(
    console: Console,
    texts: Sequence[tuple[Path, str]],
    *,
    check: bool,
    dry_run: bool,
    **details: dict[Path, list[str]],
) -> int:
    """Write, or only compare, and report; gives the exit code."""
    outputs = compare_all(texts) if check or dry_run else write_all(texts)
    console.outputs(outputs, lambda o: {name: by_path[o.path] for name, by_path in details.items()})
    if check and any(o.state is State.DIFFERS for o in outputs):
        console.note("generated files differ; run the same command without --check")
        return 1
    return 0
