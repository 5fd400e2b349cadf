"""What the command line says of itself."""

import subprocess
import sys

import click
import pytest

from sloctl.cli import sloctl

CONTEXT = click.Context(sloctl)


@pytest.mark.parametrize("name", sloctl.list_commands(CONTEXT))
def test_the_list_of_commands_says_what_each_says_itself(name: str) -> None:
    """The list is written apart from the commands, so that it loads none of them."""
    command = sloctl.get_command(CONTEXT, name)
    assert command is not None
    shown = " ".join(sloctl.get_help(CONTEXT).split())

    assert f" {name} {command.get_short_help_str(1000)}" in shown


def test_the_list_of_commands_loads_none() -> None:
    """Its time is that of click."""
    code = (
        "import sys; from sloctl.cli import run; run(['--help']); print([n for n in sys.modules if 'sloctl.cli.' in n])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.endswith("['sloctl.cli.printing']\n")


def test_an_unknown_command_is_named() -> None:
    """It is wrong usage, with no traceback."""
    done = subprocess.run([sys.executable, "-m", "sloctl", "genrate"], capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "No such command 'genrate'" in done.stderr
