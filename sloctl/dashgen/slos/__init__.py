"""What dashboards of SLOs have in common: how their numbers look, and panels that more than one query makes up."""

from sloctl.dashgen.slos.latency import latencies, latency_panels
from sloctl.dashgen.slos.looks import (
    AGE_STEPS,
    ALERT_STATES,
    BUDGET_STEPS,
    BURN_STEPS,
    BURN_UNIT,
    DASHED,
    DETAIL,
    EXHAUSTION_STEPS,
    EXHAUSTION_WORDS,
    FAST,
    LASTS_S,
    NO_EVENTS,
    NO_RULES,
    NO_SLOS,
    OVERVIEW,
    SLO_NAME,
    column,
    worst,
)
from sloctl.dashgen.slos.months import month_budget, months
from sloctl.dashgen.slos.pairs import burn_panel, pairs_table
from sloctl.dashgen.slos.services import CHOSEN_SERVICES, PROCESSES, count, pages, service_choices, starts

__all__ = [
    "AGE_STEPS",
    "ALERT_STATES",
    "BUDGET_STEPS",
    "BURN_STEPS",
    "BURN_UNIT",
    "CHOSEN_SERVICES",
    "DASHED",
    "DETAIL",
    "EXHAUSTION_STEPS",
    "EXHAUSTION_WORDS",
    "FAST",
    "LASTS_S",
    "NO_EVENTS",
    "NO_RULES",
    "NO_SLOS",
    "OVERVIEW",
    "PROCESSES",
    "SLO_NAME",
    "burn_panel",
    "column",
    "count",
    "latencies",
    "latency_panels",
    "month_budget",
    "months",
    "pages",
    "pairs_table",
    "service_choices",
    "starts",
    "worst",
]
