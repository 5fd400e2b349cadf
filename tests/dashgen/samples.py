"""Hours of an operator's life: its own metrics, and what the rules record from them, in step with one another."""

from collections.abc import Iterator
from itertools import accumulate
from typing import get_args

from sloctl.model import names
from sloctl.model.durations import window_name
from sloctl.model.windows import DAY_S, HOUR_S, HOUR_WINDOWS_S, SLICE_S, SLICE_WINDOWS_S, WORKBOOK, BurnWindow
from tests.dashgen.operator_samples import operator_samples, reconciles

CONTROLLERS = ("tenant", "tenantdatabase")
SERVICE, SLO = "tenant-operator", "reconcile-success"
OBJECTIVE = 0.99
PERIOD_S = 30 * DAY_S
SCRAPES_A_SLICE = 2


def samples(end: int, hours: float) -> str:
    """
    Give OpenMetrics text in which one controller fails for a while, recovers, and fails again at the end.

    Args:
        end: Time of the last sample, seconds since 1970.
        hours: How long it goes back.
    """
    count = int(hours * HOUR_S / SLICE_S)
    times = [end - (count - 1 - i) * SLICE_S for i in range(count)]
    scrape_s = SLICE_S // SCRAPES_A_SLICE
    scrapes = [end - (count * SCRAPES_A_SLICE - 1 - i) * scrape_s for i in range(count * SCRAPES_A_SLICE)]
    lines = [*operator_samples(scrapes), *_recorded(times)]
    return "\n".join(lines)


def _recorded(times: list[int]) -> Iterator[str]:
    identity = {names.LABEL_ID: f"{SERVICE}/{SLO}", names.LABEL_SERVICE: SERVICE, names.LABEL_SLO: SLO}
    ones = [1.0 for _ in times]
    info = {
        "objective": str(OBJECTIVE),
        "period": window_name(PERIOD_S),
        "display_name": "Reconciles succeed",
        "description": "A reconcile ends without an error. Retries count as reconciles of their own.",
    }
    yield from _series(names.INFO, {**identity, **info}, times, ones)
    yield from _series(names.OBJECTIVE, identity, times, [OBJECTIVE for _ in times])
    yield from _series(names.PERIOD, identity, times, [float(PERIOD_S) for _ in times])
    for controller in CONTROLLERS:
        yield from _group({**identity, "controller": controller}, controller, times)


def _group(labels: dict[str, str], controller: str, times: list[int]) -> Iterator[str]:
    total, bad = reconciles(controller, len(times))
    burn: dict[str, list[float]] = {}
    yield from _series(names.TOTAL_SLICE, labels, times, total)
    yield from _series(names.BAD_SLICE, labels, times, bad)
    for window_s in (*SLICE_WINDOWS_S, *HOUR_WINDOWS_S, PERIOD_S):
        window, slices = window_name(window_s), window_s // SLICE_S
        totals, bads = _windowed(total, slices), _windowed(bad, slices)
        errors = [b / t for b, t in zip(bads, totals, strict=True)]
        burn[window] = [error / (1 - OBJECTIVE) for error in errors]
        yield from _series(names.sum_name("total", window), labels, times, totals)
        yield from _series(names.sum_name("bad", window), labels, times, bads)
        yield from _series(names.error_name(window), labels, times, errors)
        yield from _series(names.burn_name(window), labels, times, burn[window])
    yield from _series(names.BUDGET_LEFT, labels, times, [1 - value for value in burn[window_name(PERIOD_S)]])
    present = [(i + 1) * SLICE_S / PERIOD_S for i, _ in enumerate(times)]
    yield from _series(names.COVERAGE, labels, times, present)
    for tier in get_args(names.Tier):
        alert = {**labels, "alertname": names.ALERT, names.LABEL_TIER: tier, "alertstate": "firing"}
        firing = [i for i in range(len(times)) if any(_alerts(pair, burn, i) for pair in WORKBOOK if pair.tier == tier)]
        yield from _series("ALERTS", alert, [times[i] for i in firing], [1.0 for _ in firing])


def _alerts(pair: BurnWindow, burn: dict[str, list[float]], i: int) -> bool:
    limit = pair.threshold(PERIOD_S)
    return all(burn[window_name(window_s)][i] > limit for window_s in (pair.long_s, pair.short_s))


def _windowed(values: list[float], slices: int) -> list[float]:
    upto = [0.0, *accumulate(values)]
    return [upto[i + 1] - upto[max(0, i + 1 - slices)] for i in range(len(values))]


def _series(name: str, labels: dict[str, str], times: list[int], values: list[float]) -> Iterator[str]:
    selector = ",".join(f'{key}="{value}"' for key, value in labels.items())
    for at, value in zip(times, values, strict=True):
        yield f"{name}{{{selector}}} {value!r} {at}"
