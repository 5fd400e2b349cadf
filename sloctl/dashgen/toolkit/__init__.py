"""
Rows about what the numbers of SLOs rest on, each a heading and its panels: the rules, the instrumentation of operators,
and the Prometheus between them. They need the choices of [`target_choices`][sloctl.dashgen.dashboards.target_choices].
"""

from sloctl.dashgen.toolkit.asked import FAULTS
from sloctl.dashgen.toolkit.glance import at_a_glance
from sloctl.dashgen.toolkit.instrumentation import instrumentation
from sloctl.dashgen.toolkit.prometheus import prometheus, readings
from sloctl.dashgen.toolkit.rules import evaluations, records

__all__ = ["FAULTS", "at_a_glance", "evaluations", "instrumentation", "prometheus", "readings", "records"]
