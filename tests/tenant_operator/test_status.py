"""Status values, without a cluster."""

import pytest
from tenant_operator.status import phase_of, status_of, tenant_status

LONG_AGO = "2020-01-01T00:00:00Z"


def _object(generation: int = 1, phase: str | None = None, observed: int = 1, ready: str = "True") -> dict:
    obj: dict = {"metadata": {"generation": generation}}
    if phase:
        condition = {"type": "Ready", "status": ready, "lastTransitionTime": LONG_AGO}
        obj["status"] = {"phase": phase, "observedGeneration": observed, "conditions": [condition]}
    return obj


@pytest.mark.parametrize(("phase", "moved"), [("Ready", False), ("Failed", True)])
def test_the_time_moves_with_the_condition_only(phase: str, moved: bool) -> None:
    """lastTransitionTime stays while Ready stays what it was, whatever else changes."""
    (condition,) = status_of(_object(2, "Ready"), phase, "Reason", "message")["conditions"]
    assert moved == (condition["lastTransitionTime"] != LONG_AGO)


@pytest.mark.parametrize(
    ("children", "expected"),
    [
        ([], ("Active", "0/0")),
        ([_object()], ("Pending", "0/1")),
        ([_object(1, "Ready"), _object()], ("Provisioning", "1/2")),
        ([_object(1, "Ready"), _object(1, "Ready")], ("Active", "2/2")),
        ([_object(1, "Ready"), _object(1, "Failed", ready="False")], ("Failed", "1/2")),
    ],
)
def test_a_tenant_is_the_sum_of_its_databases(children: list[dict], expected: tuple[str, str]) -> None:
    """One failed database fails a Tenant; it is Active when all are ready, and Pending while none is."""
    status = tenant_status(_object(), children)
    assert expected == (status["phase"], status["databases"])


def test_a_changed_database_is_pending() -> None:
    """A phase that is about an earlier generation says nothing about this one."""
    assert phase_of(_object(2, "Ready", observed=1)) == "Pending"
