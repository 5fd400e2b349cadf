"""`sloctl board`."""

import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from sloctl.cli.options import Duration, json_option, prometheus_option, spec_options
from sloctl.cli.printing import Console

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sloctl.model.slo import Slo

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


@click.command()
@click.argument("specs", nargs=-1, type=click.Path(path_type=Path))
@prometheus_option
@click.option("--port", type=click.IntRange(0, 65535), default=9099, show_default=True, help="0 picks a free one.")
@click.option(
    "--interval",
    "interval_s",
    type=Duration(),
    default="15s",
    show_default=True,
    help="How often an open page is brought up to date.",
)
@click.option("--open", "is_opened", is_flag=True, help="Open it in a browser.")
@click.option("--wait", is_flag=True, help="Come up also while Prometheus is away.")
@click.option(
    "--static",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the pages of this moment as files instead, which need no server.",
)
@spec_options
@json_option
@click.pass_obj
def board(
    console: Console,
    specs: tuple[Path, ...],
    url: str,
    port: int,
    interval_s: int,
    folder: Path | None,
    period_s: int,
    values: Mapping[str, str],
    *,
    is_opened: bool,
    wait: bool,
    lenient: bool,
) -> None:
    """
    Show how SLOs are doing in a browser, without Grafana.

    Serves a list of SLOs and a page for each, with the numbers of sloctl status and of the dashboards, on the loopback
    interface until Ctrl-C. It only reads, and loads nothing from elsewhere. SPECS narrow it down, show what Prometheus
    does not know yet, and add owners and runbooks.

    \b
    Examples:
      sloctl board
      sloctl board --prometheus http://prometheus:9090 --open
      sloctl board slos/ --static public/slos     an artifact of CI
    """
    import asyncio

    from sloctl.app.specs import read_specs
    from sloctl.model.periods import RollingPeriod

    wanted = None
    if specs:
        found = read_specs(specs, values=values, lenient=lenient, period=RollingPeriod(period_s), warn=console.warn)
        wanted = [part for slo in found.slos for part in slo.split()]
    if folder is not None:
        asyncio.run(_write(console, url, wanted, folder))
        return
    settings = _Served(url, wanted, port, interval_s, is_opened=is_opened, wait=wait)
    asyncio.run(_serve(console, settings))
    console.note("Stopped.")


@dataclass(frozen=True, slots=True)
class _Served:
    url: str
    wanted: "Sequence[Slo] | None"
    port: int
    interval_s: int
    is_opened: bool
    wait: bool


async def _write(console: Console, url: str, wanted: "Sequence[Slo] | None", folder: Path) -> None:
    from sloctl.board import Board, write_static
    from sloctl.clients.prometheus import Prometheus

    async with Prometheus(url) as prometheus:
        outputs = await write_static(Board(prometheus, wanted), folder)
    console.outputs(outputs, {})


async def _serve(console: Console, settings: _Served) -> None:
    """Serve until a signal comes."""
    import asyncio

    from sloctl.board import Board, serving
    from sloctl.clients.prometheus import Prometheus

    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    for number in _SIGNALS:
        loop.add_signal_handler(number, ended.set)
    async with Prometheus(settings.url) as prometheus:
        board = Board(prometheus, settings.wanted)
        if not settings.wait and (error := (await board.look()).error):
            raise error
        async with serving(board, settings.port, settings.interval_s) as address:
            if console.as_json:
                console.json({"url": address})
            else:
                console.note(f"The board is at {address}; Ctrl-C ends it.")
            if settings.is_opened:
                click.launch(address)
            await ended.wait()
