"""
Budgets against the truth: histories that were made up, in a real Prometheus, and read by the rules as they are shipped.

Each version of Prometheus that is here evaluates what is recorded. The months are run by `make long`.
"""

import math
import shutil
from pathlib import Path

import pytest

from sloctl.model import names
from sloctl.rulegen import rule_groups
from sloctl.rulegen.compat import compat_groups
from tests.rules.histories import DAY_S, END, HOUR_S, MINUTE_S, History, histories
from tests.rules.truth import fill, one, samples, write, written_out
from tests.support.prometheus import Server, prometheus

LENGTHS = [
    pytest.param(7 * HOUR_S, id="hours"),
    pytest.param(30 * DAY_S - HOUR_S, id="month", marks=[pytest.mark.long, pytest.mark.timeout(900)]),
]
MOMENTS = 5000
"""How many of a history are looked at, or all."""
SAMPLES_PER_S = 55
"""What evaluating the rules of one SLO over 30 series may read."""


@pytest.fixture(scope="module", params=LENGTHS)
def made(request: pytest.FixtureRequest) -> list[History]:
    """Give the histories."""
    return histories(END - request.param)


@pytest.fixture(scope="module")
def scraped(made: list[History], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the data folder of a Prometheus that has scraped them."""
    data = tmp_path_factory.mktemp("scraped") / "data"
    write([series for history in made for series in history.series], data)
    return data


def test_budgets_are_true(made: list[History], scraped: Path, program: Path, tmp_path: Path) -> None:
    """Whatever happens to targets, errors are counted to the event, nothing is NaN, and evaluations read little."""
    data = shutil.copytree(scraped, tmp_path / "data")
    fill([history.slo for history in made], data, made[0].start, END, tmp_path, program)
    with prometheus("{}", tmp_path, data, program=program) as server:
        for history in made:
            check_budget(server, history)
            check_cost(server, history)
            assert not_finite(server, history) == []


def check_budget(server: Server, history: History) -> None:
    """Hold what the rules say at the end against the truth."""
    exprs = written_out(history.slo)
    records = (names.sum_name("bad", "30d"), names.sum_name("total", "30d"), names.BUDGET_LEFT, names.COVERAGE)
    bad, total, left, coverage = (one(server, exprs[record], END) for record in records)
    scraped_s = max(int(series.times[-1]) for series in history.series) - history.start

    assert bad == history.bad > 10
    assert total == pytest.approx(history.total, rel=0.001)
    assert left == pytest.approx(1 - history.bad / history.total / history.slo.budget_ratio, rel=0.002)
    assert coverage * history.slo.period_s == pytest.approx(scraped_s, abs=6 * MINUTE_S)


def check_cost(server: Server, history: History) -> None:
    """Hold the samples that evaluations read against the limit, and against those that Sloth's read."""
    slo = history.slo
    fewer = 40 if END - history.start > 3 * DAY_S else 10  # their longest range over every scrape is of three days
    ours, sloths = (
        sum(
            samples(server, rule.expr, END) / (group.interval_s or MINUTE_S) for group in groups for rule in group.rules
        )
        for groups in (rule_groups(slo), compat_groups(slo))
    )
    assert ours < min(SAMPLES_PER_S, sloths / fewer)


def not_finite(server: Server, history: History) -> list[str]:
    """Name the recorded series that are NaN or infinite at any time."""
    found = server.get("query", query=f'{{{names.LABEL_ID}="{history.slo.id}"}}[31d]', time=END)["result"]
    values = {each["metric"]["__name__"]: {value for _, value in each["values"]} for each in found}
    length_s = END - history.start
    for record, expr in written_out(history.slo).items():
        if "@ end()" in expr:  # the running hour is reckoned from it, and a range has but one
            moments = [server.query(expr, at) for at in range(history.start, END + 1, length_s // 8)]
            values[record] = {value for result in moments for _, value in result}
        else:
            ranges = server.query_range(expr, history.start, END, max(MINUTE_S, length_s // MOMENTS))
            values[record] = {value for _, pairs in ranges for _, value in pairs}
    assert all(values.values()), values
    return [record for record, each in values.items() if not all(math.isfinite(float(value)) for value in each)]
