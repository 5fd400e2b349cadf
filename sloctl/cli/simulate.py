"""`sloctl simulate`."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import click

from sloctl.cli.options import json_option, spec_options
from sloctl.cli.printing import Console
from sloctl.model.errors import UsageError

_REPLAYED_MONTHS: Final = 3
_MEASURES: Final = {
    "alerts": ("Alerts", "{:.0f}"),
    "of_one_error": ("Alerts of a single error", "{:.0f}"),
    "precision": ("Precision", "{:.1%}"),
    "recall": ("Recall", "{:.1%}"),
    "detection_min": ("Median time to detection (min)", "{:.1f}"),
    "reset_min": ("Median time to reset (min)", "{:.1f}"),
    "spent_ratio": ("Median budget spent at first alert", "{:.1%}"),
    "notifications": ("Notifications per incident", "{:.2f}"),
    "alerts_per_month": ("Alerts per month", "{:.2f}"),
    "alerts_per_healthy_month": ("Alerts per healthy month", "{:.2f}"),
}


@click.command()
@click.argument("specs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--months", type=click.IntRange(1, 240), help="How long, or how far back.  [default: 60; 3 to replay]")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="The same seed, the same result.")
@click.option(
    "--runs", type=click.IntRange(1, 50), default=1, show_default=True, help="Histories, each with the next seed."
)
@click.option(
    "--traffic",
    metavar="SHAPE",
    default="",
    help="flat, day-night, weekly, or recorded (with --history).  [default: day-night]",
)
@click.option(
    "--rate",
    type=float,
    default=1000,
    show_default=True,
    help="Events per hour, as a mean; recorded traffic keeps its own.",
)
@click.option(
    "--incidents",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="CSV: duration,error_ratio,per_month of each kind; to replay, start,end of each incident.",
)
@click.option("--history", metavar="URL", default="", help="Replay the slices that this Prometheus has recorded.")
@click.option("--csv", "folder", type=click.Path(path_type=Path, file_okay=False), help="Write the tables to a folder.")
@click.option("--markdown", is_flag=True, help="Print the tables in Markdown, compliance by month among them.")
@click.option("--plot", "picture", type=click.Path(path_type=Path, dir_okay=False), help="Draw them, as SVG.")
@spec_options
@json_option
@click.pass_obj
def simulate(
    console: Console,
    specs: tuple[Path, ...],
    months: int | None,
    seed: int,
    runs: int,
    traffic: str,
    rate: float,
    incidents: Path | None,
    history: str,
    folder: Path | None,
    picture: Path | None,
    period_s: int,
    values: Mapping[str, str],
    *,
    markdown: bool,
    lenient: bool,
) -> int:
    """
    Measure how good the alerts of SLOs are.

    Makes up months of traffic, errors and incidents, or takes those that a Prometheus has recorded, and lets the
    alerts of the spec and those of the SRE Workbook fire over them. docs/simulate.md says what is measured.

    \b
    Examples:
      sloctl simulate slos/checkout.yaml
      sloctl simulate slos/checkout.yaml --traffic flat --rate 10 --runs 10
      sloctl simulate slos/checkout.yaml --history http://localhost:9090 --markdown
      sloctl simulate slos/checkout.yaml --history http://localhost:9090 --traffic recorded --plot alerts.svg
    """
    from sloctl.app.outputs import write_all
    from sloctl.app.simulate import RECORDED, Plan
    from sloctl.app.simulate import simulate as run
    from sloctl.model.periods import RollingPeriod
    from sloctl.simulate import World, plot, records, tables
    from sloctl.simulate import markdown as in_markdown

    if picture and picture.suffix != ".svg":
        raise UsageError(f"{picture} is no place for a plot, which is SVG", "write it to a .svg file")
    replays = bool(history) and traffic != RECORDED
    if replays and (traffic or runs > 1):
        raise UsageError("what was recorded is replayed once, with its own traffic", "leave out --traffic and --runs")
    usual = World()
    world = World(traffic or usual.traffic, rate, months=months or (_REPLAYED_MONTHS if replays else usual.months))
    plan = Plan(world, seed, runs, history, incidents, replays, values, lenient, RollingPeriod(period_s))
    with _progress(console) as progress:
        done = run(specs, plan, progress, console.warn)
    frames = tables({each.name: each.runs for each in done})
    texts = {folder / f"{name}.csv": frame.to_csv() for name, frame in frames.items()} if folder else {}
    if picture:
        places = [picture, *(picture.with_stem(f"{picture.stem}-{number}") for number in range(2, len(done) + 1))]
        texts |= {place: plot(each.name, each.runs) for place, each in zip(places, done, strict=True)}
    outputs = write_all(texts.items())
    shown = {name: frames[name] for name in ("quality", "months")}
    if console.as_json:
        console.json({name: records(frame) for name, frame in shown.items()})
        return 0
    if markdown:
        click.echo("\n".join(map(in_markdown, shown.values())), nl=False)
    else:
        _print_quality(records(shown["quality"]))
    console.outputs(outputs, {})
    return 0


@contextmanager
def _progress(console: Console) -> Iterator[Callable[[str], None]]:
    """Show what is under way on a line that goes away again, where somebody watches."""
    if console.as_json or not sys.stderr.isatty():
        yield lambda _: None
        return
    try:
        yield lambda text: click.echo(f"\r{text}\033[K", nl=False, err=True)
    finally:
        click.echo("\r\033[K", nl=False, err=True)


def _print_quality(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print a table for each SLO, tier by tier, its policies side by side."""
    from rich.console import Console as Terminal
    from rich.table import Table

    terminal = Terminal()
    for slo in dict.fromkeys(row["slo"] for row in rows):
        columns = sorted((row for row in rows if row["slo"] == slo), key=lambda row: str(row["tier"]))
        table = Table("", title=slo, title_justify="left", box=None, pad_edge=False)
        for row in columns:
            table.add_column(f"{row['tier']}\n{row['policy']}", justify="right")
        for measure, (label, form) in _MEASURES.items():
            table.add_row(label, *("-" if row[measure] is None else form.format(row[measure]) for row in columns))
        terminal.print(table, "")
