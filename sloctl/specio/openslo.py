"""
Reads OpenSLO v1.

Specification: https://github.com/OpenSLO/OpenSLO, apiVersion ``openslo/v1``. Read so far: `SLO` with an inline or
referenced `SLI` that is a ratio of counters, one objective, occurrences over a rolling window; and `Service`. What is
not read is reported where it stands, never passed over.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sloctl.model import names
from sloctl.model.durations import parse_shorthand
from sloctl.model.findings import Finding
from sloctl.model.indicators import Counter, RatioIndicator
from sloctl.model.periods import RollingPeriod
from sloctl.model.slo import Objective, Slo
from sloctl.model.windows import DAY_S
from sloctl.promql.tree import LABEL
from sloctl.specio.queries import read_counter
from sloctl.specio.reader import Reader
from sloctl.specio.tree import Value, documents

API_VERSION: Final = "openslo/v1"
_KINDS: Final = ("SLO", "SLI", "Service")
_OTHER_KINDS: Final = ("DataSource", "AlertPolicy", "AlertCondition", "AlertNotificationTarget")
_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_PERIOD_DAYS: Final = range(7, 366)
_DIGITS: Final = 9
"""Of an objective as a ratio: with more nines than that, no budget would be left to compute with."""


@dataclass(frozen=True, slots=True)
class _Object:
    """A document that is known by its kind; its name is empty when that is at fault."""

    kind: str
    name: str
    display_name: str
    spec: Value


def read_openslo(texts: Iterable[tuple[str, str]]) -> tuple[dict[str, list[Slo]], list[Finding]]:
    """
    Read specs that may refer to each other.

    Args:
        texts: Pairs of a file's name and its content.

    Returns:
        The SLOs that are sound, by the name of their file, and everything that is wrong.
    """
    reader = _OpenSlo()
    for path, text in texts:
        values, findings = documents(text, path)
        reader.findings += findings
        for value in values:
            reader.add(value)
    return reader.slos(), reader.findings


class _OpenSlo(Reader):
    def __init__(self) -> None:
        super().__init__()
        self._slos: list[_Object] = []
        self._slis: dict[str, _Object] = {}

    def add(self, value: Value) -> None:
        """Take one document in."""
        found = self._object(value)
        if found is None:
            return
        if found.kind == "SLO":
            self._slos.append(found)
        elif found.kind == "SLI":
            if found.name in self._slis:
                self.fault(
                    value, "duplicate-name", f"there is another SLI named '{found.name}'", "rename one of the two"
                )
            self._slis[found.name] = found
        else:
            self.fields(found.spec, "spec", optional=["description"])

    def slos(self) -> dict[str, list[Slo]]:
        """Resolve the references, and give the SLOs of each file."""
        indicators = {name: self._indicator(found.spec, "spec") for name, found in self._slis.items()}
        slos: dict[str, list[Slo]] = {}
        ids: set[str] = set()
        for found in self._slos:
            slo = self._slo(found, indicators)
            if slo is None:
                continue
            if slo.id in ids:
                hint = "an SLO's name is unique within its service"
                self.fault(found.spec, "duplicate-name", f"there is another SLO '{slo.id}'", hint)
            ids.add(slo.id)
            slos.setdefault(found.spec.path, []).append(slo)
        return slos

    def _object(self, value: Value) -> _Object | None:
        fields = self.fields(value, "the document", ["apiVersion", "kind", "metadata", "spec"])
        if "apiVersion" in fields and self.choice(fields["apiVersion"], "apiVersion", [API_VERSION]) is None:
            return None
        kind = self._kind(fields["kind"]) if "kind" in fields else None
        metadata = self._metadata(fields["metadata"]) if "metadata" in fields else ("", "")
        if kind is None or "spec" not in fields:
            return None
        return _Object(kind, *metadata, fields["spec"])

    def _kind(self, value: Value) -> str | None:
        if value.data in _OTHER_KINDS:
            hint = f"read so far: {', '.join(_KINDS)}"
            self.fault(value, "not-supported", f"kind {value.data} is not supported yet", hint)
            return None
        return self.choice(value, "kind", _KINDS)

    def _metadata(self, value: Value) -> tuple[str, str]:
        fields = self.fields(value, "metadata", ["name"], ["displayName", "labels", "annotations"])
        name = (self._name(fields["name"], "metadata.name") or "") if "name" in fields else ""
        return name, self._optional_text(fields, "displayName", "metadata")

    def _name(self, value: Value, where: str) -> str | None:
        """Read a name; it goes into labels, file names and templates, so nothing in it may need an escape."""
        name = self.text(value, where)
        if name is not None and not _NAME.fullmatch(name):
            hint = "use at most 63 lower-case letters, digits and hyphens, as RFC 1123 has it"
            self.fault(value, "wrong-value", f"{where} cannot be '{name}'", hint)
        return name

    def _optional_text(self, fields: dict[str, Value], name: str, where: str) -> str:
        return (self.text(fields[name], f"{where}.{name}") or "") if name in fields else ""

    def _slo(self, found: _Object, indicators: dict[str, RatioIndicator | None]) -> Slo | None:
        optional = ["description", "indicator", "indicatorRef", "budgetingMethod", "alertPolicies"]
        fields = self.fields(found.spec, "spec", ["service", "timeWindow", "objectives"], optional)
        service = self._name(fields["service"], "spec.service") if "service" in fields else None
        period_s = self._period_s(fields["timeWindow"]) if "timeWindow" in fields else None
        objective = self._objective(fields["objectives"]) if "objectives" in fields else None
        description = self._optional_text(fields, "description", "spec")
        self._refuse_options(fields)
        indicator = self._indicator_of(found.spec, fields, indicators)
        if service is None or period_s is None or objective is None or indicator is None:
            return None
        return Slo(
            found.name,
            service,
            indicator,
            (Objective(objective),),
            RollingPeriod(period_s),
            display_name=found.display_name,
            description=description,
        )

    def _refuse_options(self, fields: dict[str, Value]) -> None:
        """Report what is asked for beyond what is done by default."""
        method = fields.get("budgetingMethod")
        if method is not None:
            choices = ("Occurrences", "Timeslices", "RatioTimeslices")
            chosen = self.choice(method, "spec.budgetingMethod", choices)
            if chosen is not None and chosen != "Occurrences":
                self.fault(method, "not-supported", f"{chosen} budgets are not supported yet", "use Occurrences")
        policies = fields.get("alertPolicies")
        if policies is not None and self.items(policies, "spec.alertPolicies"):
            hint = "leave it out: the page and ticket alerts of the SRE Workbook are generated"
            self.fault(policies, "not-supported", "alertPolicies are not supported yet", hint)

    def _period_s(self, value: Value) -> int | None:
        windows = self.items(value, "spec.timeWindow")
        if len(windows) != 1:
            self.fault(value, "wrong-value", "spec.timeWindow needs exactly one window")
            return None
        where = "spec.timeWindow[0]"
        fields = self.fields(windows[0], where, ["duration", "isRolling"], ["calendar"])
        rolling = self.flag(fields["isRolling"], f"{where}.isRolling") if "isRolling" in fields else None
        if rolling is False or "calendar" in fields:
            place = fields.get("calendar", fields.get("isRolling", windows[0]))
            self.fault(place, "not-supported", "calendar windows are not supported yet", "use isRolling: true")
        text = self.text(fields["duration"], f"{where}.duration") if "duration" in fields else None
        if text is None:
            return None
        try:
            period_s = parse_shorthand(text)
        except ValueError as error:
            self.fault(fields["duration"], "wrong-value", str(error))
            return None
        if period_s % DAY_S or period_s // DAY_S not in _PERIOD_DAYS:
            hint = "28d and 30d are usual"
            self.fault(fields["duration"], "wrong-value", "the window must be whole days, 7 to 365 of them", hint)
            return None
        return period_s

    def _objective(self, value: Value) -> float | None:
        objectives = self.items(value, "spec.objectives")
        if len(objectives) != 1:
            hint = "write an SLO for each objective"
            self.fault(value, "not-supported", "spec.objectives needs exactly one objective for now", hint)
            return None
        where = "spec.objectives[0]"
        fields = self.fields(objectives[0], where, optional=["displayName", "target", "targetPercent"])
        given = [name for name in ("target", "targetPercent") if name in fields]
        if len(given) != 1:
            hint = "target: 0.99 and targetPercent: 99 say the same"
            self.fault(objectives[0], "missing-field", f"{where} needs either target or targetPercent", hint)
            return None
        number = self.number(fields[given[0]], f"{where}.{given[0]}")
        if number is None:
            return None
        top = 1 if given[0] == "target" else 100
        ratio = round(number / top, _DIGITS)
        if not 0 <= ratio < 1:
            hint = "an objective of 100 % leaves no budget" if ratio == 1 else f"for example {given[0]}: {0.99 * top:g}"
            self.fault(fields[given[0]], "wrong-value", f"{given[0]} must be at least 0 and below {top}", hint)
            return None
        return ratio

    def _indicator_of(
        self, spec: Value, fields: dict[str, Value], indicators: dict[str, RatioIndicator | None]
    ) -> RatioIndicator | None:
        if ("indicator" in fields) == ("indicatorRef" in fields):
            self.fault(spec, "missing-field", "spec needs either 'indicator' or 'indicatorRef'")
            return None
        if "indicator" in fields:
            inline = self.fields(fields["indicator"], "spec.indicator", ["spec"], ["metadata"])
            return self._indicator(inline["spec"], "spec.indicator.spec") if "spec" in inline else None
        name = self.text(fields["indicatorRef"], "spec.indicatorRef")
        if name is not None and name not in indicators:
            hint = f"SLIs in the given files: {', '.join(sorted(indicators)) or 'none'}"
            self.fault(fields["indicatorRef"], "unknown-reference", f"there is no SLI named '{name}'", hint)
        return indicators.get(name) if name is not None else None

    def _indicator(self, spec: Value, where: str) -> RatioIndicator | None:
        fields = self.fields(spec, where, optional=["description", "ratioMetric", "thresholdMetric"])
        if "thresholdMetric" in fields:
            hint = "a histogram's bucket as good and its count as total say the same"
            self.fault(fields["thresholdMetric"], "not-supported", "thresholdMetric is not supported yet", hint)
            return None
        if "ratioMetric" not in fields:
            self.fault(spec, "missing-field", f"{where} needs 'ratioMetric'")
            return None
        return self._ratio(fields["ratioMetric"], f"{where}.ratioMetric")

    def _ratio(self, value: Value, where: str) -> RatioIndicator | None:
        fields = self.fields(value, where, ["total", "counter"], ["good", "bad"])
        if "counter" in fields and self.flag(fields["counter"], f"{where}.counter") is False:
            hint = "use counters and counter: true"
            self.fault(fields["counter"], "not-supported", "ratios of gauges are not supported yet", hint)
        parts = [name for name in ("good", "bad") if name in fields]
        if len(parts) != 1:
            self.fault(value, "missing-field", f"{where} needs either 'good' or 'bad'")
            return None
        part = self._metric(fields[parts[0]], f"{where}.{parts[0]}")
        total = self._metric(fields["total"], f"{where}.total") if "total" in fields else None
        if part is None or total is None:
            return None
        if set(part[1]) != set(total[1]):
            hint = f"sum both by the same labels; total has: {', '.join(total[1]) or 'none'}"
            self.fault(fields[parts[0]], "group-mismatch", f"{parts[0]} and total are summed by different labels", hint)
        return RatioIndicator(total[0], part[0], parts[0] == "good", total[1])

    def _metric(self, value: Value, where: str) -> tuple[Counter, tuple[str, ...]] | None:
        outer = self.fields(value, where, ["metricSource"])
        if "metricSource" not in outer:
            return None
        where = f"{where}.metricSource"
        source = self.fields(outer["metricSource"], where, ["type", "spec"], ["metricSourceRef"])
        if "metricSourceRef" in source:
            hint = "leave it out: the rules are evaluated where they are loaded"
            self.fault(source["metricSourceRef"], "not-supported", "data sources are not supported yet", hint)
        if "type" in source:
            self.choice(source["type"], f"{where}.type", ["Prometheus", "prometheus"])
        inner = self.fields(source["spec"], f"{where}.spec", ["query"]) if "spec" in source else {}
        return self._query(inner["query"], f"{where}.spec.query") if "query" in inner else None

    def _query(self, value: Value, where: str) -> tuple[Counter, tuple[str, ...]] | None:
        text = self.text(value, where)
        if text is None:
            return None
        try:
            counter, labels = read_counter(text)
        except ValueError as error:
            hint = "for example: sum by (controller) (rate(errors_total[5m]))"
            self.fault(value, "query", f"the query cannot be used: {error}", hint)
            return None
        for label in labels:
            if label in names.RESERVED_LABELS or not LABEL.fullmatch(label):
                why = "the rules use it themselves" if label in names.RESERVED_LABELS else "Prometheus 2 cannot read it"
                self.fault(value, "group-label", f"'{label}' cannot be grouped by: {why}", "group by another label")
        return counter, labels
