"""
The slice scheme: counts per evaluation step, summed up to every window.

Level 0 records how many events each slice brought. A window up to 6 h sums slices; a longer one sums whole hours and
the slices since the last whole hour. Ratios are taken of sums, last. docs/rules.md derives each formula.
"""

import math
from dataclasses import dataclass

from sloctl.model import names
from sloctl.model.durations import window_name
from sloctl.model.indicators import Counter, Matcher, RatioIndicator
from sloctl.model.rules import RecordingRule
from sloctl.model.slo import Slo
from sloctl.model.windows import HOUR_S, HOUR_WINDOWS_S, SLICE_WINDOWS_S
from sloctl.promql.tree import (
    Aggregate,
    At,
    Binary,
    Call,
    Expr,
    Matching,
    Number,
    Selector,
    String,
    Subquery,
    call,
    sum_by,
)

_LOOK_BACK_SLICES = 5
_TARGET = ("job", "instance")


@dataclass(frozen=True, slots=True)
class SliceScheme:
    """
    Writes the recording rules of one SLO.

    Args:
        slo: The SLO.
        slice_s: Seconds of a slice; it divides an hour.
    """

    slo: Slo
    slice_s: float

    @property
    def _indicator(self) -> RatioIndicator:
        assert isinstance(self.slo.indicator, RatioIndicator), "only counters are counted"
        return self.slo.indicator

    def level0(self) -> list[RecordingRule]:
        """Count the events of each slice."""
        indicator = self._indicator
        total = self._increase(indicator.total)
        # Zero by the same labels where nothing of the kind was seen, and absent where there is no total.
        part = self._increase(indicator.part) | 0 * self._by_group(names.TOTAL_SLICE)
        bad = self._by_group(names.TOTAL_SLICE) - part if indicator.part_is_good else part
        return [self._record(names.TOTAL_SLICE, total), self._record(names.BAD_SLICE, bad)]

    def slice_windows(self) -> list[RecordingRule]:
        """Sum slices up to the shorter windows, and count the slices of an hour."""
        rules = []
        for window_s in SLICE_WINDOWS_S:
            for count in ("bad", "total"):
                series = self._own(names.slice_name(count)).over(self._short_of(window_s, self.slice_s))
                rules.append(self._record(names.sum_name(count, window_name(window_s)), call("sum_over_time", series)))
        present = self._own(names.TOTAL_SLICE).over(self._short_of(HOUR_S, self.slice_s))
        rules.append(self._record(names.SLICES_1H, call("count_over_time", present)))
        return rules

    def hour_windows(self) -> list[RecordingRule]:
        """Sum whole hours and the running hour up to the longer windows."""
        return [
            self._record(
                names.sum_name(count, window_name(window_s)),
                self._hours(names.sum_name(count, "1h"), names.slice_name(count), "sum_over_time", window_s),
            )
            for window_s in (*HOUR_WINDOWS_S, self.slo.period_s)
            for count in ("bad", "total")
        ]

    def ratios(self, windows_s: tuple[int, ...]) -> list[RecordingRule]:
        """Divide the sums: error ratios, and burn rates in multiples of the sustainable rate."""
        rules = []
        for window in map(window_name, windows_s):
            bad, total = (self._own(names.sum_name(count, window)) for count in ("bad", "total"))
            error = bad / (total > 0)
            rules.append(self._record(names.error_name(window), error))
            rules.append(
                self._record(names.burn_name(window), self._own(names.error_name(window)) / self.slo.budget_ratio)
            )
        return rules

    def budget(self) -> list[RecordingRule]:
        """Tell what is left of the period's budget, and from how much of the period that is known."""
        period = self.slo.period
        untouched = 0 * self._own(names.sum_name("total", period)) + 1
        present = self._hours(names.SLICES_1H, names.TOTAL_SLICE, "count_over_time", self.slo.period_s)
        return [
            self._record(names.BUDGET_LEFT, 1 - self._own(names.burn_name(period)) | untouched),
            self._record(names.COVERAGE, call("clamp_max", present / (self.slo.period_s / self.slice_s), 1)),
        ]

    def facts(self) -> list[RecordingRule]:
        """Record the objective and the period, and what may change about the SLO."""
        info = {
            "objective": f"{self.slo.objective_ratio:.12g}",
            "period": self.slo.period,
            "display_name": self.slo.display_name or self.slo.name,
            "description": self.slo.description,
        }
        labels = {**self.slo.identity, **{name: text for name, text in info.items() if text}}
        return [
            self._record(names.OBJECTIVE, call("vector", self.slo.objective_ratio)),
            self._record(names.PERIOD, call("vector", self.slo.period_s)),
            RecordingRule(names.INFO, str(call("vector", 1)), labels),
        ]

    def _increase(self, counter: Counter) -> Expr:
        """
        Give what a counter gained since the last slice, summed by the SLO's labels.

        Slices tile: each starts where the one before ended, so nothing is extrapolated, lost or counted twice. After a
        reset the value itself is the gain. A series that is new counts from zero only if its target was up already.
        """
        now = Selector(counter.metric, counter.matchers)
        before = call("last_over_time", now.over(_LOOK_BACK_SLICES * self.slice_s, offset_s=self.slice_s))
        born = Binary("unless", now, now.ago(self.slice_s))
        target_was_up = Binary("==", Selector("up").ago(self.slice_s), Number(1))
        gained = (now - before >= 0) | (now < before) | Binary("and", born, target_was_up, Matching("on", _TARGET))
        return sum_by(gained < math.inf, self._indicator.group_by)

    def _hours(self, hourly: str, slices: str, over_time: str, window_s: int) -> Expr:
        """
        Add up whole hours and the slices since the last whole hour.

        A subquery's steps fall on whole multiples of its step, so the first term ends at the last whole hour. The terms
        are told apart by a label and summed away, so that one of them may be absent.
        """
        hours = Subquery(self._own(hourly), self._short_of(window_s, HOUR_S), HOUR_S)
        time = call("time")
        last_hour = Subquery(call("vector", time - time % HOUR_S), self.slice_s, self.slice_s, at=At("end"))
        recorded = call("timestamp", self._own(slices))
        # A step sees samples up to five minutes old; the first condition keeps it from taking one twice.
        running = self._own(slices) & (recorded > time - self.slice_s)
        running &= recorded > call("scalar", call("last_over_time", last_hour))
        since = Subquery(running, self._short_of(HOUR_S, self.slice_s), self.slice_s)
        terms = _term("hours", call("sum_over_time", hours)) | _term("slices", call(over_time, since))
        return Aggregate("sum", terms, (names.LABEL_TERM,), "without")

    @staticmethod
    def _short_of(window_s: float, step_s: float) -> float:
        """Take half a step off a range: Prometheus 2 counts both of its ends, Prometheus 3 leaves the left one out."""
        return window_s - step_s / 2

    def _own(self, name: str) -> Selector:
        return Selector(name, (Matcher(names.LABEL_ID, "=", self.slo.id),))

    def _by_group(self, name: str) -> Expr:
        return sum_by(self._own(name), self._indicator.group_by)

    def _record(self, name: str, expr: Expr) -> RecordingRule:
        return RecordingRule(name, expr.pretty(), self.slo.identity)


def _term(name: str, expr: Expr) -> Expr:
    return Call("label_replace", (expr, String(names.LABEL_TERM), String(name), String(""), String("")))
