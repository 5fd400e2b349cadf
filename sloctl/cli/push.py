"""`sloctl push`."""

import click

from sloctl.cli.push_dashboards import dashboards
from sloctl.cli.push_rules import rules


@click.group()
def push() -> None:
    """Send what is generated to where it runs."""


push.add_command(rules)
push.add_command(dashboards)
