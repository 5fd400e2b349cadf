"""`sloctl generate backfill`."""

import contextlib
import shlex
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sloctl.cli.options import json_option, spec_options
from sloctl.cli.printing import Console
from sloctl.cli.rule_options import count_options
from sloctl.model.durations import parse_shorthand

if TYPE_CHECKING:
    from sloctl.app.rules import RuleOptions


class Moment(click.ParamType[int]):
    """A time in RFC 3339, UTC where no zone is given, or a duration before now such as 3h; in Unix seconds."""

    name = "time"

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read it."""
        if isinstance(value, int):
            return value
        with contextlib.suppress(ValueError):
            return round(time.time()) - parse_shorthand(value)
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            hint = "write for example 2026-01-31T12:00:00Z, or 3h for three hours ago"
            self.fail(f"'{value}' is no time: {hint}", param, ctx)
        return round((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())


@click.command()
@click.argument("specs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--end", "end_s", type=Moment(), required=True, help="When the rules began to be evaluated.")
@click.option("--start", "start_s", type=Moment(), help="From when on.  [default: the longest period before]")
@click.option(
    "--prometheus",
    "url",
    metavar="URL",
    default="http://localhost:9090",
    show_default=True,
    help="The server that has the raw series.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default="data",
    show_default=True,
    help="Its data folder, where the blocks are written.",
)
@click.option("--run", "is_run", is_flag=True, help="Run promtool, and wait for Prometheus between the passes.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default="backfill",
    show_default=True,
    help="A folder for the rules that promtool evaluates.",
)
@count_options
@spec_options
@json_option
@click.pass_obj
def backfill(
    console: Console,
    specs: tuple[Path, ...],
    end_s: int,
    start_s: int | None,
    url: str,
    data: Path,
    output: Path,
    options: "RuleOptions",
    period_s: int,
    values: Mapping[str, str],
    *,
    is_run: bool,
    lenient: bool,
) -> None:
    """
    Fill the past of SLOs whose rules are new, from the raw series that Prometheus has kept.

    Prints the commands of promtool, or runs them. There are two passes, slices and their sums over hours, with the
    blocks of the first loaded before the second; three where budgets are kept in slices of their own. Load the rules
    first, wait three hours, and say in --end when they began. docs/backfill.md has it step by step.

    \b
    Examples:
      sloctl generate backfill slos/ --end 2026-01-31T12:00:00Z --data /prometheus
      sloctl generate backfill slos/ --end 4h --data /prometheus --run
    """
    import asyncio

    from sloctl.app import backfill as filling
    from sloctl.app.outputs import write_all
    from sloctl.model.periods import RollingPeriod

    period = RollingPeriod(period_s)
    slos = filling.read_slos(specs, options, values=values, lenient=lenient, period=period, warn=console.warn)
    span = filling.span_of(slos, url, data, start_s, end_s)
    passes = filling.plan(slos, options, span, output)
    written = write_all((each.path, each.chunks()) for each in passes)
    if is_run:
        asyncio.run(filling.run(passes, span, console.note))
    if console.as_json:
        console.json({"passes": [{"folder": str(each.folder), "command": each.command} for each in passes]})
        return
    console.outputs(written, {})
    if is_run:
        console.note("Prometheus loads the last blocks within two minutes")
        return
    for number, each in enumerate(passes):
        if number:
            click.echo("# Wait until Prometheus has loaded the blocks: two minutes, or restart it.")
        click.echo(f"(cd {shlex.quote(str(each.folder))} && {shlex.join(each.command)})")
