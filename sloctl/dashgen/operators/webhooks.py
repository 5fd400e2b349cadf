"""Whether webhooks answer, and in time."""

from grafanalib.core import Panel

from sloctl.dashgen.dashboards import row
from sloctl.dashgen.fields import Colour, style
from sloctl.dashgen.operators.asked import PROCESSES, quantiles, rates
from sloctl.dashgen.queries import series

_REQUESTS = "controller_runtime_webhook_requests_total"
_NONE = "No data: these operators have no webhooks"
_FAULTS = {
    "controller_runtime_webhook_panics_total": "admission failed",
    "controller_runtime_conversion_webhook_panics_total": "conversion failed",
    "certwatcher_read_certificate_errors_total": "certificate not read",
}


def webhooks() -> list[Panel]:
    """Show the requests that the API server sends to webhooks."""
    return [
        row("Webhooks"),
        rates(
            "Webhook requests",
            series(PROCESSES.per_s(_REQUESTS, "webhook"), "{{webhook}}"),
            description="""Objects that the API server asked about. None while objects change: the configuration does
                not match them, or its service leads nowhere.""",
            unit="reqps",
            no_value=_NONE,
            width=6,
        ),
        rates(
            "Webhook answers by code",
            series(PROCESSES.per_s(_REQUESTS, "code"), "{{code}}"),
            description="""Requests by the code of the answer. Any 5xx: the webhook failed, and by its failure policy
                the change was refused or let through unseen. In Go a refusal is a 200 too.""",
            unit="reqps",
            no_value=_NONE,
            width=6,
            overrides=[
                style("2..", pattern=True, colour=Colour.GOOD),
                style("4..", pattern=True, colour=Colour.WATCH),
                style("5..", pattern=True, colour=Colour.BAD),
            ],
        ),
        quantiles(
            "Webhook time",
            "controller_runtime_webhook_latency_seconds",
            description="""How long an answer takes; every change of an object waits for it. Close to the timeout of
                the configuration (10 s unless it says otherwise), changes fail.""",
            no_value="No webhook was asked in this window",
            width=6,
        ),
        rates(
            "Webhook faults",
            *(series(PROCESSES.per_s(name), word) for name, word in _FAULTS.items()),
            description="""Requests that failed outside the webhook's own code, and certificates that could not be read.
                Any: see the log. An old certificate ends all admission on the day it expires.""",
            no_value=_NONE,
            width=6,
        ),
    ]
