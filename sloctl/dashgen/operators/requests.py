"""What operators ask of the API server, and what it tells them."""

from grafanalib.core import Panel

from sloctl.dashgen.dashboards import row
from sloctl.dashgen.exposed import STEP
from sloctl.dashgen.fields import Colour, style
from sloctl.dashgen.operators.asked import (
    NO_OPERATOR,
    OPERATORS,
    PROCESSES,
    PYTHON_ONLY,
    STACKED,
    quantiles,
    rates,
    seconds,
)
from sloctl.dashgen.queries import series

_LATENCY = "rest_client_request_duration_seconds"
_OPT_IN = "No data: operators in Go tell this only where it is asked for"
_BROKEN = {
    "sloctl_watch_reconnects_total": "connected again",
    "sloctl_watch_relists_total": "listed again",
    "sloctl_watch_expired_total": "expired",
}


def _asked(by: str, more: str = "") -> str:
    selected = PROCESSES.series("rest_client_requests_total", more)
    return f"sum by ({by}) (rate({selected}[{STEP}]) {OPERATORS})"


def requests() -> list[Panel]:
    """Show the requests to the API server."""
    return [
        row("Requests to the API server"),
        rates(
            "Requests by method",
            series(_asked("method"), "{{method}}"),
            description="""Requests per second, stacked. Writes that never rest are a controller that fights another
                one, or itself. Many GETs: read from a cache instead.""",
            unit="reqps",
            no_value=NO_OPERATOR,
            custom=STACKED,
        ),
        rates(
            "Answers by code",
            series(_asked("code"), "{{code}}"),
            description="""How the API server answered. 409: conflicts, which are tried again. 403: the role lacks a
                right. 429: it is told to slow down. 5xx or <error>: the API server is not well.""",
            unit="reqps",
            no_value=NO_OPERATOR,
            custom=STACKED,
            overrides=[
                style("2..", pattern=True, colour=Colour.GOOD),
                style("4..", pattern=True, colour=Colour.WATCH),
                style("5..|<error>", pattern=True, colour=Colour.BAD),
            ],
        ),
        rates(
            "Sent again",
            series(PROCESSES.per_s("rest_client_request_retries_total", "code"), "after {{code}}"),
            description="""Requests that were sent once more, by the answer that asked for it. A steady rate: the API
                server is overloaded, or this operator is what overloads it.""",
            unit="reqps",
            no_value="Nothing was sent again in this window, or the operator does not tell",
        ),
        quantiles(
            "Time to an answer",
            _LATENCY,
            description="""How long the API server takes. It is part of each reconcile: when this grows and the queue
                does too, the operator is not the cause.""",
            no_value=_OPT_IN,
        ),
        seconds(
            "Time to an answer p95 by verb",
            series(PROCESSES.quantile(0.95, _LATENCY, "verb"), "{{verb}}"),
            description="""19 of 20 requests of each kind are answered within this time. Slow writes alone: a webhook or
                the storage behind the API server.""",
            no_value=_OPT_IN,
        ),
        seconds(
            "Held back p99 by verb",
            series(PROCESSES.quantile(0.99, "rest_client_rate_limiter_duration_seconds", "verb"), "{{verb}}"),
            description="""How long the operator's own limit of requests holds the slowest hundredth back. Above a
                tenth of a second: raise the limit, or ask less.""",
            no_value=_OPT_IN,
        ),
    ]


def watches() -> list[Panel]:
    """Show whether the operator hears of changes."""
    return [
        row("Watches"),
        rates(
            "Events by resource",
            series(PROCESSES.per_s("sloctl_watch_events_total", "resource"), "{{resource}}"),
            description="""Changes that the API server reported. Compare with the reconciles: many events for few of
                them is a watch that is too broad.""",
            no_value=PYTHON_ONLY,
        ),
        rates(
            "Watches that broke",
            *(series(PROCESSES.per_s(name, "resource"), f"{{{{resource}}}} {word}") for name, word in _BROKEN.items()),
            description="""Connecting again every few minutes is normal. Listing again means that a watch lost its place
                and everything is looked at anew: the API server restarts, or the operator is too slow.""",
            no_value=PYTHON_ONLY,
        ),
        seconds(
            "Silence",
            series(PROCESSES.level("sloctl_watch_stream_age_seconds", "resource", of="max"), "{{resource}}"),
            description="""Time since the last event or bookmark of each watch. API servers send a bookmark about every
                minute: beyond several, the connection is dead and changes are missed.""",
            no_value=PYTHON_ONLY,
        ),
    ]
