"""Arranges the rules of an SLO in groups."""

from collections.abc import Sequence

from sloctl.model.durations import window_name
from sloctl.model.periods import CalendarPeriod
from sloctl.model.policies import AlertPolicy
from sloctl.model.rules import RecordingRule, RuleGroup
from sloctl.model.slo import Slo
from sloctl.model.windows import HOUR_S, HOUR_WINDOWS_S, SLICE_S, SLICE_WINDOWS_S
from sloctl.rulegen.alerts import alerts, judgements
from sloctl.rulegen.budgeting import slices
from sloctl.rulegen.composite import Composite
from sloctl.rulegen.facts import facts
from sloctl.rulegen.slices import SliceScheme
from sloctl.rulegen.watch import watched

_HOURLY_SLICES = 2

_Rules = list[RecordingRule]


def rule_groups(slo: Slo, slice_s: float = SLICE_S) -> tuple[RuleGroup, RuleGroup]:
    """
    Write the rules of one SLO.

    Args:
        slo: With one objective, or a composite.
        slice_s: Seconds between two evaluations of the counts; it divides a minute.

    Returns:
        A group for slices, the windows made of them, and the alerts; and a group for the long windows, which is
        evaluated half as often because it reads more.
    """
    policy = watched(slo)
    if slo.indicator is not None:
        one = slo
        short, long = _recorded(slo, policy, slice_s, slices(slo, slo.indicator, slice_s))
    else:
        composite = Composite(slo)
        one = composite.whole
        short, long = _composite(composite, policy, slice_s)
    return (
        RuleGroup(f"{slo.id} slices", slice_s, (*short, *alerts(one, policy))),
        RuleGroup(f"{slo.id} hours", _HOURLY_SLICES * slice_s, (*long, *facts(one))),
    )


def _recorded(slo: Slo, policy: AlertPolicy, slice_s: float, level0: _Rules) -> tuple[_Rules, _Rules]:
    """Give the short and the long rules over slices."""
    scheme = SliceScheme(slo, slice_s)
    short_s, long_s = _windows_s(slo, policy, scheme.block_s)
    periods = [slo.period] if isinstance(slo.time_window, CalendarPeriod) else []
    short = [
        *level0,
        *scheme.slice_windows(short_s),
        *scheme.ratios(map(window_name, short_s)),
        *judgements(slo, policy, short_s),
    ]
    long = [
        *scheme.hour_windows(long_s),
        *scheme.ratios([*map(window_name, long_s), *periods]),
        *scheme.budget(slo.objectives[0].slice_s or slice_s),
        *judgements(slo, policy, long_s),
    ]
    return short, long


def _composite(composite: Composite, policy: AlertPolicy, slice_s: float) -> tuple[_Rules, _Rules]:
    """Give the short and the long rules of a composite and of its members."""
    members = composite.members
    if composite.whole.budgeting == "Timeslices":
        level0 = [rule for member, indicator in members for rule in slices(member, indicator, slice_s)]
        return _recorded(composite.whole, policy, slice_s, [*level0, *composite.slices()])
    short: _Rules = []
    long: _Rules = []
    for member, indicator in members:
        of_member = _recorded(member, policy, slice_s, slices(member, indicator, slice_s))
        short += of_member[0]
        long += of_member[1]
    block_s = SliceScheme(composite.whole, slice_s).block_s
    short_s, long_s = _windows_s(composite.whole, policy, block_s)
    short += composite.burns(map(window_name, short_s), _weighted(policy, short_s))
    long += composite.burns(
        dict.fromkeys((*map(window_name, long_s), composite.whole.period)), _weighted(policy, long_s)
    )
    return short, [*long, *composite.budget()]


def _weighted(policy: AlertPolicy, windows_s: Sequence[int]) -> list[str]:
    return [window_name(window_s) for window_s in windows_s if policy.weighted and window_s in policy.windows_s]


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
