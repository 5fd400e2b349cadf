"""Shows the demo while it runs: a live table on a terminal, plain lines elsewhere."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from time import monotonic, time
from typing import Final, Protocol

import click
from rich.console import Console as Terminal
from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from sloctl.app.demo import Alert, Report, Scene
from sloctl.app.status import SloStatus
from sloctl.app.wording import coverage, percent, times
from sloctl.cli.printing import Console
from sloctl.cli.status_view import slo_table
from sloctl.model import names

_SCENES: Final = {
    Scene.STARTING: "Starting the API server, the operator and Prometheus",
    Scene.HEALTHY: "All is well: Tenants change, the operator follows",
    Scene.BROKEN: "Broken: most attempts to provision a database fail",
    Scene.MENDED: "Mended: the fault is gone, the burn rate falls",
    Scene.KEPT: "Left up for you to look around; Ctrl-C ends it",
    Scene.STOPPING: "Stopping everything",
}
_LINES_EVERY_S: Final = 10


class View(Protocol):
    """Something that can show a report."""

    def show(self, report: Report) -> None:
        """Show it."""


@contextlib.contextmanager
def open_view(console: Console) -> Iterator[View]:
    """Choose a view: live on a terminal, else plain lines on stderr."""
    if sys.stdout.isatty() and not console.as_json:
        with Live(console=Terminal(), refresh_per_second=4, transient=True) as live:
            yield LiveView(live)
    else:
        yield PlainView(console)


def opening(show: Callable[[Report], None]) -> Callable[[Report], None]:
    """Show reports, and open the board in a browser as soon as there is something on it."""
    is_open = False

    def show_and_open(report: Report) -> None:
        nonlocal is_open
        show(report)
        if report.slos and not is_open:
            is_open = True
            click.launch(report.places["board"])

    return show_and_open


class LiveView:
    """A table that is drawn over and over in place."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._began = monotonic()

    def show(self, report: Report) -> None:
        """Draw the table anew."""
        clock = f"{int(monotonic() - self._began):>4} s"
        colour = {Scene.BROKEN: "red", Scene.MENDED: "yellow"}.get(report.scene, "green")
        title = Text.assemble((clock, "dim"), "  ", (_SCENES[report.scene], f"bold {colour}"))
        self._live.update(Group(title, "", slo_table(report.slos), "", _places(report)))


class PlainView:
    """A line for the board, each scene and the page, and every ten seconds one for each SLO."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._scene: Scene | None = None
        self._located = False
        self._paged = False
        self._next = 0.0

    def show(self, report: Report) -> None:
        """Print what is new."""
        if report.scene is not self._scene:
            self._scene = report.scene
            self._say(_SCENES[report.scene])
        if "board" in report.places and not self._located:
            self._located = True
            self._say(f"The board is at {report.places['board']}")
        if report.alert is not None and not self._paged:
            self._paged = True
            self._say(f"page firing: {_page(report.alert)}")
        if report.slos and monotonic() >= self._next:
            self._next = monotonic() + _LINES_EVERY_S
            for slo in report.slos:
                self._say(
                    f"  {slo.display_name or slo.name}, {_group(slo)}: "
                    f"SLI {percent(slo.sli_ratio)} (objective {percent(slo.objective_ratio)}), "
                    f"budget left {percent(slo.budget_left_ratio)} {coverage(slo)}, "
                    f"burn {times(slo.burn.get('5m'))} over 5m, {times(slo.burn.get('1h'))} over 1h, "
                    f"{' and '.join(slo.tiers) or 'no'} alert firing"
                )

    def _say(self, text: str) -> None:
        self._console.note(f"{_time(time())} {text}")


def print_summary(report: Report) -> None:
    """Print what happened, and where things are."""
    terminal = Terminal(highlight=False, soft_wrap=True)
    terminal.print("[bold]What happened[/]")
    if report.broken_s is not None:
        terminal.print(f"  {_time(report.broken_s)}  the fault began: most attempts to provision a database failed")
        if report.alert is not None:
            after_s = report.alert.firing_s - report.broken_s
            terminal.print(f"  {_time(report.alert.active_s)}  page active: {_page(report.alert)}")
            terminal.print(f"  {_time(report.alert.firing_s)}  page firing, {after_s:.0f} s after the fault began")
        if report.mended_s is not None:
            terminal.print(f"  {_time(report.mended_s)}  the fault was taken away")
    terminal.print("\n[bold]How the SLOs stand[/]")
    terminal.print(slo_table(report.slos))
    terminal.print("\n[bold]What is left[/]")
    for what in ("rules", "dashboards", "logs"):
        terminal.print(f"  {what:<11} {report.places[what]}")
    terminal.print("  nothing is left running")


def _places(report: Report) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, style="dim")
    for what, where in sorted(report.places.items(), key=lambda place: place[0] != "board"):
        table.add_row(what, where)
    return table


def _group(slo: SloStatus) -> str:
    return ", ".join(f"{name} {value}" for name, value in slo.group.items())


def _page(alert: Alert) -> str:
    known = {*names.IDENTITY, "alertname", names.LABEL_TIER}
    return ", ".join([alert.labels[names.LABEL_ID], *(v for k, v in sorted(alert.labels.items()) if k not in known)])


def _time(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds).astimezone():%H:%M:%S}"
