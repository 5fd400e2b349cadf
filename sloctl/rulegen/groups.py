"""Arranges the rules of an SLO in groups."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

from sloctl.model.durations import window_name
from sloctl.model.periods import CalendarPeriod
from sloctl.model.policies import AlertPolicy
from sloctl.model.rules import RecordingRule, RuleGroup
from sloctl.model.slo import Slo
from sloctl.model.windows import HOUR_S, HOUR_WINDOWS_S, SLICE_S, SLICE_WINDOWS_S
from sloctl.rulegen.alerts import alerts, judgements
from sloctl.rulegen.budgeting import slices
from sloctl.rulegen.composite import Composite
from sloctl.rulegen.exclusions import corrected_budget, kept_slices
from sloctl.rulegen.facts import facts
from sloctl.rulegen.slices import SliceScheme
from sloctl.rulegen.watch import watched

_HOURLY_SLICES = 2

_Rules = list[RecordingRule]


def rule_groups(slo: Slo, slice_s: float = SLICE_S, mask: str = "") -> tuple[RuleGroup, RuleGroup]:
    """
    Write the rules of one SLO.

    Args:
        slo: With one objective, or a composite.
        slice_s: Seconds between two evaluations of the counts; it divides a minute.
        mask: The metric that excludes slices from a second budget; empty for none.

    Returns:
        A group for slices, the windows made of them, and the alerts; and a group for the long windows, which is
        evaluated half as often because it reads more.
    """
    writer = _Writer(watched(slo), slice_s, mask)
    if slo.indicator is not None:
        one = slo
        short, long = writer.over_slices(slo, slices(slo, slo.indicator, slice_s))
    else:
        composite = Composite(slo)
        one = composite.whole
        short, long = writer.composite(composite)
    return (
        RuleGroup(f"{slo.id} slices", slice_s, (*short, *alerts(one, writer.policy))),
        RuleGroup(f"{slo.id} hours", _HOURLY_SLICES * slice_s, (*long, *facts(one))),
    )


@dataclass(frozen=True, slots=True)
class _Writer:
    """Gives the short and the long rules of SLOs that are watched and evaluated alike."""

    policy: AlertPolicy
    slice_s: float
    mask: str

    def over_slices(self, slo: Slo, level0: _Rules) -> tuple[_Rules, _Rules]:
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
        return short, long

    def composite(self, composite: Composite) -> tuple[_Rules, _Rules]:
        slo = composite.whole
        level0 = [slices(member, indicator, self.slice_s) for member, indicator in composite.members]
        if slo.budgeting == "Timeslices":
            return self.over_slices(slo, [*chain.from_iterable(level0), *composite.slices()])
        short: _Rules = []
        long: _Rules = []
        for (member, _), counts in zip(composite.members, level0, strict=True):
            of_member = self.over_slices(member, counts)
            short += of_member[0]
            long += of_member[1]
        short_s, long_s = _windows_s(slo, self.policy, SliceScheme(slo, self.slice_s).block_s)
        long_windows = dict.fromkeys((*map(window_name, long_s), slo.period))
        short += composite.burns(map(window_name, short_s), self._weighted(short_s))
        long += composite.burns(long_windows, self._weighted(long_s))
        return short, [*long, *composite.budget()]

    def _weighted(self, windows_s: Iterable[int]) -> list[str]:
        watched_s = self.policy.windows_s if self.policy.weighted else ()
        return [window_name(window_s) for window_s in windows_s if window_s in watched_s]


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
