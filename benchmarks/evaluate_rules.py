"""
What it costs a Prometheus to evaluate the rules of one SLO, beside those of Sloth and Pyrra, and how wrong each is.

One 99.9 % objective over 30 days, 200 raw series scraped every 30 s: ten instances, each with five kinds and four
results, one of which is errors; ten times the traffic by day, in which errors are rarer. Instances restart every three
days or so. The peers' expressions are written out; only what they compute their ratios with is counted, as facts and
alerts cost next to nothing in all of them. What rules record is computed here from the raw series, and loaded as they
would have recorded it. The days of raw series are an argument: eight hold all windows but the period, 30 take minutes
and gigabytes to prepare. Where there are fewer than a window has, it reads less, which flatters those
that read raw series. Of each expression the fastest of some evaluations counts.
"""

import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from math import cos, pi
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from sloctl.model.indicators import Counter, Matcher, RatioIndicator
from sloctl.model.periods import RollingPeriod
from sloctl.model.rules import AlertingRule, RuleGroup
from sloctl.model.slo import Objective, Slo
from sloctl.rulegen import compat_groups, rule_groups
from tests.support.prometheus import Server, blocks_from, prometheus

SCRAPE_S, HOUR_S, DAY_S = 30, 3600, 86_400
INSTANCES, KINDS, RESULTS = 10, 5, ("success", "requeue", "requeue_after", "error")
END = int(time.time()) // HOUR_S * HOUR_S - 2 * HOUR_S + 20 * 60
FACTS = ("slo:objective", "slo:period", "slo_info", "slo:error_budget", "slo:time", "slo:current", "sloth_slo_info")
ROUNDS = 9
ERRORS = Counter("reconcile_total", (Matcher("result", "=", "error"),))
SLO = Slo(
    "reconciles",
    "operator",
    RatioIndicator(Counter("reconcile_total"), ERRORS, part_is_good=False),
    (Objective(0.999),),
    RollingPeriod(30 * DAY_S),
)
IDS = 'slo_id="operator/reconciles"'


@dataclass(frozen=True)
class Scheme:
    """Expressions, each with the seconds between two evaluations, and the one of the period's error ratio."""

    name: str
    rules: tuple[tuple[str, float], ...]
    period: str


def history(start: int) -> tuple[dict[str, list[tuple[int, int]]], dict[int, tuple[int, int]]]:
    """Make the raw series, and what happened by the minute in which it is seen: errors, and all."""
    series: dict[str, list[tuple[int, int]]] = {}
    seen: dict[int, list[int]] = {}
    for instance in range(INSTANCES):
        rng = random.Random(instance)
        offset = rng.randrange(SCRAPE_S)
        restarts = {start + rng.randrange(3 * DAY_S) + 3 * DAY_S * number for number in range(11)}
        for kind in range(KINDS):
            counters = dict.fromkeys(RESULTS, 0)
            left = sorted(restarts, reverse=True)
            for at in range(start + offset, END - 60, SCRAPE_S):
                if left and left[-1] <= at:
                    left.pop()
                    counters = dict.fromkeys(RESULTS, 0)
                rate = 11 - 9 * cos(2 * pi * (at % DAY_S) / DAY_S)  # 2/s at night, 20/s at noon, of all instances
                mean = rate * SCRAPE_S / INSTANCES / KINDS
                count = int(mean) + (rng.random() < mean % 1)
                share = 0.01 if rate < 6 else 0.0002
                errors = sum(rng.random() < share for _ in range(count))
                again = count // 5
                gained = {"success": count - errors - again, "requeue": again, "requeue_after": 0, "error": errors}
                counters = {result: value + gained[result] for result, value in counters.items()}
                for result, value in counters.items():
                    labels = f'{{job="o",instance="{instance}",kind="{kind}",result="{result}"}}'
                    series.setdefault(f"reconcile_total{labels}", []).append((at, value))
                if at > start + offset:
                    minute = seen.setdefault(-(-at // 60) * 60, [0, 0])
                    minute[0] += errors
                    minute[1] += count
    return series, {at: (bad, total) for at, (bad, total) in seen.items()}


def openmetrics(
    start: int, series: dict[str, list[tuple[int, int]]], slices: dict[int, tuple[int, int]]
) -> Iterator[str]:
    """Write the raw series, and what the rules of all would have recorded."""
    yield "# TYPE up gauge"
    for instance in range(INSTANCES):
        yield from (f'up{{job="o",instance="{instance}"}} 1 {at}' for at in range(start, END, SCRAPE_S))
    yield "# TYPE reconcile counter"
    for name, samples in series.items():
        yield from (f"{name} {value} {at}" for at, value in samples)
    minutes = range(start + 60, END + 1, 60)
    for place, count in enumerate(("bad", "total")):
        values = [slices.get(at, (0, 0))[place] for at in minutes]
        sums = [0, *accumulate(values)]
        yield f"# TYPE slo:{count}:slice gauge"
        yield from (f"slo:{count}:slice{{{IDS}}} {value} {at}" for at, value in zip(minutes, values, strict=True))
        for window, length in (("5m", 5), ("30m", 30), ("1h", 60), ("2h", 120), ("6h", 360)):
            yield f"# TYPE slo:{count}:sum{window} gauge"
            for number, at in enumerate(minutes, 1):
                yield f"slo:{count}:sum{window}{{{IDS}}} {sums[number] - sums[max(0, number - length)]} {at}"
    yield "# TYPE slo:slices:sum1h gauge"
    yield from (f"slo:slices:sum1h{{{IDS}}} {min(number, 60)} {at}" for number, at in enumerate(minutes, 1))
    labels = 'sloth_id="operator-reconciles",sloth_service="operator",sloth_slo="reconciles",sloth_window="5m"'
    yield "# TYPE slo:sli_error:ratio_rate5m gauge"
    of_minutes = [slices.get(at, (0, 0)) for at in minutes]
    for number in range(5, len(of_minutes)):
        bad, total = (sum(each[place] for each in of_minutes[number - 5 : number]) for place in (0, 1))
        yield f"slo:sli_error:ratio_rate5m{{{labels}}} {bad / total if total else 'NaN'} {minutes[number - 1]}"


def recorded(groups: tuple[RuleGroup, ...], interval_s: float) -> Iterator[tuple[str, float]]:
    """Give the expressions that compute ratios, each with how often it is evaluated."""
    for group in groups:
        for rule in group.rules:
            if not isinstance(rule, AlertingRule) and not rule.record.startswith(FACTS):
                yield rule.expr, group.interval_s or interval_s


def pyrra() -> Scheme:
    """Write what Pyrra's rules compute: ratios of rates every 30 s, and increases over four weeks every 150 s."""
    errors, every = 'reconcile_total{result="error"}', "reconcile_total"
    windows = ("5m", "30m", "1h", "2h", "6h", "1d", "4d")
    burns = [(f"sum(rate({errors}[{window}])) / sum(rate({every}[{window}]))", 30.0) for window in windows]
    weeks = f"sum by (result) (increase({every}[4w]))"
    period = f"sum(increase({errors}[4w])) / sum(increase({every}[4w]))"
    return Scheme("Pyrra", (*burns, (weeks, 150.0)), period)


def schemes() -> list[Scheme]:
    """Give what is compared, this program's rules first."""
    groups = rule_groups(SLO)
    exprs = {rule.record: rule.expr for group in groups for rule in group.rules if not isinstance(rule, AlertingRule)}
    bad, total = (
        exprs[f"slo:{count}:sum30d"].replace(f"slo:{count}:sum1h_running{{{IDS}}}", exprs[f"slo:{count}:sum1h_running"])
        for count in ("bad", "total")
    )
    sloth = compat_groups(SLO)
    of_sloth = {rule.record: rule.expr for rule in sloth[0].rules if not isinstance(rule, AlertingRule)}
    return [
        Scheme("sloctl", tuple(recorded(groups, 60)), f"({bad}) / ({total})"),
        Scheme("Sloth", tuple(recorded(sloth, 30)), of_sloth["slo:sli_error:ratio_rate30d"]),
        pyrra(),
    ]


def cost(server: Server, scheme: Scheme) -> tuple[float, float]:
    """Give samples read and milliseconds of evaluation, by the minute."""
    samples = spent_ms = 0.0
    for expr, interval_s in scheme.rules:
        taken = []
        for _ in range(ROUNDS):
            stats = server.get("query", query=expr, time=END, stats="all")["stats"]
            taken.append(stats["timings"]["execTotalTime"] * 1000)
        samples += stats["samples"]["totalQueryableSamples"] * 60 / interval_s
        spent_ms += min(taken) * 60 / interval_s
    return samples, spent_ms


def main() -> None:
    """Print the figures."""
    days = int(sys.argv[1]) if len(sys.argv) > 1 else 8
    folder = Path(tempfile.mkdtemp())
    try:
        start = (END - days * DAY_S) // HOUR_S * HOUR_S
        series, slices = history(start)
        bad, total = (sum(each[place] for each in slices.values()) for place in (0, 1))
        data = blocks_from("\n".join(openmetrics(start, series, slices)), folder / "data")
        series.clear()
        (folder / "data.om").unlink()
        with prometheus("{}", folder, data, ["--query.max-samples=200000000"]) as server:
            print(f"{INSTANCES * KINDS * len(RESULTS)} series, {days} days; {bad} of {total} events bad")
            first: tuple[float, float] | None = None
            for scheme in schemes():
                samples, spent_ms = cost(server, scheme)
                ((_, ratio),) = server.query(scheme.period, time=END)
                error = ratio / (bad / total) - 1
                first = first or (samples, spent_ms)
                print(
                    f"{scheme.name:7s} {samples:12,.0f} samples/min {spent_ms:9.1f} ms/min; period {error:+.2%}; "
                    f"{samples / first[0]:6.0f} x the samples, {spent_ms / first[1]:5.1f} x the time of sloctl"
                )
        print("goals: Sloth at least 300 x the samples and 15 x the time, Pyrra at least 600 x the samples")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
