"""What an SLO is, once it has been read and found sound."""

from dataclasses import dataclass

from sloctl.model import names
from sloctl.model.durations import window_name


@dataclass(frozen=True, slots=True)
class Matcher:
    """
    A label matcher.

    Args:
        label: The label's name.
        op: One of ``=``, ``!=``, ``=~``, ``!~``.
        value: The value or pattern, unescaped.
    """

    label: str
    op: str
    value: str


@dataclass(frozen=True, slots=True)
class Counter:
    """The counter series whose increases are the events: a metric and its matchers."""

    metric: str
    matchers: tuple[Matcher, ...] = ()


@dataclass(frozen=True, slots=True)
class RatioIndicator:
    """
    A ratio of events.

    Args:
        total: All events.
        part: The good or the bad ones among them.
        part_is_good: Whether *part* counts the good ones; the bad ones are the rest then.
        group_by: Labels by which both are kept apart; each combination has a budget of its own.
    """

    total: Counter
    part: Counter
    part_is_good: bool
    group_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Slo:
    """
    A service level objective over a rolling period.

    Args:
        name: Unique within its service.
        service: The service it belongs to.
        indicator: What is measured.
        objective_ratio: Share of events that must be good, 0 up to but not including 1.
        period_s: Length of the rolling period in seconds, a whole number of hours.
        display_name: For people.
        description: For people.
    """

    name: str
    service: str
    indicator: RatioIndicator
    objective_ratio: float
    period_s: int
    display_name: str = ""
    description: str = ""

    @property
    def id(self) -> str:
        """Identify the SLO for good: everything but service and name may change under the same id."""
        return f"{self.service}/{self.name}"

    @property
    def identity(self) -> dict[str, str]:
        """Give the labels that every series and alert of this SLO carries."""
        return {names.LABEL_ID: self.id, names.LABEL_SERVICE: self.service, names.LABEL_SLO: self.name}

    @property
    def budget_ratio(self) -> float:
        """Give the share of events that may be bad, freed of the noise of binary fractions."""
        return round(1 - self.objective_ratio, 12)

    @property
    def period(self) -> str:
        """Name the period as a window, for example ``30d``."""
        return window_name(self.period_s)
