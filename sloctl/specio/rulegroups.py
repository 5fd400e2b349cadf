"""Rule groups as a ruler takes them and gives them back."""

from collections.abc import Mapping
from typing import Any, Final

import yaml

from sloctl.model.durations import parse_duration
from sloctl.model.rules import AlertingRule, RecordingRule, Rule, RuleGroup
from sloctl.specio.rulefile import rule_group

_ITEM: Final = "- "


def group_body(group: RuleGroup) -> str:
    """Write a group as a document of its own."""
    return rule_group(group).replace(_ITEM, " " * len(_ITEM), 1)


def read_groups(text: str, namespace: str) -> list[RuleGroup]:
    """
    Read the groups of a namespace.

    Args:
        text: YAML: lists of groups by their namespaces; may be empty.
        namespace: Whose groups.

    Raises:
        ValueError: It is of another form.
    """
    try:
        found = (yaml.safe_load(text) or {}).get(namespace) or []
        return [_group(item) for item in found]
    except (yaml.YAMLError, AttributeError, KeyError, TypeError) as error:
        raise ValueError("it is no list of rule groups") from error


def _group(item: Mapping[str, Any]) -> RuleGroup:
    return RuleGroup(item["name"], _seconds(item.get("interval")), tuple(map(_rule, item.get("rules") or ())))


def _rule(item: Mapping[str, Any]) -> Rule:
    labels, expr = dict(item.get("labels") or {}), str(item["expr"]).strip()
    if not item.get("alert"):
        return RecordingRule(item["record"], expr, labels)
    for_s, keep_firing_s = (round(_seconds(item.get(key))) for key in ("for", "keep_firing_for"))
    return AlertingRule(item["alert"], expr, labels, dict(item.get("annotations") or {}), for_s, keep_firing_s)


def _seconds(text: object) -> float:
    return 0 if text in (None, "", 0, "0", "0s") else parse_duration(str(text))
