"""Reads what an SLI measures."""

import re
from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

from sloctl.model.indicators import (
    Comparison,
    Counter,
    Expression,
    Indicator,
    NativeHistogramIndicator,
    RatioIndicator,
    RawIndicator,
    ThresholdIndicator,
)
from sloctl.model.specs import DataSource
from sloctl.promql.buckets import le_matcher
from sloctl.specio.openslo.objects import Object, Objects, read_inline
from sloctl.specio.queries import check_labels, read_amounts, read_counter, read_ratio, read_value
from sloctl.specio.reader import Fields, Reader
from sloctl.specio.tree import Value

MetricType = Literal["gauge", "histogram", "native-histogram"]

_PROMQL: Final = ("amazonprometheus", "azureprometheus", "cortex", "mimir", "prometheus", "thanos", "victoriametrics")
"""Types of data sources that are asked in PromQL, in lower case."""
_INDICATOR: Final = Fields((), ["description", "ratioMetric", "thresholdMetric"])
_RATIO: Final = Fields((), ["counter", "good", "bad", "total", "raw", "rawType"])
_METRIC: Final = Fields(["metricSource"])
_SOURCE: Final = Fields(["spec"], ["type", "metricSourceRef"])
_QUERY: Final = Fields(["query"], ["metricType", "groupBy"])
_DATA_SOURCE: Final = Fields(["type"], ["description", "connectionDetails"])
_UNIT: Final = re.compile(r".*_(seconds|milliseconds|bytes|ms)")


@dataclass(frozen=True, slots=True)
class Threshold:
    """
    A metric that an objective will compare.

    Args:
        value: A gauge's query, or a histogram's name.
        native: Whether the histogram is a native one.
        group_by: Labels by which it is kept apart.
    """

    value: Expression | Counter
    native: bool
    group_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sli:
    """What is measured, and by which data source; a name that is empty is the server that evaluates the rules."""

    measure: Indicator | Threshold
    data_source: str


@dataclass(frozen=True, slots=True)
class _Query:
    """
    The query of a metric source.

    Args:
        value: PromQL.
        metric_type: What a threshold is for, where the source says so.
        group_by: Labels by which results are kept apart, where the source says so; else the query's own.
        data_source: Where it is asked.
    """

    value: Value
    metric_type: MetricType | None
    group_by: tuple[str, ...] | None
    data_source: str

    def sli(self, measure: Indicator | Threshold) -> Sli:
        """Give what this query, that of the total or the only one, says about a measure."""
        if self.group_by is not None:
            measure = replace(measure, group_by=self.group_by)
        return Sli(measure, self.data_source)


class Slis:
    """
    Reads SLIs.

    Args:
        read: Takes the faults.
        objects: What data sources are looked up in.
    """

    def __init__(self, read: Reader, objects: Objects) -> None:
        self._read = read
        self._objects = objects

    def data_source(self, found: Object) -> DataSource | None:
        """Read a data source."""
        fields = self._read.fields(found.spec, found.where, _DATA_SOURCE)
        description = self._read.description(fields, found.where)
        type_ = self._read.get(self._read.text, fields, "type", found.where)
        details = _plain(fields["connectionDetails"]) if "connectionDetails" in fields else None
        if type_ is None:
            return None
        metadata = found.metadata
        return DataSource(metadata.name, type_, details, metadata.display_name, description, found.origin)

    def sli(self, found: Object) -> Sli | None:
        """Read an SLI."""
        fields = self._read.fields(found.spec, found.where, _INDICATOR)
        self._read.description(fields, found.where)
        if ("ratioMetric" in fields) == ("thresholdMetric" in fields):
            summary = f"{found.where} needs either 'ratioMetric' or 'thresholdMetric'"
            self._read.fault(found.spec, "missing-field", summary)
            return None
        if "ratioMetric" in fields:
            return self._ratio(fields["ratioMetric"], f"{found.where}.ratioMetric")
        query = self._query(fields["thresholdMetric"], f"{found.where}.thresholdMetric")
        return self._threshold(query) if query is not None else None

    def of(self, parent: Value, fields: dict[str, Value], where: str) -> Sli | None:
        """Read the SLI that stands inline or is referred to."""
        if ("indicator" in fields) == ("indicatorRef" in fields):
            self._read.fault(parent, "missing-field", f"{where} needs either 'indicator' or 'indicatorRef'")
            return None
        if "indicatorRef" in fields:
            return self._objects.refer(fields["indicatorRef"], f"{where}.indicatorRef", "SLI", self.sli)
        found = read_inline(self._read, fields["indicator"], f"{where}.indicator", "SLI")
        return self.sli(found) if found is not None else None

    def _ratio(self, value: Value, where: str) -> Sli | None:
        read = self._read
        fields = read.fields(value, where, _RATIO)
        if "raw" in fields:
            return self._raw(value, fields, where)
        if "rawType" in fields:
            read.fault(fields["rawType"], "missing-field", f"{where}.rawType belongs to 'raw', which is missing")
        parts = [name for name in ("good", "bad") if name in fields]
        if len(parts) != 1:
            read.fault(value, "missing-field", f"{where} needs either 'good' or 'bad'")
        if "total" not in fields:
            read.fault(value, "missing-field", f"{where} needs 'total'")
        counter = self._counter(value, fields, where)
        part, total = (read.get(self._query, fields, name, where) for name in (parts[0] if parts else "", "total"))
        if len(parts) != 1 or part is None or total is None:
            return None
        if part.data_source != total.data_source:
            summary = f"{where}.{parts[0]} and {where}.total come from different data sources"
            read.fault(part.value, "data-source", summary, "rules are evaluated by one server")
        make = read_ratio if counter else read_amounts
        measure = make(read, part.value, total.value, part_is_good=parts[0] == "good")
        return total.sli(measure) if measure is not None else None

    def _counter(self, value: Value, fields: dict[str, Value], where: str) -> bool:
        if "counter" in fields:
            return self._read.flag(fields["counter"], f"{where}.counter") is not False
        self._read.unclear(value, f"{where} needs 'counter'", "true", "missing-field")
        return True

    def _raw(self, value: Value, fields: dict[str, Value], where: str) -> Sli | None:
        read = self._read
        for name in ("good", "bad", "total"):
            if name in fields:
                read.fault(fields[name], "unknown-field", f"{where} has either 'raw' or '{name}'")
        if "counter" in fields:
            read.flag(fields["counter"], f"{where}.counter")
        kind = None
        if "rawType" in fields:
            kind = read.choice(fields["rawType"], f"{where}.rawType", ["success", "failure"])
        else:
            read.fault(value, "missing-field", f"{where} needs 'rawType' beside 'raw'", "rawType: success or failure")
        query = self._query(fields["raw"], f"{where}.raw")
        ratio = read_value(read, query.value) if query is not None else None
        if query is None or ratio is None or kind is None:
            return None
        return query.sli(RawIndicator(ratio[0], kind == "success", ratio[1]))

    def _threshold(self, query: _Query) -> Sli | None:
        metric_type = query.metric_type or self._guess(query.value)
        found = (read_value if metric_type == "gauge" else read_counter)(self._read, query.value)
        if found is None:
            return None
        return query.sli(Threshold(found[0], metric_type == "native-histogram", found[1]))

    def _guess(self, value: Value) -> MetricType:
        """Tell a gauge by its being computed or recorded; a plain name may be a histogram's as well."""
        text = value.data.partition("{")[0].strip() if isinstance(value.data, str) else ""
        if not text.isidentifier():
            return "gauge"
        guess: MetricType = "histogram" if _UNIT.fullmatch(text) else "gauge"
        summary = f"'{text}' may be a gauge or a histogram; say so with metricType beside query"
        self._read.unclear(value, summary, f"a {guess}")
        return guess

    def _query(self, value: Value, where: str) -> _Query | None:
        read = self._read
        outer = read.fields(value, where, _METRIC)
        if "metricSource" not in outer:
            return None
        where = f"{where}.metricSource"
        source = read.fields(outer["metricSource"], where, _SOURCE)
        name = ""
        type_ = read.get(read.text, source, "type", where)
        if "metricSourceRef" in source:
            found = self._objects.refer(
                source["metricSourceRef"], f"{where}.metricSourceRef", "DataSource", self.data_source
            )
            name, type_ = (found.name, type_ or found.type) if found is not None else ("", type_)
        elif "type" not in source and source:
            read.fault(outer["metricSource"], "missing-field", f"{where} needs 'type' or 'metricSourceRef'")
        if type_ is not None and type_.lower() not in _PROMQL:
            hint = f"these are: {', '.join(_PROMQL)}"
            place = source.get("type", source.get("metricSourceRef", value))
            read.fault(place, "data-source", f"a data source of type '{type_}' is not asked in PromQL", hint)
            return None
        inner = read.fields(source["spec"], f"{where}.spec", _QUERY) if "spec" in source else {}
        metric_type = None
        if "metricType" in inner:
            metric_type = read.choice(inner["metricType"], f"{where}.spec.metricType", get_args(MetricType))
        group_by = read.get(self._group_by, inner, "groupBy", f"{where}.spec")
        return _Query(inner["query"], metric_type, group_by, name) if "query" in inner else None

    def _group_by(self, value: Value, where: str) -> tuple[str, ...]:
        labels = [
            label for item in self._read.items(value, where) if (label := self._read.text(item, where)) is not None
        ]
        check_labels(self._read, value, labels)
        return tuple(dict.fromkeys(labels))


def compare(threshold: Threshold, op: Comparison, bound: float) -> Indicator:
    """
    Make an indicator of a metric and what it is compared with.

    A classic histogram has a counter for each bound, and one for all: the observations up to the bound are the good
    ones, or the bad ones. No bucket tells less from less or equal.
    """
    value = threshold.value
    if isinstance(value, Expression):
        return ThresholdIndicator(value, op, bound, threshold.group_by)
    if threshold.native:
        return NativeHistogramIndicator(value, op, bound, threshold.group_by)
    total = Counter(f"{value.metric}_count", value.matchers)
    below = Counter(f"{value.metric}_bucket", (*value.matchers, le_matcher(bound)))
    return RatioIndicator(total, below, op in {"lt", "lte"}, threshold.group_by)


def _plain(value: Value) -> object:
    if isinstance(value.data, dict):
        return {name: _plain(child) for name, child in value.data.items()}
    if isinstance(value.data, list):
        return [_plain(child) for child in value.data]
    return value.data
