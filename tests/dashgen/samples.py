"""Hours of an operator's life: its own metrics, and what the rules record from them, in step with one another."""

from collections.abc import Iterator
from itertools import accumulate
from typing import get_args

from sloctl.model import names
from sloctl.model.durations import window_name
from sloctl.model.windows import DAY_S, HOUR_S, HOUR_WINDOWS_S, SLICE_S, SLICE_WINDOWS_S, WORKBOOK, BurnWindow
from sloctl.sdk.buckets import LAYOUTS

JOB = "tenant-operator"
NAMESPACE = "operators"
INSTANCES = ("10.0.0.7:8080", "10.0.0.8:8080")
RECONCILES_A_MINUTE = {"tenant": 40, "tenantdatabase": 90}
SERVICE, SLO = "tenant-operator", "reconcile-success"
OBJECTIVE = 0.99
PERIOD_S = 30 * DAY_S
BOUNDS = LAYOUTS["controller-runtime"]
SCRAPES_A_SLICE = 2
RESULTS = {"requeue": 0.05, "requeue_after": 0.10}


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
    lines = [*_operator(scrapes), *_recorded(times)]
    return "\n".join(lines)


def _failing(controller: str, progress: float) -> float:
    """Give the share of reconciles that fail, by how much of the time has passed."""
    if controller == "tenantdatabase":
        return 0.002
    return 0.35 if 0.55 < progress < 0.75 else 0.12 if progress > 0.93 else 0.004


def _events(controller: str, count: int) -> tuple[list[float], list[float]]:
    """Give all and bad reconciles of each slice; a slow rhythm and a little unrest, without chance."""
    total, bad = [], []
    for i in range(count):
        wave = 1 + 0.3 * ((i * 7919) % 97) / 97 + 0.4 * abs(((i / 180) % 2) - 1)
        total.append(float(round(RECONCILES_A_MINUTE[controller] * wave)))
        bad.append(float(round(total[-1] * _failing(controller, i / count) + (i * 31 % 11 == 0))))
    return total, bad


def _scraped(controller: str, count: int) -> tuple[list[float], list[float]]:
    """Give all and bad reconciles of each scrape."""
    total, bad = _events(controller, count // SCRAPES_A_SLICE)
    each = range(SCRAPES_A_SLICE)
    return (
        [value / SCRAPES_A_SLICE for value in total for _ in each],
        [value / SCRAPES_A_SLICE for value in bad for _ in each],
    )


def _operator(times: list[int]) -> Iterator[str]:
    yield "# TYPE controller_runtime_reconcile counter"
    for controller, share, base in _per_instance():
        total, bad = _scraped(controller, len(times))
        good = [a - b for a, b in zip(total, bad, strict=True)]
        parts = {"error": bad, **{name: [part * value for value in good] for name, part in RESULTS.items()}}
        parts["success"] = [(1 - sum(RESULTS.values())) * value for value in good]
        for result, values in parts.items():
            yield from _series(
                "controller_runtime_reconcile_total", {**base, "result": result}, times, _summed(values, share)
            )
    yield "# TYPE controller_runtime_reconcile_errors counter"
    for controller, share, base in _per_instance():
        bad = _scraped(controller, len(times))[1]
        yield from _series("controller_runtime_reconcile_errors_total", base, times, _summed(bad, share))
    yield "# TYPE controller_runtime_reconcile_time_seconds histogram"
    for controller, share, base in _per_instance():
        total = _summed(_scraped(controller, len(times))[0], share)
        middle = 0.12 if controller == "tenant" else 0.4
        for bound in BOUNDS:
            below = bound**2 / (bound**2 + middle**2)
            yield from _series(
                "controller_runtime_reconcile_time_seconds_bucket",
                {**base, "le": str(float(bound))},
                times,
                [below * value for value in total],
            )
        name = "controller_runtime_reconcile_time_seconds"
        yield from _series(f"{name}_bucket", {**base, "le": "+Inf"}, times, total)
        yield from _series(f"{name}_count", base, times, total)
        yield from _series(f"{name}_sum", base, times, [value * middle for value in total])
    yield "# TYPE controller_runtime_active_workers gauge"
    for controller, share, base in _per_instance():
        busy = [float(round(share * value / 12)) for value in _scraped(controller, len(times))[0]]
        yield from _series("controller_runtime_active_workers", base, times, busy)
    for i, instance in enumerate(INSTANCES):
        base = {"job": JOB, "namespace": NAMESPACE, "instance": instance}
        at = range(len(times))
        yield from _series("up", base, times, [1.0 for _ in at])
        yield from _series(
            "process_cpu_seconds_total", base, times, [n * (3.0 + 1.5 * i) + abs(n % 600 - 300) / 100 for n in at]
        )
        yield from _series("process_resident_memory_bytes", base, times, [9e7 + 1e7 * i + 2e4 * (n % 400) for n in at])
        yield from _series("process_start_time_seconds", base, times, [float(times[0] - 3600) for _ in at])


def _per_instance() -> Iterator[tuple[str, float, dict[str, str]]]:
    """Give each controller on each instance, with the share of the work it does there."""
    for controller in RECONCILES_A_MINUTE:
        for instance, share in zip(INSTANCES, (0.6, 0.4), strict=True):
            yield (
                controller,
                share,
                {"job": JOB, "namespace": NAMESPACE, "instance": instance, "controller": controller},
            )


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
    for controller in RECONCILES_A_MINUTE:
        yield from _group({**identity, "controller": controller}, controller, times)


def _group(labels: dict[str, str], controller: str, times: list[int]) -> Iterator[str]:
    total, bad = _events(controller, len(times))
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


def _summed(values: list[float], share: float) -> list[float]:
    return [share * value for value in accumulate(values)]


def _windowed(values: list[float], slices: int) -> list[float]:
    upto = [0.0, *accumulate(values)]
    return [upto[i + 1] - upto[max(0, i + 1 - slices)] for i in range(len(values))]


def _series(name: str, labels: dict[str, str], times: list[int], values: list[float]) -> Iterator[str]:
    selector = ",".join(f'{key}="{value}"' for key, value in labels.items())
    for at, value in zip(times, values, strict=True):
        yield f"{name}{{{selector}}} {value!r} {at}"
