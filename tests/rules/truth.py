"""
Histories that were made up, in a real Prometheus: the past is filled as `sloctl generate backfill` fills it, and read
by the rules as they are generated.
"""

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sloctl.app.backfill import Span, plan
from sloctl.app.rules import RuleOptions
from sloctl.model.names import LABEL_ID
from sloctl.model.rules import RecordingRule
from sloctl.model.slo import Slo
from sloctl.rulegen import rule_groups
from tests.support.prometheus import Labels, Server, blocks_from, find_program, prometheus

BLOCK_S = 162 * 3600
"""The longest time of which promtool makes one query and one block; its usual two hours make thousands of a month."""
_LONG_BLOCKS = f"--max-block-duration={BLOCK_S // 3600}h"


class Series(NamedTuple):
    """
    Samples of one series.

    Args:
        labels: Its name, as ``__name__``, among them.
        times: In whole Unix seconds.
        values: As many.
    """

    labels: Labels
    times: np.ndarray
    values: np.ndarray

    def text(self, start: int, end: int) -> str:
        """Give the samples from *start* to before *end* in OpenMetrics text."""
        inside = (self.times >= start) & (self.times < end)
        pairs = np.column_stack((self.values[inside], self.times[inside])).ravel().tolist()
        labels = ",".join(f'{label}="{text}"' for label, text in self.labels.items() if label != "__name__")
        return f"{self.labels['__name__']}{{{labels}}} %.17g %d\n" * (len(pairs) // 2) % tuple(pairs)


def write(series: Sequence[Series], data: Path) -> None:
    """Add samples to a data folder, from a file for each block: promtool reads a file anew for every block in it."""
    first, last = min(int(each.times[0]) for each in series), max(int(each.times[-1]) for each in series)
    for start in range(first // BLOCK_S * BLOCK_S, last + 1, BLOCK_S):
        text = "".join(each.text(start, start + BLOCK_S) for each in series)
        if text:
            blocks_from(text, data)


def fill(slos: Sequence[Slo], data: Path, start: int, end: int, folder: Path, program: Path | None = None) -> None:
    """Record what rules look back at, pass by pass, each with the blocks of the one before loaded."""
    for number in range(2):
        with prometheus("{}", folder, data, program=program) as server:
            each = plan(slos, RuleOptions(), Span(server.url, data, start, end), folder)[number]
            each.folder.mkdir()
            each.path.write_text("".join(each.chunks()))
            evaluate(each.command, each.folder)


def evaluate(command: Sequence[str], folder: Path) -> None:
    """Run a command of a pass, in long blocks."""
    program, tsdb, create, *args = command
    whole = [find_program(program), tsdb, create, _LONG_BLOCKS, *args]
    done = subprocess.run(whole, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def written_out(slo: Slo) -> dict[str, str]:
    """Give the rules whose past is not filled, each with what it reads of its own moment in the place of its name."""
    rules = [rule for group in rule_groups(slo) for rule in group.rules if isinstance(rule, RecordingRule)]
    exprs = {rule.record: rule.expr for rule in rules if not re.fullmatch(r"slo:\w+:(slice|sum1h)", rule.record)}
    of_slo = f'{{{LABEL_ID}="{slo.id}"}}'
    of_moment = re.compile(rf"([\w:]+){re.escape(of_slo)}(?!\[)")

    def whole(record: str) -> str:
        return of_moment.sub(lambda found: f"({whole(found[1])})" if found[1] in exprs else found[0], exprs[record])

    return {record: whole(record) for record in exprs}


def samples(server: Server, expr: str, at: int) -> int:
    """Give how many samples an evaluation reads."""
    return int(server.get("query", query=expr, time=at, stats="all")["stats"]["samples"]["totalQueryableSamples"])


def one(server: Server, expr: str, at: int) -> float:
    """Give the value of the only result."""
    ((_, value),) = server.query(expr, at)
    return value
