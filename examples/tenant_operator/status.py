"""What the operator says about an object: its phase, the generation it saw, and the condition Ready."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

Object = Mapping[str, Any]


def status_of(obj: Object, phase: str, reason: str, message: str, **more: object) -> dict[str, Any]:
    """
    Compose the status of an object that has been looked at.

    The condition's time moves only when it turns from true to false or back.
    """
    generation = obj["metadata"]["generation"]
    ready = "True" if phase in ("Active", "Ready") else "False"
    before = condition(obj)
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "phase": phase,
        "observedGeneration": generation,
        "conditions": [
            {
                "type": "Ready",
                "status": ready,
                "reason": reason,
                "message": message,
                "observedGeneration": generation,
                "lastTransitionTime": before["lastTransitionTime"] if before.get("status") == ready else now,
            }
        ],
        **more,
    }


def condition(obj: Object) -> Mapping[str, Any]:
    """Give the condition Ready as it stands; empty when there is none."""
    conditions: Iterable[Mapping[str, Any]] = (obj.get("status") or {}).get("conditions") or ()
    return next((found for found in conditions if found["type"] == "Ready"), {})


def tenant_status(tenant: Object, children: Iterable[Object]) -> dict[str, Any]:
    """Sum up a Tenant from its databases."""
    phases = [phase_of(child) for child in children]
    ready = phases.count("Ready")
    counts = f"{ready} of {len(phases)} databases are ready"
    if "Failed" in phases:
        phase, reason = "Failed", "DatabaseFailed"
    elif ready == len(phases):
        phase, reason = "Active", "DatabasesReady"
    else:
        phase, reason = ("Provisioning" if ready else "Pending"), "DatabasesNotReady"
    return status_of(tenant, phase, reason, counts, databases=f"{ready}/{len(phases)}")


def phase_of(child: Object) -> str:
    """Give a database's phase; one whose latest spec nobody has looked at is pending."""
    status = child.get("status") or {}
    if status.get("observedGeneration") != child["metadata"]["generation"]:
        return "Pending"
    return str(status["phase"])
