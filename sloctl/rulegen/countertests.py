"""Tests of how counters become slices: the first error, a reset, a new target."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from sloctl.model import names
from sloctl.model.indicators import Indicator, Matcher, RatioIndicator
from sloctl.model.ruletests import Expected, RuleTest
from sloctl.model.slo import Slo
from sloctl.promql.tree import quote
from sloctl.rulegen.own import own

_TARGET: Final = {"job": "j", "instance": "i"}
_WILD: Final = re.compile(r"\[[^\]]*\][*+?]?|\\[dw][*+?]?|(?<!\\)\.[*+?]?")
"""What a digit can stand for in a regular expression."""
_SLICES: Final = 30
"""How many slices a test has."""
_EVENT: Final = 10
"""The slice in which something happens."""
_EACH: Final = 10
"""Events of every slice."""
_ERRORS: Final = 7
_PAST: Final = 1_000_000
"""What a counter holds that is seen for the first time."""

_Labels = Mapping[str, str]


def counter_tests(slo: Slo, indicator: Indicator, slice_s: float) -> Iterator[RuleTest]:
    """
    Write the tests of an SLO's slices.

    Args:
        slo: With one objective.
        indicator: What it measures.
        slice_s: Seconds between two evaluations.

    Returns:
        Nothing where the indicator is no ratio of counters, or where no labels are found that its matchers match.
    """
    if not isinstance(indicator, RatioIndicator):
        return
    is_shared = indicator.total.metric == indicator.part.metric
    every = indicator.total.matchers
    part = _labels(indicator.group_by, (*indicator.part.matchers, *(every if is_shared else ())))
    rest = _labels(indicator.group_by, every, unlike=indicator.part.matchers if is_shared else ())
    if part is None or rest is None:
        return
    group = {label: rest[label] for label in indicator.group_by if rest.get(label)}
    if any(part.get(label) != rest.get(label) for label in {*indicator.group_by, *_TARGET}):
        return
    name = names.slice_name if slo.budgeting == "Occurrences" else names.events_name
    up = f"up{_written({label: rest[label] for label in _TARGET if rest.get(label)})}"
    of_rest, of_part = f"{indicator.total.metric}{_written(rest)}", f"{indicator.part.metric}{_written(part)}"

    def expected(count: names.Count, slices: int, value: float | None) -> Expected:
        by = f" by ({', '.join(group)}) " if group else ""
        expr = f"sum{by}({own(slo, name(count))})"
        return Expected(expr, slices * slice_s, {} if value is None else {_written(group): value})

    def bad(part: float, total: float) -> float:
        return total - part if indicator.part_is_good else part

    total = _EACH + (_ERRORS if is_shared else 0)
    yield RuleTest(
        f"{slo.id}: the first event of a kind counts",
        slice_s,
        {
            up: f"1x{_SLICES}",
            of_rest: f"0+{_EACH}x{_SLICES}",
            of_part: f"_x{_EVENT} {_ERRORS}x{_SLICES - _EVENT}",
        },
        (
            expected("total", _EVENT - 1, _EACH),
            expected("bad", _EVENT - 1, bad(0, _EACH)),
            expected("total", _EVENT, total),
            expected("bad", _EVENT, bad(_ERRORS, total)),
            expected("bad", _EVENT + 1, bad(0, _EACH)),
        ),
    )
    yield RuleTest(
        f"{slo.id}: a counter that stands still counts nothing",
        slice_s,
        {up: f"1x{_SLICES}", of_rest: f"{_PAST}x{_SLICES}"},
        (expected("total", _EVENT, 0), expected("bad", _EVENT, 0)),
    )
    yield RuleTest(
        f"{slo.id}: after a reset a counter counts from zero",
        slice_s,
        {up: f"1x{_SLICES}", of_rest: f"0+{_EACH}x{_EVENT - 1} 3+{_EACH}x{_SLICES}"},
        (
            expected("total", _EVENT - 1, _EACH),
            expected("total", _EVENT, 3),
            expected("total", _EVENT + 1, _EACH),
        ),
    )
    yield RuleTest(
        f"{slo.id}: the past of a new target does not count",
        slice_s,
        {
            up: f"_x{_EVENT} 1x{_SLICES}",
            of_rest: f"_x{_EVENT} {_PAST}+{_EACH}x{_SLICES}",
            of_part: f"_x{_EVENT} {_PAST}x{_SLICES}",
        },
        (expected("total", _EVENT, None), expected("bad", _EVENT, None), expected("total", _EVENT + 1, _EACH)),
    )


def _labels(group_by: Iterable[str], matchers: tuple[Matcher, ...], unlike: tuple[Matcher, ...] = ()) -> _Labels | None:
    """Find labels that all matchers match and, where *unlike* says something, not all of those."""
    wanted = {**dict.fromkeys(group_by, "x"), **_TARGET, **{matcher.label: "" for matcher in matchers}}
    found = {label: next(_values(label, default, matchers), None) for label, default in wanted.items()}
    labels = {label: value for label, value in found.items() if value is not None}
    if len(labels) < len(found):
        return None
    if not unlike or not all(_matches(matcher, labels.get(matcher.label, "")) for matcher in unlike):
        return labels
    for matcher in unlike:
        of_label = [other for other in matchers if other.label == matcher.label]
        for value in _values(matcher.label, labels.get(matcher.label, ""), tuple(of_label)):
            if not _matches(matcher, value):
                return {**labels, matcher.label: value}
    return None


def _values(label: str, default: str, matchers: tuple[Matcher, ...]) -> Iterator[str]:
    """Guess values of a label that all matchers match."""
    own_matchers = [matcher for matcher in matchers if matcher.label == label]
    guesses = [default, *(guess for matcher in own_matchers for guess in _guesses(matcher)), "x", "200", ""]
    return (guess for guess in dict.fromkeys(guesses) if all(_matches(matcher, guess) for matcher in own_matchers))


def _guesses(matcher: Matcher) -> list[str]:
    if matcher.op in {"=", "!="}:
        return [matcher.value]
    return [_WILD.sub("0", option).replace("\\", "") for option in matcher.value.strip("^$()").split("|")]


def _matches(matcher: Matcher, value: str) -> bool:
    if matcher.op in {"=", "!="}:
        return (value == matcher.value) == (matcher.op == "=")
    try:
        return (re.fullmatch(matcher.value, value) is not None) == (matcher.op == "=~")
    except re.error:
        return False


def _written(labels: _Labels) -> str:
    return "{" + ", ".join(f"{label}={quote(value)}" for label, value in labels.items() if value) + "}"
