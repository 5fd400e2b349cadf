"""What rules record of SLOs in every state, as OpenMetrics text."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sloctl.app.health import State
from sloctl.model import names
from sloctl.model.indicators import Counter, RatioIndicator
from sloctl.model.periods import RollingPeriod
from sloctl.model.slo import Objective, Slo
from sloctl.model.windows import DAY_S

STEP_S = 60
PERIOD_S = 28 * DAY_S
WEIGHT = 0.8
"""How the burn that alerts compare stands to the plain one."""
WINDOWS = ("5m", "30m", "1h", "2h", "6h", "1d", "3d", "28d")
HOSTILE = "<script>alert('x')</script> & \"more\""
ONLY_SPEC = Slo(
    "refunds",
    "billing",
    RatioIndicator(Counter("refunds_total"), Counter("refunds_failed_total"), part_is_good=False),
    (Objective(0.999),),
    RollingPeriod(PERIOD_S),
    display_name="Refunds are paid",
    labels={"team": ("money",)},
    annotations={"runbook_url": "https://runbooks.example/refunds"},
)
"""An SLO that nobody records."""


@dataclass(frozen=True)
class Recorded:
    """
    An SLO.

    Args:
        state: What it is made to be in.
        service: Its service.
        name: Its name.
        left: Share of the budget that is left at the end.
        burn: Its burn rate over the shortest window, a little more over longer ones; `None` for no events.
        tier: The alert that fires.
        ended_s: How long ago events were counted last.
    """

    state: State
    service: str
    name: str
    left: float
    burn: float | None
    tier: str = ""
    ended_s: int = 0
    display_name: str = ""
    group: Mapping[str, str] = field(default_factory=dict)


SLOS = (
    Recorded(State.OK, "shop", "latency", 0.93, 0.2, display_name="Pages are quick", group={"cluster": "north"}),
    Recorded(State.AT_RISK, "shop", "latency", 0.12, 0.6, display_name="Pages are quick", group={"cluster": "south"}),
    Recorded(State.BREACHED, "billing", "invoices", -0.4, 0.5, display_name="Invoices are right"),
    Recorded(
        State.BURNING,
        "shop",
        "checkout",
        0.45,
        20,
        "page",
        display_name="Checkouts succeed",
        group={"region": "eu/west"},
    ),
    Recorded(State.BURNING, "shop", "checkout", 0.8, 2.5, display_name="Checkouts succeed", group={"region": "us"}),
    Recorded(State.NO_TRAFFIC, "shop", "returns", 1, None, display_name=HOSTILE),
    Recorded(State.NO_DATA, "search", "answers", 0.7, None, ended_s=3600, display_name="Searches are answered"),
)


def recorded(end: int, hours: float = 8) -> str:
    """
    Give OpenMetrics text.

    Args:
        end: Time of the last sample, seconds since 1970.
        hours: How long it goes back.
    """
    count = round(hours * 3600 / STEP_S)
    times = [end - (count - 1 - place) * STEP_S for place in range(count)]
    lines = (line for slo in SLOS for line in _one(slo, times))
    return "\n".join(dict.fromkeys(lines))  # the parts of an SLO have some series in common


def _one(slo: Recorded, times: Sequence[int]) -> Iterator[str]:
    ident = {names.LABEL_ID: f"{slo.service}/{slo.name}", names.LABEL_SERVICE: slo.service, names.LABEL_SLO: slo.name}
    whole = ident | {label: value for label, value in slo.group.items() if label == names.LABEL_CLUSTER}
    part = {**ident, **slo.group}
    facts = {"objective": "0.99", "period": "28d", "display_name": slo.display_name, "description": "What is promised."}
    ones = [1.0] * len(times)
    yield from _series(names.INFO, {**whole, **facts}, times, ones)
    yield from _series(names.OBJECTIVE, whole, times, [0.99] * len(times))
    yield from _series(names.PERIOD, whole, times, [float(PERIOD_S)] * len(times))
    steps = [place / len(times) for place in range(len(times))]
    yield from _series(names.BUDGET_LEFT, part, times, [1 - (1 - slo.left) * step**2 for step in steps])
    yield from _series(names.COVERAGE, part, times, [step * len(times) * STEP_S / PERIOD_S for step in steps])
    counted = [at for at in times if at <= times[-1] - slo.ended_s]
    events = [0.0 if slo.burn is None else 100 + 40 * math.sin(step * 12) for step in steps]
    yield from _series(names.TOTAL_SLICE, part, counted, events)
    if slo.burn is not None:
        for place, window in enumerate(WINDOWS):
            burn = slo.burn * (1 + place / 10) if window != "28d" else 1 - slo.left
            burns = [burn * min(step * 12 / (place + 1), 1) * (1 + 0.1 * math.sin(step * 40)) for step in steps[:-30]]
            burns += [burn] * 30
            yield from _series(names.burn_name(window), part, counted, burns)
            yield from _series(names.error_name(window), part, counted, [each * 0.01 for each in burns])
            if slo.tier:
                yield from _series(names.weighted_name(window), part, counted, [each * WEIGHT for each in burns])
            totals = [event * 5 for event in events]
            bads = [total * each * 0.01 for total, each in zip(totals, burns, strict=True)]
            yield from _series(names.sum_name("total", window), part, counted, totals)
            yield from _series(names.sum_name("bad", window), part, counted, bads)
    if slo.tier:
        alert = {**part, "alertname": names.ALERT, names.LABEL_TIER: slo.tier, "alertstate": "firing"}
        yield from _series("ALERTS", alert, times[-40:], ones)


def _series(name: str, labels: Mapping[str, str], times: Sequence[int], values: Sequence[float]) -> Iterator[str]:
    selector = ",".join(f"{label}={_quoted(value)}" for label, value in labels.items())
    for at, value in zip(times, values, strict=False):
        yield f"{name}{{{selector}}} {value!r} {at}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
