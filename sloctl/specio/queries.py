"""Finds out what the queries of a spec measure."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sloctl.model import names
from sloctl.model.indicators import Counter, Expression, Matcher, QueryRatioIndicator, RatioIndicator
from sloctl.promql.buckets import le_matcher
from sloctl.promql.tree import LABEL, Aggregate, Binary, Call, Expr, Number, Selector
from sloctl.promql.walk import walk
from sloctl.promql.window import expression, parse_windowed, windowed
from sloctl.specio.reader import Reader
from sloctl.specio.tree import Value

_RANGE_FUNCTIONS: Final = {"rate", "increase", "irate"}
_EXAMPLE: Final = "for example: sum by (controller) (rate(errors_total[5m]))"
_UNUSABLE: Final = "the query cannot be used"

Labels = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Events:
    """
    A query of events.

    Args:
        expr: What it is.
        labels: By which its results are kept apart.
        counter: The counter that it takes the increase of, if it is as simple as that.
        why: Why it is not.
    """

    expr: Expr
    labels: Labels
    counter: Counter | None
    why: str = ""


def read_ratio(
    read: Reader, part: Value, total: Value, *, part_is_good: bool
) -> RatioIndicator | QueryRatioIndicator | None:
    """
    Read a ratio of events.

    A counter is a selector; the `rate`, `increase` or `irate` of one, over any range; or the `sum`, by labels or not,
    of either. The range plays no part, for the rules bring their own. Neither does ``or vector(0)``: they fill that in.

    Args:
        read: Takes the faults.
        part: The query of the good or the bad ones.
        total: The query of all of them.
        part_is_good: Which of the two *part* is.

    Returns:
        Counters, where both are, or where the part is what one counter leaves of the other; expressions over a window
        otherwise.
    """
    those, every = _read_events(read, part), _read_events(read, total)
    if those is None or every is None:
        return None
    if every.counter is not None and (rest := _rest(every, those.expr)) is not None:
        those, part_is_good = rest, not part_is_good
    if those.counter is not None and every.counter is not None:
        _compare(read, part, those.labels, every.labels)
        return RatioIndicator(every.counter, those.counter, part_is_good, every.labels)
    some = _over_window(read, part, those)
    whole = _over_window(read, total, every) if some is not None else None
    if some is None or whole is None:
        return None
    _compare(read, part, those.labels, every.labels)
    return QueryRatioIndicator(whole, some, part_is_good, every.labels)


def read_amounts(read: Reader, part: Value, total: Value, *, part_is_good: bool) -> QueryRatioIndicator | None:
    """Read a ratio of gauges."""
    some, whole = read_value(read, part), read_value(read, total)
    if some is None or whole is None:
        return None
    _compare(read, part, some[1], whole[1])
    return QueryRatioIndicator(whole[0], some[0], part_is_good, whole[1])


def read_value(read: Reader, value: Value) -> tuple[Expression, Labels] | None:
    """Read any query, and the labels by which its results are kept apart."""
    expr = _parse(read, value)
    if expr is None:
        return None
    labels = _labels(expr)
    check_labels(read, value, labels)
    return expression(expr), labels


def labels_of(query: Expression) -> Labels:
    """Give the labels by which the results of a query are kept apart, as far as it says so itself."""
    return _labels(parse_windowed(query.promql))


def read_counter(read: Reader, value: Value) -> tuple[Counter, Labels] | None:
    """Read a metric, and the labels by which it is kept apart."""
    events = _read_events(read, value)
    if events is None:
        return None
    if events.counter is None:
        read.fault(value, "query", f"{_UNUSABLE}: {events.why}", _EXAMPLE)
        return None
    return events.counter, events.labels


def check_labels(read: Reader, value: Value, labels: Iterable[str]) -> None:
    """Refuse labels that SLOs cannot be kept apart by."""
    for label in labels:
        if label in names.RESERVED_LABELS or not LABEL.fullmatch(label):
            is_taken = label in names.RESERVED_LABELS
            why = "rules and dashboards use it" if is_taken else "Prometheus 2 cannot read it"
            read.fault(value, "group-label", f"'{label}' cannot be grouped by: {why}", "group by another label")


def _compare(read: Reader, part: Value, labels: Labels, of_total: Labels) -> None:
    if set(labels) != set(of_total):
        hint = f"sum both by the same labels; total has: {', '.join(of_total) or 'none'}"
        read.fault(part, "group-mismatch", "this query and that of the total are summed by different labels", hint)


def _parse(read: Reader, value: Value) -> Expr | None:
    text = read.text(value, "the query")
    if text is None:
        return None
    try:
        return parse_windowed(text)
    except ValueError as error:
        read.fault(value, "query", f"{_UNUSABLE}: {error}", _EXAMPLE)
    except RecursionError:
        read.fault(value, "query", f"{_UNUSABLE}: it is too deep")
    return None


def _read_events(read: Reader, value: Value) -> _Events | None:
    expr = _parse(read, value)
    if expr is None:
        return None
    events = _events(_without_zero(expr))
    check_labels(read, value, events.labels)
    return events


def _events(expr: Expr) -> _Events:
    try:
        counter, labels = _counter(expr)
    except ValueError as error:
        return _Events(expr, _labels(expr), None, str(error))
    return _Events(expr, labels, counter)


def _rest(total: _Events, expr: Expr) -> _Events | None:
    """Give what is taken from the total here; what remains is the part."""
    if not isinstance(expr, Binary) or expr.op != "-" or _events(expr.lhs).counter != total.counter:
        return None
    rest = _events(expr.rhs)
    return rest if rest.counter is not None and set(rest.labels) == set(total.labels) else None


def _over_window(read: Reader, value: Value, events: _Events) -> Expression | None:
    try:
        return expression(windowed(events.expr))
    except ValueError as error:
        read.fault(value, "query", f"{_UNUSABLE}: {events.why or error}", _EXAMPLE)
        return None


def _without_zero(expr: Expr) -> Expr:
    zero = isinstance(expr, Binary) and expr.op == "or" and expr.rhs == Call("vector", (Number(0),))
    return expr.lhs if isinstance(expr, Binary) and zero else expr


def _counter(expr: Expr) -> tuple[Counter, Labels]:
    labels: Labels = ()
    if isinstance(expr, Aggregate):
        if expr.op != "sum" or expr.clause == "without":
            raise ValueError(f"events are summed, by labels or not; '{f'{expr.op} {expr.clause}'.strip()}' is not read")
        labels, expr = tuple(dict.fromkeys(expr.labels)), expr.expr
    if isinstance(expr, Call):
        if expr.function not in _RANGE_FUNCTIONS:
            raise ValueError(f"events are the increase of a counter, not {expr.function}()")
        expr = expr.args[0]
    if not isinstance(expr, Selector):
        raise ValueError(f"a counter is selected by its name and labels, not computed as '{expr}'")
    if not expr.metric:
        raise ValueError("a counter is one metric, and its name is missing")
    if expr.offset_s or expr.at:
        raise ValueError("offset and @ would move events in time")
    return Counter(expr.metric, tuple(map(_every_spelling, expr.matchers))), labels


def _every_spelling(matcher: Matcher) -> Matcher:
    """Match a bucket however Prometheus spells its bound."""
    if matcher.label != "le" or matcher.op != "=":
        return matcher
    try:
        bound = float(matcher.value)
    except ValueError:
        return matcher
    return le_matcher(bound) if math.isfinite(bound) else matcher


def _labels(expr: Expr) -> Labels:
    """Give the labels of the outermost aggregation; `le` is what a histogram function takes away."""
    outermost = next((node for node in walk(expr) if isinstance(node, Aggregate)), None)
    if outermost is None or outermost.clause != "by":
        return ()
    return tuple(label for label in dict.fromkeys(outermost.labels) if label != "le")
