"""The bucket bounds of histograms, in seconds unless the metric's name says otherwise."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final, Literal, get_args

from sloctl.model.errors import DeclarationError
from sloctl.sdk.numbers import number

Layout = Literal["controller-runtime", "rest-client", "workqueue"]

LAYOUTS: Final[dict[str, tuple[float, ...]]] = {
    "controller-runtime": (
        *(0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0),
        *(1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0),
        *(15.0, 20.0, 25.0, 30.0, 40.0, 50.0, 60.0),
    ),
    "rest-client": (0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0),
    "workqueue": (1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1.0, 10.0, 100.0, 1000.0),
}
"""Source: controller-runtime's pkg/internal/controller/metrics and pkg/internal/metrics, client-go's adapter."""


def bounds(name: str, buckets: Layout | Sequence[float], slo_threshold: float | None = None) -> tuple[float, ...]:
    """
    Give the upper bounds of the histogram *name*, with the SLO's threshold among them.

    A threshold that is a bound can be counted exactly; one between two bounds can only be estimated.

    Raises:
        DeclarationError: The layout is unknown, or a bound is no finite number or not above the one before it.

    >>> bounds("wait_seconds", [0.1, 0.5, 1], slo_threshold=0.3)
    (0.1, 0.3, 0.5, 1.0)
    """
    if isinstance(buckets, str):
        if buckets not in LAYOUTS:
            raise DeclarationError(
                f"{name}: there is no layout {buckets!r}", f"choose one of {', '.join(get_args(Layout))}"
            )
        found = LAYOUTS[buckets]
    else:
        try:
            found = tuple(map(number, buckets))
        except TypeError:  # nothing to go through
            found = ()
    if not found or not all(map(math.isfinite, found)) or any(low >= high for low, high in pairwise(found)):
        raise DeclarationError(
            f"{name}: the buckets {buckets!r} are no bounds", "give finite numbers, each above the one before it"
        )
    if slo_threshold is None:
        return found
    threshold = number(slo_threshold)
    if not (math.isfinite(threshold) and threshold > 0):
        raise DeclarationError(f"{name}: slo_threshold cannot be {slo_threshold!r}", "give a finite number above 0")
    return tuple(sorted({*found, threshold}))
