"""The command line: parses, calls `sloctl.app`, prints."""

import importlib
import sys
from collections.abc import Mapping
from typing import Final

import click

from sloctl.cli.printing import Console
from sloctl.model.errors import SloctlError

_EXIT_CODES = """\b
Exit codes:
  0  fine
  1  findings, or files that differ
  2  wrong usage
  3  an invalid spec
  4  a program or server that is needed is unavailable
"""

_COMMANDS: Final[Mapping[str, str]] = {
    "board": "Show how SLOs are doing in a browser, without Grafana.",
    "demo": "See an SLO burn, live.",
    "generate": "Generate Prometheus rules and their past, Grafana dashboards, OpenSLO and catalogues of metrics.",
    "lint": "Check Prometheus rules, SLO specs and Grafana dashboards for what loads well and works badly.",
    "push": "Send what is generated to where it runs.",
    "simulate": "Measure how good the alerts of SLOs are.",
    "status": "Show how SLOs are doing, as a Prometheus has it that evaluates their rules.",
}
"""What each command does, so that a list of them loads none."""


class Commands(click.Group):
    """Loads a command when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 # click's own signature
        """Name the commands."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Load a command."""
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(f"sloctl.cli.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands."""
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_EXIT_CODES,
)
@click.version_option(package_name="sloctl", message="%(prog)s %(version)s")
def sloctl() -> None:
    """
    Takes a Kubernetes operator from decorator to error budget.

    \b
    Try it:
      sloctl demo                                    see an SLO burn, live
      sloctl generate rules slos/ -o rules/          SLO specs to Prometheus rules
      sloctl generate dashboards -o dashboards/      Grafana dashboards
    """


def run(args: list[str] | None = None) -> int:
    """Run a command and print its errors; gives the exit code."""
    console = Console(sys.argv[1:] if args is None else args)
    try:
        result = sloctl.main(args, prog_name="sloctl", obj=console, standalone_mode=False)
    except SloctlError as error:
        console.error(error)
        return error.exit_code
    except click.ClickException as error:
        console.misuse(error)
        return error.exit_code
    except click.Abort:
        return 130
    if sys.stdout is not None:  # it is when the shell has closed it
        sys.stdout.flush()
    return result if isinstance(result, int) else 0
