"""Results as pandas frames: how good the alerts are, and compliance month by month."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sloctl.model.policies import BurnAlert
from sloctl.model.windows import DAY_S, SLICE_S
from sloctl.simulate.incidents import MONTH_SLICES, Incident
from sloctl.simulate.runs import Run
from sloctl.simulate.traffic import Floats

KEYS: Final = ["policy", "tier"]
_SEEN: Final = {"detection_min": "min", "reset_min": "max", "spent_ratio": "min", "notifications": "sum"}
"""How an incident was seen, and how several alerts of a tier saw it together."""
Part = Literal["month", "day"]
_PARTS: Final[Mapping[Part, int]] = {"month": MONTH_SLICES, "day": DAY_S // SLICE_S}
_MINUTES: Final = SLICE_S / 60
_DIGITS: Final = 4
_LARGE: Final = 10**_DIGITS
_NEAR: Final = 0.5
"""Closer to 1 a share is told from it by how much is missing."""


def alert_frame(runs: Iterable[Run]) -> pd.DataFrame:
    """
    List every alert that fired; each is one notification.

    Returns:
        seed, policy, tier, start and end (slices), start_time (of a recorded history), errors (in its longest window
        when it began), right (it overlaps a significant incident, or the longest of the alert's short windows after
        one), healthy (it overlaps no incident at all, nor its longest window after one).
    """
    rows = []
    for run in runs:
        spent = _so_far(run)
        for policy, alert, fires in _alerts(run):
            wanted, unhealthy = _wanted(run, alert), _times(run, run.history.incidents, _longest(alert))
            for start, end in fires:
                errors = spent[start + 1] - spent[max(start + 1 - _longest(alert), 0)]
                right, healthy = bool(wanted[start:end].any()), not unhealthy[start:end].any()
                when = (start, end, _time(run, start))
                rows.append((run.seed, policy, alert.tier, *when, int(errors), right, healthy))
    columns = ["start", "end", "start_time", "errors", "right", "healthy"]
    return pd.DataFrame(rows, columns=["seed", *KEYS, *columns])


def incident_frame(runs: Iterable[Run]) -> pd.DataFrame:
    """
    List every incident, as each alert saw it.

    Returns:
        seed, policy, tier, incident (its number in the run), start and end (slices), start_time (of a recorded
        history), cost_ratio (of a period's budget), significant, detection_min (from its start to the first alert),
        reset_min (from its end to the last alert's), spent_ratio (of a period's budget, from its start to the first
        alert), notifications. What there was none of is not a number.
    """
    rows = []
    for run in runs:
        spent = _so_far(run)
        for policy, alert, fires in _alerts(run):
            starts, ends = np.array(fires, dtype=int).reshape(-1, 2).T
            for number, incident in enumerate(run.history.incidents, start=1):
                first = int(np.searchsorted(ends, incident.start, side="right"))
                after = int(np.searchsorted(starts, incident.end + _reach(alert)))
                seen = (np.nan, np.nan, np.nan, 0)
                if first < after:
                    begin = max(int(starts[first]), incident.start)
                    detection, reset = begin - incident.start, max(int(ends[after - 1]) - incident.end, 0)
                    cost = float(spent[begin + 1] - spent[incident.start]) / run.budget
                    seen = (detection * _MINUTES, reset * _MINUTES, cost, after - first)
                when = (number, incident.start, incident.end, _time(run, incident.start))
                what = (incident.cost / run.budget, run.significant(incident))
                rows.append((run.seed, policy, alert.tier, *when, *what, *seen))
    when_columns = ["incident", "start", "end", "start_time"]
    columns = [*when_columns, "cost_ratio", "significant", *_SEEN]
    return pd.DataFrame(rows, columns=["seed", *KEYS, *columns])


def quality_frame(runs: Sequence[Run]) -> pd.DataFrame:
    """
    Measure the alerts, all runs together.

    Returns:
        For each policy and tier: alerts, of_one_error (how many of them began with no more than one error
        in their longest window), precision (share of them that are right), recall (share of significant
        incidents that alerted), the medians of detection_min, reset_min and spent_ratio over those, notifications (for
        each of them), alerts_per_month, alerts_per_healthy_month. What cannot be told is not a number.
    """
    alerts, incidents = alert_frame(runs), incident_frame(runs)
    months = sum(len(run.history) for run in runs) / MONTH_SLICES
    rows = []
    for policy, tier in dict.fromkeys((policy, alert.tier) for run in runs for policy, alert, _ in _alerts(run)):
        fired = alerts[(alerts.policy == policy) & (alerts.tier == tier)]
        wanted = incidents[(incidents.policy == policy) & (incidents.tier == tier) & incidents.significant]
        together = wanted.groupby(["seed", "incident"]).agg(_SEEN)
        seen = together[together.notifications > 0]
        healthy = sum(_healthy_slices(run, policy, tier) for run in runs)
        rows.append(
            {
                "policy": policy,
                "tier": tier,
                "alerts": len(fired),
                "of_one_error": (fired.errors <= 1).sum(),
                "precision": fired.right.mean(),
                "recall": len(seen) / len(together) if len(together) else np.nan,
                "detection_min": seen.detection_min.median(),
                "reset_min": seen.reset_min.median(),
                "spent_ratio": seen.spent_ratio.median(),
                "notifications": seen.notifications.mean(),
                "alerts_per_month": len(fired) / months,
                "alerts_per_healthy_month": fired.healthy.sum() / (healthy / MONTH_SLICES) if healthy else np.nan,
            }
        )
    return pd.DataFrame(rows).set_index(KEYS)


def compliance_frame(runs: Iterable[Run], part: Part = "month") -> pd.DataFrame:
    """
    Tell how each month, of 30 days, or each day went.

    Returns:
        For each seed and part of its history (the last may be shorter): start_time (of a recorded history), events,
        bad, sli, objective, met, budget_spent (share of the part's own budget), coverage (share of its slices that are
        there), and how many alerts of each policy and tier began in it.
    """
    rows, size = [], _PARTS[part]
    for run in runs:
        history, setting = run.history, run.setting
        edges = np.arange(0, len(history), size)
        bad, events, present = (
            np.add.reduceat(counts, edges) for counts in (history.bad, history.total, history.present)
        )
        lengths = np.diff(np.append(edges, len(history)))
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = bad / events
        frame = pd.DataFrame(
            {
                "seed": run.seed,
                part: np.arange(1, len(edges) + 1),
                "start_time": [_time(run, edge) for edge in edges.tolist()],
                "events": events,
                "bad": bad,
                "sli": 1 - ratio,
                "objective": setting.objective_ratio,
                "met": ~(ratio > setting.budget_ratio),
                "budget_spent": ratio / setting.budget_ratio,
                "coverage": present / lengths,
            }
        )
        for policy, alert, fires in _alerts(run):
            begun = np.bincount([start // size for start, _ in fires], minlength=len(edges))
            name = f"{policy}_{alert.tier}s"
            frame[name] = frame[name] + begun if name in frame else begun
        rows.append(frame)
    return pd.concat(rows).set_index(["seed", part])


def tables(runs_of: Mapping[str, Sequence[Run]]) -> dict[str, pd.DataFrame]:
    """
    Give all frames of several SLOs.

    Args:
        runs_of: The runs of each SLO, by its name, which becomes the first level of the index.

    Returns:
        quality, months, days, incidents, alerts.
    """
    makers: dict[str, Callable[[Sequence[Run]], pd.DataFrame]] = {
        "quality": quality_frame,
        "months": compliance_frame,
        "days": lambda runs: compliance_frame(runs, "day"),
        "incidents": lambda runs: incident_frame(runs).set_index("seed"),
        "alerts": lambda runs: alert_frame(runs).set_index("seed"),
    }
    return {
        name: pd.concat({slo: make(runs) for slo, runs in runs_of.items()}, names=["slo"])
        for name, make in makers.items()
    }


def records(frame: pd.DataFrame) -> list[dict[str, object]]:
    """Give the rows as plain values for JSON; what is not a number is None."""
    flat = frame.reset_index()
    rows = zip(*(flat[name].tolist() for name in flat), strict=True)
    return [{name: _plain(value) for name, value in zip(flat, row, strict=True)} for row in rows]


def markdown(frame: pd.DataFrame) -> str:
    """Write a table in Markdown, with four digits that matter; around 1, those of the distance from it."""
    rows = [[_text(value) for value in row.values()] for row in records(frame)]
    head = [str(name) for name in frame.reset_index()]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head), *rows)) + "\n"


def _plain(value: object) -> object:
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    return None if pd.isna(value) else value


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        if 0 < abs(1 - value) < _NEAR:  # cut, so that an SLI below its objective does not look like it
            last = math.floor(math.log10(abs(1 - value))) - _DIGITS + 1
            return str(Decimal(repr(value)).quantize(Decimal(1).scaleb(last), ROUND_FLOOR).normalize())
        return f"{value:.{_DIGITS}g}" if abs(value) < _LARGE else f"{value:.0f}"
    return str(value).replace("|", "\\|")


def _alerts(run: Run) -> Iterator[tuple[str, BurnAlert, list[tuple[int, int]]]]:
    for policy, fires in zip(run.setting.policies, run.fires, strict=True):
        for alert, times in zip(policy.alerts, fires, strict=True):
            yield policy.name, alert, times


def _reach(alert: BurnAlert) -> int:
    return max(pair.short_s for pair in alert.pairs) // SLICE_S


def _longest(alert: BurnAlert) -> int:
    return max(pair.long_s for pair in alert.pairs) // SLICE_S


def _wanted(run: Run, alert: BurnAlert) -> NDArray[np.bool_]:
    return _times(run, filter(run.significant, run.history.incidents), _reach(alert))


def _healthy_slices(run: Run, policy: str, tier: str) -> int:
    reach = max((_longest(alert) for name, alert, _ in _alerts(run) if (name, alert.tier) == (policy, tier)), default=0)
    return int((~_times(run, run.history.incidents, reach)).sum())


def _times(run: Run, incidents: Iterable[Incident], reach: int) -> NDArray[np.bool_]:
    """Mark the slices of incidents and those just after them."""
    marked = np.zeros(len(run.history), dtype=bool)
    for incident in incidents:
        marked[incident.start : incident.end + reach] = True
    return marked


def _so_far(run: Run) -> Floats:
    """Count the bad events before each slice, and in all."""
    return np.concatenate(([0.0], np.cumsum(run.history.bad)))


def _time(run: Run, number: int) -> pd.Timestamp:
    """Tell when a slice was, where that was recorded."""
    start_s = run.history.start_s
    return pd.Timestamp(start_s + number * SLICE_S, unit="s") if start_s else pd.NaT
