"""
Composites: one budget for several indicators.

Occurrences and RatioTimeslices add up how fast each member burns its budget, by its weight. Weights count by their
share of all weights: where all members just meet their objectives, so does the composite. A time slice is bad where it
is bad for any member.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial, reduce
from operator import mul

from sloctl.model import names
from sloctl.model.periods import CalendarPeriod
from sloctl.model.rules import RecordingRule
from sloctl.model.slo import Objective, Slo
from sloctl.promql.tree import Aggregate, Expr, sum_by
from sloctl.rulegen.calendar import period_rules
from sloctl.rulegen.own import own, record


class Composite:
    """
    Writes what a composite records about its members.

    Args:
        slo: The composite.

    Attributes:
        members: An SLO for each member, named after the composite and the member's key, and what it measures.
        whole: The composite with one objective: the strictest of its members' for Timeslices; otherwise what leaves the
            mean of their budgets, by their weights.
    """

    def __init__(self, slo: Slo) -> None:
        self.members = tuple(
            (
                replace(
                    slo, name=f"{slo.name}-{objective.key}", indicator=objective.indicator, objectives=(objective,)
                ),
                objective.indicator,
            )
            for objective in slo.objectives
            if objective.indicator is not None
        )
        weights = [objective.weight for objective in slo.objectives]
        self._shares = [round(weight / sum(weights), 12) for weight in weights]
        if slo.budgeting == "Timeslices":
            ratio = max(objective.ratio for objective in slo.objectives)
        else:
            budgets = [objective.budget_ratio for objective in slo.objectives]
            ratio = round(1 - sum(map(mul, self._shares, budgets)), 12)
        self.whole = self._slo = replace(slo, objectives=(Objective(ratio, slice_s=slo.objectives[0].slice_s),))
        first, *rest = [indicator.group_by for _, indicator in self.members]
        self._group_by = tuple(label for label in first if all(label in others for others in rest))

    def slices(self) -> list[RecordingRule]:
        """Record time slices: bad where any of the members' is."""
        return [
            record(self._slo, name, self._aggregate("max", partial(own, name=name)))
            for name in (names.TOTAL_SLICE, names.BAD_SLICE)
        ]

    def burns(self, windows: Iterable[str], weighted: Iterable[str]) -> list[RecordingRule]:
        """
        Record burn rates, and the error ratios that they stand for.

        Args:
            windows: Of these.
            weighted: Weighted by traffic, of these.
        """
        rules = []
        for window in windows:
            rules.append(record(self._slo, names.burn_name(window), self._burn(names.burn_name(window))))
            error = own(self._slo, names.burn_name(window)) * self._slo.budget_ratio
            rules.append(record(self._slo, names.error_name(window), error))
        rules += [record(self._slo, name, self._burn(name)) for name in map(names.weighted_name, weighted)]
        return rules

    def budget(self) -> list[RecordingRule]:
        """Tell what is left of the budget, and how much is known of the member that is known least."""
        period, time_window = self._slo.period, self._slo.time_window
        of_calendar = period_rules(self._slo, time_window) if isinstance(time_window, CalendarPeriod) else []
        # Of the same labels as the sum below, so that this takes its place.
        left = sum_by(1 - own(self._slo, names.burn_name(period)), self._group_by)
        untouched = 0 * self._aggregate("sum", partial(own, name=names.sum_name("total", period))) + 1
        return [
            *of_calendar,
            record(self._slo, names.BUDGET_LEFT, left | untouched),
            record(self._slo, names.COVERAGE, self._aggregate("min", partial(own, name=names.COVERAGE))),
        ]

    def _burn(self, name: str) -> Expr:
        """Add up burn rates by weight; a member without any burns nothing."""
        shares = {member.id: share for (member, _), share in zip(self.members, self._shares, strict=True)}
        return self._aggregate("sum", lambda member: shares[member.id] * own(member, name))

    def _aggregate(self, op: str, series: Callable[[Slo], Expr]) -> Expr:
        """Aggregate over the members that have a value."""
        terms = reduce(Expr.__or__, (series(member) for member, _ in self.members))
        return Aggregate(op, terms, self._group_by, "by" if self._group_by else "")
