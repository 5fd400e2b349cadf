"""
The slice scheme: counts per evaluation step, summed up to every window.

Level 0 records how many events each slice brought. A window up to 6 h sums slices; a longer one sums whole hours and
the slices since the last whole hour. Ratios are taken of sums, last. docs/rules.md derives each formula.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from sloctl.model import names
from sloctl.model.durations import window_name
from sloctl.model.periods import CalendarPeriod
from sloctl.model.rules import RecordingRule
from sloctl.model.slo import Slo
from sloctl.model.windows import HOUR_S
from sloctl.promql.tree import Aggregate, At, Binary, Call, Expr, Matching, String, Subquery, call
from sloctl.rulegen.calendar import block_s, longest_s, period_rules
from sloctl.rulegen.own import own, record, short_of


@dataclass(frozen=True, slots=True)
class SliceScheme:
    """
    Writes the recording rules of one SLO above level 0.

    Args:
        slo: The SLO.
        slice_s: Seconds between two evaluations; it divides an hour.
    """

    slo: Slo
    slice_s: float

    @property
    def _calendar(self) -> CalendarPeriod | None:
        return self.slo.time_window if isinstance(self.slo.time_window, CalendarPeriod) else None

    @property
    def block_s(self) -> int:
        """Give the seconds of what the period is made of: hours, unless it starts off the whole hour."""
        return block_s(self._calendar) if self._calendar else HOUR_S

    def slice_windows(self, windows_s: Iterable[int]) -> list[RecordingRule]:
        """Sum slices up to the shorter windows, and count the slices of an hour."""
        rules = []
        for window_s in windows_s:
            for count in ("bad", "total"):
                series = own(self.slo, names.slice_name(count)).over(short_of(window_s, self.slice_s))
                name = names.sum_name(count, window_name(window_s))
                rules.append(record(self.slo, name, call("sum_over_time", series)))
        present = own(self.slo, names.TOTAL_SLICE).over(short_of(self.block_s, self.slice_s))
        rules.append(record(self.slo, self._present, call("count_over_time", present)))
        return rules

    def hour_windows(self, windows_s: Iterable[int]) -> list[RecordingRule]:
        """Sum whole hours and the running hour up to the longer windows, and to the calendar's running period."""
        rules = [
            self.running(names.sum_name(count, window_name(block_s)), names.slice_name(count), block_s)
            for block_s in dict.fromkeys((HOUR_S, self.block_s))
            for count in ("bad", "total")
        ]
        rules.append(self.running(self._present, names.TOTAL_SLICE, self.block_s, "count_over_time"))
        rules += [
            record(
                self.slo,
                names.sum_name(count, window_name(window_s)),
                self._rolling(names.sum_name(count, "1h"), window_s),
            )
            for window_s in windows_s
            for count in ("bad", "total")
        ]
        if self._calendar:
            rules += period_rules(self.slo, self._calendar)
            block = window_name(self.block_s)
            for count in ("bad", "total"):
                so_far = self.in_period(names.sum_name(count, block))
                rules.append(record(self.slo, names.sum_name(count, self.slo.period), so_far))
        return rules

    def ratios(self, windows: Iterable[str]) -> list[RecordingRule]:
        """Divide the sums: error ratios, and burn rates in multiples of the sustainable rate."""
        rules = []
        for window in windows:
            bad, total = (own(self.slo, names.sum_name(count, window)) for count in ("bad", "total"))
            rules.append(record(self.slo, names.error_name(window), bad / (total > 0)))
            burn = own(self.slo, names.error_name(window)) / self.slo.budget_ratio
            rules.append(record(self.slo, names.burn_name(window), burn))
        return rules

    def budget(self, length_s: float) -> list[RecordingRule]:
        """
        Tell what is left of the period's budget, and from how much of the period that is known.

        Args:
            length_s: Seconds of a slice of the budget.
        """
        period = self.slo.period
        untouched = 0 * own(self.slo, names.sum_name("total", period)) + 1
        present = self.in_period(self._present)
        if self._calendar:
            share = Binary("/", present * length_s, own(self.slo, names.PERIOD), Matching("on", (), "left"))
        else:
            share = present / (self.slo.period_s / length_s)
        coverage = call("clamp_max", share, 1)
        return [
            record(self.slo, names.BUDGET_LEFT, 1 - own(self.slo, names.burn_name(period)) | untouched),
            record(self.slo, names.COVERAGE, coverage),
        ]

    @property
    def _present(self) -> str:
        return names.slices_name(window_name(self.block_s))

    def in_period(self, sums: str) -> Expr:
        """
        Add up the period's blocks and the slices since the last of them.

        Args:
            sums: The recorded sums of a block.
        """
        if self._calendar:
            return self._since_start(sums, self._calendar)
        return self._rolling(sums, self.slo.period_s)

    def running(
        self,
        sums: str,
        slices: str,
        block_s: int,
        over_time: Literal["sum_over_time", "count_over_time"] = "sum_over_time",
    ) -> RecordingRule:
        """
        Add up the slices since the last whole block.

        Args:
            sums: The recorded sums of a block.
            slices: The recorded slices.
            block_s: Seconds of a block.
            over_time: How slices are added up.
        """
        time = call("time")
        last = Subquery(call("vector", time - time % block_s), self.slice_s, self.slice_s, at=At("end"))
        began = call("vector", time) > call("scalar", call("last_over_time", last))
        # A step sees samples up to five minutes old; this keeps it from taking one twice.
        fresh = own(self.slo, slices) & (call("timestamp", own(self.slo, slices)) > time - self.slice_s)
        since = Subquery(Binary("and", fresh, began, Matching("on")), short_of(block_s, self.slice_s), self.slice_s)
        return record(self.slo, names.running_name(sums), call(over_time, since))

    def _rolling(self, hourly: str, window_s: int) -> Expr:
        """Add up whole hours and the running one: a subquery's steps fall on whole multiples of its step."""
        return self._with_running(hourly, Subquery(own(self.slo, hourly), short_of(window_s, HOUR_S), HOUR_S))

    def _since_start(self, sums: str, period: CalendarPeriod) -> Expr:
        """
        Add up the blocks of the calendar's running period and the slices since the last of them.

        Blocks are steps on whose multiples all periods start, and count where the whole of them is in the period.
        """
        block_s = self.block_s
        start = call("scalar", own(self.slo, names.PERIOD_START).when("end"))
        is_in_period = call("vector", call("time") - block_s) >= start
        inside = Binary("and", own(self.slo, sums), is_in_period, Matching("on"))
        return self._with_running(sums, Subquery(inside, short_of(longest_s(period), block_s), block_s))

    def _with_running(self, sums: str, blocks: Subquery) -> Expr:
        """Add two terms that are told apart by a label and summed away, so that one of them may be absent."""
        terms = _term("hours", call("sum_over_time", blocks)) | _term("slices", own(self.slo, names.running_name(sums)))
        return Aggregate("sum", terms, (names.LABEL_TERM,), "without")


def _term(name: str, expr: Expr) -> Expr:
    return Call("label_replace", (expr, String(names.LABEL_TERM), String(name), String(""), String("")))
