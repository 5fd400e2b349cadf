"""Histories: made up ones follow their world, recorded ones what was recorded."""

import numpy as np
import pytest

from sloctl.model.errors import UsageError
from sloctl.simulate import Kind, Setting, World, expected_events, imagine, recorded, repeated
from sloctl.simulate.incidents import find, known

DAY = 1440


@pytest.mark.parametrize("shape", ["flat", "day-night", "weekly"])
def test_every_shape_has_the_mean_that_is_asked_for(shape: str) -> None:
    """Over a week it is the rate, and from peak to trough what the shape says."""
    week = expected_events(shape, 600, 7 * DAY)

    assert week.mean() == pytest.approx(10)
    assert week[: DAY // 2 + 120].max() / week[:DAY].min() == pytest.approx(1 if shape == "flat" else 50, rel=1e-4)
    assert week[6 * DAY : 7 * DAY].sum() / week[:DAY].sum() == pytest.approx(0.3 if shape == "weekly" else 1)


def test_a_world_is_what_it_is_made_of() -> None:
    """Traffic, background errors and incidents come out as they went in, give or take chance."""
    world = World("flat", 60_000, (Kind(30, 0.5, 2),), background=0.4, months=24)
    run = imagine(Setting(), world, 1)
    calm = np.ones(len(run.history), dtype=bool)
    for incident in run.history.incidents:
        calm[incident.start : incident.end] = False
    bad, total = run.history.bad, run.history.total

    assert len(run.history) == 24 * 30 * DAY
    assert total.mean() == pytest.approx(1000, rel=0.001)
    assert bad[calm].sum() / total[calm].sum() == pytest.approx(0.4 * 0.001, rel=0.01)
    assert bad[~calm].sum() / total[~calm].sum() == pytest.approx(0.5, rel=0.01)
    assert 48 - 3 * 48**0.5 < len(run.history.incidents) < 48 + 3 * 48**0.5


def test_a_seed_makes_one_history() -> None:
    """The same seed makes the same history, another one another."""
    first, again, other = (imagine(Setting(), World(months=1), seed).history.bad for seed in (1, 1, 2))

    assert (first == again).all()
    assert (first != other).any()


def test_what_was_recorded_falls_into_minutes() -> None:
    """Slices of less than a minute add up, and a minute without any is not there."""
    samples = [(3600.0 + at, 2.0) for at in (0, 15, 30, 45, 60, 180)]

    history = recorded([], samples, 0.001)

    assert history.total.tolist() == [8, 2, 0, 2]
    assert history.present.tolist() == [1, 1, 0, 1]
    assert history.bad.tolist() == [0, 0, 0, 0]


def test_incidents_are_found_where_they_were() -> None:
    """In hindsight an incident has its own minutes, at either end of a history too, and errors by chance are none."""
    bad, total = np.zeros(DAY), np.full(DAY, 100.0)
    bad[[400, 700]] = 1
    bad[:3] = bad[900:910] = bad[-5:] = 20

    spans = [(incident.start, incident.end) for incident in find(bad, total, 0.001)]

    assert spans == [(0, 3), (900, 910), (DAY - 5, DAY)]


def test_known_incidents_are_cut_to_the_history() -> None:
    """One that began before counts from the first minute on; one that was all outside is left out."""
    bad, total = np.full(100, 1.0), np.full(100, 10.0)

    (incident,) = known(bad, total, [(-10, 5), (200, 300)])

    assert (incident.start, incident.end, incident.cost, incident.error_ratio) == (0, 5, 5, 0.1)


def test_traffic_repeats_whole_days() -> None:
    """Recorded traffic goes round by whole days, evened out, and less than a day of it is refused."""
    again = repeated(np.tile(np.repeat([10.0, 20.0], DAY // 2), 3)[: 2 * DAY + DAY // 2], 4 * DAY)

    assert again[[300, 1100, DAY + 300, 3 * DAY + 1100]].tolist() == pytest.approx([10, 20, 10, 20])
    with pytest.raises(UsageError, match="less than a day"):
        repeated(np.ones(DAY - 1), DAY)
