"""How the numbers of SLOs look, wherever a dashboard shows them."""

from typing import Final

from grafanalib.core import Target

from sloctl.dashgen.fields import Colour, above, states, steps
from sloctl.dashgen.queries import cells
from sloctl.model import names
from sloctl.model.windows import DAY_S, HOUR_S, WORKBOOK
from sloctl.promql.sloqueries import AT_RISK_BELOW, PER_SLO

DETAIL: Final = "sloctl-slo-detail"
"""The dashboard of one SLO, which the others lead to."""
OVERVIEW: Final = "sloctl-slo-overview"

NO_RULES: Final = "No data: the rules of this SLO are not loaded, or its service has sent nothing"
NO_SLOS: Final = "No data: no rules of SLOs are loaded in this Prometheus, or none is chosen"
NO_EVENTS: Final = "No events in this window"

BURN_UNIT: Final = "suffix:×"
FAST: Final = WORKBOOK[0].threshold(30 * DAY_S)
"""The burn rate of an hour that pages, for a period of 30 days."""
BUDGET_STEPS: Final = steps(Colour.BAD, (0, Colour.WATCH), (AT_RISK_BELOW, Colour.GOOD))
BURN_STEPS: Final = steps(Colour.GOOD, (1, Colour.WATCH), (FAST, Colour.BAD))
EXHAUSTION_STEPS: Final = steps(Colour.BAD, (DAY_S, Colour.WATCH), (7 * DAY_S, Colour.GOOD))

ALERT_STATES: Final = states({0: ("Quiet", Colour.GOOD), 1: ("Pending", Colour.WATCH), 2: ("Firing", Colour.BAD)})
DASHED: Final = {"fill": "dash", "dash": [8, 8]}
EXCEEDED: Final = states({0: ("Below", Colour.GOOD), 2: ("Both above", Colour.BAD)})
LASTS_S: Final = 1e9
"""Seconds that stand for a budget that lasts: 30 years."""
EXHAUSTION_WORDS: Final = [*states({0: ("Spent", Colour.BAD)}), above(LASTS_S, "It lasts", Colour.GOOD)]
AGE_STEPS: Final = steps(Colour.GOOD, (180, Colour.WATCH), (HOUR_S, Colour.BAD))


def worst(expr: str, of: str = "min") -> str:
    """Put the parts of each SLO together by the worst of them."""
    return f"{of} {PER_SLO} ({expr})"


def column(expr: str) -> Target:
    """Ask for a table's column. Without the metrics' names, by which Grafana would keep the columns' rows apart."""
    return cells(f"max without () ({expr})")


SLO_NAME: Final = " ".join(f"{{{{{label}}}}}" for label in (names.LABEL_CLUSTER, names.LABEL_SERVICE, names.LABEL_SLO))
"""Names an SLO in a legend."""
