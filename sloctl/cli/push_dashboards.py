"""`sloctl push dashboards`."""

import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sloctl.cli.options import check_options, json_option, slos_option, spec_options
from sloctl.cli.printing import Console
from sloctl.model.errors import BackendError, SloctlError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sloctl.app.push_dashboards import BoardChange
    from sloctl.app.push_verify import Verified

_COLOURS = {
    "added": "green",
    "changed": "yellow",
    "removed": "red",
    "refused": "red",
    "failed": "red",
    "not sent": "red",
    "ok": "green",
}


@click.command()
@click.argument("sources", nargs=-1, type=click.Path(path_type=Path))
@click.option("--url", required=True, metavar="URL", help="Grafana, as https://grafana:3000.")
@click.option("--folder", default="", metavar="TITLE", help="The folder for them, made when missing; also by its uid.")
@click.option("--owner", default="sloctl", show_default=True, metavar="NAME", help="Who keeps them; a set of its own.")
@click.option(
    "--namespace",
    default="",
    metavar="NAME",
    help="default, org-ID or, in Grafana Cloud, stacks-ID; Grafana is asked if left out.",
)
@click.option("--overwrite", is_flag=True, help="Replace also what somebody else made, or changed in Grafana.")
@click.option("--prune", is_flag=True, help="Remove dashboards of the owner that are not among these.")
@click.option("--diff", is_flag=True, help="Show what changes, line by line.")
@click.option("--verify", is_flag=True, help="Read them back, and run the queries of their panels through Grafana.")
@click.option(
    "--datasource",
    default="",
    metavar="NAME",
    help="The Prometheus that --verify chooses, also by its uid; Grafana's default if left out.",
)
@slos_option
@spec_options
@check_options
@json_option
@click.pass_obj
def dashboards(
    console: Console,
    sources: tuple[Path, ...],
    url: str,
    folder: str,
    owner: str,
    namespace: str,
    datasource: str,
    specs: tuple[Path, ...],
    period_s: int,
    values: Mapping[str, str],
    *,
    overwrite: bool,
    prune: bool,
    diff: bool,
    verify: bool,
    lenient: bool,
    check: bool,
    dry_run: bool,
) -> int:
    """
    Send dashboards to a Grafana.

    SOURCES are what sloctl generate dashboards takes, and files of classic Grafana JSON, or folders of these; without
    any, the dashboards that ship with sloctl. Those that are up to date are not sent; those that somebody else made, or
    changed in Grafana, stay as they are. Who asks is said in the environment: SLOCTL_TOKEN, or SLOCTL_USER and
    SLOCTL_PASSWORD.

    \b
    Examples:
      sloctl push dashboards --url https://grafana:3000 --folder SLOs --dry-run --diff
      sloctl push dashboards --url https://grafana:3000 --folder SLOs --verify
      sloctl push dashboards mine/ --url https://grafana:3000 --owner team-a --prune
      sloctl push dashboards --url https://grafana:3000 --check      in CI: exits with 1 on drift
    """
    import asyncio

    from sloctl.app.dashboards import read_context
    from sloctl.app.push import Change, credentials
    from sloctl.app.push_dashboards import Terms, push_dashboards
    from sloctl.app.push_sources import read_boards
    from sloctl.clients.grafana import Grafana
    from sloctl.model.periods import RollingPeriod

    context = read_context(specs, values=values, lenient=lenient, period=RollingPeriod(period_s), warn=console.warn)
    boards = read_boards(sources, context)
    terms = Terms(owner, folder, overwrite=overwrite, prune=prune, dry_run=dry_run or check)
    grafana = Grafana(url, namespace=namespace, credentials=credentials(os.environ))
    changes: list[BoardChange] = []
    verified: list[Verified] = []

    def done(change: "BoardChange") -> None:
        changes.append(change)
        if not console.as_json:
            _print_change(console, change, diff=diff)

    async def send() -> SloctlError | None:
        async with grafana:
            await push_dashboards(grafana, boards, terms, done)
            if verify and not any(each.change is Change.FAILED for each in changes):
                from sloctl.app.push_verify import verify_dashboards

                try:
                    verified.extend(await verify_dashboards(grafana, boards, owner=owner, data_source=datasource))
                except SloctlError as error:  # what was pushed is to be told all the same
                    return error
        return None

    fault = asyncio.run(send())
    if console.as_json:
        console.json(_as_json(grafana.url, changes, verified if verify else None, fault))
    else:
        _print_end(console, changes, verified, fault)
    states = {each.change for each in changes} - {Change.UNCHANGED, Change.LEFT}
    if fault or Change.FAILED in states:
        return fault.exit_code if fault else BackendError.exit_code
    faulty = any(each.state == "failed" for each in verified) or (Change.REFUSED in states and not dry_run)
    return 1 if faulty or (check and states) else 0


def _as_json(
    url: str, changes: "Sequence[BoardChange]", verified: "Sequence[Verified] | None", fault: SloctlError | None
) -> dict[str, object]:
    data: dict[str, object] = {"dashboards": [{**asdict(each), "url": f"{url}/d/{each.uid}"} for each in changes]}
    if verified is not None:
        data["verified"] = [{**asdict(each), "state": each.state} for each in verified]
    return {**data, "error": str(fault), "hint": fault.hint} if fault else data


def _print_change(console: Console, each: "BoardChange", *, diff: bool) -> None:
    console.note(f"{click.style(f'{each.change:>9}', fg=_COLOURS.get(each.change))}  {each.title} ({each.uid})")
    for text in (each.reason, each.hint):
        if text:
            console.note(f"           {text}")
    if diff:
        click.echo(each.diff, nl=False)


def _print_end(
    console: Console, changes: "Sequence[BoardChange]", verified: "Sequence[Verified]", fault: SloctlError | None
) -> None:
    for each in verified:
        empty = sum(panel.state == "empty" for panel in each.panels)
        counts = f"{len(each.panels)} panels" + (f", {empty} of them empty" if empty else "")
        console.note(f"{click.style(f'{each.state:>9}', fg=_COLOURS.get(each.state))}  {each.title}: {counts}")
        for text in (each.reason, each.note):
            if text:
                console.note(f"           {text}")
        for panel in each.panels:
            if panel.state != "ok":
                console.note(f"           {panel.title}: {panel.reason or 'no data'}")
    missing = [each.uid for each in changes if each.change in {"failed", "not sent"}]
    if missing:
        console.note(f"not done: {', '.join(missing)}; once Grafana lets it, the same command does the rest")
    if fault:
        console.error(fault)
