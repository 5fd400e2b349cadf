"""
Budgets against the truth: made up histories, filled into a real Prometheus, and read by the rules as they are shipped.

The short ones last hours and are run by `make test`; those of a month by `make e2e`.
"""

import math
import os
import random
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sloctl.app.backfill import Span, plan
from sloctl.app.rules import RuleOptions
from sloctl.model import names
from sloctl.model.indicators import Counter, Matcher, RatioIndicator
from sloctl.model.slo import Objective, Slo
from sloctl.rulegen import compat_groups, rule_groups
from tests.rules.samples import slo
from tests.support.history import CODES, DAY_S, HOUR_S, History, Pod, Truth
from tests.support.prometheus import Server, blocks_from, find_program, prometheus

END = int(time.time()) // HOUR_S * HOUR_S - 2 * HOUR_S + 23 * 60
"""Some minutes past the hour, so that a period is whole hours and a part of one."""
REQUESTS = Counter("requests_total", (Matcher("job", "=", "web"),))
FAILED = Counter("requests_total", (Matcher("job", "=", "web"), Matcher("code", "=", "500")))
SLO = slo(RatioIndicator(REQUESTS, FAILED, part_is_good=False), Objective(0.999))
UNPACKED = str(Path.home() / ".cache/debian-unpack/sid/prometheus+/usr/bin")
MOMENTS = 8
"""At which rules are looked at that the past is not filled with."""
SAMPLES_PER_S = 90
"""What evaluating the rules of one SLO over 30 series may read, and not a fortieth of what Sloth's read."""
PAST = dict.fromkeys(CODES, 1_000_000)


def busy(start: int) -> History:
    """Ten pods, day and night, each with a restart every three days or so; 30 series in all."""
    rng = random.Random(1)
    pods = [
        Pod(
            f"pod-{number}",
            start,
            END,
            sorted(rng.sample(range(start + 3 * HOUR_S, END), 1 + (END - start) // (3 * DAY_S))),
        )
        for number in range(10)
    ]
    return History(start, END, pods, mean=3, bad=0.004)


def quiet(start: int) -> History:
    """Few requests to three pods that are replaced every day; the series of errors come with the first error."""
    births = range(start, END, DAY_S if END - start > DAY_S else 2 * HOUR_S)
    pods = [
        Pod(f"pod-{birth}-{number}", birth, min(birth + births.step, END)) for birth in births for number in range(3)
    ]
    return History(start, END, pods, mean=0.5, bad=0.01)


def gaps(start: int) -> History:
    """Pods that are not scraped for up to four minutes now and then."""
    rng = random.Random(2)

    def missed() -> list[tuple[int, int]]:
        begins = rng.sample(range(start + HOUR_S, END - HOUR_S), 2 + (END - start) // DAY_S)
        return [(begin, begin + rng.randrange(60, 240)) for begin in begins]

    return History(start, END, [Pod(f"pod-{number}", start, END, gaps=missed()) for number in range(10)], 2, 0.01)


def fresh(start: int) -> History:
    """Pods that have long been running when Prometheus sees them for the first time."""
    return History(start, END, [Pod(f"pod-{number}", start, END, past=PAST) for number in range(10)], 2, 0.01)


HISTORIES = [busy, quiet, gaps, fresh]


@dataclass
class Recorded:
    """A Prometheus that has the slices and hours of a history, and what the history was."""

    server: Server
    truth: Truth
    start: int


def written_out(one: Slo, record: str) -> str:
    """Give the expression of a rule, with those of the rules that it reads at the same moment in it."""
    exprs = {rule.record: rule.expr for group in rule_groups(one) for rule in group.rules if hasattr(rule, "record")}
    exprs = {name: expr for name, expr in exprs.items() if not re.fullmatch(r"slo:\w+:(slice|sum1h)", name)}
    label = re.escape(f'{{{names.LABEL_ID}="{one.id}"}}')

    def inner(match: re.Match[str]) -> str:
        return f"({written_out(one, match[1])})" if match[1] in exprs else match[0]

    return re.sub(rf"([\w:]+){label}(?!\[| @)", inner, exprs[record])


def record(history: History, folder: Path) -> tuple[Path, Truth]:
    """Fill the past of a history into the data folder of a Prometheus, pass by pass."""
    truth = Truth()
    data = blocks_from("\n".join(history.openmetrics(truth)), folder / "data")
    for number in range(2):
        with prometheus("{}", folder, data, ["--query.max-samples=100000000"]) as server:
            span = Span(server.url, data, history.start, history.end)
            each = plan([SLO], RuleOptions(), span, folder / "passes")[number]
            each.folder.mkdir(parents=True)
            each.path.write_text("".join(each.chunks()))
            command = [find_program("promtool"), *each.command[1:]]
            subprocess.run(command, cwd=each.folder, check=True, capture_output=True)
    return data, truth


def servers(data: Path, folder: Path) -> Iterator[Server]:
    """Serve data with each version of Prometheus that is here: the usual one, and a Prometheus 3."""
    third = shutil.which("prometheus", path=os.environ.get("PROMETHEUS_3", UNPACKED))
    for program in (None, third) if third else (None,):
        with prometheus("{}", folder, data, program=program) as server:
            yield server


def check(server: Server, truth: Truth, start: int) -> None:
    """Hold what the rules say at the end against the truth."""
    bad, total = (single(server, written_out(SLO, names.sum_name(count, "30d"))) for count in ("bad", "total"))
    left = single(server, written_out(SLO, names.BUDGET_LEFT))
    present = single(server, written_out(SLO, names.COVERAGE)) * 30 * DAY_S / 60

    assert truth.bad > 10
    assert bad == truth.bad
    assert total == pytest.approx(truth.total, rel=0.001)
    assert left == pytest.approx(1 - truth.bad / truth.total / 0.001, rel=0.002)
    assert present == pytest.approx((END - start) / 60, abs=12)
    for name in (names.TOTAL_SLICE, names.BAD_SLICE):
        odd = f"count_over_time(({name} unless (-Inf < {name} < Inf))[31d:1m])"
        assert server.query(odd, time=END) == []
    for rule in (rule for group in rule_groups(SLO) for rule in group.rules):
        if rule.expr.startswith("vector") or not hasattr(rule, "record") or rule.record.endswith((":slice", ":sum1h")):
            continue
        expr = written_out(SLO, rule.record)
        for at in range(start, END, (END - start) // MOMENTS):
            assert all(math.isfinite(value) for _, value in server.query(expr, time=at)), rule.record


def samples(server: Server, expr: str) -> int:
    """Give how many samples an evaluation reads."""
    stats = server.get("query", query=expr, time=END, stats="all")["stats"]
    return int(stats["samples"]["totalQueryableSamples"])


def single(server: Server, expr: str) -> float:
    """Give the value of the only result."""
    ((_, value),) = server.query(expr, time=END)
    return value


@pytest.mark.parametrize("make", HISTORIES, ids=lambda make: make.__name__)
def test_hours_are_counted_to_the_event(make: Callable[[int], History], tmp_path: Path) -> None:
    """Whatever happens to the targets, the errors of some hours are exact, and no NaN is recorded."""
    start = END - 7 * HOUR_S
    data, truth = record(make(start), tmp_path)
    for server in servers(data, tmp_path):
        check(server, truth, start)


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("make", HISTORIES, ids=lambda make: make.__name__)
def test_a_month_is_counted_to_the_event(make: Callable[[int], History], tmp_path: Path) -> None:
    """So are those of a whole period, at a small part of what Sloth's rules read."""
    start = END - 30 * DAY_S + HOUR_S
    data, truth = record(make(start), tmp_path)
    for server in servers(data, tmp_path):
        check(server, truth, start)
        ours = sum(samples(server, rule.expr) / group.interval_s for group in rule_groups(SLO) for rule in group.rules)
        theirs = sum(samples(server, rule.expr) / 60 for group in compat_groups(SLO) for rule in group.rules)
        assert ours < min(SAMPLES_PER_S, theirs / 40)
