"""Puts rules into groups and files that are no larger than asked for."""

import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TypeVar

from sloctl.model.rules import RuleGroup

T = TypeVar("T")

_EVERY = 16
"""Files end at one of so many SLOs, on average, before they are full."""


def at_most(group: RuleGroup, rules: int) -> list[RuleGroup]:
    """
    Split a group that has more rules than a ruler takes.

    Rules of different groups are not evaluated in order: what a later one reads may be an evaluation old.

    Args:
        group: The group.
        rules: How many a group may have; 0 for any number.

    >>> group = RuleGroup("g", 60, ("a", "b", "c"))
    >>> [(part.name, part.rules) for part in at_most(group, 2)]
    [('g 1', ('a', 'b')), ('g 2', ('c',))]
    """
    if not rules or len(group.rules) <= rules:
        return [group]
    starts = range(0, len(group.rules), rules)
    return [
        replace(group, name=f"{group.name} {number}", rules=group.rules[start : start + rules])
        for number, start in enumerate(starts, 1)
    ]


def packed(items: Iterable[T], key: Callable[[T], str], size: Callable[[T], int], limit: int) -> Iterator[list[T]]:
    """
    Share out items among files of a limited size, so that one that changes changes its own file only.

    A file ends where the next would not fit, or where the item's own name says so, whatever came before: so files fall
    into step again soon after an item that has come, gone or grown.

    Args:
        items: In any order; they are sorted by their keys.
        key: What tells an item from all others.
        size: In bytes.
        limit: In bytes; an item that is larger has a file of its own.
    """
    pack: list[T] = []
    filled = 0
    for item in sorted(items, key=key):
        needed = size(item)
        if pack and filled + needed > limit:
            yield pack
            pack, filled = [], 0
        pack.append(item)
        filled += needed
        if zlib.crc32(key(item).encode()) % _EVERY == 0:
            yield pack
            pack, filled = [], 0
    if pack:
        yield pack
