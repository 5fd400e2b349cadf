"""From an SLO to Prometheus rules. Pure: values in, values out."""

from sloctl.rulegen.groups import rule_groups
from sloctl.rulegen.limits import limits

__all__ = ["limits", "rule_groups"]
