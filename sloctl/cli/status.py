"""`sloctl status`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sloctl.cli.options import Duration, json_option, prometheus_option, spec_options
from sloctl.cli.printing import Console
from sloctl.model.errors import BackendError, UsageError

if TYPE_CHECKING:
    from sloctl.model.slo import Slo


@click.command()
@click.argument("specs", nargs=-1, type=click.Path(path_type=Path))
@prometheus_option
@click.option("--watch", is_flag=True, help="Go on, and show what changes.")
@click.option("--interval", "interval_s", type=Duration(), default="15s", show_default=True, help="How often to watch.")
@spec_options
@json_option
@click.pass_obj
def status(
    console: Console,
    specs: tuple[Path, ...],
    url: str,
    interval_s: int,
    period_s: int,
    values: Mapping[str, str],
    *,
    watch: bool,
    lenient: bool,
) -> None:
    """
    Show how SLOs are doing, as a Prometheus has it that evaluates their rules.

    Each SLO, or part of one, with its SLI and objective, the budget that is left and how much of the period that is
    known from, burn rates, and the alerts that fire. "spent in" is when the budget is gone at the burn rate of the last
    hour. SPECS narrow it down, and show what Prometheus does not know yet.

    \b
    Examples:
      sloctl status
      sloctl status --prometheus http://prometheus:9090 --watch
      sloctl status slos/checkout.yaml --json
    """
    import asyncio

    from sloctl.app.specs import read_specs
    from sloctl.model.periods import RollingPeriod

    if watch and console.as_json:
        raise UsageError("--watch is for people", "run sloctl status --json as often as you need")
    wanted = None
    if specs:
        found = read_specs(specs, values=values, lenient=lenient, period=RollingPeriod(period_s), warn=console.warn)
        wanted = [part for slo in found.slos for part in slo.split()]
    asyncio.run(_watch(url, wanted, interval_s) if watch else _once(console, url, wanted))


async def _once(console: Console, url: str, wanted: "Sequence[Slo] | None") -> None:
    from sloctl.app.status import read_status
    from sloctl.clients.prometheus import Prometheus

    async with Prometheus(url) as prometheus:
        slos = await read_status(prometheus, wanted)
    if console.as_json:
        console.json({"slos": [asdict(slo) for slo in slos]})
        return
    if not slos:
        raise BackendError(f"Prometheus at {url} has recorded no SLO", "does it load what sloctl generate rules wrote?")
    from rich.console import Console as Terminal

    from sloctl.cli.status_view import slo_table

    Terminal(highlight=False).print(slo_table(slos))


async def _watch(url: str, wanted: "Sequence[Slo] | None", interval_s: int) -> None:
    """Draw the table over and over; a server that is away for a while is waited for."""
    import asyncio

    from rich.console import Console as Terminal
    from rich.console import Group
    from rich.live import Live
    from rich.text import Text

    from sloctl.app.status import SloStatus, read_status
    from sloctl.cli.status_view import slo_table
    from sloctl.clients.prometheus import Prometheus

    slos: list[SloStatus] = []
    with Live(console=Terminal(highlight=False), auto_refresh=False) as live:
        async with Prometheus(url) as prometheus:
            while True:
                said = Text()
                try:
                    slos = await read_status(prometheus, wanted)
                except BackendError as error:
                    said = Text(str(error), "red")
                live.update(Group(slo_table(slos), said), refresh=True)
                await asyncio.sleep(interval_s)
