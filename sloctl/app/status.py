"""How SLOs are doing, read from a Prometheus that evaluates their rules."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sloctl.clients.prometheus import Prometheus, Sample
from sloctl.model import names
from sloctl.model.durations import parse_shorthand
from sloctl.model.slo import Slo
from sloctl.promql.sloqueries import SloQueries
from sloctl.rulegen.composite import Composite

_BURN: Final = names.burn_name("")
_Part = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class SloStatus:
    """
    One SLO, or one part of it where it keeps parts apart. What Prometheus does not know is `None`.

    Args:
        service: Its service.
        name: Its name.
        display_name: For people.
        description: For people.
        is_known: Whether Prometheus has recorded it; what is said of others is from their specs.
        group: The labels that keep the parts apart.
        period: Name of the period, for example ``30d``.
        period_s: Its length in seconds, of the running one where it follows the calendar.
        objective_ratio: Share of events that must be good, 0 to 1.
        sli_ratio: Share of events that were good over the period, 0 to 1; `None` also where there were none.
        budget_left_ratio: 1 is untouched; below 0 is overspent.
        coverage_ratio: Share of the period that the budget is known for, 0 to 1.
        burn: Burn rates in multiples of what the budget sustains, by window, short ones first.
        exhaustion_s: Seconds until a whole period's budget is spent at the burn rate of the last hour; `None` also
            where it lasts.
        age_s: Seconds since events were counted last, were there any or not; `None` after some minutes without.
        tiers: The tiers whose alert fires, for example ``page``.
        alerts: The names of the other alerts of this SLO that fire.
    """

    service: str
    name: str
    display_name: str = ""
    description: str = ""
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
    age_s: float | None = None
    tiers: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()


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
    ask = SloQueries()
    facts, objectives, periods, slis, left, coverage, burns, exhaustion, ages, firing = await asyncio.gather(
        *map(prometheus.query, (ask.info, ask.objective, ask.period_s)),
        *map(prometheus.query, (ask.sli_period, ask.budget_left, ask.coverage, ask.burns, ask.exhaustion_s)),
        *map(prometheus.query, (ask.age_s, ask.alerts(alert=""))),
    )
    known = {
        _whole(fact.labels): fact.labels for fact in facts if wanted is None or fact.labels[names.LABEL_ID] in of_wanted
    }
    values = _Values(
        objective=_by_whole(objectives),
        period_s=_by_whole(periods),
        sli=_by_part(slis),
        left=_by_part(left),
        coverage=_by_part(coverage),
        exhaustion_s=_by_part(exhaustion),
        age_s=_by_part(ages),
    )
    for sample in burns:
        values.burns.setdefault(_part(sample.labels), {})[sample.labels["__name__"].removeprefix(_BURN)] = sample.value
    parts: dict[_Whole, set[_Part]] = {name: set() for name in known}
    for part in (*values.left, *values.coverage, *values.burns):  # a composite's members have no facts of their own
        parts.get(_whole(dict(part)), set()).add(part)
    statuses = [
        values.status(known[name], part, [alert for alert in firing if part <= alert.labels.items()])
        for name, those in parts.items()
        for part in sorted(those, key=sorted) or [_part({key: known[name][key] for key in names.IDENTITY})]
    ]
    found = {name for _, name in known}
    statuses += [_unknown(slo) for name, slo in of_wanted.items() if name not in found]
    return sorted(statuses, key=lambda status: (status.service, status.name))


_Whole = tuple[str, str]
"""An SLO of a cluster."""


@dataclass(frozen=True, slots=True)
class _Values:
    objective: Mapping[_Whole, float]
    period_s: Mapping[_Whole, float]
    sli: Mapping[_Part, float]
    left: Mapping[_Part, float]
    coverage: Mapping[_Part, float]
    exhaustion_s: Mapping[_Part, float]
    age_s: Mapping[_Part, float]
    burns: dict[_Part, dict[str, float]] = field(default_factory=dict)

    def status(self, info: Mapping[str, str], part: _Part, firing: Sequence[Sample]) -> SloStatus:
        """Put together what is known of a part."""
        name, burns = _whole(info), self.burns.get(part, {})
        burning = [alert for alert in firing if alert.labels["alertname"] == names.ALERT]
        return SloStatus(
            service=info[names.LABEL_SERVICE],
            name=info[names.LABEL_SLO],
            display_name=info.get("display_name", ""),
            description=info.get("description", ""),
            group={key: value for key, value in sorted(part) if key not in names.IDENTITY},
            period=info.get(names.LABEL_PERIOD, ""),
            period_s=self.period_s.get(name),
            objective_ratio=self.objective.get(name),
            sli_ratio=self.sli.get(part),
            budget_left_ratio=self.left.get(part),
            coverage_ratio=self.coverage.get(part),
            burn=dict(sorted(burns.items(), key=lambda item: parse_shorthand(item[0]))),
            exhaustion_s=self.exhaustion_s.get(part),
            age_s=self.age_s.get(part),
            tiers=tuple(sorted({alert.labels[names.LABEL_TIER] for alert in burning})),
            alerts=tuple(sorted({alert.labels["alertname"] for alert in firing} - {names.ALERT})),
        )


def _whole(labels: Mapping[str, str]) -> _Whole:
    return labels.get(names.LABEL_CLUSTER, ""), labels[names.LABEL_ID]


def _part(labels: Mapping[str, str]) -> _Part:
    return frozenset(item for item in labels.items() if item[0] != "__name__")


def _by_whole(samples: Iterable[Sample]) -> dict[_Whole, float]:
    return {_whole(sample.labels): sample.value for sample in samples}


def _by_part(samples: Iterable[Sample]) -> dict[_Part, float]:
    return {_part(sample.labels): sample.value for sample in samples}


def _unknown(slo: Slo) -> SloStatus:
    """Tell of an SLO what its spec says."""
    return SloStatus(
        slo.service,
        slo.name,
        slo.display_name or slo.name,
        slo.description,
        is_known=False,
        period=slo.period,
        period_s=slo.period_s,
        objective_ratio=(Composite(slo).whole if slo.is_composite else slo).objective_ratio,
    )
