"""The console entry: runs the command line and turns what went wrong into a message and an exit code."""

import errno
import gc
import os
import sys
from typing import Final

from sloctl.model.errors import MissingExtraError, SloctlError, UsageError

_INTERRUPTED: Final = 130
_ALLOCATIONS: Final = 50_000
"""After so many, garbage is looked for; at Python's 700, that is an eighth of a start, and finds nothing."""
_EXTRA_OF: Final = {
    "aiohttp": "kubesim",
    "click": "cli",
    "grafanalib": "gen",
    "httpx2": "cli",
    "jinja2": "board",
    "jsonpatch": "kubesim",
    "kopf": "kopf",
    "lightkube": "demo",
    "numpy": "simulate",
    "pandas": "simulate",
    "promql_parser": "gen",
    "rich": "cli",
    "yaml": "gen",
}


def main(args: list[str] | None = None) -> int:
    """
    Run a command.

    Args:
        args: The arguments behind the program's name; those of the process when left out.

    Returns:
        0 fine, 1 findings or drift, 2 usage, 3 invalid spec, 4 a backend is unavailable, 130 interrupted.
    """
    gc.set_threshold(_ALLOCATIONS, 20, 20)
    try:
        return _run(args)
    except SloctlError as error:  # only what is needed to say so could not be loaded
        print(f"error: {error}\n  {error.hint}", file=sys.stderr)  # noqa: T201
        return error.exit_code
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        print("error: the output does not fit: no space left", file=sys.stderr)  # noqa: T201
        return UsageError.exit_code


def _run(args: list[str] | None) -> int:
    try:
        from sloctl.cli import run

        return run(args)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in _EXTRA_OF:
            raise
        given = sys.argv[1:] if args is None else args
        whole = next((command for command in ("demo", "board") if command in given), "")  # extras named after commands
        raise MissingExtraError(f"the package {package}", whole or _EXTRA_OF[package]) from error


if __name__ == "__main__":
    sys.exit(main())
