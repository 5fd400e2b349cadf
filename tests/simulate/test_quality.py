"""What the standard policy promises, over made up months, pooled over ten seeds."""

import time
from collections.abc import Sequence

import pytest

from sloctl.simulate import Run, Setting, World, imagine, quality_frame

SEEDS = range(10)
PAGE, TICKET = ("standard", "page"), ("standard", "ticket")
PLAIN_PAGE, PLAIN_TICKET = ("workbook", "page"), ("workbook", "ticket")


def runs(traffic: str, per_hour: float) -> Sequence[Run]:
    """Make up 60 months for each seed."""
    return [imagine(Setting(), World(traffic, per_hour), seed) for seed in SEEDS]


@pytest.mark.parametrize("per_hour", [1_000, 100_000])
def test_pages_are_right_by_day_and_by_night(per_hour: float) -> None:
    """Where traffic varies, nearly all pages are right and nearly all that matters pages; the Workbook's are not."""
    quality = quality_frame(runs("day-night", per_hour))

    assert quality.precision[PAGE] >= 0.95
    assert quality.recall[PAGE] >= 0.9
    assert quality.precision[PLAIN_PAGE] < 0.6


def test_single_errors_page_nobody_and_still_open_tickets() -> None:
    """At ten events an hour no page comes of one error, as nine in ten of the Workbook's do, and no ticket is lost."""
    quality = quality_frame(runs("flat", 10))

    assert quality.of_one_error[PAGE] == 0
    assert quality.of_one_error[PLAIN_PAGE] > 0.9 * quality.alerts[PLAIN_PAGE]
    assert quality.precision[PAGE] >= 0.95
    assert quality.recall[TICKET] >= quality.recall[PLAIN_TICKET] > 0.5


def test_five_years_are_simulated_in_two_seconds() -> None:
    """Sixty months of minutes, made up, watched and measured, take two seconds of processor time at most."""
    started = time.process_time()
    quality_frame([imagine(Setting(), World("day-night"), 0)])

    assert time.process_time() - started <= 2
