"""What the dashboards of a source may depend on."""

from dataclasses import dataclass

from sloctl.model.slo import Slo


@dataclass(frozen=True, slots=True)
class Context:
    """
    What a function that makes dashboards is given.

    Args:
        slos: The SLOs that they are for, as rules record them: each with one objective.

    >>> Context().labels
    ()
    """

    slos: tuple[Slo, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """Name the labels by which SLOs keep budgets apart, in the order in which they first appear."""
        indicators = (each for slo in self.slos for each in (slo.indicator, *(o.indicator for o in slo.objectives)))
        return tuple(dict.fromkeys(label for each in indicators if each is not None for label in each.group_by))

    @property
    def services(self) -> tuple[str, ...]:
        """Name the services that the SLOs are of, in the order in which they first appear."""
        return tuple(dict.fromkeys(slo.service for slo in self.slos))
