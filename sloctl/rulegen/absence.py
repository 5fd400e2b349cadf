"""
Alerts on SLOs that are blind.

A target that is down and a selector that never matched leave no slices; the past tells which. Without traffic there are
slices, of nothing, and no alert: being idle is no fault.
"""

from collections.abc import Mapping
from typing import Final

from sloctl.model import names
from sloctl.model.names import Cause
from sloctl.model.rules import AlertingRule
from sloctl.model.slo import Slo
from sloctl.promql.tree import Binary, Matching, Selector, call
from sloctl.rulegen.alerts import literal
from sloctl.rulegen.own import own

FOR_S: Final[dict[Cause, int]] = {"target-down": 600, "never-matched": 3600}
"""How long slices must be missing, in seconds: restarts take minutes, and a new target is scraped within the hour."""

_TEXTS: Final[dict[Cause, tuple[str, str]]] = {
    "target-down": (
        "{name} is no longer measured",
        "What it measures was there and is gone: its target is down, or is not scraped any more.",
    ),
    "never-matched": (
        "{name} has never been measured",
        "Its queries have found no series for as long as its period goes back: a name or a label in them may be wrong.",
    ),
}


def counted(slo: Slo) -> Selector:
    """Select what every evaluation records while there is anything to measure."""
    name = names.slice_name if slo.budgeting == "Occurrences" else names.events_name
    return own(slo, name("total"))


def wants_alerts(slo: Slo) -> bool:
    """Tell whether a spec wants these alerts; one that asks for alerts of its own says so for each."""
    requests = slo.alerting.requests
    return slo.alerting.absent and (not requests or any(request.when_no_data for request in requests))


def absence_alerts(slo: Slo, whole: Slo, annotations: Mapping[str, str]) -> list[AlertingRule]:
    """
    Write the alerts, unless the spec wants none.

    Args:
        slo: The SLO, or a member of a composite.
        whole: What has a coverage: the SLO, or the composite where only that has one.
        annotations: What all alerts say.
    """
    if not wants_alerts(slo):
        return []
    missing = call("absent", counted(slo))
    past = own(whole, names.COVERAGE) | own(whole, names.slices_name("1h"))
    operators: dict[Cause, str] = {"target-down": "and", "never-matched": "unless"}
    rules = []
    for cause, op in operators.items():
        summary, description = _TEXTS[cause]
        labels = {**slo.alerting.labels, **slo.identity, names.LABEL_TIER: "ticket", names.LABEL_CAUSE: cause}
        name = literal(slo.display_name or slo.id)
        texts = {
            "summary": summary.format(name=name),
            "description": description,
            **annotations,
            **slo.alerting.annotations,
        }
        expr = Binary(op, missing, past, Matching("on")).pretty()
        rules.append(AlertingRule(names.ALERT_NO_DATA, expr, labels, texts, FOR_S[cause]))
    return rules
