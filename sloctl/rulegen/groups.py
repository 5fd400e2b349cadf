"""Arranges the rules of an SLO in groups."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from sloctl.model import names
from sloctl.model.durations import window_name
from sloctl.model.indicators import Indicator
from sloctl.model.periods import CalendarPeriod
from sloctl.model.policies import AlertPolicy
from sloctl.model.rules import RecordingRule, RuleGroup, Scheme
from sloctl.model.slo import Slo
from sloctl.model.windows import HOUR_S, HOUR_WINDOWS_S, SLICE_S, SLICE_WINDOWS_S
from sloctl.rulegen.absence import absence_alerts
from sloctl.rulegen.alerts import alerts, conditions, judgements
from sloctl.rulegen.budgeting import slices
from sloctl.rulegen.composite import Composite
from sloctl.rulegen.exclusions import corrected_budget, kept_slices
from sloctl.rulegen.facts import facts
from sloctl.rulegen.slices import SliceScheme
from sloctl.rulegen.stencil import Stencil, stencil
from sloctl.rulegen.watch import watched

_HOURLY_SLICES = 2


def rule_groups(
    slo: Slo,
    slice_s: float = SLICE_S,
    mask: str = "",
    runbook: str = names.RUNBOOK,
    scheme: Scheme = "slices",
) -> tuple[RuleGroup, RuleGroup]:
    """
    Write the rules of one SLO.

    Args:
        slo: With one objective, or a composite.
        slice_s: Seconds between two evaluations of the counts; it divides a minute.
        mask: The metric that excludes slices from a second budget; empty for none.
        runbook: The page that tells what to do about alerts, each under its name.
        scheme: How counters are read.

    Returns:
        A group for slices, the windows made of them, and the alerts; and a group for the long windows, which is
        evaluated half as often because it reads more.
    """
    writer = _Writer(watched(slo), slice_s, mask, scheme)
    if slo.indicator is not None:
        one, written = slo, writer.simple(slo, slo.indicator)
        measured = [(slo, slo)]
    else:
        composite = Composite(slo)
        one, written = composite.whole, writer.composite(composite)
        measured = [(member, one if slo.budgeting == "Timeslices" else member) for member, _ in composite.members]
    of_burn, of_absence = ({"runbook_url": f"{runbook}#{name.lower()}"} for name in (names.ALERT, names.ALERT_NO_DATA))
    burning = alerts(one, writer.policy, written.conditions, of_burn)
    absent = (absence_alerts(part, whole, of_absence) for part, whole in measured)
    return (
        RuleGroup(f"{slo.id} slices", slice_s, (*written.short, *burning, *chain.from_iterable(absent))),
        RuleGroup(f"{slo.id} hours", _HOURLY_SLICES * slice_s, (*written.long, *facts(one))),
    )


class _Written(NamedTuple):
    """Rules for the two groups, and when each alert fires."""

    short: list[RecordingRule]
    long: list[RecordingRule]
    conditions: list[str]


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes the rules of SLOs that are watched and evaluated alike."""

    policy: AlertPolicy
    slice_s: float
    mask: str
    scheme: Scheme

    def simple(self, slo: Slo, indicator: Indicator) -> _Written:
        found, texts = stencil(slo, indicator)
        short, long, conditions = _from_stencil(found, self)
        identity = slo.identity

        def filled(expr: str) -> str:
            for blank, text in texts.items():
                expr = expr.replace(blank, text)
            return expr

        def named(rules: list[RecordingRule]) -> list[RecordingRule]:
            return [RecordingRule(rule.record, filled(rule.expr), identity) for rule in rules]

        return _Written(named(short), named(long), list(map(filled, conditions)))

    def over_slices(self, slo: Slo, level0: list[RecordingRule]) -> _Written:
        scheme = SliceScheme(slo, self.slice_s)
        short_s, long_s = _windows_s(slo, self.policy, scheme.block_s)
        periods = [slo.period] if isinstance(slo.time_window, CalendarPeriod) else []
        short = [
            *level0,
            *scheme.slice_windows(short_s),
            *scheme.ratios(map(window_name, short_s)),
            *judgements(slo, self.policy, short_s),
        ]
        long = [
            *scheme.hour_windows(long_s),
            *scheme.ratios([*map(window_name, long_s), *periods]),
            *scheme.budget(slo.objectives[0].slice_s or self.slice_s),
            *judgements(slo, self.policy, long_s),
        ]
        if self.mask:
            short += kept_slices(slo, self.mask, self.slice_s, scheme.block_s)
            long += corrected_budget(scheme)
        return _Written(short, long, conditions(slo, self.policy))

    def composite(self, composite: Composite) -> _Written:
        slo = composite.whole
        if slo.budgeting == "Timeslices":
            level0 = (slices(member, indicator, self.slice_s, self.scheme) for member, indicator in composite.members)
            return self.over_slices(slo, [*chain.from_iterable(level0), *composite.slices()])
        members = [self.simple(member, indicator) for member, indicator in composite.members]
        short = list(chain.from_iterable(member.short for member in members))
        long = list(chain.from_iterable(member.long for member in members))
        short_s, long_s = _windows_s(slo, self.policy, SliceScheme(slo, self.slice_s).block_s)
        long_windows = dict.fromkeys((*map(window_name, long_s), slo.period))
        short += composite.burns(map(window_name, short_s), self._weighted(short_s))
        long += composite.burns(long_windows, self._weighted(long_s))
        return _Written(short, [*long, *composite.budget()], conditions(slo, self.policy))

    def _weighted(self, windows_s: Iterable[int]) -> list[str]:
        watched_s = self.policy.windows_s if self.policy.weighted else ()
        return [window_name(window_s) for window_s in windows_s if window_s in watched_s]


@lru_cache(maxsize=1024)
def _from_stencil(found: Stencil, writer: _Writer) -> _Written:
    return writer.over_slices(found.slo, slices(found.slo, found.indicator, writer.slice_s, writer.scheme))


def _windows_s(slo: Slo, policy: AlertPolicy, block_s: int) -> tuple[list[int], list[int]]:
    """
    Give the windows that are sums of slices, and those that are sums of hours.

    A window that is shorter than a slice of the budget would be empty most of the time.
    """
    windows = {*SLICE_WINDOWS_S, *HOUR_WINDOWS_S, *policy.windows_s}
    if not isinstance(slo.time_window, CalendarPeriod):
        windows.add(slo.period_s)
    needed = {window_s for window_s in windows if window_s >= slo.objectives[0].slice_s} | {HOUR_S, block_s}
    short = {window_s for window_s in needed if window_s <= max(SLICE_WINDOWS_S) or window_s % HOUR_S}
    return sorted(short), sorted(needed - short)
