"""What an operator's code promises of a controller: SLOs before anybody has said how they are measured."""

from dataclasses import dataclass

from sloctl.model.errors import DeclarationError


@dataclass(frozen=True, slots=True)
class Availability:
    """
    Reconciliations end without an error.

    Args:
        objective: Share of them, above 0 and below 1.

    Raises:
        DeclarationError: The objective is no such share.

    >>> try:
    ...     Availability(99)
    ... except DeclarationError as error:
    ...     print(error)
    an objective is a share between 0 and 1, not 99
    """

    objective: float

    def __post_init__(self) -> None:
        _check_objective(self.objective)


@dataclass(frozen=True, slots=True)
class Latency:
    """
    Reconciliations are quick.

    Args:
        objective: Share of them, above 0 and below 1.
        threshold_s: What counts as quick, in seconds; a bucket bound of the histogram.

    Raises:
        DeclarationError: The objective is no such share.
    """

    objective: float
    threshold_s: float

    def __post_init__(self) -> None:
        _check_objective(self.objective)


@dataclass(frozen=True, slots=True)
class Convergence:
    """
    Objects are soon what their spec asks for.

    Args:
        objective: Share of the generations, above 0 and below 1.
        threshold_s: From when a generation is first seen until its object is ready, in seconds; a bucket bound of the
            histogram.

    Raises:
        DeclarationError: The objective is no such share.
    """

    objective: float
    threshold_s: float

    def __post_init__(self) -> None:
        _check_objective(self.objective)


Promise = Availability | Latency | Convergence


def _check_objective(objective: object) -> None:
    if isinstance(objective, bool) or not isinstance(objective, int | float) or not 0 < objective < 1:
        raise DeclarationError(
            f"an objective is a share between 0 and 1, not {objective!r}", "write for example 0.99 for 99 %"
        )
