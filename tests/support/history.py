"""Histories of counters as Prometheus would have scraped them, with the truth about what happened."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import cos, pi

SCRAPE_S = 30
HOUR_S, DAY_S = 3600, 86_400
CODES = ("200", "404", "500")
WARM_UP_S = 90
"""A pod gets no requests for so long after its first scrape, as its readiness probe has not passed yet."""
QUIET_S = 600
"""Nothing happens for so long after the start and before the end, so that all events are within what is scraped."""


@dataclass
class Truth:
    """
    What happened.

    Args:
        bad: How many events failed.
        total: How many there were.
    """

    bad: int = 0
    total: int = 0


@dataclass
class Pod:
    """
    A target, which counts requests by their code.

    Args:
        instance: Its name.
        born: When it is first scraped.
        dies: When it is gone.
        restarts: When its counters begin anew.
        gaps: Start and end of times in which it is not scraped.
        past: What its counters hold when it is first scraped; no series of what has not happened.
    """

    instance: str
    born: int
    dies: int
    restarts: Sequence[int] = ()
    gaps: Sequence[tuple[int, int]] = ()
    past: dict[str, int] = field(default_factory=dict)


def day_and_night(at: int, mean: float) -> float:
    """Give events per scrape at a time of the day, ten times as many at noon as at midnight."""
    return mean * (1 - 9 / 11 * cos(2 * pi * (at % DAY_S) / DAY_S))


@dataclass
class History:
    """
    Requests to pods.

    Args:
        start: When it starts, a whole minute.
        end: When it ends.
        pods: The targets.
        mean: Requests per scrape of a pod.
        bad: The share that fails.
        seed: Of the chance.
    """

    start: int
    end: int
    pods: Sequence[Pod]
    mean: float
    bad: float
    seed: int = 1

    def openmetrics(self, truth: Truth) -> Iterator[str]:
        """Give the samples in OpenMetrics text, and tell the truth about them."""
        samples = [
            (pod, list(self._scraped(pod, random.Random(f"{self.seed}{pod.instance}"), truth))) for pod in self.pods
        ]
        yield "# TYPE up gauge"
        for pod, scrapes in samples:
            for at, _ in scrapes:
                yield f'up{{job="web",instance="{pod.instance}"}} 1 {at}'
        yield "# TYPE requests counter"
        for pod, scrapes in samples:
            for code in CODES:
                labels = f'job="web",instance="{pod.instance}",code="{code}"'
                for at, counters in scrapes:
                    if code in counters:
                        yield f"requests_total{{{labels}}} {counters[code]} {at}"

    def _scraped(self, pod: Pod, rng: random.Random, truth: Truth) -> Iterator[tuple[int, dict[str, int]]]:
        """Scrape a pod; what happens between two scrapes happens right before the second."""
        counters = dict(pod.past)
        restarts = set(pod.restarts)
        offset = rng.randrange(SCRAPE_S)
        first = pod.born + offset
        for at in range(first, pod.dies, SCRAPE_S):
            if restarts and min(restarts) <= at:
                restarts.remove(min(restarts))
                counters = {}
            if at > first + WARM_UP_S and self.start + QUIET_S < at < self.end - QUIET_S:
                for code in self._requests(at, rng):
                    counters[code] = counters.get(code, 0) + 1
                    truth.total += 1
                    truth.bad += code == "500"
            if not any(begin <= at < end for begin, end in pod.gaps):
                yield at, dict(counters)

    def _requests(self, at: int, rng: random.Random) -> list[str]:
        mean = day_and_night(at, self.mean)
        count = int(mean) + (rng.random() < mean % 1)
        return ["500" if rng.random() < self.bad else "404" if rng.random() < 0.1 else "200" for _ in range(count)]
