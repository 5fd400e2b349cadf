"""What is told about an SLO beside its numbers."""

from sloctl.model import names
from sloctl.model.periods import CalendarPeriod
from sloctl.model.rules import RecordingRule
from sloctl.model.slo import Slo
from sloctl.promql.tree import call
from sloctl.rulegen.own import record


def facts(slo: Slo) -> list[RecordingRule]:
    """Record the objective and the period, and what may change about the SLO."""
    info = {
        "objective": f"{slo.objective_ratio:.12g}",
        names.LABEL_PERIOD: slo.period,
        "display_name": slo.display_name or slo.name,
        "description": slo.description,
    }
    labels = {**slo.identity, **{name: text for name, text in info.items() if text}}
    rules = [record(slo, names.OBJECTIVE, call("vector", slo.objective_ratio))]
    if not isinstance(slo.time_window, CalendarPeriod):  # whose length is not always the same
        rules.append(record(slo, names.PERIOD, call("vector", slo.period_s)))
    return [*rules, RecordingRule(names.INFO, str(call("vector", 1)), labels)]
