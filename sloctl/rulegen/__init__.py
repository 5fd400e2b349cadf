"""From an SLO to Prometheus rules. Pure: values in, values out."""

from sloctl.rulegen.groups import rule_groups

__all__ = ["rule_groups"]
