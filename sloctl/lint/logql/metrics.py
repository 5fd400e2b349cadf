"""Queries of metrics of logs: what is computed of ranges, and of that."""

import re
from typing import Final

from sloctl.lint.logql.logs import Logs

_RANGE: Final = re.compile(r"\[\s*(?:\d+(?:ms|[smhdwy]))+\s*\]")
_COUNTING: Final = frozenset({"count_over_time", "rate", "bytes_over_time", "bytes_rate", "absent_over_time"})
_UNWRAPPING: Final = frozenset(
    {"rate_counter", "quantile_over_time"}
    | {f"{name}_over_time" for name in ("avg", "sum", "min", "max", "stdvar", "stddev", "first", "last")}
)
"""Range aggregations of numbers, which a line has none of until `unwrap` names one."""
_AGGREGATIONS: Final = frozenset(
    {"sum", "avg", "count", "max", "min", "stddev", "stdvar", "bottomk", "topk", "approx_topk", "sort", "sort_desc"}
)
_WITH_PARAMETER: Final = frozenset({"bottomk", "topk", "approx_topk", "quantile_over_time"})
_CONVERSIONS: Final = frozenset({"bytes", "duration", "duration_seconds"})
_BINARY: Final = {
    op: level
    for level, ops in enumerate(("or", "and unless", "== != < <= > >=", "+ -", "* / %", "^"))
    for op in ops.split()
}
"""How tightly each operator binds."""


class Query(Logs):
    """Reads queries of either kind."""

    def expression(self, least: int = 0) -> bool:
        """Read what is held together by operators that bind as tightly as *least*; tell whether it gives numbers."""
        self.descend()
        has_numbers = self._operand()
        while (level := _BINARY.get(self.text, -1)) >= least:
            is_power = self.text == "^"
            if not has_numbers:
                raise self.fail("only numbers can be computed with, and these are logs")
            self.at += 1
            self._matching()
            if not self.expression(level if is_power else level + 1):
                raise self.fail("only numbers can be computed with, and these are logs")
        self.levels -= 1
        return has_numbers

    def _matching(self) -> None:
        self.take("bool")
        if self.take("on", "ignoring"):
            self._labels()
            if self.take("group_left", "group_right") and self.text == "(":
                self._labels()

    def _labels(self) -> None:
        self.expect("(")
        if self.text != ")":
            self.list(self.name)
        self.expect(")")

    def _operand(self) -> bool:
        if self.text == "{":
            self.logs()
            return False
        if self.take("("):
            has_numbers = self.expression()
            self.expect(")")
            return has_numbers
        self._metric()
        return True

    def _metric(self) -> None:
        word = self.text.lower()
        if self.kind == "number" or word in {"+", "-"}:
            self.number()
        elif self.is_call() and word in _COUNTING | _UNWRAPPING:
            self._range_aggregation(word)
        elif self.is_call() and word in _AGGREGATIONS:
            self._aggregation(word)
        elif self.is_call() and word == "vector":
            self.at += 1
            self.expect("(")
            self.number()
            self.expect(")")
        elif self.is_call() and word == "label_replace":
            self.at += 1
            self.expect("(")
            self._numbers(word)
            for _ in range(4):
                self.expect(",")
                self.string()
            self.expect(")")
        else:
            raise self.fail("there must be a selector of logs in braces, a function or a number")

    def _numbers(self, of: str) -> None:
        start = self.at
        if not self.expression():
            self.at = start
            raise self.fail(f"{of} takes numbers, such as those of count_over_time(), and these are logs")

    def _aggregation(self, name: str) -> None:
        self.at += 1
        is_grouped = self._grouping()
        self.expect("(")
        if name in _WITH_PARAMETER:
            self.number()
            self.expect(",")
        self._numbers(name)
        self.expect(")")
        if not is_grouped:
            self._grouping()

    def _grouping(self) -> bool:
        found = self.take("by", "without")
        if found:
            self._labels()
        return found

    def _range_aggregation(self, name: str) -> None:
        self.at += 1
        self.expect("(")
        if name in _WITH_PARAMETER:
            self.number()
            self.expect(",")
        has_range, is_unwrapped = self._log_range()
        if not has_range:
            raise self.fail(f"{name} needs a range, such as [5m]")
        if name in _UNWRAPPING and not is_unwrapped:
            raise self.fail(f"{name} needs numbers: name a label by '| unwrap'")
        self.expect(")")
        self._grouping()

    def _log_range(self) -> tuple[bool, bool]:
        """Read logs with a range somewhere among their stages; tell whether there was one, and whether an unwrap."""
        if self.take("("):
            self.descend()
            has_range, is_unwrapped = self._log_range()
            self.levels -= 1
            self.expect(")")
        else:
            self.selector()
            has_range, is_unwrapped = False, False
        while True:
            if self.kind == "range" and not has_range:
                if not _RANGE.fullmatch(self.text):
                    raise self.fail("a range is a duration, such as [5m]")
                self.at += 1
                has_range = True
                if self.take("offset"):
                    self.take("-")
                    self.expect_kind("duration", "a duration")
            elif self.text == "|" and self.tokens[self.at + 1][1] == "unwrap" and not is_unwrapped:
                self.at += 2
                self._unwrap()
                is_unwrapped = True
            elif not self.stage():
                return has_range, is_unwrapped

    def _unwrap(self) -> None:
        if self.text in _CONVERSIONS and self.is_call():
            self.at += 1
            self.expect("(")
            self.name()
            self.expect(")")
        else:
            self.name()
