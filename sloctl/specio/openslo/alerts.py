"""Reads alert policies, their conditions and whom they notify."""

from collections.abc import Callable
from typing import Final, TypeVar

from sloctl.model.alerting import AlertCondition, AlertRequest, NotificationTarget
from sloctl.model.indicators import Comparison
from sloctl.specio.openslo.objects import Object, Objects, read_inline
from sloctl.specio.reader import Fields, Reader
from sloctl.specio.tree import Value

T = TypeVar("T")

_POLICY: Final = Fields(
    ["conditions", "notificationTargets"],
    ["description", "alertWhenBreaching", "alertWhenResolved", "alertWhenNoData"],
)
_CONDITION: Final = Fields(["severity", "condition"], ["description"])
_BURN: Final = Fields(["op", "threshold", "lookbackWindow"], ["kind", "alertAfter"])
_TARGET: Final = Fields(["target"], ["description"])
_ABOVE: Final[dict[str, Comparison]] = {"lt": "gt", "lte": "gte", "gt": "gt", "gte": "gte"}
_AT_ONCE: Final = ("0m", "0h", "0d")


class Alerts:
    """
    Reads alert policies.

    Args:
        read: Takes the faults.
        objects: What references are looked up in.
    """

    def __init__(self, read: Reader, objects: Objects) -> None:
        self._read = read
        self._objects = objects

    def requests(self, value: Value, where: str) -> tuple[AlertRequest, ...]:
        """Read the policies of an SLO."""
        return tuple(self._list(value, where, "alertPolicyRef", "AlertPolicy", self.policy))

    def policy(self, found: Object) -> AlertRequest | None:
        """Read a policy."""
        fields = self._read.fields(found.spec, found.where, _POLICY)
        description = self._read.description(fields, found.where)
        when = [
            name in fields and self._read.flag(fields[name], f"{found.where}.{name}") is True
            for name in ("alertWhenBreaching", "alertWhenResolved", "alertWhenNoData")
        ]
        if fields and not any(when):
            self._read.warn(found.spec, "no-alert", f"{found.where} never alerts", "set alertWhenBreaching: true")
        conditions = self._conditions(fields, found.where)
        targets = self._targets(fields, found.where)
        if len(conditions) != 1:
            return None
        return AlertRequest(
            found.metadata.name,
            conditions[0],
            tuple(targets),
            when_breaching=when[0],
            when_resolved=when[1],
            when_no_data=when[2],
            display_name=found.metadata.display_name,
            description=description,
        )

    def condition(self, found: Object) -> AlertCondition | None:
        """Read a condition."""
        read, where = self._read, f"{found.where}.condition"
        fields = read.fields(found.spec, found.where, _CONDITION)
        description = read.description(fields, found.where)
        severity = read.get(read.text, fields, "severity", found.where)
        burn = read.fields(fields["condition"], where, _BURN) if "condition" in fields else {}
        if "kind" in burn:
            read.choice(burn["kind"], f"{where}.kind", ["burnrate"])
        op = self._above(burn["op"], f"{where}.op") if "op" in burn else None
        threshold = read.get(read.number, burn, "threshold", where)
        lookback_s = read.get(read.duration, burn, "lookbackWindow", where)
        after_s: int | None = 0
        if "alertAfter" in burn and burn["alertAfter"].data not in _AT_ONCE:
            after_s = read.duration(burn["alertAfter"], f"{where}.alertAfter")
        if threshold is not None and not 0 < threshold < float("inf"):
            read.fault(burn["threshold"], "wrong-value", f"{where}.threshold must be above 0")
        if severity is None or op is None or threshold is None or lookback_s is None or after_s is None:
            return None
        names = found.metadata.display_name, description
        return AlertCondition(found.metadata.name, severity, op, threshold, lookback_s, after_s, *names)

    def target(self, found: Object) -> NotificationTarget | None:
        """Read whom to notify."""
        fields = self._read.fields(found.spec, found.where, _TARGET)
        description = self._read.description(fields, found.where)
        target = self._read.get(self._read.text, fields, "target", found.where)
        if target is None:
            return None
        return NotificationTarget(found.metadata.name, target, found.metadata.display_name, description)

    def _conditions(self, fields: dict[str, Value], where: str) -> list[AlertCondition]:
        if "conditions" not in fields:
            return []
        value, where = fields["conditions"], f"{where}.conditions"
        if len(self._read.items(value, where)) != 1:
            self._read.fault(value, "wrong-value", f"{where} needs exactly one condition", "write a policy for each")
        return self._list(value, where, "conditionRef", "AlertCondition", self.condition)

    def _targets(self, fields: dict[str, Value], where: str) -> list[NotificationTarget]:
        if "notificationTargets" not in fields:
            return []
        value, where = fields["notificationTargets"], f"{where}.notificationTargets"
        if not self._read.items(value, where):
            self._read.fault(value, "wrong-value", f"{where} needs at least one target")
        return self._list(value, where, "targetRef", "AlertNotificationTarget", self.target)

    def _list(self, value: Value, where: str, ref: str, kind: str, make: Callable[[Object], T | None]) -> list[T]:
        """Read objects that stand inline or are referred to."""
        made = []
        for n, item in enumerate(self._read.items(value, where)):
            place = f"{where}[{n}]"
            if isinstance(item.data, dict) and ref in item.data:
                fields = self._read.fields(item, place, Fields([ref]))
                one = self._objects.refer(fields[ref], f"{place}.{ref}", kind, make) if ref in fields else None
            else:
                found = read_inline(self._read, item, place, kind)
                one = make(found) if found is not None else None
            if one is not None:
                made.append(one)
        return made

    def _above(self, value: Value, where: str) -> Comparison | None:
        op = self._read.choice(value, where, _ABOVE)
        if op is None:
            return None
        if op != _ABOVE[op]:
            self._read.unclear(value, f"{where} is '{op}', which alerts while little is burnt", f"'{_ABOVE[op]}'")
        return _ABOVE[op]
