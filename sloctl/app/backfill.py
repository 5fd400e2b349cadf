"""Fills the past of SLOs whose rules are new, with promtool."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Final

from sloctl.app.demo.programs import find_program
from sloctl.app.rules import RuleOptions, generate_rules
from sloctl.app.specs import NO_VALUES, Warn, unsaid
from sloctl.clients.addresses import address
from sloctl.clients.prometheus import EXAMPLE, Prometheus
from sloctl.model import names
from sloctl.model.durations import format_duration
from sloctl.model.errors import BackendError, UsageError
from sloctl.model.indicators import Matcher
from sloctl.model.periods import CalendarPeriod, RollingPeriod
from sloctl.model.rules import RuleGroup
from sloctl.model.slo import Slo
from sloctl.model.windows import HOUR_S
from sloctl.promql.tree import Selector
from sloctl.rulegen.backfill import backfill_passes
from sloctl.rulegen.calendar import longest_s
from sloctl.specio.rulefile import rule_chunks
from sloctl.specio.specs import DEFAULT_PERIOD

RULES: Final = "past.rules.yaml"
"""The rules of every pass: groups of one name in files of one path are evaluated at the same moments."""
_PROMTOOL: Final = "it comes with Prometheus: put it on PATH"
_RELOADS: Final = 2
"""The first may have begun before the last block was written."""
_LOADED_WITHIN_S: Final = 300
_ASK_EVERY_S: Final = 1.0
_SHOWN: Final = 2000
_SETTLED_S: Final = 3 * HOUR_S
"""Blocks of what is older do not overlap what Prometheus holds in memory."""


@dataclass(frozen=True, slots=True)
class Span:
    """
    What is filled.

    Args:
        url: Of the Prometheus that has the raw series.
        data: Its data folder, where blocks are written.
        start_s: In Unix seconds.
        end_s: When the rules began to be evaluated, in Unix seconds.
    """

    url: str
    data: Path
    start_s: int
    end_s: int


@dataclass(frozen=True, slots=True)
class Pass:
    """
    A run of promtool, whose blocks must be loaded before the next one.

    Args:
        folder: Where it runs.
        groups: What is evaluated.
        command: The program and its arguments.
    """

    folder: Path
    groups: tuple[RuleGroup, ...]
    command: tuple[str, ...]

    @property
    def path(self) -> Path:
        """Give the file of the rules."""
        return self.folder / RULES

    def chunks(self) -> list[str]:
        """Write the file of the rules."""
        return list(rule_chunks(self.groups, "the rules of SLOs, for their past"))


def read_slos(
    inputs: Sequence[Path],
    options: RuleOptions,
    *,
    values: Mapping[str, str] = NO_VALUES,
    lenient: bool = False,
    period: RollingPeriod = DEFAULT_PERIOD,
    warn: Warn = unsaid,
) -> tuple[Slo, ...]:
    """Read the SLOs that have rules, as [`generate_rules`][sloctl.app.rules.generate_rules] does."""
    (file,) = generate_rules(inputs, options, combined=True, values=values, lenient=lenient, period=period, warn=warn)
    return file.slos


def span_of(slos: Sequence[Slo], url: str, data: Path, start_s: int | None, end_s: int) -> Span:
    """
    Choose what is filled.

    Args:
        slos: Whose past.
        url: As for `Span`.
        data: As for `Span`.
        start_s: As for `Span`; `None` for as far back as budgets look, and the hour before.
        end_s: As for `Span`.

    Raises:
        UsageError: The span is none, or its end has not settled; or the URL is none.
    """
    address(url, EXAMPLE)
    now_s = time.time()
    if end_s > now_s:
        raise UsageError(f"{_utc(end_s)} is in the future", "--end is when the rules began to be evaluated")
    if end_s > now_s - _SETTLED_S:
        what = f"{_utc(end_s)} is less than three hours ago, of which Prometheus still holds samples in memory"
        raise UsageError(what, f"wait until {_utc(end_s + _SETTLED_S)}")
    if start_s is None:
        periods = (slo.time_window for slo in slos)
        start_s = end_s - HOUR_S
        start_s -= max(longest_s(each) if isinstance(each, CalendarPeriod) else each.seconds for each in periods)
    if start_s >= end_s:
        raise UsageError("there is nothing to fill: --start is not before --end", "say when the rules began: --end")
    return Span(url, data, start_s, end_s)


def plan(slos: Sequence[Slo], options: RuleOptions, span: Span, folder: Path) -> list[Pass]:
    """
    Plan the passes.

    Args:
        slos: Whose past; each with one objective, or a composite.
        options: How their rules are written.
        span: What is filled.
        folder: For the files of the rules.
    """
    by_slo = (backfill_passes(slo, options.slice_s, options.mask, options.scheme) for slo in slos)
    return [
        Pass(folder / str(number), tuple(group for group in groups if group is not None), _command(span, options))
        for number, groups in enumerate(zip_longest(*by_slo), 1)
    ]


def _command(span: Span, options: RuleOptions) -> tuple[str, ...]:
    return (
        "promtool",
        "tsdb",
        "create-blocks-from",
        "rules",
        f"--url={span.url}",
        f"--start={span.start_s}",
        f"--end={span.end_s}",
        f"--eval-interval={format_duration(options.slice_s)}",
        f"--output-dir={span.data.absolute()}",
        RULES,
    )


async def run(passes: Sequence[Pass], span: Span, progress: Callable[[str], object]) -> None:
    """
    Run the passes, whose files are in place, and have Prometheus load the blocks of each before the next.

    Raises:
        BackendError: promtool or Prometheus is missing or fails, or loads no blocks.
        UsageError: The past is filled already, or the data folder is none.
    """
    if not (span.data / "wal").is_dir():
        raise UsageError(f"{span.data} is not the data of a Prometheus", "say where it is: --data")
    promtool = find_program("promtool", _PROMTOOL)
    async with Prometheus(span.url) as prometheus:
        await _refuse_twice(prometheus, passes, span)
        for number, each in enumerate(passes, 1):
            progress(
                f"pass {number} of {len(passes)}: promtool evaluates {sum(len(g.rules) for g in each.groups)} rules"
            )
            await _promtool(promtool, each)
            if number < len(passes):
                progress(f"pass {number} of {len(passes)}: Prometheus loads the blocks")
                await _loaded(prometheus)


async def _refuse_twice(prometheus: Prometheus, passes: Sequence[Pass], span: Span) -> None:
    """Slices that are there already would count twice."""
    ids = {rule.labels[names.LABEL_ID] for each in passes for group in each.groups for rule in group.rules}
    window = format_duration(span.end_s - span.start_s)
    there = await prometheus.query(
        f"count by ({names.LABEL_ID}) (last_over_time({names.TOTAL_SLICE}[{window}]))", span.end_s
    )
    for name in sorted(ids & {sample.labels[names.LABEL_ID] for sample in there}):
        slices = Selector(names.TOTAL_SLICE, (Matcher(names.LABEL_ID, "=", name),))
        (first,) = await prometheus.query(f"min(min_over_time(timestamp({slices})[{window}:1m]))", span.end_s)
        raise UsageError(
            f"Prometheus has slices of {name} from {_utc(first.value)} on",
            "--end is when the rules began; what is filled already would count twice",
        )


def _utc(at_s: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at_s))


async def _promtool(program: Path, each: Pass) -> None:
    process = await asyncio.create_subprocess_exec(
        program, *each.command[1:], cwd=each.folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        said, _ = await process.communicate()
    except asyncio.CancelledError:
        process.terminate()
        await process.wait()
        raise
    if process.returncode:
        tail = said.decode(errors="replace")[-_SHOWN:].strip()
        raise BackendError(f"promtool has ended with code {process.returncode}; it said:\n{tail}")


async def _loaded(prometheus: Prometheus) -> None:
    before = await prometheus.block_loads()
    try:
        async with asyncio.timeout(_LOADED_WITHIN_S):
            while await prometheus.block_loads() < before + _RELOADS:
                await asyncio.sleep(_ASK_EVERY_S)
    except TimeoutError as error:
        raise BackendError(
            f"Prometheus at {prometheus.url} loads no blocks", "restart it, and run the printed commands that are left"
        ) from error
