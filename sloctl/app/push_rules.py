"""From SLOs to the rules of a running ruler."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sloctl.app.push import Change, lines_between
from sloctl.clients.ruler import Ruler
from sloctl.model.errors import BackendError
from sloctl.model.rules import RuleGroup
from sloctl.specio.rulegroups import group_body, read_groups


@dataclass(frozen=True, slots=True)
class GroupChange:
    """
    A group of the ruler's namespace.

    Args:
        name: Of the group.
        change: `LEFT` where it is not among the rules that are pushed, and stays.
        diff: Between the ruler's and the new one, line by line.
    """

    name: str
    change: Change
    diff: str


async def push_rules(
    ruler: Ruler, namespace: str, groups: Iterable[RuleGroup], *, prune: bool = False, dry_run: bool = False
) -> list[GroupChange]:
    """
    Have a ruler's namespace hold groups.

    Args:
        ruler: Where.
        namespace: Which.
        groups: What it is to hold.
        prune: Remove what else it holds.
        dry_run: Send nothing, and tell what would be.

    Raises:
        BackendError: The ruler is away or refuses; what was sent before that stays, and a second run does the rest.
    """
    there = {group.name: group for group in await _held(ruler, namespace)}
    wanted = {group.name: group for group in groups}
    gone = Change.REMOVED if prune else Change.LEFT
    changes = [_change(there.get(name), group) for name, group in wanted.items()]
    changes += [GroupChange(name, gone, _diff(group, None)) for name, group in there.items() if name not in wanted]
    for each in [] if dry_run else changes:
        if each.change in {Change.ADDED, Change.CHANGED}:
            await ruler.put(namespace, group_body(wanted[each.name]))
        elif each.change is Change.REMOVED:
            await ruler.delete(namespace, each.name)
    return changes


async def _held(ruler: Ruler, namespace: str) -> Sequence[RuleGroup]:
    text = await ruler.groups(namespace)
    try:
        return read_groups(text, namespace)
    except ValueError as error:
        raise BackendError(
            f"{ruler.url} does not answer as a ruler does: {error}", "check --url and --api-path"
        ) from error


def _change(there: RuleGroup | None, wanted: RuleGroup) -> GroupChange:
    diff = _diff(there, wanted)
    change = Change.ADDED if there is None else Change.CHANGED if diff else Change.UNCHANGED
    return GroupChange(wanted.name, change, diff)


def _diff(there: RuleGroup | None, wanted: RuleGroup | None) -> str:
    before, after = (group_body(group) if group else "" for group in (there, wanted))
    return lines_between(before, after, "in the ruler")
