"""SLOs that are declared where a controller is."""

import pytest

import sloctl

Obs = sloctl.Instrumentation


def test_a_controller_promises_each_thing_once(obs: Obs) -> None:
    """Several functions of one controller may say the same, and none may contradict."""
    for _ in range(2):
        obs.reconcile("tenant", slos=[sloctl.Availability(0.99)])
    obs.reconcile("database", slos=[sloctl.Availability(0.9), sloctl.Convergence(0.95, threshold_s=300)])

    with pytest.raises(sloctl.DeclarationError, match=r"'tenant' promises .*0.99.* already"):
        obs.reconcile("tenant", slos=[sloctl.Availability(0.999)])

    assert list(obs.promises) == [
        ("tenant", sloctl.Availability(0.99)),
        ("database", sloctl.Availability(0.9)),
        ("database", sloctl.Convergence(0.95, threshold_s=300)),
    ]


@pytest.mark.parametrize("promise", [sloctl.Latency(0.9, threshold_s=1.1), sloctl.Convergence(0.9, threshold_s=301)])
def test_a_threshold_is_a_bound(obs: Obs, promise: sloctl.Latency | sloctl.Convergence) -> None:
    """What lies between two bounds could only be estimated, so it is refused where it is declared."""
    with pytest.raises(sloctl.DeclarationError, match="has no bucket bound at"):
        obs.reconcile("tenant", slos=[promise])


@pytest.mark.parametrize("objective", [0, 1, 99, -0.5, float("nan"), "0.99", True, None])
def test_an_objective_is_a_share(objective: float) -> None:
    """A percentage, a bound that leaves no budget, and what is no number are refused."""
    with pytest.raises(sloctl.DeclarationError, match="share between 0 and 1"):
        sloctl.Availability(objective)


def test_what_is_no_promise_is_refused(obs: Obs) -> None:
    """The hint says what to write, also where the list is missing."""
    with pytest.raises(sloctl.DeclarationError, match=r"0\.99 is no SLO"):
        obs.reconcile("tenant", slos=[0.99])  # type: ignore[list-item] # what a user may try
    with pytest.raises(sloctl.DeclarationError, match="stands alone"):
        obs.reconcile("tenant", slos=sloctl.Availability(0.99))  # type: ignore[arg-type]


def test_a_promise_changes_nothing_that_is_measured(obs: Obs) -> None:
    """The decorated function is what it is without any."""

    @obs.reconcile("tenant", slos=[sloctl.Availability(0.99)])
    def reconcile(body: dict[str, str]) -> str:
        return body["name"]

    assert reconcile({"name": "acme"}) == "acme"
    assert b'controller_runtime_reconcile_total{controller="tenant",result="success"} 1.0' in obs.exposition()
