"""Reads the objectives of an SLO, each with what it asks of the indicator."""

import math
from collections import Counter
from dataclasses import replace
from typing import Final, get_args

from sloctl.model.indicators import Comparison, Indicator
from sloctl.model.slo import Budgeting, Objective
from sloctl.specio.openslo.indicators import Sli, Slis, Threshold, compare
from sloctl.specio.reader import Fields, Reader, kebab
from sloctl.specio.tree import Value

_OF_INDICATOR: Final = ("indicator", "indicatorRef")
_OBJECTIVE: Final = Fields(
    (),
    (
        "compositeWeight",
        "displayName",
        "indicator",
        "indicatorRef",
        "op",
        "target",
        "targetPercent",
        "timeSliceTarget",
        "timeSliceWindow",
        "value",
    ),
)


class Objectives:
    """
    Reads the objectives of one SLO.

    Args:
        read: Takes the faults.
        slis: Reads SLIs.
        budgeting: How the SLO keeps its budget.
    """

    def __init__(self, read: Reader, slis: Slis, budgeting: Budgeting) -> None:
        self._read = read
        self._slis = slis
        self._budgeting = budgeting

    def objectives(self, spec: Value, fields: dict[str, Value]) -> tuple[list[Objective], list[Sli]] | None:
        """
        Read the objectives, and the SLIs that they are about.

        Each objective has its indicator, also where the SLO has one for all of them.
        """
        read, where = self._read, "spec.objectives"
        items = read.items(fields["objectives"], where)
        if not items:
            read.fault(fields["objectives"], "wrong-value", f"{where} needs at least one objective")
        composite = any(
            isinstance(item.data, dict) and not item.data.keys().isdisjoint(_OF_INDICATOR) for item in items
        )
        shared = None
        if not composite:
            shared = self._slis.of(spec, fields, "spec")
        for name in _OF_INDICATOR:
            if composite and name in fields:
                read.fault(fields[name], "unknown-field", f"the objectives of a composite bring what spec.{name} says")
        if shared is not None and isinstance(shared.measure, Threshold) and len(items) > 1:
            hint = "write an SLO for each"
            read.fault(fields["objectives"], "wrong-value", f"{where} of a threshold needs exactly one objective", hint)
        made = [self._one(item, f"{where}[{n}]", shared, composite=composite) for n, item in enumerate(items)]
        sound = [one for one in made if one is not None]
        if not sound or len(sound) < len(items):
            return None
        return _with_keys([objective for objective, _ in sound]), [sli for _, sli in sound]

    def _one(self, item: Value, where: str, shared: Sli | None, *, composite: bool) -> tuple[Objective, Sli] | None:
        read = self._read
        fields = read.fields(item, where, _OBJECTIVE)
        sli = self._slis.of(item, fields, where) if composite and fields else shared
        ratio = self._ratio(item, fields, where)
        slice_s, slice_ratio = self._slice(item, fields, where)
        weight = self._weight(fields, where, composite=composite)
        indicator = self._indicator(item, fields, where, sli) if sli is not None else None
        display_name = read.optional(fields, "displayName", where)
        if sli is None or ratio is None or slice_s is None or weight is None or indicator is None:
            return None
        return Objective(ratio, "", display_name, slice_s, slice_ratio, indicator, weight), sli

    def _ratio(self, item: Value, fields: dict[str, Value], where: str) -> float | None:
        given = [name for name in ("target", "targetPercent") if name in fields]
        if len(given) == 1:
            name = given[0]
            number = self._read.number(fields[name], f"{where}.{name}")
            return self._read.objective(fields[name], name, number, 1 if name == "target" else 100)
        hint = "target: 0.99 and targetPercent: 99 say the same"
        self._read.fault(item, "missing-field", f"{where} needs either target or targetPercent", hint)
        return None

    def _slice(self, item: Value, fields: dict[str, Value], where: str) -> tuple[int | None, float]:
        read, names = self._read, ("timeSliceTarget", "timeSliceWindow")
        wanted = {"Occurrences": (), "Timeslices": names, "RatioTimeslices": names[1:]}[self._budgeting]
        for name in names:
            if name in fields and name not in wanted:
                read.unclear(fields[name], f"{where}.{name} means nothing to {self._budgeting}", "left out")
            if name not in fields and name in wanted:
                read.fault(item, "missing-field", f"{where} needs '{name}' for {self._budgeting}")
        slice_s: int | None = 0
        if "timeSliceWindow" in wanted:
            slice_s = self._slice_s(fields[names[1]], f"{where}.{names[1]}") if names[1] in fields else None
        target = fields.get("timeSliceTarget")
        if target is None or "timeSliceTarget" not in wanted:
            return slice_s, 0
        ratio = read.number(target, f"{where}.timeSliceTarget")
        if ratio is None or not 0 <= ratio <= 1:
            if ratio is not None:
                read.fault(target, "wrong-value", f"{where}.timeSliceTarget must be above 0 and at most 1")
            return None, 0
        if not ratio:
            read.unclear(target, f"{where}.timeSliceTarget is 0", "every slice being good", "wrong-value")
        return slice_s, ratio

    def _slice_s(self, value: Value, where: str) -> int | None:
        if isinstance(value.data, str):
            return self._read.duration(value, where)
        minutes = self._read.number(value, where)
        if minutes is None:
            return None
        if not (minutes >= 1 and minutes.is_integer() and minutes < math.inf):
            self._read.fault(value, "wrong-value", f"{where} must be a duration, for example 1m")
            return None
        self._read.unclear(value, f"{where} has no unit", f"{minutes:.0f}m")
        return int(minutes) * 60

    def _weight(self, fields: dict[str, Value], where: str, *, composite: bool) -> float | None:
        if "compositeWeight" not in fields:
            return 1.0
        value, where = fields["compositeWeight"], f"{where}.compositeWeight"
        weight = self._read.number(value, where)
        if not composite:
            self._read.fault(value, "unknown-field", f"{where} belongs to an objective with an indicator of its own")
        if weight is not None and not 0 < weight < math.inf:
            self._read.fault(value, "wrong-value", f"{where} must be above 0")
            return None
        return weight

    def _indicator(self, item: Value, fields: dict[str, Value], where: str, sli: Sli) -> Indicator | None:
        """Tell a threshold's indicator what to compare with; a ratio has nothing to compare."""
        read, names = self._read, ("op", "value")
        if not isinstance(sli.measure, Threshold):
            for name in names:
                if name in fields:
                    read.unclear(fields[name], f"{where}.{name} means nothing to a ratio", "left out")
            return sli.measure
        for name in names:
            if name not in fields:
                read.fault(item, "missing-field", f"{where} needs '{name}' for a threshold")
        op = read.choice(fields["op"], f"{where}.op", get_args(Comparison)) if "op" in fields else None
        bound = read.get(read.number, fields, "value", where)
        if bound is not None and not math.isfinite(bound):
            read.fault(fields["value"], "wrong-value", f"{where}.value must be finite")
            return None
        return compare(sli.measure, op, bound) if op is not None and bound is not None else None


def _with_keys(objectives: list[Objective]) -> list[Objective]:
    """Tell several objectives apart: by their display names, or where these do not do it, by their numbers."""
    if len(objectives) == 1:
        return objectives
    keys = [kebab(objective.display_name) for objective in objectives]
    count = Counter(keys)
    return [
        replace(objective, key=key if key.isascii() and key.replace("-", "").isalnum() and count[key] == 1 else str(n))
        for n, (objective, key) in enumerate(zip(objectives, keys, strict=True), 1)
    ]
