"""
What is recorded about a controller, in cells that cost next to nothing to add to.

Nothing is recorded twice: the count of a result is the sum of that result's buckets, and what is under way is what was
started and has not ended. The families are brought up to date from the cells when a scrape comes.
"""

from array import array
from bisect import bisect_left
from threading import Lock
from typing import Final

from opentelemetry.trace import NonRecordingSpan, Span

from sloctl.sdk import families
from sloctl.sdk.exemplars import note
from sloctl.sdk.outcomes import OUTCOMES, Outcome
from sloctl.sdk.store import Store, exact

BOUNDS: Final = families.RECONCILE_SECONDS.buckets
_RESULTS: Final[dict[Outcome, str]] = {**{outcome: outcome for outcome in OUTCOMES}, "terminal": "error"}


class Cell:
    """
    The reconciliations that had one outcome.

    Attributes:
        counts: By duration, not cumulative; beyond the last bound is the last one.
        seconds: Their durations' sum.
    """

    __slots__ = ("counts", "seconds")

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)
        self.seconds = 0.0

    @exact
    def add(self, seconds: float) -> None:
        """Add a reconciliation by its duration."""
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.seconds += seconds


class Controller:
    """
    The cells of one controller; its series exist at 0 from here on.

    Attributes:
        name: The value of the label `controller`.
        started: Reconciliations so far.
        cells: By outcome.
        cancelled: Reconciliations that were cancelled.
        panics: Those that failed outside the code that reconciles; they are among the errors as well.
        timeouts: Those that ran out of their time; they are among the errors as well.
    """

    __slots__ = ("_duration", "_read", "cancelled", "cells", "name", "panics", "started", "timeouts")

    def __init__(self, store: Store, name: str) -> None:
        self.name = name
        self.started = self.cancelled = self.panics = self.timeouts = 0
        self.cells: dict[Outcome, Cell] = {outcome: Cell() for outcome in OUTCOMES}
        total = store.values(families.RECONCILE_TOTAL)
        results = {outcome: total.at(name, result) for outcome, result in _RESULTS.items() if outcome == result}
        seconds = store.buckets(families.RECONCILE_SECONDS)
        plain = [
            store.values(declaration)
            for declaration in (
                families.RECONCILE_ERRORS,
                families.RECONCILE_TERMINAL,
                families.RECONCILE_PANICS,
                families.RECONCILE_TIMEOUTS,
                families.RECONCILE_CANCELLED,
                families.ACTIVE_WORKERS,
            )
        ]
        errors, terminal, panics, timeouts, cancelled, active = (family.at(name) for family in plain)
        self._duration = duration = seconds.at(name)

        def read() -> None:
            counts = [0] * (len(BOUNDS) + 1)
            counted: dict[Outcome, int] = {}
            total_s = 0.0
            for outcome, cell in self.cells.items():
                found, cell_s = cell.counts[:], cell.seconds  # no call between the two: they agree
                counts = [a + b for a, b in zip(counts, found, strict=True)]
                counted[outcome] = sum(found)
                total_s += cell_s
            cancelled.value = self.cancelled
            active.value = max(0, self.started - sum(counted.values()) - self.cancelled)
            terminal.value = counted["terminal"]
            errors.value = counted["error"] = counted["error"] + counted["terminal"]
            for result, series in results.items():
                series.value = counted[result]
            panics.value, timeouts.value = self.panics, self.timeouts
            duration.counts, duration.sum = array("q", counts), total_s

        self._read = read
        seconds.readers.append(read)
        for family in (total, *plain):
            family.readers.append(read)

    @exact
    def start(self) -> None:
        """Count a reconciliation that begins."""
        self.started += 1

    def end(self, outcome: Outcome | None, seconds: float) -> None:
        """Record a reconciliation that has ended; None stands for one that was cancelled."""
        if outcome is None:
            self._cancel()
        else:
            self.cells[outcome].add(seconds)

    def note(self, seconds: float, span: Span) -> None:
        """Keep an exemplar of a duration, if its span is kept."""
        if type(span) is not NonRecordingSpan:
            note(self._duration, seconds, span)

    @exact
    def _cancel(self) -> None:
        self.cancelled += 1


class _Controllers(dict[str, Controller]):
    """The controllers of one store by name."""


_lock: Final = Lock()


def controller_of(store: Store, name: str) -> Controller:
    """Give the cells of a controller, made at the first call: decorators and instrumentors of one name share them."""
    with _lock:
        known = store.part(_Controllers, _Controllers)
        if name not in known:
            known[name] = Controller(store, name)
        return known[name]
