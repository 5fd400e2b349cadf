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
from sloctl.promql.tree import Selector

_SERVICE: Final = "\ue000"
_NAME: Final = "\ue001"
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
    selectors = [str(Selector(counter.metric, counter.matchers)) for counter in (indicator.total, indicator.part)]
    runs = [character * len(text) for character, text in zip(_COUNTERS, selectors, strict=True)]
    if len(min(runs, key=len)) < _SHORTEST or any(run in text for run in runs for text in selectors):
        return indicator, {}
    return replace(indicator, total=Counter(runs[0]), part=Counter(runs[1])), dict(zip(runs, selectors, strict=True))
