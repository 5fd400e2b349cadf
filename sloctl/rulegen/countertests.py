"""Tests of how counters become slices: the first error, a reset, a new target."""

from collections.abc import Iterator
from typing import Final

from sloctl.model import names
from sloctl.model.indicators import Indicator, RatioIndicator
from sloctl.model.ruletests import Expected, RuleTest
from sloctl.model.slo import Slo
from sloctl.rulegen.labelling import TARGET, find_labels, written
from sloctl.rulegen.own import own
from sloctl.rulegen.slicetests import expected_slice

_SLICES: Final = 30
"""How many slices a test has."""
_EVENT: Final = 10
"""The slice in which something happens."""
_EACH: Final = 10
"""Events of every slice."""
_ERRORS: Final = 7
_GAP: Final = 3
"""How many scrapes in a row are missed."""
_PAST: Final = 1_000_000
"""What a counter holds that is seen for the first time."""


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
    part = find_labels(indicator.group_by, (*indicator.part.matchers, *(every if is_shared else ())))
    rest = find_labels(indicator.group_by, every, unlike=indicator.part.matchers if is_shared else ())
    if part is None or rest is None:
        return
    group = {label: rest[label] for label in indicator.group_by if rest.get(label)}
    if any(part.get(label) != rest.get(label) for label in {*indicator.group_by, *TARGET}):
        return
    name = names.slice_name if slo.budgeting == "Occurrences" else names.events_name
    up = f"up{written({label: rest[label] for label in TARGET if rest.get(label)})}"
    of_rest, of_part = f"{indicator.total.metric}{written(rest)}", f"{indicator.part.metric}{written(part)}"

    def expected(count: names.Count, slices: int, value: float | None) -> Expected:
        return expected_slice(own(slo, name(count)), slices * slice_s, group, value)

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
        f"{slo.id}: a counter that is no number counts nothing, nor its past afterwards",
        slice_s,
        {up: f"1x{_SLICES}", of_rest: f"{_PAST}+{_EACH}x{_EVENT - 1} NaN {_PAST + 2 * _EACH}+{_EACH}x{_SLICES}"},
        (
            expected("total", _EVENT - 1, _EACH),
            expected("total", _EVENT, None),
            expected("total", _EVENT + 1, None),
            expected("total", _EVENT + 2, _EACH),
        ),
    )
    yield RuleTest(
        f"{slo.id}: a gap between scrapes is made up for",
        slice_s,
        {up: f"1x{_SLICES}", of_rest: f"0+{_EACH}x{_EVENT} _x{_GAP} {(_EVENT + _GAP + 1) * _EACH}+{_EACH}x{_SLICES}"},
        (
            expected("total", _EVENT, _EACH),
            expected("total", _EVENT + _GAP, 0),
            expected("total", _EVENT + _GAP + 1, (_GAP + 1) * _EACH),
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
