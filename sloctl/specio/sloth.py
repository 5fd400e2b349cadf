"""
Reads Sloth: its own specs, their Kubernetes form, and files of alert windows.

Source: https://github.com/slok/sloth, folders api/v1 and alertwindows/v1 of pkg/prometheus, and
pkg/kubernetes/api/sloth/v1.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sloctl.model.alerting import Alerting, TierAlert
from sloctl.model.indicators import Indicator, RawIndicator
from sloctl.model.names import Tier
from sloctl.model.periods import RollingPeriod
from sloctl.model.slo import Objective, Origin, Slo
from sloctl.model.windows import BurnWindow
from sloctl.specio.queries import read_ratio, read_value
from sloctl.specio.reader import Fields, Reader
from sloctl.specio.tree import Value

VERSION: Final = "prometheus/v1"
API_VERSION: Final = "sloth.slok.dev/v1"
LEVEL: Final = "PrometheusServiceLevel"
WINDOWS: Final = "AlertWindows"

_NAME: Final = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,126}[A-Za-z0-9])?")
_TIERS: Final[tuple[Tier, ...]] = ("page", "ticket")
_RESOURCE: Final = Fields(("apiVersion", "kind", "metadata", "spec"), ("status",))
_ALERT: Final = Fields((), ("disable", "labels", "annotations"))
_WINDOWS_FILE: Final = Fields(("apiVersion", "kind", "spec"))
_WINDOWS: Final = Fields(("sloPeriod", "page", "ticket"))
_SPEEDS: Final = ("quick", "slow")
_PAIRS: Final = Fields(_SPEEDS)
_PAIR: Final = Fields(("errorBudgetPercent", "shortWindow", "longWindow"))


@dataclass(frozen=True)
class _Form:
    """How the fields are spelt: with underscores in Sloth's own specs, in camel case in Kubernetes."""

    error_query: str
    total_query: str
    error_ratio_query: str
    alerts: Mapping[Tier, str]
    plugins: str
    head: tuple[str, ...] = ()

    @property
    def spec(self) -> Fields:
        return Fields(("service", "slos", *self.head), ("labels", self.plugins))


_PLAIN: Final = _Form(
    "error_query",
    "total_query",
    "error_ratio_query",
    {"page": "page_alert", "ticket": "ticket_alert"},
    "slo_plugins",
    ("version",),
)
_KUBERNETES: Final = _Form(
    "errorQuery", "totalQuery", "errorRatioQuery", {"page": "pageAlert", "ticket": "ticketAlert"}, "sloPlugins"
)
_SLO: Final = Fields(
    ("name", "objective", "sli"), ("description", "labels", "infoLabels", "alerting", "interval", "plugins")
)
_SLI: Final = Fields((), ("events", "raw", "plugin"))


def read_spec(read: Reader, value: Value, period: RollingPeriod) -> list[Slo]:
    """Read the SLOs of a ``prometheus/v1`` spec; the period is not part of it."""
    return _Sloth(read, _PLAIN, period).slos(value, "the document")


def read_resource(read: Reader, value: Value, period: RollingPeriod) -> list[Slo]:
    """Read the SLOs of a `PrometheusServiceLevel`; the period is not part of it."""
    fields = read.fields(value, "the document", _RESOURCE)
    return _Sloth(read, _KUBERNETES, period).slos(fields["spec"], "spec") if "spec" in fields else []


def read_windows(read: Reader, value: Value) -> tuple[int, tuple[BurnWindow, ...]] | None:
    """Read a period in seconds, and the pairs of windows of SLOs with that period."""
    document = read.fields(value, "the document", _WINDOWS_FILE)
    fields = read.fields(document["spec"], "spec", _WINDOWS) if "spec" in document else {}
    period_s = read.get(read.prometheus_duration, fields, "sloPeriod", "spec")
    pairs = []
    for tier in _TIERS:
        both = read.fields(fields[tier], f"spec.{tier}", _PAIRS) if tier in fields else {}
        pairs += [
            _pair(read, both[speed], f"spec.{tier}.{speed}", tier) for speed in ("quick", "slow") if speed in both
        ]
    sound = tuple(pair for pair in pairs if pair is not None)
    return (int(period_s), sound) if period_s is not None and len(sound) == len(pairs) == 4 else None


def _pair(read: Reader, value: Value, where: str, tier: Tier) -> BurnWindow | None:
    fields = read.fields(value, where, _PAIR)
    name = "errorBudgetPercent"
    percent = read.number(fields[name], f"{where}.{name}") if name in fields else None
    if percent is not None and not 0 < percent <= 100:
        read.fault(fields[name], "wrong-value", f"{where}.{name} must be above 0 and at most 100")
        return None
    short_s, long_s = (
        read.prometheus_duration(fields[name], f"{where}.{name}") if name in fields else None
        for name in ("shortWindow", "longWindow")
    )
    if percent is None or short_s is None or long_s is None:
        return None
    if short_s >= long_s:
        read.fault(fields["shortWindow"], "wrong-value", f"{where}.shortWindow must be shorter than its longWindow")
        return None
    return BurnWindow(tier, int(long_s), int(short_s), round(percent / 100, 9))


class _Sloth:
    def __init__(self, read: Reader, form: _Form, period: RollingPeriod) -> None:
        self._read = read
        self._form = form
        self._period = period

    def slos(self, value: Value, where: str) -> list[Slo]:
        read, form = self._read, self._form
        fields = read.fields(value, where, form.spec)
        service = read.name(fields["service"], "service", _NAME) if "service" in fields else None
        labels = read.texts(fields.get("labels"), "labels")
        self._plugins(fields, form.plugins)
        items = read.items(fields["slos"], "slos") if "slos" in fields else []
        slos = [self._slo(item, f"slos[{n}]", service, labels) for n, item in enumerate(items)]
        return [slo for slo in slos if slo is not None]

    def _slo(self, value: Value, where: str, service: str | None, labels: dict[str, str]) -> Slo | None:
        read = self._read
        fields = read.fields(value, where, _SLO)
        name = read.name(fields["name"], f"{where}.name", _NAME) if "name" in fields else None
        description = read.optional(fields, "description", where)
        ratio = None
        if "objective" in fields:
            percent = read.number(fields["objective"], f"{where}.objective")
            ratio = read.objective(fields["objective"], "objective", percent, 100)
        own = [read.texts(fields.get(name), f"{where}.{name}") for name in ("labels", "infoLabels")]
        indicator = self._indicator(fields["sli"], f"{where}.sli") if "sli" in fields else None
        alerting = self._alerting(fields["alerting"], f"{where}.alerting") if "alerting" in fields else Alerting()
        self._plugins(fields, "plugins")
        if "interval" in fields:
            read.warn(fields["interval"], "not-read", f"{where}.interval is passed over", "--slice sets the interval")
        if name is None or service is None or ratio is None or indicator is None:
            return None
        places = {"indicator": "sli", "objectives": "objective", "alerting": "alerting"}
        return Slo(
            name,
            service,
            indicator,
            (Objective(ratio),),
            self._period,
            description=description,
            labels={key: (text,) for key, text in (labels | own[0] | own[1]).items()},
            alerting=alerting,
            origin=Origin(
                value.path, *value.place, {key: fields[name].place for key, name in places.items() if name in fields}
            ),
        )

    def _indicator(self, value: Value, where: str) -> Indicator | None:
        read, form = self._read, self._form
        fields = read.fields(value, where, _SLI)
        if len(fields) != 1:
            if fields or not value.data:
                read.fault(value, "missing-field", f"{where} needs either 'events' or 'raw'")
            return None
        if "plugin" in fields:
            hint = "write the queries that it gives"
            read.fault(fields["plugin"], "not-read", f"{where}.plugin is a program for Sloth alone", hint)
            return None
        if "raw" in fields:
            query = read.fields(fields["raw"], f"{where}.raw", Fields((form.error_ratio_query,))).get(
                form.error_ratio_query
            )
            ratio = read_value(read, query) if query is not None else None
            return RawIndicator(ratio[0], is_good=False, group_by=ratio[1]) if ratio is not None else None
        events = read.fields(fields["events"], f"{where}.events", Fields((form.error_query, form.total_query)))
        error, total = events.get(form.error_query), events.get(form.total_query)
        if error is None or total is None:
            return None
        return read_ratio(read, error, total, part_is_good=False)

    def _alerting(self, value: Value, where: str) -> Alerting:
        read, alerts = self._read, self._form.alerts
        fields = read.fields(value, where, Fields((), ("name", "labels", "annotations", *alerts.values())))
        tiers = {tier: self._alert(fields[name], f"{where}.{name}") for tier, name in alerts.items() if name in fields}
        return Alerting(
            name=read.optional(fields, "name", where),
            labels=read.texts(fields.get("labels"), f"{where}.labels"),
            annotations=read.texts(fields.get("annotations"), f"{where}.annotations"),
            tiers={tier: alert for tier, alert in tiers.items() if alert != TierAlert()},
        )

    def _alert(self, value: Value, where: str) -> TierAlert:
        read = self._read
        fields = read.fields(value, where, _ALERT)
        disabled = "disable" in fields and read.flag(fields["disable"], f"{where}.disable") is True
        labels, annotations = (read.texts(fields.get(name), f"{where}.{name}") for name in ("labels", "annotations"))
        return TierAlert(not disabled, labels, annotations)

    def _plugins(self, fields: dict[str, Value], name: str) -> None:
        if name in fields:
            self._read.unclear(fields[name], f"{name} are programs for Sloth alone", "if it were not there", "not-read")
