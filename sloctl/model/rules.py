"""Prometheus rules as values: what a rule file holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

RULER_NAMES: Final = ("prometheus", "thanos", "mimir", "prometheusrule", "vmrule")
"""What rule files can be written for; the first is meant where nothing is said."""

Scheme = Literal["slices", "rate"]
"""How counters become the events of a slice: by differences between evaluations, or by rates."""


@dataclass(frozen=True, slots=True)
class RecordingRule:
    """
    A rule that records the value of a query as a series.

    Args:
        record: The series' name.
        expr: PromQL.
        labels: Added to the result.
    """

    record: str
    expr: str
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AlertingRule:
    """
    A rule that raises an alert for every element that a query returns.

    Args:
        alert: The alert's name.
        expr: PromQL.
        labels: Added to the alert.
        annotations: For people; may hold Go templates.
        for_s: How long the query must return an element before its alert fires, in seconds.
        keep_firing_s: How long the alert fires after the query no longer does, in seconds.
    """

    alert: str
    expr: str
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    for_s: int = 0
    keep_firing_s: int = 0


Rule = RecordingRule | AlertingRule


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """
    Rules that are evaluated one after the other, at one interval.

    Args:
        name: Unique within its file.
        interval_s: Seconds between evaluations; 0 for what the ruler is set to.
        rules: A rule may read what the rules before it have just recorded.
    """

    name: str
    interval_s: float
    rules: tuple[Rule, ...]
