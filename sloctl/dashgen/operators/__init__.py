"""
Rows about operators, each a heading and its panels, for any dashboard that has the choices of
[`target_choices`][sloctl.dashgen.dashboards.target_choices] and one named `controller`.

They read the metrics of controller-runtime and client-go, which sloctl's SDK records under the same names, so they
serve operators in Go and in Python alike. What only one of the two has is said where a panel is empty for it.
"""

from sloctl.dashgen.operators.asked import UID, error_ratio
from sloctl.dashgen.operators.glance import at_a_glance
from sloctl.dashgen.operators.logs import LOGS, log_lines
from sloctl.dashgen.operators.marks import marks
from sloctl.dashgen.operators.objects import handlers, objects
from sloctl.dashgen.operators.processes import processes
from sloctl.dashgen.operators.queues import queues
from sloctl.dashgen.operators.reconciles import durations, reconciles
from sloctl.dashgen.operators.requests import requests, watches
from sloctl.dashgen.operators.webhooks import webhooks

__all__ = [
    "LOGS",
    "UID",
    "at_a_glance",
    "durations",
    "error_ratio",
    "handlers",
    "log_lines",
    "marks",
    "objects",
    "processes",
    "queues",
    "reconciles",
    "requests",
    "watches",
    "webhooks",
]
