"""
Native histograms: buckets whose bounds grow by a factor, kept as far as something fell into them.

Source: Prometheus' specification of native histograms; the strategy is that of client_golang with a factor of 1.1, at
most 100 buckets, and no reset.
"""

from bisect import bisect_left
from collections.abc import Mapping
from math import frexp
from typing import Final

SCHEMA: Final = 3
"""Eight buckets from each power of two to the next: the coarsest schema whose factor is at most 1.1."""
COARSEST: Final = -4
MOST: Final = 100
ZERO: Final = 2.0**-128
"""Whatever is not above it counts as zero."""

_STEPS: Final = 2**SCHEMA
_FRACTIONS: Final = tuple(2.0 ** (step / _STEPS - 1) for step in range(_STEPS))


class Sparse:
    """
    The buckets of one series.

    Attributes:
        schema: Powers of two are 2**schema buckets apart.
        zeros: Observations that count as zero.
        counts: Observations by index; that of *i* is above base**(i-1) and at most base**i, base = 2**2**-schema.
    """

    __slots__ = ("counts", "schema", "zeros")

    def __init__(self) -> None:
        self.schema = SCHEMA
        self.zeros = 0
        self.counts: dict[int, int] = {}

    def add(self, amount: float) -> None:
        """Add an observation that is finite and not below 0."""
        if amount <= ZERO:
            self.zeros += 1
            return
        fraction, exponent = frexp(amount)
        finest = bisect_left(_FRACTIONS, fraction) + (exponent - 1) * _STEPS
        index = -(-finest >> (SCHEMA - self.schema))
        self.counts[index] = self.counts.get(index, 0) + 1
        while len(self.counts) > MOST and self.schema > COARSEST:
            self._halve()

    def _halve(self) -> None:
        halved: dict[int, int] = {}
        for index, count in self.counts.items():
            halved[(index + 1) >> 1] = halved.get((index + 1) >> 1, 0) + count
        self.counts = halved
        self.schema -= 1

    def copy(self) -> "Sparse":
        """Give the same buckets, apart from these."""
        copied = Sparse()
        copied.schema, copied.zeros, copied.counts = self.schema, self.zeros, self.counts.copy()
        return copied


def runs(counts: Mapping[int, int]) -> tuple[list[tuple[int, int]], list[int]]:
    """
    Give buckets as they are exposed: spans of neighbours, and each count as what it has beyond the one before it.

    A span is the number of buckets left out since the last one and its own length. One or two empty buckets cost less
    than another span.

    >>> runs({-3: 2, -1: 5, 9: 1})
    ([(-3, 3), (9, 1)], [2, -2, 5, -4])
    """
    spans: list[tuple[int, int]] = []
    deltas: list[int] = []
    following = before = 0
    for index in sorted(counts):
        gap = index - following
        if not spans or gap > 2:
            spans.append((gap, 0))
            gap = 0
        for count in (*[0] * gap, counts[index]):
            deltas.append(count - before)
            before = count
        spans[-1] = (spans[-1][0], spans[-1][1] + gap + 1)
        following = index + 1
    return spans, deltas
