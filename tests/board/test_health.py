"""What the numbers of an SLO come to."""

from dataclasses import replace

import pytest

from sloctl.app.health import Health, State, health
from sloctl.app.status import SloStatus
from sloctl.model.errors import BackendError

FINE = SloStatus("shop", "errors", budget_left_ratio=0.9, burn={"5m": 0.1, "1h": 0.2}, age_s=30.0)
QUIET = replace(FINE, burn={"28d": 0.1})


@pytest.mark.parametrize(
    ("slo", "state", "said"),
    [
        (FINE, State.OK, "90 %"),
        (replace(FINE, burn={"5m": 0.1, "1h": 1.0}), State.OK, "90 %"),
        (replace(FINE, is_known=False), State.RULE_MISSING, "nothing of this SLO"),
        (replace(FINE, is_known=False, tiers=("page",)), State.RULE_MISSING, "nothing of this SLO"),
        (replace(FINE, tiers=("ticket",)), State.BURNING, "The ticket alert fires"),
        (replace(FINE, tiers=("page", "ticket")), State.BURNING, "The page and ticket alerts fire"),
        (replace(FINE, tiers=("page",), budget_left_ratio=-3), State.BURNING, "The page alert fires"),
        (
            replace(FINE, burn={"5m": 0.1, "1h": 1.1}, exhaustion_s=7200),
            State.BURNING,
            "1.1x what the budget sustains, and",
        ),
        (replace(FINE, budget_left_ratio=0.2499), State.AT_RISK, "24.99 %"),
        (replace(FINE, budget_left_ratio=0.25), State.OK, "25 %"),
        (replace(FINE, budget_left_ratio=0), State.AT_RISK, "0 %"),
        (replace(FINE, budget_left_ratio=-0.01), State.BREACHED, "1 % more"),
        (replace(FINE, budget_left_ratio=-0.01, burn={"1h": 2.0}), State.BREACHED, "1 % more"),
        (replace(FINE, budget_left_ratio=None), State.NO_DATA, "recorded no budget"),
        (replace(FINE, alerts=("SLONoData",)), State.NO_DATA, "90 %"),
        (replace(FINE, alerts=("SomethingElse",)), State.OK, "90 %"),
        (replace(FINE, age_s=None), State.OK, "90 %"),  # composites have no slices of their own
        (replace(QUIET, age_s=None), State.NO_DATA, "90 %"),
        (QUIET, State.NO_TRAFFIC, "No events"),
        (replace(QUIET, budget_left_ratio=-1), State.BREACHED, "100 % more"),
    ],
)
def test_the_most_urgent_thing_is_said(slo: SloStatus, state: State, said: str) -> None:
    """Numbers come to one state, whose cause names the number that decided it; whatever is not ok has advice."""
    found = health(slo)

    assert found.state is state
    assert said in found.cause
    assert bool(found.advice) == (state is not State.OK)


def test_a_failed_question_passes_on_what_to_do() -> None:
    """The error and its hint become the cause and the advice."""
    failed = Health.failed(BackendError("no answer from Prometheus", "is it running?"))

    assert (failed.state, failed.cause, failed.advice) == (
        State.QUERY_FAILED,
        "no answer from Prometheus",
        "is it running?",
    )
