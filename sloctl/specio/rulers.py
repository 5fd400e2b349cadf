"""Rule files as the programs want them that evaluate rules."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sloctl.model.delivery import APPLIED_BYTES, KIB
from sloctl.model.durations import format_duration
from sloctl.model.rules import AlertingRule, RuleGroup
from sloctl.specio.objects import LABELS, object_name
from sloctl.specio.reader import kebab
from sloctl.specio.rulefile import heading, rule_chunks, rule_group
from sloctl.specio.yamlblocks import mapping, scalar

_REST_BYTES: Final = 2 * KIB
"""For what an object holds beside its rules."""

_Document = Callable[[str, Iterable[RuleGroup], str, str], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Ruler:
    """
    A form of rule files.

    Args:
        suffix: Of a file's name.
        max_bytes: Of an object, unless the user says otherwise; 0 for no limit.
        document: Writes a file from its name, its groups, its origin and a note.
        named: Writes a part of a name so that a file, or an object, may be called by it.
    """

    suffix: str
    max_bytes: int
    document: _Document
    named: Callable[[str], str] = str


def size(groups: Iterable[RuleGroup]) -> int:
    """Give how many bytes groups take in an object, as JSON or as YAML, whichever is more."""
    return sum(max(len(_json(group)), len(rule_group(group, 2).encode())) for group in groups)


def _json(group: RuleGroup) -> str:
    rules = [
        {"expr": rule.expr, "labels": dict(rule.labels), "record": rule.record}
        if not isinstance(rule, AlertingRule)
        else {
            "alert": rule.alert,
            "annotations": dict(rule.annotations),
            "expr": rule.expr,
            "for": format_duration(rule.for_s) if rule.for_s else "",
            "labels": dict(rule.labels),
        }
        for rule in group.rules
    ]
    return json.dumps(
        {"interval": format_duration(group.interval_s) if group.interval_s else "", "name": group.name, "rules": rules}
    )


def _plain(_name: str, groups: Iterable[RuleGroup], origin: str, note: str) -> Iterator[str]:
    return rule_chunks(groups, origin, note)


def _namespaced(name: str, groups: Iterable[RuleGroup], origin: str, note: str) -> Iterator[str]:
    """Write what `mimirtool rules load` and `cortextool` read: a namespace and its groups."""
    head, *rest = rule_chunks(groups, origin, note)
    yield f"{head}namespace: {scalar(name)}\n"
    yield from rest


def _object(api_version: str, kind: str) -> _Document:
    def document(name: str, groups: Iterable[RuleGroup], origin: str, note: str) -> Iterator[str]:
        yield heading(origin, note)
        yield f"apiVersion: {api_version}\nkind: {kind}\nmetadata:\n  labels:\n{mapping(LABELS, 4)}"
        yield f"  name: {scalar(name)}\nspec:\n  groups:\n"
        for group in groups:
            yield rule_group(group, 2)

    return document


def _object_name(text: str) -> str:
    """
    Write a part of a name as Kubernetes takes it.

    >>> _object_name("My_SLOs (new)")
    'my-slos-new'
    """
    return object_name(kebab(text))


_OBJECT_BYTES: Final = APPLIED_BYTES - _REST_BYTES
RULERS: Final[Mapping[str, Ruler]] = {
    "prometheus": Ruler(".rules.yaml", 0, _plain),
    "thanos": Ruler(".rules.yaml", 0, _plain),
    "mimir": Ruler(".rules.yaml", 0, _namespaced),
    "prometheusrule": Ruler(
        ".prometheusrule.yaml", _OBJECT_BYTES, _object("monitoring.coreos.com/v1", "PrometheusRule"), _object_name
    ),
    "vmrule": Ruler(
        ".vmrule.yaml", _OBJECT_BYTES, _object("operator.victoriametrics.com/v1beta1", "VMRule"), _object_name
    ),
}
"""By their names: Thanos rulers read Prometheus's files, Mimir and Cortex a namespace beside them."""
