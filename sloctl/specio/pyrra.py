"""
Reads Pyrra's `ServiceLevelObjective`.

Source: https://github.com/pyrra-dev/pyrra, kubernetes/api/v1alpha1.
"""

import re
from dataclasses import replace
from typing import Final

from sloctl.model.alerting import Alerting, TierAlert
from sloctl.model.indicators import Indicator, NativeHistogramIndicator, ThresholdIndicator
from sloctl.model.periods import RollingPeriod
from sloctl.model.slo import Objective, Origin, Slo
from sloctl.specio.queries import check_labels, read_counter, read_ratio, read_value
from sloctl.specio.reader import Fields, Reader
from sloctl.specio.tree import Value

API_VERSION: Final = "pyrra.dev/v1alpha1"
KIND: Final = "ServiceLevelObjective"

_NAME: Final = re.compile(r"[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?")
_PROPAGATED: Final = "pyrra.dev/"
_NAMESPACE: Final = "default"
_PASSED_OVER: Final = ("partial_response_strategy", "performanceOverAccuracy", "rulenamespace")
_RESOURCE: Final = Fields(("apiVersion", "kind", "metadata", "spec"), ("status",))
_SPEC: Final = Fields(("target", "window", "indicator"), ("description", "alerting", *_PASSED_OVER))
_KINDS: Final = {
    "ratio": Fields(("errors", "total"), ("grouping",)),
    "latency": Fields(("success", "total"), ("grouping",)),
    "latencyNative": Fields(("total", "latency"), ("grouping",)),
    "bool_gauge": Fields(("metric",), ("grouping",)),
}
_INDICATOR: Final = Fields((), _KINDS)
_QUERY: Final = Fields(("metric",))
_ALERTING_PASSED_OVER: Final = ("absentName", "severities")
_ALERTING: Final = Fields((), ("disabled", "burnrates", "absent", "name", *_ALERTING_PASSED_OVER))


def read_resource(read: Reader, value: Value) -> list[Slo]:
    """Read the SLO of a resource; its namespace is taken for its service."""
    fields = read.fields(value, "the document", _RESOURCE)
    metadata = (read.mapping(fields["metadata"], "metadata") or {}) if "metadata" in fields else {}
    if "name" not in metadata and "metadata" in fields:
        read.fault(fields["metadata"], "missing-field", "metadata needs 'name'")
    name = read.name(metadata["name"], "metadata.name", _NAME) if "name" in metadata else None
    namespace = read.name(metadata["namespace"], "metadata.namespace") if "namespace" in metadata else _NAMESPACE
    labels = read.texts(metadata.get("labels"), "metadata.labels")
    spec = read.fields(fields["spec"], "spec", _SPEC) if "spec" in fields else {}
    _pass_over(read, spec, "spec", _PASSED_OVER)
    ratio = _ratio(read, spec["target"]) if "target" in spec else None
    period_s = read.get(read.prometheus_duration, spec, "window", "spec")
    indicator = _indicator(read, spec["indicator"]) if "indicator" in spec else None
    alerting = _alerting(read, spec["alerting"]) if "alerting" in spec else Alerting()
    description = spec["description"].data if "description" in spec else ""
    if name is None or namespace is None or ratio is None or period_s is None or indicator is None:
        return []
    places = {"indicator": "indicator", "objectives": "target", "time_window": "window", "alerting": "alerting"}
    return [
        Slo(
            name,
            namespace,
            indicator,
            (Objective(ratio),),
            RollingPeriod(int(period_s)),
            description=description if isinstance(description, str) else "",
            labels={
                key.removeprefix(_PROPAGATED): (text,) for key, text in labels.items() if key.startswith(_PROPAGATED)
            },
            alerting=alerting,
            origin=Origin(
                value.path,
                *fields["spec"].place,
                {place: spec[name].place for place, name in places.items() if name in spec},
            ),
        )
    ]


def _ratio(read: Reader, value: Value) -> float | None:
    text = read.text(value, "spec.target")
    try:
        percent = float(text) if text is not None else None
    except ValueError:
        read.fault(value, "wrong-value", f"spec.target cannot be '{text}'", 'for example: "99.9"')
        return None
    return read.objective(value, "target", percent, 100)


def _indicator(read: Reader, value: Value) -> Indicator | None:
    fields = read.fields(value, "spec.indicator", _INDICATOR)
    if len(fields) != 1:
        if fields or not value.data:
            read.fault(value, "missing-field", f"spec.indicator needs exactly one of: {', '.join(_KINDS)}")
        return None
    ((kind, child),) = fields.items()
    where = f"spec.indicator.{kind}"
    inner = read.fields(child, where, _KINDS[kind])
    labels = _grouping(read, inner["grouping"], f"{where}.grouping") if "grouping" in inner else ()
    indicator = _measure(read, kind, inner, where)
    return replace(indicator, group_by=labels) if indicator is not None else None


def _measure(read: Reader, kind: str, fields: dict[str, Value], where: str) -> Indicator | None:
    if kind == "bool_gauge":
        gauge = read_value(read, fields["metric"]) if "metric" in fields else None
        return ThresholdIndicator(gauge[0], "gte", 1.0) if gauge is not None else None
    queries = {
        name: query
        for name in ("errors", "success", "total")
        if name in fields and (query := read.fields(fields[name], f"{where}.{name}", _QUERY).get("metric")) is not None
    }
    if kind == "latencyNative":
        bound_s = read.get(read.prometheus_duration, fields, "latency", where)
        histogram = read_counter(read, queries["total"]) if "total" in queries else None
        if bound_s is None or histogram is None:
            return None
        return NativeHistogramIndicator(histogram[0], "lte", bound_s)
    part = queries.get("errors", queries.get("success"))
    if part is None or "total" not in queries:
        return None
    return read_ratio(read, part, queries["total"], part_is_good=kind == "latency")


def _grouping(read: Reader, value: Value, where: str) -> tuple[str, ...]:
    labels = [label for item in read.items(value, where) if (label := read.text(item, where)) is not None]
    check_labels(read, value, labels)
    return tuple(dict.fromkeys(labels))


def _alerting(read: Reader, value: Value) -> Alerting:
    where = "spec.alerting"
    fields = read.fields(value, where, _ALERTING)
    _pass_over(read, fields, where, _ALERTING_PASSED_OVER)
    disabled = read.get(read.flag, fields, "disabled", where) is True
    burn = read.get(read.flag, fields, "burnrates", where) is not False and not disabled
    absent = read.get(read.flag, fields, "absent", where) is not False and not disabled
    return Alerting(
        name=read.optional(fields, "name", where),
        tiers={} if burn else {"page": TierAlert(enabled=False), "ticket": TierAlert(enabled=False)},
        absent=absent,
    )


def _pass_over(read: Reader, fields: dict[str, Value], where: str, names: tuple[str, ...]) -> None:
    for name in names:
        if name in fields:
            read.warn(fields[name], "not-read", f"{where}.{name} is passed over")
