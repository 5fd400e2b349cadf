"""Windows of a day and more, on a real Prometheus whose rules are evaluated off the whole minute, as they all are."""

import time
from collections.abc import Iterator

import pytest

from sloctl.model import names
from sloctl.model.indicators import Counter, RatioIndicator
from sloctl.model.periods import RollingPeriod
from sloctl.model.slo import Objective, Slo
from sloctl.rulegen.slices import SliceScheme
from tests.support.prometheus import Server, blocks_from, prometheus

INDICATOR = RatioIndicator(Counter("total"), Counter("bad"), part_is_good=False)
SLO = Slo("s", "service", INDICATOR, (Objective(0.99),), RollingPeriod(7 * 86400))
LABELS = f'{names.LABEL_ID}="{SLO.id}"'
HOUR = 3600
OFFSET = 23
"""Seconds past the minute at which Prometheus happens to evaluate the rules."""
END = int(time.time()) // HOUR * HOUR - 2 * HOUR
SLICES = range(END - 30 * HOUR + OFFSET, END + HOUR, 60)
MISSED = {END - 5 * HOUR + 600 + OFFSET, END + 300 + OFFSET, END + 360 + OFFSET}


def events(at: int) -> int:
    """Give a slice's events, each slice another number, so that a sum tells which slices went into it."""
    return 0 if at in MISSED else 1 + (at // 60) % 997


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a Prometheus that holds slices and hourly sums as the rules would have recorded them."""
    folder = tmp_path_factory.mktemp("long-windows")
    slices = [(at, events(at)) for at in SLICES if at not in MISSED]
    hourly = [(at, sum(events(back) for back in range(at - 59 * 60, at + 60, 60))) for at in SLICES[60:]]
    lines = ["# TYPE slo:total:slice gauge"]
    lines += [f"slo:total:slice{{{LABELS}}} {value} {at}" for at, value in slices]
    lines += ["# TYPE slo:total:sum1h gauge"]
    lines += [f"slo:total:sum1h{{{LABELS}}} {value} {at}" for at, value in hourly if at not in MISSED]
    data = blocks_from("\n".join(lines), folder / "data")
    with prometheus("{}", folder, data) as server:
        yield server


def day() -> str:
    """Write out how a day is summed up, the running hour with it."""
    exprs = {rule.record: rule.expr for rule in SliceScheme(SLO, 60).hour_windows([86_400])}
    running = names.running_name(names.sum_name("total", "1h"))
    return exprs[names.sum_name("total", "1d")].replace(f"{running}{{{LABELS}}}", exprs[running])


@pytest.mark.parametrize("minute", [0, 1, 7, 20, 29, 31, 45, 59])
def test_a_day_is_the_whole_hours_and_the_slices_since(server: Server, minute: int) -> None:
    """Each slice counts once, however the evaluations fall, and a slice that was missed counts as nothing."""
    now = END + minute * 60 + OFFSET
    hours = 24 if minute * 60 + OFFSET < HOUR // 2 else 23
    # The last slice comes in with the next evaluation: steps fall on whole minutes.
    expected = sum(events(at) for at in SLICES if END - hours * HOUR < at < END + minute * 60)

    ((labels, value),) = server.query(day(), time=now)

    assert {names.LABEL_ID: SLO.id} == labels
    assert expected == value


def test_hours_alone_and_slices_alone_are_enough(server: Server) -> None:
    """A window is there while its target is down, and from its first slice on."""

    ((_, hours_only),) = server.query(day(), time=END + 2 * HOUR + 20 * 60)
    ((_, slices_only),) = server.query(day(), time=SLICES[0] + 300)

    assert hours_only == sum(events(at) for at in SLICES if at > END - 22 * HOUR)
    assert slices_only == sum(events(at) for at in SLICES[:5])
