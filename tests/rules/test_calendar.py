"""Periods of the calendar, on a real Prometheus: when they start, and what they add up."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sloctl.model import names
from sloctl.model.durations import window_name
from sloctl.model.periods import CalendarPeriod
from sloctl.rulegen import rule_groups
from sloctl.rulegen.calendar import block_s, period_rules
from sloctl.rulegen.slices import SliceScheme
from sloctl.rulegen.watch import watched
from tests.rules.promtool import evaluate, value
from tests.rules.reference import period_start
from tests.rules.samples import slo
from tests.support.prometheus import Server, blocks_from, prometheus

PERIODS = [
    CalendarPeriod(1, "M", datetime(2024, 1, 1), "UTC"),
    CalendarPeriod(1, "M", datetime(2024, 1, 1), "Europe/Berlin"),
    CalendarPeriod(1, "M", datetime(2024, 2, 15, 12, 30), "America/New_York"),
    CalendarPeriod(2, "M", datetime(2024, 2, 1), "Asia/Kathmandu"),
    CalendarPeriod(1, "Q", datetime(2024, 1, 1), "Asia/Kolkata"),
    CalendarPeriod(1, "Q", datetime(2024, 2, 1), "Australia/Lord_Howe"),
    CalendarPeriod(1, "Y", datetime(2024, 4, 6), "Europe/London"),
    CalendarPeriod(2, "w", datetime(2024, 1, 1, 8), "Pacific/Auckland"),
    CalendarPeriod(1, "d", datetime(2024, 1, 1), "America/Santiago"),
]
START, END = (round(datetime(year, 1, 2, tzinfo=UTC).timestamp()) for year in (2024, 2037))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a Prometheus without data: when a period starts is computed from the time alone."""
    with prometheus("{}", tmp_path_factory.mktemp("calendar")) as server:
        yield server


def running(server: Server, period: CalendarPeriod, at: int) -> tuple[float, float]:
    """Evaluate the rules of a period one after the other, each with what those before recorded; its start and end."""
    known: dict[str, float] = {}
    for rule in period_rules(slo(period=period), period):
        expr = rule.expr
        for name, number in known.items():
            expr = expr.replace(f'{name}{{{names.LABEL_ID}="service/s"}}', f"vector({number:.0f})")
        ((_, known[rule.record]),) = server.query(expr, time=at)
    start = known[names.PERIOD_START]
    return start, start + known[names.PERIOD]


def moments(period: CalendarPeriod) -> list[int]:
    """Choose moments at random, and some around the starts of periods and the changes of the clocks."""
    rng = random.Random(1)
    anywhere = [rng.randrange(START, END) for _ in range(20)]
    starts = [round(period_start(period, datetime.fromtimestamp(at, UTC)).timestamp()) for at in anywhere[:8]]
    return anywhere + [start + after for start in starts for after in (0, 1, 3599, 86400)]


@pytest.mark.parametrize("period", PERIODS, ids=lambda period: f"{period.name} {period.zone}")
def test_a_period_starts_by_the_clocks_of_its_zone(server: Server, period: CalendarPeriod) -> None:
    """Whatever the zone, its summer time and the length of its months, start and end are those of Python's calendar."""

    def started(at: float) -> float:
        return period_start(period, datetime.fromtimestamp(at, UTC)).timestamp()

    for at in moments(period):
        start, end = running(server, period, at)

        assert (start, start, end) == (started(at), started(end - 1), started(end)), at
        assert start % block_s(period) == 0


@pytest.mark.parametrize("minutes", [2, 30, 500])
def test_what_was_before_the_period_is_weighted_as_what_is_in_it(minutes: int, tmp_path: Path) -> None:
    """Where errors burn the budget evenly, a period that has just begun changes no window's burn."""
    noon = CalendarPeriod(1, "d", datetime(2024, 1, 1, 12), "UTC")
    one = slo(period=noon)
    at = 12 * 60 + minutes
    labels = f'{{{names.LABEL_ID}="{one.id}", service="service", slo="s", given="1"}}'
    given = {f"{names.TOTAL_SLICE}{labels}": f"100x{at}", f"{names.BAD_SLICE}{labels}": f"1.8x{at}"}
    windows = [window_name(window_s) for window_s in watched(one).windows_s if window_s <= 12 * 3600]
    queries = [(f'{names.weighted_name(window)}{{given="1"}}', at) for window in windows]

    answers = evaluate(rule_groups(one), given, queries, tmp_path)

    assert [value(answer) for answer in answers] == [pytest.approx(1.8, rel=0.01)] * len(windows)
    assert len(windows) == 5


NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=2)
OFFSET_S = 23
"""Seconds past the minute at which Prometheus happens to evaluate the rules."""


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu"])
@pytest.mark.parametrize("hours", [1, 25.4])
def test_a_period_adds_up_its_own_slices(zone: str, hours: float, tmp_path: Path) -> None:
    """Each slice since the period's start counts once and none before it, however far into the period it is."""
    start = round(NOW.timestamp() - hours * 3600) // 900 * 900
    local = datetime.fromtimestamp(start, ZoneInfo(zone)).replace(tzinfo=None)
    period = CalendarPeriod(1, "w", local, zone)
    one = slo(period=period)
    scheme = SliceScheme(one, 60)
    block_s = scheme.block_s
    now = round(NOW.timestamp()) + 20 * 60 + OFFSET_S
    times = range(start - 4 * 3600 + OFFSET_S, now + 60, 60)
    slices = {at: 1 + at // 60 % 997 for at in times}
    sums = {at: sum(slices.get(at - back, 0) for back in range(0, block_s, 60)) for at in times}
    labels = f'{{{names.LABEL_ID}="{one.id}"}}'
    recorded = {
        names.TOTAL_SLICE: slices,
        names.sum_name("total", window_name(block_s)): sums,
        names.PERIOD_START: dict.fromkeys(times, start),
    }
    lines = []
    for name, values in recorded.items():
        lines.append(f"# TYPE {name} gauge")
        lines += [f"{name}{labels} {value} {at}" for at, value in values.items()]
    exprs = {rule.record: rule.expr for rule in scheme.hour_windows([])}
    running = names.running_name(names.sum_name("total", window_name(block_s)))
    so_far = exprs[names.sum_name("total", period.name)].replace(f"{running}{labels}", exprs[running])
    data = blocks_from("\n".join(lines), tmp_path / "data")

    with prometheus("{}", tmp_path, data) as server:
        ((_, total),) = server.query(so_far, time=now)

    # The last slice comes in with the next evaluation: steps fall on whole minutes.
    assert total == sum(value for at, value in slices.items() if start < at < now)
    assert block_s == (3600 if start % 3600 == 0 else 900 if start % 1800 else 1800)
