"""The command line: parses, calls `sloctl.app`, prints."""

import sys

import click

from sloctl.cli import demo, generate, lint, push, simulate, status
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


@click.group(
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


sloctl.add_command(generate.generate)
sloctl.add_command(push.push)
sloctl.add_command(lint.lint)
sloctl.add_command(simulate.simulate)
sloctl.add_command(status.status)
sloctl.add_command(demo.demo)


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
