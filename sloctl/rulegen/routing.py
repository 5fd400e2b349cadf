"""From SLOs to who is told about their alerts: one notification for one problem."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from sloctl.model import names
from sloctl.model.routing import Inhibition, Receiver, Route, Routing
from sloctl.model.slo import Slo
from sloctl.promql.tree import quote

DEFAULT: Final = "slo"
"""The receiver of what no spec names a target for."""


def routing(slos: Sequence[Slo]) -> Routing:
    """
    Route the alerts of SLOs, and keep those quiet that tell of a problem that another one tells of.

    A page goes before the ticket of the same part of an SLO, and before the news that the SLO is no longer measured.

    Args:
        slos: Those with one objective, and composites.
    """
    receivers: dict[str, Receiver] = {DEFAULT: Receiver(DEFAULT, "whatever has no target of its own")}
    told: dict[tuple[str, str, str], list[str]] = {}
    for slo in slos:
        for request in slo.alerting.requests:
            for target in request.targets:
                note = ": ".join(filter(None, (target.target, target.description or target.display_name)))
                receivers.setdefault(target.name, Receiver(target.name, note))
                if request.when_breaching:
                    told.setdefault((names.LABEL_REQUEST, request.name, target.name), []).append(slo.id)
                if request.when_no_data:
                    told.setdefault(("alertname", names.ALERT_NO_DATA, target.name), []).append(slo.id)
    routes = [
        Route(receiver, (_is(label, value), _is_one_of(names.LABEL_ID, ids)))
        for (label, value, receiver), ids in told.items()
    ]
    page = (_is("alertname", names.ALERT), _is(names.LABEL_TIER, "page"))
    ticket = (_is("alertname", names.ALERT), _is(names.LABEL_TIER, "ticket"))
    unmeasured = (_is("alertname", names.ALERT_NO_DATA),)
    return Routing(
        (names.LABEL_ID,),
        tuple(receivers.values()),
        tuple(routes),
        (
            Inhibition(page, ticket, (names.LABEL_ID, *_parted_by(slos))),
            Inhibition(page, unmeasured, (names.LABEL_ID,)),
        ),
    )


def _parted_by(slos: Iterable[Slo]) -> list[str]:
    """Give the labels that keep parts of any SLO apart; those that an alert lacks are equal in all its parts."""
    indicators = [each for slo in slos for each in (slo.indicator, *(one.indicator for one in slo.objectives))]
    return sorted({label for indicator in indicators if indicator is not None for label in indicator.group_by})


def _is(label: str, value: str) -> str:
    return f"{label}={quote(value)}"


def _is_one_of(label: str, values: Iterable[str]) -> str:
    return f"{label}=~{quote('|'.join(map(re.escape, dict.fromkeys(values))))}"
