"""When alerts fire, and on which burn."""

import numpy as np
import pytest

from sloctl.model.policies import PLAIN, STANDARD, AlertPolicy, BurnAlert
from sloctl.model.windows import BurnWindow
from sloctl.simulate import History, Setting, World, imagine, watch
from sloctl.simulate.firing import Firing

MINUTES = 3000


def fires(
    bad_minutes: list[int], for_s: int = 0, keep_firing_s: int = 0, burn: float = 10, long_s: int = 300
) -> Firing:
    """Let an alert over five minutes watch ten events a minute, all of them bad in some minutes."""
    bad = np.zeros(MINUTES)
    bad[bad_minutes] = 10
    policy = AlertPolicy(
        "one",
        (BurnAlert("page", (BurnWindow("page", long_s, 300, burn=burn),), for_s=for_s, keep_firing_s=keep_firing_s),),
        weighted=False,
    )
    history = History(bad, np.full(MINUTES, 10.0), np.ones(MINUTES), ())
    return watch(Setting(policies=(policy,)), history).fires[0][0]


def test_an_alert_fires_while_its_window_burns() -> None:
    """It begins in the minute of the first error, and ends when the last one has left the window."""
    assert fires([100, 102]) == [(100, 107)]
    assert fires([100, 200]) == [(100, 105), (200, 205)]


def test_an_alert_fires_above_its_threshold() -> None:
    """At the threshold itself, of either window, nothing fires yet."""
    assert fires([100], burn=200) == []
    assert fires([100], burn=199.9) == [(100, 105)]
    assert fires([100], burn=100, long_s=600) == []
    assert fires([100], burn=99.9, long_s=600) == [(100, 105)]


def test_the_guard_lets_pass_what_is_no_chance() -> None:
    """Of sixty events two errors may be chance, three are not, whether they come at once or one after the other."""
    page = BurnAlert("page", (BurnWindow("page", 3600, 300, 0.02),), guarded=True)
    bad = np.zeros(MINUTES)
    bad[[200, 201, 1000, 1001, 1004]] = 1
    history = History(bad, np.ones(MINUTES), np.ones(MINUTES), ())
    run = watch(Setting(policies=(AlertPolicy("one", (page,), weighted=False),)), history)

    assert run.fires[0][0] == [(1004, 1009)]


def test_waiting_and_going_on() -> None:
    """With `for` an alert fires later or not at all; with `keep_firing_for` it ends later, and bridges gaps."""
    assert fires([100], for_s=180) == [(103, 105)]
    assert fires([100], for_s=300) == []
    assert fires([100], keep_firing_s=600) == [(100, 115)]
    assert fires([100, 110], keep_firing_s=600) == [(100, 125)]
    assert fires([100, 115], keep_firing_s=600) == [(100, 130)]
    assert fires([100, 116], keep_firing_s=600) == [(100, 115), (116, 131)]
    assert fires([MINUTES - 2], keep_firing_s=600) == [(MINUTES - 2, MINUTES)]


def test_after_a_gap_that_was_kept_waiting_is_over() -> None:
    """An alert that goes on firing takes up new errors without waiting once more."""
    assert fires([100, 110], for_s=180, keep_firing_s=600) == [(103, 125)]


def test_errors_by_night_burn_no_more_than_by_day() -> None:
    """The same number of errors burns alike, weighted, however little traffic there is; by itself it burns more."""
    total = np.tile(np.repeat([100.0, 2.0], 720), 10)
    bad = np.zeros_like(total)
    bad[13800:13860] = 0.3  # night, when the plain burn is 150; an average hour sustains 3
    history = History(bad, total, np.ones_like(total), ())

    weighted, plain = (watch(Setting(policies=(policy,)), history).fires[0][0] for policy in (STANDARD, PLAIN))

    assert weighted == []
    assert [start for start, _ in plain] == [13805]


def test_stretches_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the work is cut into stretches changes nothing."""
    whole = imagine(Setting(), World(months=2), 3).fires
    monkeypatch.setattr("sloctl.simulate.firing._STRETCH", 1000)

    assert imagine(Setting(), World(months=2), 3).fires == whole
