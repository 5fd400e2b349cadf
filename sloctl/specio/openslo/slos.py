"""Reads SLOs, once all objects that they may refer to are known."""

from dataclasses import replace
from typing import Final, get_args

from sloctl.model.alerting import Alerting
from sloctl.model.periods import Period, RollingPeriod
from sloctl.model.slo import Budgeting, Origin, Slo
from sloctl.model.specs import DataSource, Service
from sloctl.specio.openslo.alerts import Alerts
from sloctl.specio.openslo.indicators import Slis
from sloctl.specio.openslo.objectives import Objectives
from sloctl.specio.openslo.objects import Object, Objects, read_object
from sloctl.specio.openslo.periods import read_period
from sloctl.specio.reader import Fields, Reader
from sloctl.specio.tree import Value

_SERVICE: Final = Fields((), ("description",))
_SLO: Final = Fields(
    ("service", "objectives"),
    ("description", "indicator", "indicatorRef", "timeWindow", "budgetingMethod", "alertPolicies"),
)
_PLACES: Final = {
    "alertPolicies": "alerting",
    "budgetingMethod": "budgeting",
    "indicator": "indicator",
    "indicatorRef": "indicator",
    "objectives": "objectives",
    "timeWindow": "time_window",
}


class OpenSlo:
    """
    Reads the objects of OpenSLO.

    Args:
        read: Takes the faults.
        period: Of SLOs that do not say theirs.
    """

    def __init__(self, read: Reader, period: RollingPeriod) -> None:
        self._read = read
        self._period = period
        self._objects = Objects(read)
        self._slis = Slis(read, self._objects)
        self._alerts = Alerts(read, self._objects)

    def add(self, value: Value) -> Object | None:
        """Take an object in; an SLO is given back, to be read when all others are known."""
        found = read_object(self._read, value)
        if found is None or found.kind == "SLO":
            return found
        self._objects.add(found)
        return None

    def finish(self) -> tuple[tuple[Service, ...], tuple[DataSource, ...]]:
        """Read what was taken in, whether anything refers to it or not."""
        self._objects.is_complete = True
        self._objects.all("SLI", self._slis.sli)
        self._objects.all("AlertCondition", self._alerts.condition)
        self._objects.all("AlertNotificationTarget", self._alerts.target)
        self._objects.all("AlertPolicy", self._alerts.policy)
        services = self._objects.all("Service", self._service)
        return tuple(services), tuple(self._objects.all("DataSource", self._slis.data_source))

    def slo(self, found: Object) -> list[Slo]:
        """
        Read an SLO; none when it has faults.

        Raises:
            NotYetError: It refers to others before all of them are known.
        """
        read, spec, metadata = self._read, found.spec, found.metadata
        fields = read.fields(spec, "spec", _SLO)
        service = read.get(read.name, fields, "service", "spec")
        description = read.description(fields, "spec")
        period = self._period_of(spec, fields)
        budgeting = self._budgeting(spec, fields)
        measured = None
        if "objectives" in fields:
            measured = Objectives(read, self._slis, budgeting).objectives(spec, fields)
        policies = fields.get("alertPolicies")
        requests = self._alerts.requests(policies, "spec.alertPolicies") if policies is not None else ()
        if service is None or period is None or measured is None:
            return []
        objectives, slis = measured
        sources = {sli.data_source for sli in slis}
        if len(sources) > 1:
            hint = "rules are evaluated by one server"
            read.fault(fields["objectives"], "data-source", "the objectives come from different data sources", hint)
        indicator = None
        if "indicator" in fields or "indicatorRef" in fields:
            indicator = objectives[0].indicator
            objectives = [replace(objective, indicator=None) for objective in objectives]
        places = {place: fields[name].place for name, place in _PLACES.items() if name in fields}
        places |= {f"objectives[{n}]": item.place for n, item in enumerate(fields["objectives"].data)}
        slo = Slo(
            metadata.name,
            service,
            indicator,
            tuple(objectives),
            period,
            budgeting,
            metadata.display_name,
            description,
            metadata.labels,
            metadata.annotations,
            Alerting(requests),
            sources.pop(),
            Origin(spec.path, *spec.place, places),
        )
        return [slo]

    def _service(self, found: Object) -> Service:
        fields = self._read.fields(found.spec, "spec", _SERVICE)
        description = self._read.description(fields, "spec")
        return Service(found.metadata.name, found.metadata.display_name, description, found.origin)

    def _period_of(self, spec: Value, fields: dict[str, Value]) -> Period | None:
        if "timeWindow" in fields:
            return read_period(self._read, fields["timeWindow"], "spec.timeWindow")
        if fields:
            self._read.unclear(spec, "spec needs 'timeWindow'", f"{self._period.name} rolling", "missing-field")
        return self._period

    def _budgeting(self, spec: Value, fields: dict[str, Value]) -> Budgeting:
        if "budgetingMethod" not in fields:
            if fields:
                self._read.unclear(spec, "spec needs 'budgetingMethod'", "Occurrences", "missing-field")
            return "Occurrences"
        chosen = self._read.choice(fields["budgetingMethod"], "spec.budgetingMethod", get_args(Budgeting))
        return chosen or "Occurrences"
