"""What the tables say of histories made by hand."""

import math

import numpy as np
import pytest

from sloctl.model.policies import AlertPolicy, BurnAlert
from sloctl.model.windows import BurnWindow
from sloctl.simulate import (
    History,
    Incident,
    Run,
    Setting,
    alert_frame,
    compliance_frame,
    incident_frame,
    markdown,
    quality_frame,
    watch,
)

MONTH = 30 * 1440
PAGE = BurnAlert("page", (BurnWindow("page", 3600, 300, 0.02),))
POLICY = AlertPolicy("one", (PAGE,))
BUDGET = 432.0
"""Bad events of a month at ten events a minute and an objective of 99.9 %."""
INCIDENTS = BIG, SMALL, MISSED = (
    Incident(1000, 1010, 1, 100),  # alerts at once, and twice
    Incident(5000, 5004, 0.2, 8),  # costs less than 2 %
    Incident(9000, 9010, 0.09, 9),
)


def run(*fires: tuple[int, int], seed: int = 0, policy: AlertPolicy = POLICY) -> Run:
    """Let an alert fire at given times of a month of even traffic with three incidents."""
    total, bad = np.full(MONTH, 10.0), np.zeros(MONTH)
    for incident in INCIDENTS:
        bad[incident.start : incident.end] = 10 * incident.error_ratio
    history = History(bad, total, np.ones(MONTH), INCIDENTS)
    return Run(Setting(policies=(policy,)), seed, history, BUDGET, ([list(fires)],))


def test_alerts_are_right_near_significant_incidents_only() -> None:
    """Right: during a significant incident, or within the short window after it. Healthy: near no incident at all."""
    alerts = alert_frame([run((1002, 1030), (1014, 1015), (1015, 1016), (5001, 5040), (20000, 20010))])

    assert alerts.right.tolist() == [True, True, False, False, False]
    assert alerts.healthy.tolist() == [False, False, False, False, True]
    assert alerts.errors.tolist() == [30, 100, 100, 4, 0]


def test_incidents_are_timed_from_their_start_and_end() -> None:
    """Detection counts from the start to the first alert, reset from the end to the last alert's."""
    big, small, missed = incident_frame([run((1002, 1008), (1009, 1030), (5001, 5040))]).to_dict("records")

    assert (big["detection_min"], big["reset_min"], big["notifications"]) == (2, 20, 2)
    assert big["spent_ratio"] == 30 / BUDGET
    assert (big["significant"], small["significant"], missed["significant"]) == (True, False, True)
    assert missed["notifications"] == 0
    assert incident_frame([run((1014, 1015), (1015, 1016))]).notifications[0] == 1
    assert math.isnan(missed["detection_min"])


def test_an_alert_that_fired_before_detects_at_once() -> None:
    """Who is awake already need not be woken up."""
    assert incident_frame([run((900, 1030))]).detection_min[0] == 0


def test_quality_pools_all_runs() -> None:
    """Precision is of all alerts, recall of all significant incidents, and what cannot be told is not a number."""
    runs = [run((1002, 1030), (20000, 20010)), run((9002, 9030), seed=1), run(seed=2)]

    (pooled,) = quality_frame(runs).to_dict("records")

    assert pooled["alerts"] == 3
    assert pooled["precision"] == 2 / 3
    assert pooled["recall"] == 2 / 6
    assert pooled["alerts_per_month"] == 1
    assert pooled["of_one_error"] == 1
    near = sum(incident.end - incident.start + 60 for incident in INCIDENTS)
    assert pooled["alerts_per_healthy_month"] == pytest.approx(MONTH / (3 * (MONTH - near)))
    assert quality_frame([run()]).precision.isna().all()


def test_alerts_of_one_tier_detect_together() -> None:
    """An incident that one of two alerts of a tier sees is seen; it counts once, from the first of them on."""
    made = run(policy=AlertPolicy("two", (PAGE, PAGE)))
    made.fires[0][:] = [[(1004, 1020)], [(1002, 1030), (9001, 9030)]]

    (pooled,) = quality_frame([made]).to_dict("records")

    assert pooled["recall"] == 1
    assert pooled["detection_min"] == (2 + 1) / 2
    assert pooled["reset_min"] == 20
    assert pooled["notifications"] == (2 + 1) / 2


def test_months_and_days_have_budgets_of_their_own() -> None:
    """Compliance and budget are those of the month's or the day's own events, and alerts count by their start."""
    months = compliance_frame([run((1439, 1500), (1440, 1500))])
    days = compliance_frame([run((1439, 1500), (1440, 1500))], "day")

    (month,) = months.to_dict("records")
    assert (month["events"], month["bad"], month["met"], month["one_pages"]) == (10 * MONTH, 117, True, 2)
    assert month["budget_spent"] == pytest.approx(117 / BUDGET)
    assert days.one_pages.tolist()[:3] == [1, 1, 0]
    assert days.met.tolist()[:2] == [False, True]
    assert days.budget_spent.iloc[0] == pytest.approx(100 / 14.4)
    assert len(days) == 30


def test_silence_meets_the_objective() -> None:
    """A month without events has no ratio, is not missed, and is covered as far as it was recorded."""
    silent = History(np.zeros(MONTH), np.zeros(MONTH), np.repeat([1.0, 0.0], MONTH // 2), ())

    (month,) = compliance_frame([watch(Setting(), silent)]).to_dict("records")

    assert math.isnan(month["sli"])
    assert month["met"]
    assert month["coverage"] == 0.5


@pytest.mark.parametrize(("bad", "sli", "spent"), [(43_200, "0.999", "1"), (43_201, "0.998999", "1.00002314")])
def test_markdown_tells_what_is_missed_by_a_little(bad: int, sli: str, spent: str) -> None:
    """One error too many of 43 million events leaves an SLI that looks lower than the objective."""
    history = History(np.full(MONTH, bad / MONTH), np.full(MONTH, 1000.0), np.ones(MONTH), ())
    month = compliance_frame([Run(Setting(policies=(POLICY,)), 0, history, BUDGET, ([[]],))])
    head, _, row = (line.strip("| ").split(" | ") for line in markdown(month).splitlines())
    shown = dict(zip(head, row, strict=True))

    assert (sli, "0.999", str(bad == 43_200), spent) == tuple(
        shown[name] for name in ("sli", "objective", "met", "budget_spent")
    )


def test_markdown_keeps_its_cells_apart() -> None:
    """A bar within a name does not split its cell, and what is not a number is left blank."""
    frame = quality_frame([run()]).rename(index={"one": "a|b"})

    assert markdown(frame).splitlines()[2].startswith("| a\\|b | page | 0 | 0 |  | 0 |")
