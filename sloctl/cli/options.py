"""What several commands take."""

from collections.abc import Callable
from typing import Any

import click

from sloctl.cli.printing import Console
from sloctl.model.durations import parse_shorthand


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


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--json`, with the same meaning everywhere: the result, or the error, as one JSON document on stdout."""

    def remember(context: click.Context, _: click.Parameter, value: bool) -> None:
        context.find_object(Console).as_json = value  # type: ignore[union-attr]

    option = click.option("--json", is_flag=True, expose_value=False, callback=remember, help="Print JSON.")
    return option(command)


def check_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--check` and `--dry-run`, with the same meaning everywhere."""
    check = click.option("--check", is_flag=True, help="Write nothing; exit with 1 when a file differs.")
    dry_run = click.option("--dry-run", is_flag=True, help="Write nothing; say what would be written.")
    return check(dry_run(command))
