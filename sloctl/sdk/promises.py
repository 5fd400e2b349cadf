"""The SLOs that an operator's code declares."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from sloctl.model.catalogue import Declaration
from sloctl.model.errors import DeclarationError
from sloctl.model.promises import Availability, Convergence, Latency, Promise
from sloctl.sdk import families

HISTOGRAMS: Final[Mapping[type[Promise], Declaration]] = {
    Latency: families.RECONCILE_SECONDS,
    Convergence: families.CONVERGENCE_SECONDS,
}
"""What counts the promises that have a threshold."""


class Promises:
    """What each controller promises, one promise of a kind."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, type[Promise]], Promise] = {}

    def add(self, controller: str, promises: Iterable[Promise]) -> None:
        """
        Take note.

        Raises:
            DeclarationError: They are no list; or one is no promise, is not at a bucket's bound, or differs from one of
                its kind that the controller has made.
        """
        if isinstance(promises, Promise):
            raise DeclarationError(f"{promises!r} stands alone", "write a list: slos=[...]")
        for promise in promises:
            if not isinstance(promise, Promise):
                raise DeclarationError(f"{promise!r} is no SLO", "write for example slos=[sloctl.Availability(0.99)]")
            if not isinstance(promise, Availability):
                check_threshold(HISTOGRAMS[type(promise)], promise.threshold_s)
            known = self._kept.setdefault((controller, type(promise)), promise)
            if known != promise:
                raise DeclarationError(
                    f"the controller {controller!r} promises {known!r} already", f"leave {promise!r} out"
                )

    def __iter__(self) -> Iterator[tuple[str, Promise]]:
        """Give each with its controller."""
        return ((controller, promise) for (controller, _), promise in self._kept.items())


def check_threshold(histogram: Declaration, threshold_s: object) -> None:
    """
    Make sure that a threshold can be counted: between two bounds of a histogram it could only be estimated.

    Raises:
        DeclarationError: It is no bound.

    >>> check_threshold(families.RECONCILE_SECONDS, 1.25)
    >>> try:
    ...     check_threshold(families.RECONCILE_SECONDS, 1.1)
    ... except DeclarationError as error:
    ...     print(error)
    controller_runtime_reconcile_time_seconds has no bucket bound at 1.1 s
    """
    if threshold_s not in histogram.buckets:
        bounds = ", ".join(f"{bound:.9g}" for bound in histogram.buckets)
        raise DeclarationError(f"{histogram.name} has no bucket bound at {threshold_s} s", f"choose one of {bounds}")
