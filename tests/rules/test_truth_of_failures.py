"""
Budgets against the truth where targets fail: they crash, cannot be scraped, are down, and Prometheus itself is away.

What is measured is evaluated by each version of Prometheus that is here. The months are run by `make e2e`.
"""

import math
import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from sloctl.model import names
from sloctl.model.indicators import Counter, Matcher, RatioIndicator
from sloctl.model.slo import Objective, Slo
from sloctl.rulegen import rule_groups
from tests.rules.samples import PERIOD
from tests.rules.truth import Series, fill, one, samples, write, written_out
from tests.support.prometheus import Server, find_program, prometheus

SCRAPE_S, MINUTE_S, HOUR_S, DAY_S = 30, 60, 3600, 86_400
END = 490_000 * HOUR_S + 20 * MINUTE_S
"""Some minutes past the hour, so that a period is whole hours and a part of one."""
READY = 10
"""Whoever was away gets no requests for so many scrapes after its start."""
INSTANCES = 10
SHARES = {"200": 0.95, "404": 0.04, "500": 0.01}
SAMPLES_PER_S = 70
"""What evaluating the rules of one SLO may read; Sloth's read 9,840."""


@dataclass
class Fleet:
    """
    Instances of a service: when their processes start and are down, and when they cannot be scraped.

    Args:
        job: Their name in Prometheus.
        times: Of scrapes.
        starts: Whether a process has started since the last scrape, by instance and scrape.
        down: Whether there is no process.
        failed: Whether a scrape fails.
        away: Whether Prometheus does not scrape at all, by scrape.
    """

    job: str
    times: np.ndarray
    starts: np.ndarray
    down: np.ndarray
    failed: np.ndarray
    away: np.ndarray

    def __post_init__(self) -> None:
        rng = np.random.default_rng(3)
        day = 1 - 9 / 11 * np.cos(2 * np.pi * (self.times % DAY_S) / DAY_S)
        away = self.down.copy()
        away[:, 0] = True
        unready = sum(np.roll(away, later, 1) for later in range(READY)) > 0
        counts = rng.multinomial(rng.poisson(SCRAPE_S * day, self.down.shape), list(SHARES.values()))
        self.events = np.where(unready[..., None], 0, counts)

    @property
    def slo(self) -> Slo:
        """Give its SLO."""
        job = Matcher("job", "=", self.job)
        total, errors = (Counter("requests_total", also) for also in ((job,), (job, Matcher("code", "=", "500"))))
        return Slo(self.job, "service", RatioIndicator(total, errors, part_is_good=False), (Objective(0.99),), PERIOD)

    def scraped(self) -> Iterator[Series]:
        """Give what Prometheus stores: `up` whenever it scrapes, and the counters where that succeeds."""
        for instance in range(INSTANCES):
            labels = {"job": self.job, "instance": str(instance)}
            times = self.times + instance * 3
            failed = self.down[instance] | self.failed[instance]
            yield Series(labels | {"__name__": "up"}, times[~self.away], 1.0 - failed[~self.away])
            for number, code in enumerate(SHARES):
                events = self.events[instance, :, number]
                lost = np.where(self.starts[instance], events.cumsum() - events // 2, 0)  # half of them came after it
                values = events.cumsum() - np.maximum.accumulate(lost)
                there = ~self.away & ~failed
                yield Series(labels | {"__name__": "requests_total", "code": code}, times[there], values[there])


def crashes(start: int) -> Fleet:
    """Processes that crash again and again, and take with them what they counted since the last scrape."""
    # Of two scrapes in a slice, the first is not seen where the counter begins anew before the second.
    times = np.arange(start, END - HOUR_S, 2 * SCRAPE_S)
    rng = np.random.default_rng(1)
    starts, never = (np.zeros((INSTANCES, len(times)), bool) for _ in range(2))
    for row in starts:
        lasts(row, rng, every=2 * HOUR_S, shortest=SCRAPE_S, longest=SCRAPE_S)
    return Fleet("crashes", times, starts, never, never, never[0])


def outages(start: int) -> Fleet:
    """Scrapes that fail or do not happen for minutes, and processes that are down for up to an hour and start anew."""
    times = np.arange(start, END - HOUR_S, SCRAPE_S)
    rng = np.random.default_rng(2)
    shape = INSTANCES, len(times)
    down, failed, away = (np.zeros(shape, bool) for _ in range(3))
    for row in range(INSTANCES):
        lasts(failed[row], rng, every=2 * HOUR_S, shortest=SCRAPE_S, longest=3 * MINUTE_S)
        lasts(down[row], rng, every=6 * HOUR_S, shortest=8 * MINUTE_S, longest=HOUR_S)
    lasts(away[0], rng, every=5 * HOUR_S, shortest=SCRAPE_S, longest=MINUTE_S)
    starts = down & ~np.roll(down, -1, 1)
    return Fleet("outages", times, starts, down, failed, away[0])


def lasts(row: np.ndarray, rng: np.random.Generator, every: int, shortest: int, longest: int) -> None:
    """Mark times that come at random, for so many seconds each."""
    at = 0
    while (at := at + int(rng.integers(every // 2, 2 * every)) // SCRAPE_S) < len(row):
        after = at + int(rng.integers(shortest, longest, endpoint=True)) // SCRAPE_S
        row[at:after] = True
        at = after


def gained(series: Iterable[Series]) -> dict[str, int]:
    """Sum up, by code, what counters gained between samples; a new series counts where its target was up before."""
    up: dict[str, int] = {}
    sums = dict.fromkeys(SHARES, 0)
    for labels, times, values in series:
        if labels["__name__"] == "up":
            up[labels["instance"]] = int(times[values == 1][0])
            continue
        before = None
        for at, value in zip(times.tolist(), values.tolist(), strict=True):
            if before is None:
                gain = value if up[labels["instance"]] <= at - MINUTE_S else 0
            else:
                gain = value - before if value >= before else value
            sums[labels["code"]] += int(gain)
            before = value
    return sums


def not_finite(server: Server, slo: Slo, start: int) -> list[str]:
    """Name the recorded series that are NaN or infinite at any time."""
    found = server.get("query", query=f'{{{names.LABEL_ID}="{slo.id}"}}[31d]', time=END)["result"]
    values = {each["metric"]["__name__"]: {value for _, value in each["values"]} for each in found}
    step = max(MINUTE_S, (END - start) // 5000)
    for record, expr in written_out(slo).items():
        # A range has one end, from which rules of the running hour reckon: they are asked moment by moment.
        moments = [server.query(expr, at) for at in range(start, END + 1, (END - start) // 8)]
        values[record] = {value for result in moments for _, value in result}
        if "@ end()" not in expr:
            ranges = server.query_range(expr, start, END, step)
            values[record] |= {value for _, pairs in ranges for _, value in pairs}
    assert all(values.values()), values
    return [record for record, each in values.items() if not all(math.isfinite(float(value)) for value in each)]


LENGTHS = [
    pytest.param(7 * HOUR_S, id="hours"),
    pytest.param(30 * DAY_S - HOUR_S, id="month", marks=[pytest.mark.long, pytest.mark.timeout(900)]),
]


@pytest.fixture(params=["usual", "3"])
def program(request: pytest.FixtureRequest) -> Path:
    """Give the usual Prometheus, which is of version 2 in Debian, and the Prometheus 3 in the folder PROMETHEUS_3."""
    if request.param == "usual":
        return find_program("prometheus")
    if "PROMETHEUS_3" not in os.environ and "CI" not in os.environ:
        pytest.skip("PROMETHEUS_3 names no folder with a Prometheus 3")
    found = shutil.which("prometheus", path=os.environ.get("PROMETHEUS_3", ""))
    assert found, "PROMETHEUS_3 names no folder with a Prometheus 3"
    return Path(found)


@pytest.mark.parametrize("length_s", LENGTHS)
def test_failures_do_not_falsify_the_budget(program: Path, length_s: int, tmp_path: Path) -> None:
    """Errors are those that the samples tell of, nothing recorded is NaN, and evaluations read few samples."""
    start = END - length_s
    fleets = [crashes(start), outages(start)]
    scraped = [list(fleet.scraped()) for fleet in fleets]
    write([series for each in scraped for series in each], data := tmp_path / "data")
    fill([fleet.slo for fleet in fleets], data, start, END, tmp_path, program)

    with prometheus("{}", tmp_path, data, program=program) as server:
        for fleet, series in zip(fleets, scraped, strict=True):
            slo, truth = fleet.slo, gained(series)
            exprs = written_out(slo)
            bad, total = (one(server, exprs[names.sum_name(count, "30d")], END) for count in ("bad", "total"))
            read = sum(
                samples(server, rule.expr, END) / group.interval_s for group in rule_groups(slo) for rule in group.rules
            )
            assert truth["500"] == bad
            assert total == pytest.approx(sum(truth.values()), rel=0.001)
            assert not_finite(server, slo, start) == []
            assert read < SAMPLES_PER_S
