"""How SLOs are doing, read from a Prometheus that evaluates their rules."""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sloctl.clients.prometheus import Prometheus, Sample
from sloctl.model import names
from sloctl.model.durations import parse_shorthand
from sloctl.model.slo import Slo
from sloctl.rulegen.composite import Composite

NOW_WINDOW: Final = "1h"
"""The window whose burn rate is taken for how fast the budget is spent from now on."""

_BURN: Final = names.burn_name("")
_ALERTS: Final = f'ALERTS{{alertstate="firing", {names.LABEL_ID}!=""}}'
_Part = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class SloStatus:
    """
    One SLO, or one part of it where it keeps parts apart. What Prometheus does not know is `None`.

    Args:
        service: Its service.
        name: Its name.
        display_name: For people.
        is_known: Whether Prometheus has recorded it; what is said of others is from their specs.
        group: The labels that keep the parts apart.
        period: Name of the period, for example ``30d``.
        period_s: Its length in seconds, of the running one where it follows the calendar.
        objective_ratio: Share of events that must be good, 0 to 1.
        sli_ratio: Share of events that were good over the period, 0 to 1; `None` also where there were none.
        budget_left_ratio: 1 is untouched; below 0 is overspent.
        coverage_ratio: Share of the period that the budget is known for, 0 to 1.
        burn: Burn rates in multiples of what the budget sustains, by window, short ones first.
        exhaustion_s: Seconds until a whole period's budget is spent at the burn rate of the last hour, as
            [`exhaustion`][sloctl.app.status.exhaustion] has it; `None` also where it lasts.
        tiers: The tiers whose alert fires, for example ``page``.
        alerts: The names of the other alerts of this SLO that fire.
    """

    service: str
    name: str
    display_name: str = ""
    is_known: bool = True
    group: Mapping[str, str] = field(default_factory=dict)
    period: str = ""
    period_s: float | None = None
    objective_ratio: float | None = None
    sli_ratio: float | None = None
    budget_left_ratio: float | None = None
    coverage_ratio: float | None = None
    burn: Mapping[str, float] = field(default_factory=dict)
    exhaustion_s: float | None = None
    tiers: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()


def exhaustion(burn: float, spent_ratio: float, period_s: float, within_s: float) -> float | None:
    """
    Tell when a budget is spent.

    Args:
        burn: The rate at which it is spent from now on, in multiples of what it sustains.
        spent_ratio: Share of a whole period's budget that is spent.
        period_s: Length of the period in seconds.
        within_s: Seconds after which what is spent now no longer counts: the period, or what is left of a calendar's.

    Returns:
        Seconds from now; `None` where it lasts.

    Source: SRE Workbook, "Alerting on SLOs": time to exhaustion = period / burn rate, here of what is left.

    >>> exhaustion(10, 0.5, 30 * 86400, 30 * 86400) / 86400
    1.5
    >>> exhaustion(1, 0, 86400, 86400), exhaustion(0, 1.2, 86400, 86400)
    (None, 0.0)
    """
    left = max(1 - spent_ratio, 0)
    if not left:
        return 0.0
    return left * period_s / burn if left * period_s < burn * within_s else None


async def read_status(prometheus: Prometheus, wanted: Sequence[Slo] | None = None) -> list[SloStatus]:
    """
    Read the status of SLOs.

    Args:
        prometheus: Where to ask.
        wanted: Those to read, each with one objective or a composite; all that Prometheus evaluates where left out.

    Raises:
        BackendError: Prometheus does not answer.
    """
    of_wanted = {slo.id: slo for slo in wanted or ()}
    facts, objectives, periods, starts, left, coverage, burns, firing = await asyncio.gather(
        *map(prometheus.query, (names.INFO, names.OBJECTIVE, names.PERIOD, names.PERIOD_START)),
        *map(prometheus.query, (names.BUDGET_LEFT, names.COVERAGE, f'{{__name__=~"{_BURN}.+"}}', _ALERTS)),
    )
    reader = _Reader(_by_id(objectives), _by_id(periods), _by_id(starts), _by_part(left), _by_part(coverage))
    for sample in burns:
        window = sample.labels["__name__"].removeprefix(_BURN)
        reader.burns.setdefault(_part(sample.labels), {})[window] = sample.value
    info = {
        s.labels[names.LABEL_ID]: s.labels for s in facts if wanted is None or s.labels[names.LABEL_ID] in of_wanted
    }
    parts: dict[str, set[_Part]] = {name: set() for name in info}
    for part in (*reader.left, *reader.coverage, *reader.burns):  # a composite's members have no facts of their own
        parts.get(dict(part)[names.LABEL_ID], set()).add(part)
    known = [
        reader.status(info[name], part, [alert for alert in firing if part <= alert.labels.items()])
        for name, those in parts.items()
        for part in sorted(those, key=sorted) or [_part({key: info[name][key] for key in names.IDENTITY})]
    ]
    unknown = [slo for name, slo in of_wanted.items() if name not in info]
    return sorted(known + [_unknown(slo) for slo in unknown], key=lambda status: (status.service, status.name))


@dataclass(frozen=True, slots=True)
class _Reader:
    objective: Mapping[str, float]
    period_s: Mapping[str, float]
    start_s: Mapping[str, float]
    left: Mapping[_Part, float]
    coverage: Mapping[_Part, float]
    burns: dict[_Part, dict[str, float]] = field(default_factory=dict)

    def status(self, info: Mapping[str, str], part: _Part, firing: Sequence[Sample]) -> SloStatus:
        """Put together what is known of a part."""
        labels, name = dict(part), info[names.LABEL_ID]
        objective, burns, period = self.objective.get(name), self.burns.get(part, {}), info.get("period", "")
        error = None if objective is None or period not in burns else burns[period] * (1 - objective)
        burning = [alert for alert in firing if alert.labels["alertname"] == names.ALERT]
        return SloStatus(
            service=info[names.LABEL_SERVICE],
            name=info[names.LABEL_SLO],
            display_name=info.get("display_name", ""),
            group={key: value for key, value in sorted(labels.items()) if key not in names.IDENTITY},
            period=period,
            period_s=self.period_s.get(name),
            objective_ratio=objective,
            sli_ratio=None if error is None else 1 - error,
            budget_left_ratio=self.left.get(part),
            coverage_ratio=self.coverage.get(part),
            burn=dict(sorted(burns.items(), key=lambda item: parse_shorthand(item[0]))),
            exhaustion_s=self._exhaustion(name, part, burns),
            tiers=tuple(sorted({alert.labels[names.LABEL_TIER] for alert in burning})),
            alerts=tuple(sorted({alert.labels["alertname"] for alert in firing} - {names.ALERT})),
        )

    def _exhaustion(self, name: str, part: _Part, burns: Mapping[str, float]) -> float | None:
        period_s, left, coverage = self.period_s.get(name), self.left.get(part), self.coverage.get(part)
        if period_s is None or left is None or coverage is None or NOW_WINDOW not in burns:
            return None
        within_s = self.start_s[name] + period_s - time.time() if name in self.start_s else period_s
        return exhaustion(burns[NOW_WINDOW], (1 - left) * coverage, period_s, within_s)


def _part(labels: Mapping[str, str]) -> _Part:
    return frozenset(item for item in labels.items() if item[0] != "__name__")


def _by_part(samples: Iterable[Sample]) -> dict[_Part, float]:
    return {_part(sample.labels): sample.value for sample in samples}


def _by_id(samples: Iterable[Sample]) -> dict[str, float]:
    return {sample.labels[names.LABEL_ID]: sample.value for sample in samples}


def _unknown(slo: Slo) -> SloStatus:
    """Tell of an SLO what its spec says."""
    return SloStatus(
        slo.service,
        slo.name,
        slo.display_name or slo.name,
        is_known=False,
        period=slo.period,
        period_s=slo.period_s,
        objective_ratio=(Composite(slo).whole if slo.is_composite else slo).objective_ratio,
    )
