"""
SLOs that stand for many: they differ from those in names and metrics only, so that their rules need writing once.

What stands in is as long as what it stands for, because expressions are broken into lines by their length, and nothing
else in an expression can be taken for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from sloctl.model.indicators import Counter, Indicator, RatioIndicator
from sloctl.model.periods import Period
from sloctl.model.slo import Budgeting, Objective, Slo
from sloctl.promql.tree import Selector, quote
from sloctl.rulegen.increase import of_target

_SERVICE: Final = "\ue000"
_NAME: Final = "\ue001"
_VALUE: Final = 0xE002
_COUNTERS: Final = (":", "_")
_SHORTEST: Final = 4
"""A metric's stand-in is a run of one character, which must be longer than any that occurs elsewhere."""


@dataclass(frozen=True, slots=True)
class Stencil:
    """
    What the rules of an SLO depend on, with names and metrics of no meaning.

    Args:
        service: As long as the SLO's.
        name: As long as the SLO's.
        indicator: With metrics as long as the SLO's.
        objective: The only one.
        time_window: As the SLO's.
        budgeting: As the SLO's.
    """

    service: str
    name: str
    indicator: Indicator
    objective: Objective
    time_window: Period
    budgeting: Budgeting

    @property
    def slo(self) -> Slo:
        """Give the SLO that stands for all of this kind."""
        return Slo(self.name, self.service, self.indicator, (self.objective,), self.time_window, self.budgeting)


def stencil(slo: Slo, indicator: Indicator) -> tuple[Stencil, Mapping[str, str]]:
    """
    Give the stencil of an SLO, and what is to be filled in for what.

    Args:
        slo: With one objective.
        indicator: What it measures.
    """
    indicator, texts = _indicator(indicator)
    objective = replace(slo.objectives[0], key="", display_name="", indicator=None, weight=1)
    service, name = _SERVICE * len(slo.service), _NAME * len(slo.name)
    found = Stencil(service, name, indicator, objective, slo.time_window, slo.budgeting)
    return found, {service: slo.service, name: slo.name, **texts}


def _indicator(indicator: Indicator) -> tuple[Indicator, dict[str, str]]:
    if not isinstance(indicator, RatioIndicator):
        return indicator, {}
    counters = indicator.total, indicator.part
    targets = {of_target(counter.matchers) for counter in counters}
    if len(targets) > 1:
        return indicator, {}
    (target,) = targets
    values = [quote(matcher.value)[1:-1] for matcher in target]
    blanks = [chr(_VALUE + place) * len(value) for place, value in enumerate(values)]
    target = tuple(replace(matcher, value=blank) for matcher, blank in zip(target, blanks, strict=True))
    selectors = [str(Selector(counter.metric, counter.matchers)) for counter in counters]
    rest = len(str(Selector("", target)))
    runs = [character * (len(text) - rest) for character, text in zip(_COUNTERS, selectors, strict=True)]
    if len(min(runs, key=len)) < _SHORTEST or any(run in text for run in runs for text in selectors):
        return indicator, {}
    total, part = (Counter(run, target) for run in runs)
    whole = [str(Selector(counter.metric, target)) for counter in (total, part)]
    # Whole selectors first: what is left of the values are those of other selectors.
    texts = dict(zip((*whole, *blanks), (*selectors, *values), strict=True))
    return replace(indicator, total=total, part=part), texts
