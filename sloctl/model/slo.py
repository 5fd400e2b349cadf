"""What an SLO is, once it has been read and found sound."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from sloctl.model import names
from sloctl.model.alerting import Alerting
from sloctl.model.indicators import Indicator
from sloctl.model.periods import Period

Budgeting = Literal["Occurrences", "Timeslices", "RatioTimeslices"]


@dataclass(frozen=True, slots=True)
class Objective:
    """
    What is promised.

    Args:
        ratio: Share that must be good, 0 up to but not including 1: of events (Occurrences) or of slices (Timeslices);
            the mean of the slices' shares for RatioTimeslices.
        key: Tells it apart from the SLO's other objectives; empty when it is the only one.
        display_name: For people.
        slice_s: Length of a slice in seconds, for the two budgets that are kept by slices.
        slice_ratio: Share of a slice's events that must be good for it to count as good, above 0, for Timeslices.
        indicator: What is measured, where the SLO is a composite.
        weight: Of this member of a composite, above 0.
    """

    ratio: float
    key: str = ""
    display_name: str = ""
    slice_s: int = 0
    slice_ratio: float = 0
    indicator: Indicator | None = None
    weight: float = 1.0

    @property
    def budget_ratio(self) -> float:
        """Give the share that may be bad, freed of the noise of binary fractions."""
        return round(1 - self.ratio, 12)


@dataclass(frozen=True, slots=True)
class Origin:
    """
    Where a spec says something.

    Args:
        path: The file.
        line: Of the SLO, from 1; 0 when it comes from no file.
        column: From 1.
        places: Lines and columns of what may be pointed at, by the name of the attribute of `Slo`; one of its
            objectives is ``objectives[0]``.
    """

    path: str = ""
    line: int = 0
    column: int = 0
    places: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def place(self, name: str) -> tuple[str, int, int]:
        """Give path, line and column of an attribute, or of the whole where it is not written out."""
        line, column = self.places.get(name, (self.line, self.column))
        return self.path, line, column


@dataclass(frozen=True, slots=True)
class Slo:
    """
    A service level objective, or several on one indicator, or a composite of several indicators.

    Args:
        name: Unique within its service.
        service: The service it belongs to.
        indicator: What is measured; `None` for a composite, whose objectives bring their own.
        objectives: What is promised, at least one.
        time_window: The period over which the budget is kept.
        budgeting: What the budget is kept in: events, slices, or the mean of the slices' shares.
        display_name: For people.
        description: For people.
        labels: The user's own; they may change.
        annotations: The user's own, for programs.
        alerting: How alerts are wanted.
        data_source: Name of the data source; empty for the server that evaluates the rules.
        origin: Where it was read.
    """

    name: str
    service: str
    indicator: Indicator | None
    objectives: tuple[Objective, ...]
    time_window: Period
    budgeting: Budgeting = "Occurrences"
    display_name: str = ""
    description: str = ""
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    alerting: Alerting = field(default_factory=Alerting)
    data_source: str = ""
    origin: Origin = field(default_factory=Origin, compare=False)

    @property
    def id(self) -> str:
        """Identify the SLO for good: everything but service and name may change under the same id."""
        return f"{self.service}/{self.name}"

    @property
    def identity(self) -> dict[str, str]:
        """Give the labels that every series and alert of this SLO carries."""
        return {names.LABEL_ID: self.id, names.LABEL_SERVICE: self.service, names.LABEL_SLO: self.name}

    @property
    def is_composite(self) -> bool:
        """Whether the objectives bring indicators of their own."""
        return self.indicator is None

    @property
    def objective_ratio(self) -> float:
        """Give the ratio of the only objective."""
        (objective,) = self.objectives
        return objective.ratio

    @property
    def budget_ratio(self) -> float:
        """Give the share that may be bad under the only objective."""
        (objective,) = self.objectives
        return objective.budget_ratio

    @property
    def period_s(self) -> int:
        """Give the period's length in seconds; nominal where it follows the calendar."""
        return self.time_window.seconds

    @property
    def period(self) -> str:
        """Name the period, for example ``30d``."""
        return self.time_window.name

    def split(self) -> "tuple[Slo, ...]":
        """
        Give an SLO for each objective; a composite, and an SLO with one objective, is its own only part.

        Where there are several, each is named after the SLO and the objective's key, and so has an id that depends
        neither on the others nor on what is promised.

        >>> from sloctl.model.indicators import Expression, RawIndicator
        >>> from sloctl.model.periods import RollingPeriod
        >>> objectives = (Objective(0.995, "internal"), Objective(0.99, "sla"))
        >>> indicator = RawIndicator(Expression("served_ratio"), is_good=True)
        >>> [part.id for part in Slo("served", "shop", indicator, objectives, RollingPeriod(86400)).split()]
        ['shop/served-internal', 'shop/served-sla']
        """
        if self.is_composite or len(self.objectives) == 1:
            return (self,)
        return tuple(
            replace(
                self,
                name=f"{self.name}-{objective.key}",
                objectives=(objective,),
                display_name=": ".join(filter(None, (self.display_name, objective.display_name))),
            )
            for objective in self.objectives
        )
