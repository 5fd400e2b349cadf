"""`sloctl demo`."""

import os
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from sloctl.cli.options import Duration, json_option
from sloctl.cli.printing import Console

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from sloctl.app.demo import Demo
    from sloctl.clients.prometheus import Prometheus


_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_REFRESH_S: Final = 2


def _port(what: str) -> str:
    return f"Port of {what}.  [default: a free one]"


@click.command()
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default="sloctl-demo",
    show_default=True,
    help="Folder for rules, dashboards and logs.",
)
@click.option(
    "--kubeconfig",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Use this cluster instead of a simulated one.",
)
@click.option(
    "--healthy",
    "healthy_s",
    type=Duration(),
    default="40s",
    show_default=True,
    help="How long all is well before the fault.",
)
@click.option(
    "--open/--no-open",
    "is_opened",
    default=None,
    help="Open the board in a browser.  [default: on a desktop, yes; in CI and without a terminal, no]",
)
@click.option("--keep", is_flag=True, help="Stay up afterwards, until Ctrl-C.")
@click.option("--board-port", type=click.IntRange(0, 65535), default=0, help=_port("the board"))
@click.option("--prometheus-port", type=click.IntRange(0, 65535), default=0, help=_port("Prometheus"))
@click.option("--metrics-port", type=click.IntRange(0, 65535), default=0, help=_port("the operator's metrics"))
@click.option("--kubernetes-port", type=click.IntRange(0, 65535), default=0, help=_port("the simulated API server"))
@json_option
@click.pass_obj
def demo(
    console: Console,
    output: Path,
    kubeconfig: Path | None,
    healthy_s: int,
    board_port: int,
    prometheus_port: int,
    metrics_port: int,
    kubernetes_port: int,
    *,
    is_opened: bool | None,
    keep: bool,
) -> int:
    """
    See an SLO burn, live.

    Starts a simulated Kubernetes API server, the reference operator, and a Prometheus with rules generated from the
    operator's SLOs, and serves the board, which shows how they do. Lets it run, breaks the operator, waits for the
    page, mends it, tells what happened, and ends everything, in under three minutes. It listens on the loopback
    interface only.

    \b
    Examples:
      sloctl demo
      sloctl demo --keep --prometheus-port 9090     look around in Prometheus afterwards
      sloctl demo --kubeconfig ~/.kube/config       in a namespace of its own on a real cluster
    """
    import asyncio

    from sloctl.app.demo import Demo, Ports
    from sloctl.cli.demo_view import open_view, opening, print_summary

    if is_opened is None:
        is_opened = _has_desktop()
    with open_view(console) as view:
        settings = Demo(
            output,
            opening(view.show) if is_opened else view.show,
            _serve,
            kubeconfig=kubeconfig,
            ports=Ports(kubernetes_port, metrics_port, prometheus_port, board_port),
            healthy_s=healthy_s,
            keep=keep,
        )
        finished = asyncio.run(_play(settings))
    if not finished:
        console.note("Interrupted. Nothing is left running.")
        return 130
    if console.as_json:
        console.json(asdict(settings.report))
    else:
        print_summary(settings.report)
    return 0


def _has_desktop() -> bool:
    """Tell whether somebody sits before a browser."""
    is_graphical = sys.platform == "darwin" or bool({"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys())
    return is_graphical and sys.stdout.isatty() and "CI" not in os.environ


def _serve(prometheus: "Prometheus", port: int) -> "AbstractAsyncContextManager[str]":
    from sloctl.board import Board, serving

    return serving(Board(prometheus), port, _REFRESH_S)


async def _play(settings: "Demo") -> bool:
    """Play the demo; a signal ends it in order. Tells whether the story came to its end."""
    import asyncio

    from sloctl.app.demo import Scene, run_demo

    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(run_demo(settings))

    def stop() -> None:
        for number in _SIGNALS:
            loop.add_signal_handler(number, lambda: None)  # the end is under way
        task.cancel()

    for number in _SIGNALS:
        loop.add_signal_handler(number, stop)
    try:
        await task
    except asyncio.CancelledError:
        return settings.report.scene is Scene.KEPT
    return True
