"""`sloctl push rules`."""

import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sloctl.cli.options import check_options, json_option, spec_options
from sloctl.cli.printing import Console
from sloctl.cli.rule_options import rule_options

if TYPE_CHECKING:
    from sloctl.app.push_rules import GroupChange
    from sloctl.app.rules import RuleOptions


@click.command()
@click.argument("specs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--url", required=True, metavar="URL", help="The server, as http://mimir:8080.")
@click.option("--tenant", default="", metavar="ID", help="Sent as X-Scope-OrgID.")
@click.option("--namespace", default="sloctl", show_default=True, help="The ruler's namespace; sloctl's own.")
@click.option(
    "--api-path",
    default="/prometheus/config/v1/rules",
    show_default=True,
    metavar="PATH",
    help="Where the server has its rules; Cortex: /api/v1/rules.",
)
@click.option("--prune", is_flag=True, help="Remove groups of the namespace that are not among these rules.")
@click.option("--diff", is_flag=True, help="Show what changes, line by line.")
@rule_options
@spec_options
@check_options
@json_option
@click.pass_obj
def rules(
    console: Console,
    specs: tuple[Path, ...],
    url: str,
    tenant: str,
    namespace: str,
    api_path: str,
    options: "RuleOptions",
    period_s: int,
    values: Mapping[str, str],
    *,
    prune: bool,
    diff: bool,
    lenient: bool,
    check: bool,
    dry_run: bool,
) -> int:
    """
    Send the rules of SLOs to a ruler with the API of Mimir and Cortex.

    SPECS are what sloctl generate rules takes, and so are the options that shape rules. Groups that are up to date
    are not sent. Who asks is said in the environment: SLOCTL_TOKEN, or SLOCTL_USER and SLOCTL_PASSWORD.

    \b
    Examples:
      sloctl push rules slos/ --url http://mimir:8080 --tenant shop --dry-run --diff
      sloctl push rules slos/ --url http://mimir:8080 --tenant shop
      sloctl push rules slos/ --url http://mimir:8080 --prune
      sloctl push rules slos/ --url http://mimir:8080 --check      in CI: exits with 1 on drift
    """
    import asyncio

    from sloctl.app.push import Change, credentials
    from sloctl.app.push_rules import push_rules
    from sloctl.app.rules import generate_rules
    from sloctl.clients.ruler import Ruler
    from sloctl.model.periods import RollingPeriod

    (file,) = generate_rules(
        specs,
        options,
        combined=True,
        values=values,
        lenient=lenient,
        period=RollingPeriod(period_s),
        warn=console.warn,
    )
    groups = [group for slo in file.slos for group in options.groups(slo)]
    ruler = Ruler(url, api_path=api_path, tenant=tenant, credentials=credentials(os.environ))

    async def send() -> "list[GroupChange]":
        async with ruler:
            return await push_rules(ruler, namespace, groups, prune=prune, dry_run=dry_run or check)

    changes = asyncio.run(send())
    if console.as_json:
        console.json({"groups": [asdict(each) for each in changes]})
    else:
        _print(console, changes, diff=diff)
    settled = {Change.UNCHANGED, Change.LEFT}
    return 1 if check and any(each.change not in settled for each in changes) else 0


def _print(console: Console, changes: "list[GroupChange]", *, diff: bool) -> None:
    colours = {"added": "green", "changed": "yellow", "removed": "red"}
    for each in changes:
        console.note(f"{click.style(f'{each.change:>9}', fg=colours.get(each.change))}  {each.name}")
        if diff and each.change != "left":
            click.echo(each.diff, nl=False)
