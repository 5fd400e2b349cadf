"""How SLOs are doing, read from a Prometheus that evaluates their rules."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from sloctl.clients.prometheus import Prometheus
from sloctl.model import names

_RATIOS: Final = {
    "budget_left_ratio": names.BUDGET_LEFT,
    "coverage_ratio": names.COVERAGE,
    "burn_5m": names.burn_name("5m"),
    "burn_1h": names.burn_name("1h"),
}
_OUTSIDE: Final = {"__name__", "alertname", "alertstate", names.LABEL_TIER}
_Part = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class SloStatus:
    """
    One SLO, or one part of it where it keeps parts apart. What Prometheus does not know is `None`.

    Args:
        service: Its service.
        name: Its name.
        display_name: For people.
        group: The labels that keep the parts apart.
        period: Name of the period, for example ``30d``.
        objective_ratio: Share of events that must be good, 0 to 1.
        sli_ratio: Share of events that were good over the period, 0 to 1.
        budget_left_ratio: 1 is untouched; below 0 is overspent.
        coverage_ratio: Share of the period that the budget is known for, 0 to 1.
        burn_5m: Burn rate over five minutes, in multiples of what the budget sustains.
        burn_1h: The same over an hour.
        tiers: The tiers whose alert fires, for example ``page``.
    """

    service: str
    name: str
    display_name: str
    group: Mapping[str, str]
    period: str
    objective_ratio: float | None
    sli_ratio: float | None
    budget_left_ratio: float | None
    coverage_ratio: float | None
    burn_5m: float | None
    burn_1h: float | None
    tiers: tuple[str, ...] = field(default=())


async def read_status(prometheus: Prometheus) -> list[SloStatus]:
    """
    Read the status of every SLO whose events Prometheus has counted.

    Raises:
        BackendError: Prometheus does not answer.
    """
    facts, objectives, firing, *ratios = await asyncio.gather(
        prometheus.query(names.INFO),
        prometheus.query(names.OBJECTIVE),
        prometheus.query(f'ALERTS{{alertname="{names.ALERT}", alertstate="firing"}}'),
        *map(prometheus.query, _RATIOS.values()),
    )
    facts_of = {sample.labels[names.LABEL_ID]: sample.labels for sample in facts}
    objective_of = {sample.labels[names.LABEL_ID]: sample.value for sample in objectives}
    values = {name: {_part(s.labels): s.value for s in samples} for name, samples in zip(_RATIOS, ratios, strict=True)}
    tiers: dict[_Part, list[str]] = {}
    for alert in firing:
        tiers.setdefault(_part(alert.labels), []).append(alert.labels[names.LABEL_TIER])
    parts = sorted({part for by_part in values.values() for part in by_part}, key=sorted)
    return [
        _status(part, facts_of, objective_of, {name: values[name].get(part) for name in _RATIOS}, tiers.get(part, []))
        for part in parts
    ]


def _part(labels: Mapping[str, str]) -> _Part:
    return frozenset(item for item in labels.items() if item[0] not in _OUTSIDE)


def _status(
    part: _Part,
    facts_of: Mapping[str, Mapping[str, str]],
    objective_of: Mapping[str, float],
    ratios: Mapping[str, float | None],
    tiers: list[str],
) -> SloStatus:
    labels = dict(part)
    facts = facts_of.get(labels[names.LABEL_ID], {})
    objective, left = objective_of.get(labels[names.LABEL_ID]), ratios["budget_left_ratio"]
    return SloStatus(
        service=labels[names.LABEL_SERVICE],
        name=labels[names.LABEL_SLO],
        display_name=facts.get("display_name", ""),
        group={name: value for name, value in sorted(labels.items()) if name not in names.IDENTITY},
        period=facts.get("period", ""),
        objective_ratio=objective,
        sli_ratio=None if objective is None or left is None else 1 - (1 - left) * (1 - objective),
        tiers=tuple(sorted(tiers)),
        **ratios,
    )
