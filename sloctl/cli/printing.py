"""Prints results and errors: for people, or as JSON when `--json` is given."""

import json
import linecache
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import click

from sloctl.app.outputs import Output, State
from sloctl.model.errors import SloctlError, SpecError
from sloctl.model.findings import Finding

JSON: Final = "--json"
_COLOURS: Final = {State.WRITTEN: "green", State.DIFFERS: "red", State.STALE: "yellow", State.REMOVED: "red"}
_EXCERPT: Final = 100
"""Characters of a source line that are shown."""


class Console:
    """
    Prints to people, or with `--json` one document to programs: the result, or the error, whatever it is.

    Args:
        args: Of the command line.
    """

    def __init__(self, args: Sequence[str]) -> None:
        self.as_json = JSON in args
        self._warnings: list[Finding] = []

    def misuse(self, error: click.ClickException) -> None:
        """Print what click could not parse."""
        if self.as_json:
            self.json({"error": error.format_message(), "hint": "", "findings": []})
        else:
            error.show()

    def error(self, error: SloctlError) -> None:
        """Print what went wrong; the findings of a spec go with their source lines."""
        findings = error.findings if isinstance(error, SpecError) else ()
        if self.as_json:
            fault = {"error": str(error), "hint": error.hint, "findings": [finding.to_dict() for finding in findings]}
            self.json(fault)
            return
        for finding in findings:
            click.echo(with_source(finding), err=True)
        click.echo(f"{click.style('error', fg='red', bold=True)}: {error}", err=True)
        if error.hint:
            click.echo(f"  {error.hint}", err=True)

    def warn(self, finding: Finding) -> None:
        """Print what stops nothing; in JSON it goes with the result."""
        if self.as_json:
            self._warnings.append(finding)
        else:
            click.echo(with_source(finding), err=True)

    def json(self, data: Mapping[str, object]) -> None:
        """Print one JSON document."""
        if self._warnings:
            data = {**data, "warnings": [finding.to_dict() for finding in self._warnings]}
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))

    def note(self, text: str) -> None:
        """Print a line that is not the result; it stays out of the way of pipes."""
        click.echo(text, err=True)

    def outputs(self, outputs: Sequence[Output], slos: Mapping[Path, list[str]]) -> None:
        """Print what became of each file, and in JSON also which SLOs it is about."""
        if self.as_json:
            files = [{"path": str(o.path), "state": o.state, "slos": slos.get(o.path, [])} for o in outputs]
            self.json({"files": files})
            return
        for output in outputs:
            colour = _COLOURS.get(output.state)
            self.note(f"{click.style(f'{output.state:>9}', fg=colour)}  {output.path}")


def with_source(finding: Finding) -> str:
    """Show a finding, its source line and a caret."""
    lines = [click.style(str(finding), bold=True)]
    source = linecache.getline(finding.path, finding.line).rstrip("\n") if finding.line else ""
    if source:
        gutter = f"{finding.line:>5} | "
        shown, index = _excerpt(source, max(finding.column - 1, 0))
        lines += [gutter + shown, " " * (len(gutter) + index) + click.style("^", fg="red", bold=True)]
    if finding.hint:
        lines.append(f"        {finding.hint}")
    return "\n".join(lines)


def _excerpt(line: str, index: int) -> tuple[str, int]:
    """Cut what is around a character out of a long line; gives also where in it that character is."""
    start = max(min(index - _EXCERPT // 2, len(line) - _EXCERPT), 0)
    shown = line[start : start + _EXCERPT]
    if start:
        shown = f"…{shown[1:]}"
    if start + _EXCERPT < len(line):
        shown = f"{shown[:-1]}…"
    return shown, index - start
