"""From an SLO to Prometheus rules and their tests. Pure: values in, values out."""

from sloctl.rulegen.groups import rule_groups
from sloctl.rulegen.limits import limits
from sloctl.rulegen.ruletests import rule_tests

__all__ = ["limits", "rule_groups", "rule_tests"]
