"""
From an SLO to Prometheus rules and their tests. Pure: values in, values out.

What only some runs need is not loaded here: Sloth's rules (`compat`), tests (`ruletests`), routes (`routing`).
"""

from sloctl.rulegen.groups import rule_groups
from sloctl.rulegen.limits import alert_findings, limits
from sloctl.rulegen.packing import at_most, packed

__all__ = ["alert_findings", "at_most", "limits", "packed", "rule_groups"]
