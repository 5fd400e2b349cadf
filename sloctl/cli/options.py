"""What several commands take."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import click

from sloctl.cli.printing import JSON
from sloctl.model.durations import parse_shorthand
from sloctl.model.names import METRIC

_PAGE: Final = re.compile(r"https?://[^\s/]\S*|[^\s:]+")


class Duration(click.ParamType[int]):
    """A duration such as 30s or 1m, in seconds."""

    name = "duration"

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read it."""
        if isinstance(value, int):
            return value
        try:
            return parse_shorthand(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Metric(click.ParamType[str]):
    """The name of a metric."""

    name = "metric"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check it."""
        if not METRIC.fullmatch(value):
            self.fail(f"'{value}' is not the name of a metric: write for example maintenance:mask", param, ctx)
        return value


class Page(click.ParamType[str]):
    """Where a page is: a URL, or a path."""

    name = "url"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check it."""
        if not _PAGE.fullmatch(value):
            self.fail(f"'{value}' is neither a URL nor a path: write for example https://wiki/runbook", param, ctx)
        return value


def set_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--set`: what is set of packs and modules."""

    def read(_ctx: click.Context, param: click.Parameter, given: Sequence[str]) -> dict[str, str]:
        pairs = [text.partition("=") for text in given]
        for key, equals, _ in pairs:
            if not key or not equals:
                raise click.BadParameter(f"'{key}' has no value; write KEY=VALUE", param=param)
        return {key: value for key, _, value in pairs}

    option = click.option(
        "--set",
        "values",
        multiple=True,
        metavar="KEY=VALUE",
        callback=read,
        help="Set what a pack or a module leaves open, as job=my-operator.  [docs/packs.md]",
    )
    return option(command)


def slos_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--slos`: what dashboards may depend on."""
    option = click.option(
        "--slos",
        "specs",
        multiple=True,
        type=click.Path(path_type=Path),
        metavar="SPEC",
        help="SLOs that sources may depend on, as generate rules takes them: those that ship with sloctl if left out.",
    )
    return option(command)


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--json`, with the same meaning everywhere; the console looks for it before anything is parsed."""
    return click.option(JSON, is_flag=True, expose_value=False, help="Print JSON.")(command)


def prometheus_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--prometheus`: the server that knows how SLOs are doing."""
    option = click.option(
        "--prometheus",
        "url",
        metavar="URL",
        default="http://localhost:9090",
        show_default=True,
        help="The server that evaluates the rules.",
    )
    return option(command)


def spec_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--set`, `--lenient` and `--period`: how specs are read."""
    lenient = click.option("--lenient", is_flag=True, help="Take what can be read in two ways for a warning.")
    period = click.option(
        "--period",
        "period_s",
        type=Duration(),
        default="30d",
        show_default=True,
        help="Period of SLOs whose specs do not say theirs, as Sloth's.",
    )
    return set_option(lenient(period(command)))


def check_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--check` and `--dry-run`, with the same meaning everywhere."""
    check = click.option("--check", is_flag=True, help="Write nothing; exit with 1 when a file differs.")
    dry_run = click.option("--dry-run", is_flag=True, help="Write nothing; say which files differ.")
    return check(dry_run(command))
