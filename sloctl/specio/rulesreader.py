"""
Reads rules: the rule files of Prometheus and its kin, and the objects PrometheusRule and VMRule.

Sources: https://prometheus.io/docs/prometheus/latest/configuration/recording_rules/, the API reference of the
Prometheus Operator (monitoring.coreos.com/v1) and that of VictoriaMetrics (operator.victoriametrics.com/v1beta1).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from sloctl.lint.rules import Rule, RuleKind, Text
from sloctl.model.findings import Finding, Severity
from sloctl.model.names import METRIC
from sloctl.promql.parse import PromqlError, parse
from sloctl.promql.tree import LABEL
from sloctl.specio.places import Places
from sloctl.specio.reader import Fields, Reader
from sloctl.specio.tree import Value

_OBJECTS: Final = {"PrometheusRule", "VMRule"}
_LISTS: Final = {"List", "PrometheusRuleList", "VMRuleList"}
_FILE: Final = ("groups", "namespace")
_GROUP: Final = ("interval", "labels", "limit", "query_offset", "rules")
_KIN: Final = ("align_evaluation_time_on_interval", "evaluation_delay", "partial_response_strategy", "source_tenants")
"""Fields that Thanos, Mimir and Cortex add to a group."""
_RULE: Final = ("alert", "annotations", "expr", "for", "keep_firing_for", "labels", "record")
_DURATION: Final = re.compile(r"(?=.)(?:\d+y)?(?:\d+w)?(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?(?:\d+ms)?|0")
_PARTS: Final = re.compile(r"(\d+)(ms|[ywdhms])")
_UNITS_S: Final = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "y": 31_536_000}


@dataclass(frozen=True, slots=True)
class RulesFile:
    """
    What a file of rules holds.

    Args:
        rules: Those that are sound.
        starts: The first line of every rule, in ascending order.
        findings: What is wrong with the others.
    """

    rules: tuple[Rule, ...]
    starts: tuple[int, ...]
    findings: tuple[Finding, ...]


def holds_rules(values: Sequence[Value]) -> bool:
    """Tell whether any of a file's documents, or of the items of a list among them, holds rules."""
    return any(_holds_rules(item) for value in values for item in (value, *_items(value)))


def _holds_rules(value: Value) -> bool:
    return isinstance(value.data, dict) and ("groups" in value.data or _kind(value.data) in _OBJECTS)


def _items(value: Value) -> list[Value]:
    """Give the items of a list of objects."""
    data = value.data
    if not isinstance(data, dict) or _kind(data) not in _LISTS or "items" not in data:
        return []
    return data["items"].data if isinstance(data["items"].data, list) else []


def _kind(data: dict[str, Value]) -> str:
    return str(data["kind"].data) if "kind" in data else ""


def read_rules(values: Sequence[Value], text: str) -> RulesFile:
    """
    Read rules.

    Args:
        values: The documents of a file.
        text: The file, to find places in.
    """
    reader = _RulesReader(text)
    for value in values:
        for item in (value, *_items(value)):
            reader.document(item)
    return RulesFile(tuple(reader.rules), tuple(sorted(reader.starts)), tuple(reader.findings))


class _RulesReader(Reader):
    def __init__(self, text: str) -> None:
        super().__init__()
        self._places = Places(text)
        self._is_metricsql = False
        self.rules: list[Rule] = []
        self.starts: list[int] = []

    def document(self, value: Value) -> None:
        """Take one document in, if it holds rules."""
        if not _holds_rules(value):
            return
        kind = _kind(value.data)
        if kind in _OBJECTS:
            self._is_metricsql = kind == "VMRule"
            fields = self.fields(value, "the document", Fields(["apiVersion", "kind", "metadata", "spec"], ["status"]))
            if "spec" in fields:
                spec = self.fields(fields["spec"], "spec", Fields([], ["groups"]))
                self._groups(spec.get("groups"), "spec.groups")
        else:
            self._groups(self.fields(value, "the file", Fields(["groups"], _FILE)).get("groups"), "groups")

    def _groups(self, value: Value | None, where: str) -> None:
        names: set[str] = set()
        for number, group in enumerate(self.items(value, where) if value is not None else []):
            fields = self._known_fields(group, f"{where}[{number}]", ["name"], [*_GROUP, *_KIN])
            name = self.text(fields["name"], f"{where}[{number}].name") if "name" in fields else None
            if name in names:
                self.fault(fields["name"], "duplicate-name", f"there is another group '{name}' in this file")
            names.add(name or "")
            interval_s = self._duration_s(fields.get("interval"), f"{where}[{number}].interval")
            labels = self._texts(fields.get("labels"), f"{where}[{number}].labels")
            for index, rule in enumerate(self.items(fields["rules"], "rules") if "rules" in fields else []):
                self.starts.append(rule.place[0])
                self._rule(rule, f"rules[{index}]", labels, interval_s)

    def _known_fields(
        self, value: Value, where: str, required: Sequence[str], optional: Sequence[str]
    ) -> dict[str, Value]:
        """Read a mapping; that of a VMRule may have more fields than are known here."""
        if not self._is_metricsql:
            return self.fields(value, where, Fields(required, optional))
        data = self.mapping(value, where) or {}
        return {name: field for name, field in data.items() if field.data is not None}

    def _rule(self, value: Value, where: str, group_labels: dict[str, Text], interval_s: float) -> None:
        fields = self._known_fields(value, where, [], _RULE)
        given = [kind for kind in ("alert", "record") if kind in fields]
        if len(given) != 1:
            self.fault(value, "missing-field", f"{where} needs either 'record' or 'alert'")
            return
        kind: RuleKind = "alert" if given[0] == "alert" else "record"
        name = self._name(fields[kind], kind, f"{where}.{kind}")
        if kind == "record":
            for field in fields.keys() & {"annotations", "for", "keep_firing_for"}:
                self.fault(value.key(field), "unknown-field", f"a recording rule has no '{field}'")
        for field in ("for", "keep_firing_for"):
            self._duration_s(fields.get(field), f"{where}.{field}")
        labels = group_labels | self._texts(fields.get("labels"), f"{where}.labels")
        annotations = self._texts(fields.get("annotations"), f"{where}.annotations")
        if "expr" not in fields:
            self.fault(value, "missing-field", f"{where} needs 'expr'")
            return
        query = self._text(fields["expr"], f"{where}.expr")
        if name is None or query is None:
            return
        try:
            expr = parse(query.value, placed=True)
        except PromqlError as error:
            self._syntax(query, error)
            return
        self.rules.append(Rule(kind, name, query, expr, labels, annotations, interval_s))

    def _syntax(self, query: Text, error: PromqlError) -> None:
        line, column = query.place(error.position)
        severity = Severity.WARNING if self._is_metricsql else Severity.ERROR
        hint = "MetricsQL that Prometheus does not read is not checked" if self._is_metricsql else ""
        self.findings.append(Finding(query.path, line, column, "syntax", severity, str(error), hint))

    def _name(self, value: Value, kind: RuleKind, where: str) -> Text | None:
        name = self._text(value, where)
        if name is not None and kind == "record" and not METRIC.fullmatch(name.value):
            self.fault(value, "wrong-value", f"'{name.value}' is no name for a metric", "for example job:errors:rate5m")
        return name

    def _texts(self, value: Value | None, where: str) -> dict[str, Text]:
        """Read labels or annotations."""
        texts: dict[str, Text] = {}
        if value is None:
            return texts
        for name, item in (self.mapping(value, where) or {}).items():
            if not LABEL.fullmatch(name):
                self.fault(value.key(name), "wrong-value", f"'{name}' is no name for a label or an annotation")
            text = self._text(item, f"{where}.{name}", blank=True)
            if text is not None:
                texts[name] = text
        return texts

    def _text(self, value: Value, where: str, *, blank: bool = False) -> Text | None:
        """Read a text; YAML numbers and words such as true are texts here, as they are to Prometheus."""
        data = value.data
        if isinstance(data, bool):
            data = str(data).lower()
        elif isinstance(data, int | float):
            data = str(data)
        elif data is None and blank:
            data = ""
        elif not isinstance(data, str) or not (blank or data.strip()):
            self.text(value, where)
            return None
        return Text(data, value.path, partial(self._places.place, *value.place, data))

    def _duration_s(self, value: Value | None, where: str) -> float:
        """Read a duration as Prometheus writes it; 0 when there is none."""
        text = self._text(value, where) if value is not None else None
        if text is None:
            return 0
        if value is not None and not _DURATION.fullmatch(text.value):
            self.fault(value, "wrong-value", f"{where} cannot be '{text.value}'", "for example 30s, 5m or 1h30m")
        return sum(int(count) * _UNITS_S[unit] for count, unit in _PARTS.findall(text.value))
