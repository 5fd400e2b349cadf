"""Writes OpenSLO v1, and says what cannot be said in it."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import yaml

from sloctl.model.alerting import AlertRequest
from sloctl.model.durations import window_name
from sloctl.model.findings import Finding, Severity
from sloctl.model.indicators import (
    Counter,
    Expression,
    Indicator,
    NativeHistogramIndicator,
    QueryRatioIndicator,
    RatioIndicator,
    RawIndicator,
    ThresholdIndicator,
)
from sloctl.model.periods import CalendarPeriod, Period
from sloctl.model.slo import Objective, Slo
from sloctl.model.specs import DataSource, Service, Specs
from sloctl.model.windows import HOUR_S
from sloctl.promql.tree import Selector, sum_by
from sloctl.specio.openslo.objects import API_VERSION, LABEL_KEY
from sloctl.specio.openslo.periods import START_FORMAT
from sloctl.specio.queries import labels_of
from sloctl.specio.reader import DESCRIPTION_LENGTH, NAME, kebab

_Dumper: Final = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

Fields = dict[str, Any]


def openslo_file(specs: Specs, head: str) -> tuple[str, list[Finding]]:
    """
    Write specs.

    Args:
        specs: What to write.
        head: The first line, a comment.

    Returns:
        A YAML stream that `sloctl` reads as the same specs, and a warning for everything that is lost.
    """
    findings: list[Finding] = []
    objects = [*map(_service, specs.services), *map(_data_source, specs.data_sources)]
    for slo in specs.slos:
        findings += _losses(slo)
        objects.append(_slo(slo))
    text = yaml.dump_all(objects, Dumper=_Dumper, sort_keys=False, width=1_000_000, allow_unicode=True)
    return f"# {head}\n{text}", sorted(findings)


def _service(service: Service) -> Fields:
    return _object("Service", service.name, service.display_name, {"description": service.description})


def _data_source(source: DataSource) -> Fields:
    spec = {"description": source.description, "type": source.type, "connectionDetails": source.connection_details}
    return _object("DataSource", source.name, source.display_name, spec)


def _object(kind: str, name: str, display_name: str, spec: Fields, **metadata: Any) -> Fields:
    head = _present({"name": _name(name), "displayName": display_name, **metadata})
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": head, "spec": _present(spec)}


def _inline(kind: str, name: str, display_name: str, spec: Fields) -> Fields:
    return {"kind": kind, "metadata": _present({"name": name, "displayName": display_name}), "spec": _present(spec)}


def _present(fields: Fields) -> Fields:
    return {name: value for name, value in fields.items() if value not in ("", None, {}, [])}


def _name(name: str) -> str:
    return name if NAME.fullmatch(name) else kebab(name)


def _slo(slo: Slo) -> Fields:
    labels = {
        key: list(texts) if len(texts) > 1 else texts[0]
        for key, texts in slo.labels.items()
        if LABEL_KEY.fullmatch(key)
    }
    spec = {
        "description": slo.description[:DESCRIPTION_LENGTH],
        "service": _name(slo.service),
        "budgetingMethod": slo.budgeting,
        "timeWindow": [_time_window(slo.time_window)],
        "indicator": _indicator(slo.indicator, slo) if slo.indicator is not None else None,
        "objectives": [_objective(objective, slo) for objective in slo.objectives],
        "alertPolicies": [_policy(request) for request in slo.alerting.requests],
    }
    return _object("SLO", slo.name, slo.display_name, spec, labels=labels, annotations=dict(slo.annotations))


def _time_window(period: Period) -> Fields:
    if not isinstance(period, CalendarPeriod):
        return {"duration": _duration(period.seconds), "isRolling": True}
    calendar = {"startTime": period.start.strftime(START_FORMAT), "timeZone": period.zone}
    return {"duration": f"{period.count}{period.unit}", "isRolling": False, "calendar": calendar}


def _duration(seconds: int) -> str:
    name = window_name(seconds)
    return f"{seconds // 60}m" if name.endswith("s") else name


def _objective(objective: Objective, slo: Slo) -> Fields:
    fields: Fields = {"displayName": objective.display_name}
    indicator = objective.indicator or slo.indicator
    if isinstance(indicator, ThresholdIndicator | NativeHistogramIndicator):
        fields |= {"op": indicator.op, "value": indicator.threshold}
    fields["target"] = objective.ratio
    if slo.budgeting != "Occurrences":
        fields["timeSliceWindow"] = _duration(objective.slice_s)
    if slo.budgeting == "Timeslices":
        fields["timeSliceTarget"] = objective.slice_ratio
    if objective.indicator is not None:
        fields["indicator"] = _indicator(objective.indicator, slo)
        fields["compositeWeight"] = objective.weight
    return _present(fields)


def _indicator(indicator: Indicator, slo: Slo) -> Fields:
    return {"metadata": {"name": _name(slo.name)}, "spec": _measure(indicator, slo)}


def _measure(indicator: Indicator, slo: Slo) -> Fields:
    labels = indicator.group_by
    match indicator:
        case RatioIndicator():
            counters = _counter(indicator.part, labels), _counter(indicator.total, labels)
            return _ratio(slo, *counters, good=indicator.part_is_good, counter=True)
        case QueryRatioIndicator():
            return _ratio(
                slo,
                indicator.part.promql,
                indicator.total.promql,
                good=indicator.part_is_good,
                counter=indicator.total.has_window,
                **_group_by(indicator.total, labels),
            )
        case RawIndicator():
            kind = "success" if indicator.is_good else "failure"
            raw = _metric(slo, indicator.ratio.promql, **_group_by(indicator.ratio, labels))
            return {"ratioMetric": {"rawType": kind, "raw": raw}}
        case ThresholdIndicator():
            more = _group_by(indicator.value, labels)
            return {"thresholdMetric": _metric(slo, indicator.value.promql, metricType="gauge", **more)}
        case NativeHistogramIndicator():
            query = _counter(indicator.histogram, labels)
            return {"thresholdMetric": _metric(slo, query, metricType="native-histogram")}


def _ratio(slo: Slo, part: str, total: str, *, good: bool, counter: bool, **spec: Any) -> Fields:
    name = "good" if good else "bad"
    return {"ratioMetric": {"counter": counter, name: _metric(slo, part), "total": _metric(slo, total, **spec)}}


def _group_by(query: Expression, labels: tuple[str, ...]) -> Fields:
    """Say the labels that the query does not say itself."""
    return {} if labels_of(query) == labels else {"groupBy": list(labels)}


def _metric(slo: Slo, query: str, **spec: Any) -> Fields:
    source = {"metricSourceRef": slo.data_source} if slo.data_source else {"type": "Prometheus"}
    return {"metricSource": {**source, "spec": {"query": query, **spec}}}


def _counter(counter: Counter, labels: Iterable[str]) -> str:
    return str(sum_by(Selector(counter.metric, counter.matchers), labels))


def _policy(request: AlertRequest) -> Fields:
    condition = request.condition
    burn = {
        "kind": "burnrate",
        "op": condition.op,
        "threshold": condition.threshold,
        "lookbackWindow": _duration(condition.lookback_s),
        "alertAfter": _duration(condition.alert_after_s) if condition.alert_after_s else "0m",
    }
    severity = {"description": condition.description, "severity": condition.severity, "condition": burn}
    spec = {
        "description": request.description,
        "alertWhenBreaching": request.when_breaching,
        "alertWhenResolved": request.when_resolved,
        "alertWhenNoData": request.when_no_data,
        "conditions": [_inline("AlertCondition", condition.name, condition.display_name, severity)],
        "notificationTargets": [
            _inline(
                "AlertNotificationTarget",
                target.name,
                target.display_name,
                {"description": target.description, "target": target.target},
            )
            for target in request.targets
        ],
    }
    return _inline("AlertPolicy", request.name, request.display_name, spec)


def _losses(slo: Slo) -> Iterator[Finding]:
    """Say what of an SLO OpenSLO has no words for."""

    def lost(place: str, summary: str) -> Finding:
        return Finding(*slo.origin.place(place), "not-in-openslo", Severity.WARNING, summary)

    alerting = slo.alerting
    unsaid = {
        "the alerts' name": alerting.name,
        "labels of alerts": alerting.labels,
        "annotations of alerts": alerting.annotations,
        "what is special about a tier": alerting.tiers,
        "pairs of windows": alerting.pairs,
        "that nothing is to alert on missing data": not alerting.absent,
    }
    for what, said in unsaid.items():
        if said:
            yield lost("alerting", f"OpenSLO has no words for {what}")
    for name in (slo.service, slo.name):
        if _name(name) != name:
            yield lost("name", f"'{name}' becomes '{_name(name)}', and the SLO's id changes with it")
    for key in slo.labels:
        if not LABEL_KEY.fullmatch(key):
            yield lost("labels", f"OpenSLO has no label '{key}'")
    if len(slo.description) > DESCRIPTION_LENGTH:
        yield lost("description", f"OpenSLO's descriptions end after {DESCRIPTION_LENGTH} characters")
    if not isinstance(slo.time_window, CalendarPeriod) and slo.period_s % HOUR_S:
        yield lost("time_window", f"a period of {slo.period} would be taken for months")
