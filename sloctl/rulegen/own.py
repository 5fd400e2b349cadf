"""The series of one SLO."""

from sloctl.model import names
from sloctl.model.indicators import Matcher
from sloctl.model.rules import RecordingRule
from sloctl.model.slo import Slo
from sloctl.promql.tree import Expr, Selector


def own(slo: Slo, name: str) -> Selector:
    """Select a recorded series of an SLO."""
    return Selector(name, (Matcher(names.LABEL_ID, "=", slo.id),))


def record(slo: Slo, name: str, expr: Expr) -> RecordingRule:
    """Record a series of an SLO."""
    return RecordingRule(name, expr.pretty(), slo.identity)


def short_of(window_s: float, step_s: float) -> float:
    """Take half a step off a range: Prometheus 2 counts both of its ends, Prometheus 3 leaves the left one out."""
    return window_s - step_s / 2
