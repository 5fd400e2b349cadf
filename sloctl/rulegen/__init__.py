"""From an SLO to Prometheus rules and their tests. Pure: values in, values out."""

from sloctl.rulegen.compat import compat_groups, compat_limits
from sloctl.rulegen.groups import rule_groups
from sloctl.rulegen.limits import alert_findings, limits
from sloctl.rulegen.packing import at_most, packed
from sloctl.rulegen.routing import routing
from sloctl.rulegen.ruletests import can_be_tested, rule_tests

__all__ = [
    "alert_findings",
    "at_most",
    "can_be_tested",
    "compat_groups",
    "compat_limits",
    "limits",
    "packed",
    "routing",
    "rule_groups",
    "rule_tests",
]
