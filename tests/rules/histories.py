"""What happens to the targets of six jobs over the same time, by chance that never changes, and what is scraped."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil

import numpy as np

from sloctl.model.indicators import Counter, Matcher, RatioIndicator
from sloctl.model.slo import Objective, Slo
from tests.rules.samples import PERIOD
from tests.rules.truth import Series

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86_400
END = 490_000 * HOUR_S + 20 * MINUTE_S
"""Some minutes past the hour, so that a period is whole hours and a part of one."""
CALM_S = 5 * MINUTE_S
"""Nothing happens for so long before the end, so that a slice comes after the last scrape that counts."""
SHARES = {"200": 0.95, "404": 0.04, "500": 0.01}


@dataclass
class Fleet:
    """
    Instances that come and go together; marks tell what happens to them meanwhile, by instance and scrape.

    Args:
        start: When they are first scraped, in Unix seconds.
        end: When they are gone.
        size: How many they are.
        mean: Requests to each between two scrapes.
        past: What each counter holds when it is first scraped.
        has_zeros: Whether there is a series for what has not happened yet.
        unready: For how many scrapes an instance that comes up gets no requests.
        scrape_s: How often they are scraped.
    """

    start: int
    end: int = END
    size: int = 10
    mean: float = 30
    past: int = 0
    has_zeros: bool = False
    unready: int = 4
    scrape_s: int = 30

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.start)
        self.times = np.arange(self.start, self.end, self.scrape_s)
        none = np.zeros((self.size, len(self.times)), bool)
        self.restarts = self.idle = self.down = self.failed = self.away = none

    def now_and_then(self, every: int, shortest: int = 1, longest: int = 1) -> np.ndarray:
        """Mark times that come at random, for so many seconds each, rounded up to scrapes."""
        marks = np.zeros_like(self.down)
        for row in marks:
            at = 0
            while (at := at + int(self.rng.integers(every // 2, 2 * every)) // self.scrape_s) < len(row):
                after = at + ceil(self.rng.integers(shortest, longest, endpoint=True) / self.scrape_s)
                row[at:after] = True
                at = after
        return marks

    @property
    def up(self) -> np.ndarray:
        """Tell where a scrape succeeds."""
        return ~(self.down | self.failed | self.away)

    @cached_property
    def counters(self) -> np.ndarray:
        """Give what was counted, by instance, scrape and code; ten times as much comes at noon as at midnight."""
        day = 1 - 9 / 11 * np.cos(2 * np.pi * (self.times % DAY_S) / DAY_S)
        events = self.rng.multinomial(self.rng.poisson(self.mean * day, self.down.shape), list(SHARES.values()))
        absent = self.down | (self.times == self.start)
        waits = sum(np.roll(absent, later, 1) for later in range(self.unready)) > 0
        events[waits | self.idle | (self.times > END - CALM_S)] = 0
        sums = self.past + events.cumsum(1)
        # Half of what happened since the last scrape came before the restart, and is lost.
        lost = np.where((self.restarts | self.down)[..., None], sums - events // 2, 0)
        return sums - np.maximum.accumulate(lost, 1)

    def gained(self) -> np.ndarray:
        """Sum up, by code, what counters gained between successful scrapes."""
        gained = np.zeros(len(SHARES), int)
        for counters, up in zip(self.counters, self.up, strict=True):
            steps = np.diff(counters[up], axis=0, prepend=self.past)
            gained += np.where(steps < 0, counters[up], steps).sum(0)
        return gained

    def series(self, job: str) -> Iterator[Series]:
        """Give what Prometheus stores: `up` whenever it scrapes, and the counters where that succeeds."""
        for instance in range(self.size):
            labels = {"job": job, "instance": f"{self.start}-{instance}"}
            times, up, tried = self.times - 3 * instance, self.up[instance], ~self.away[instance]
            yield Series(labels | {"__name__": "up"}, times[tried], up[tried].astype(float))
            for code, values in zip(SHARES, self.counters[instance].T, strict=True):
                there = up & (self.has_zeros | (values > 0))
                if there.any():
                    yield Series(labels | {"__name__": "requests_total", "code": code}, times[there], values[there])


@dataclass
class History:
    """
    What happens to a job: when that starts, its SLO, its series, and how many events and errors their samples tell of.

    Args:
        job: Its name in Prometheus.
        fleets: Its instances.
    """

    job: str
    fleets: Sequence[Fleet]

    def __post_init__(self) -> None:
        of_job, failed = Matcher("job", "=", self.job), Matcher("code", "=", "500")
        total, errors = Counter("requests_total", (of_job,)), Counter("requests_total", (of_job, failed))
        ratio = RatioIndicator(total, errors, part_is_good=False)
        self.start = self.fleets[0].start
        self.slo = Slo(self.job, "service", ratio, (Objective(0.999),), PERIOD)
        self.series = [series for fleet in self.fleets for series in fleet.series(self.job)]
        gained = np.sum([fleet.gained() for fleet in self.fleets], 0)
        self.total, self.bad = int(gained.sum()), int(gained[list(SHARES).index("500")])


def histories(start: int) -> list[History]:
    """Make them all up, from a time to the end."""
    made = (busy, quiet, gaps, fresh, crashes, outages)
    return [History(each.__name__, each(start)) for each in made]


def busy(start: int) -> list[Fleet]:
    """Ten pods, each with ten restarts or so; the series of a code comes anew with its first request."""
    fleet = Fleet(start)
    fleet.restarts = fleet.now_and_then(every=(END - start) // 10)
    # Of two scrapes in a slice, the first is not seen where the counter begins anew before the second.
    fleet.idle = np.roll(fleet.restarts, -1, 1)
    return [fleet]


def quiet(start: int) -> list[Fleet]:
    """Few requests to three pods that are replaced every day, or two hours; errors have no series before the first."""
    life = DAY_S if END - start > DAY_S else 2 * HOUR_S
    return [Fleet(born, min(born + life, END), size=3, mean=0.5) for born in range(start, END, life)]


def gaps(start: int) -> list[Fleet]:
    """Pods that are not scraped for up to four minutes now and then."""
    fleet = Fleet(start)
    fleet.away = fleet.now_and_then(every=HOUR_S, shortest=MINUTE_S, longest=4 * MINUTE_S)
    return [fleet]


def fresh(start: int) -> list[Fleet]:
    """Pods that have long been running when Prometheus sees them for the first time."""
    return [Fleet(start, past=1_000_000)]


def crashes(start: int) -> list[Fleet]:
    """Processes that crash again and again, and take with them what they counted since the last scrape."""
    fleet = Fleet(start, has_zeros=True, scrape_s=60)
    fleet.restarts = fleet.now_and_then(every=2 * HOUR_S)
    return [fleet]


def outages(start: int) -> list[Fleet]:
    """Scrapes that fail or do not happen for minutes, processes that are down for up to an hour; then all is gone."""
    fleet = Fleet(start, has_zeros=True, unready=10)
    fleet.failed = fleet.now_and_then(every=2 * HOUR_S, longest=3 * MINUTE_S)
    fleet.down = fleet.now_and_then(every=6 * HOUR_S, shortest=8 * MINUTE_S, longest=HOUR_S)
    missed = fleet.now_and_then(every=5 * HOUR_S, longest=MINUTE_S)[0] | (fleet.times >= END - HOUR_S)
    fleet.away = np.broadcast_to(missed, fleet.down.shape)
    return [fleet]
