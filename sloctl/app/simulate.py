"""How good the alerts of SLOs are, over histories made up or recorded."""

import asyncio
import csv
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Final, TypeVar

from sloctl.app.specs import Warn, read_specs, unsaid
from sloctl.clients.prometheus import Prometheus
from sloctl.model import names
from sloctl.model.durations import parse_shorthand
from sloctl.model.errors import BackendError, UsageError
from sloctl.model.indicators import Matcher
from sloctl.model.periods import RollingPeriod
from sloctl.model.policies import PLAIN
from sloctl.model.slo import Slo
from sloctl.model.windows import DAY_S, SLICE_S
from sloctl.promql.tree import Selector
from sloctl.rulegen.watch import watched
from sloctl.simulate import SHAPES, Kind, Run, Setting, World, imagine, recorded, repeated, watch
from sloctl.simulate.incidents import MONTH_SLICES
from sloctl.simulate.traffic import Floats
from sloctl.specio.files import read_text
from sloctl.specio.specs import DEFAULT_PERIOD

RECORDED: Final = "recorded"
"""The traffic that a Prometheus has seen, beside the shapes that are made up."""

_MONTH_D: Final = 30
_TRAFFIC_D: Final = 28
_AT_ONCE: Final = 4
_MOST_PER_HOUR: Final = 1e12
_MOST_PER_MONTH: Final = 1000
_MIX: Final = ("duration", "error_ratio", "per_month")
_TIMES: Final = ("start", "end")

Progress = Callable[[str], object]
_Part = frozenset[tuple[str, str]]
_Series = dict[float, float]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Plan:
    """
    What to simulate.

    Args:
        world: What histories are made of; its traffic may be `RECORDED`. A replay goes back as many months.
        seed: Of the first run.
        runs: How many histories to make up, each with the next seed.
        prometheus: URL of a server with recorded slices, to replay or for `RECORDED` traffic; empty for none.
        incidents: A CSV file: the mix of incidents, or for a replay their times; `None` for the usual mix, or to find
            out.
        replay: Take what was recorded instead of making anything up.
        values: As for [`read_specs`][sloctl.app.specs.read_specs].
        lenient: As for `read_specs`.
        period: As for `read_specs`.
    """

    world: World = field(default_factory=World)
    seed: int = 0
    runs: int = 1
    prometheus: str = ""
    incidents: Path | None = None
    replay: bool = False
    values: Mapping[str, str] = field(default_factory=dict)
    lenient: bool = False
    period: RollingPeriod = DEFAULT_PERIOD


@dataclass(frozen=True, slots=True)
class Simulated:
    """
    An SLO, or one part of it where it keeps parts apart, and what came of it.

    Args:
        name: The SLO's id, and the labels of the part.
        runs: One for each seed, or the one that was recorded.
    """

    name: str
    runs: tuple[Run, ...]


def simulate(
    specs: Sequence[Path], plan: Plan, progress: Progress = lambda _: None, warn: Warn = unsaid
) -> list[Simulated]:
    """
    Simulate SLOs, each under its own policy and under the Workbook's as it is printed.

    Args:
        specs: As for `read_specs`.
        plan: What to simulate.
        progress: Is told what is under way.
        warn: Takes the warnings.

    Raises:
        UsageError: The plan does not fit together, or a file cannot be used.
        SpecError: Anything is wrong with a spec.
        BackendError: Prometheus is away, or has recorded nothing.
    """
    traffic = plan.world.traffic
    if traffic not in {*SHAPES, RECORDED}:
        raise UsageError(f"there is no traffic '{traffic}'", f"choose one of {', '.join((*SHAPES, RECORDED))}")
    if traffic == RECORDED and not plan.prometheus:
        raise UsageError("recorded traffic comes from a Prometheus", "say which: --history URL")
    if not 0 < plan.world.per_hour <= _MOST_PER_HOUR:
        raise UsageError(
            f"there are no {plan.world.per_hour:g} events per hour", f"give more than 0, and {_MOST_PER_HOUR:g} at most"
        )
    found = read_specs(specs, values=plan.values, lenient=plan.lenient, period=plan.period, warn=warn)
    slos = [part for slo in found.slos for part in slo.split()]
    for slo in slos:
        if slo.is_composite:
            raise UsageError(f"{slo.id} is a composite, whose members are watched together", "simulate SLOs of theirs")
    return [done for slo in slos for done in (_replay if plan.replay else _imagine)(slo, plan, progress)]


def _imagine(slo: Slo, plan: Plan, progress: Progress) -> Iterator[Simulated]:
    """Make up histories; with recorded traffic for each part."""
    if slo.budgeting != "Occurrences":
        what = f"{slo.id} is budgeted by {slo.budgeting}, and only events can be made up"
        raise UsageError(what, "replay what was recorded: --history URL")
    world = replace(plan.world, mix=read_mix(plan.incidents)) if plan.incidents else plan.world
    setting = _setting(slo)
    expected_of: dict[str, Floats | None] = {slo.id: None}
    if world.traffic == RECORDED:
        expected_of = {
            name: repeated(recorded(bad, total, setting.budget_ratio).total, world.months * MONTH_SLICES)
            for name, bad, total in _read(slo, plan.prometheus, _TRAFFIC_D, progress)
        }
    for name, expected in expected_of.items():
        runs = []
        for seed in range(plan.seed, plan.seed + plan.runs):
            progress(f"{name}: {world.months} months, seed {seed}")
            runs.append(imagine(setting, world, seed, expected))
        yield Simulated(name, tuple(runs))


def _replay(slo: Slo, plan: Plan, progress: Progress) -> Iterator[Simulated]:
    """Take what was recorded."""
    setting, times = _setting(slo), read_times(plan.incidents) if plan.incidents else None
    for name, bad, total in _read(slo, plan.prometheus, plan.world.months * _MONTH_D, progress):
        history = recorded(bad, total, setting.budget_ratio, times, slo.objectives[0].slice_s)
        yield Simulated(name, (watch(setting, history),))


def _setting(slo: Slo) -> Setting:
    return Setting(slo.objective_ratio, slo.period_s, (watched(slo), PLAIN))


def _read(
    slo: Slo, url: str, days: int, progress: Progress
) -> list[tuple[str, list[tuple[float, float]], list[tuple[float, float]]]]:
    """Read the bad and the total events of each part of an SLO."""
    bad_of, total_of = asyncio.run(_slices(slo, url, days, progress))
    if not total_of:
        raise BackendError(f"Prometheus at {url} has no slices of {slo.id}", "does it evaluate the rules of this SLO?")
    return [
        (_name(slo, part), sorted(bad_of.get(part, {}).items()), sorted(total.items()))
        for part, total in sorted(total_of.items(), key=lambda item: sorted(item[0]))
    ]


async def _slices(
    slo: Slo, url: str, days: int, progress: Progress
) -> tuple[dict[_Part, _Series], dict[_Part, _Series]]:
    now, limit = time.time(), asyncio.Semaphore(_AT_ONCE)
    own, reads = (Matcher(names.LABEL_ID, "=", slo.id),), count(1)

    async with Prometheus(url) as prometheus:

        async def read(what: names.Count) -> dict[_Part, _Series]:
            series: dict[_Part, _Series] = {}
            expr = str(Selector(names.slice_name(what), own).over(DAY_S))

            async def day(number: int) -> None:
                async with limit:
                    for sample in await prometheus.query(expr, now - number * DAY_S):
                        series.setdefault(_part(sample.labels), {})[sample.time_s] = sample.value
                progress(f"{slo.id}: {next(reads) / (2 * days):.0%} of {days} days from {url}")

            await asyncio.gather(*map(day, range(days)))
            return series

        return await asyncio.gather(read("bad"), read("total"))


def _part(labels: Mapping[str, str]) -> _Part:
    return frozenset(item for item in labels.items() if item[0] not in {"__name__", *names.IDENTITY})


def _name(slo: Slo, part: _Part) -> str:
    return " ".join([slo.id, *(f"{name}={value}" for name, value in sorted(part))])


def read_mix(path: Path) -> tuple[Kind, ...]:
    """
    Read a mix of incidents: CSV with the columns duration (as in 10m), error_ratio (0 to 1) and per_month.

    Raises:
        UsageError: The file is not of that form.
    """

    def kind(row: Mapping[str, str]) -> Kind:
        ratio, per_month = float(row["error_ratio"]), float(row["per_month"])
        if not 0 < ratio <= 1 or not 0 <= per_month <= _MOST_PER_MONTH:
            raise ValueError(f"an error_ratio is above 0 and at most 1, per_month is from 0 to {_MOST_PER_MONTH}")
        return Kind(max(parse_shorthand(row["duration"]) // SLICE_S, 1), ratio, per_month)

    return tuple(_rows(path, _MIX, kind))


def read_times(path: Path) -> tuple[tuple[float, float], ...]:
    """
    Read when incidents were: CSV with the columns start and end, in RFC 3339; UTC where no zone is given.

    Raises:
        UsageError: The file is not of that form.
    """

    def span(row: Mapping[str, str]) -> tuple[float, float]:
        start, end = (_unix(row[column]) for column in _TIMES)
        if end <= start:
            raise ValueError("an incident ends after it starts")
        return start, end

    return tuple(_rows(path, _TIMES, span))


def _unix(text: str) -> float:
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _rows(path: Path, columns: Sequence[str], read: Callable[[Mapping[str, str]], _T]) -> Iterator[_T]:
    rows = csv.DictReader(read_text(path).splitlines(), skipinitialspace=True)
    if set(rows.fieldnames or ()) != set(columns):
        raise UsageError(f"{path} does not hold incidents", f"its first line is {','.join(columns)}")
    for row in rows:
        try:
            yield read(row)
        except (ValueError, TypeError, AttributeError) as error:
            raise UsageError(f"{path}:{rows.line_num}: {error}", f"a line holds {','.join(columns)}") from error
