"""Labels that series can have so that matchers match them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from sloctl.model.indicators import Matcher
from sloctl.promql.tree import quote

TARGET: Final = {"job": "j", "instance": "i"}
_WILD: Final = re.compile(r"\[[^\]]*\][*+?]?|\\[dw][*+?]?|(?<!\\)\.[*+?]?")
"""What a digit can stand for in a regular expression."""

Labels = Mapping[str, str]


def find_labels(
    group_by: Iterable[str], matchers: tuple[Matcher, ...], unlike: tuple[Matcher, ...] = ()
) -> Labels | None:
    """
    Find labels of a series of a target.

    Args:
        group_by: Labels that it has.
        matchers: All of them match it.
        unlike: Not all of these match it, where there are any.

    Returns:
        `None` where no labels were found. A label that must not be there is empty.

    >>> find_labels(["route"], (Matcher("code", "=~", "5.."),))
    {'route': 'x', 'job': 'j', 'instance': 'i', 'code': '500'}
    """
    wanted = {**dict.fromkeys(group_by, "x"), **TARGET, **{matcher.label: "" for matcher in matchers}}
    found = {label: next(_values(label, default, matchers), None) for label, default in wanted.items()}
    labels = {label: value for label, value in found.items() if value is not None}
    if len(labels) < len(found):
        return None
    if not unlike or not all(_matches(matcher, labels.get(matcher.label, "")) for matcher in unlike):
        return labels
    for matcher in unlike:
        of_label = [other for other in matchers if other.label == matcher.label]
        for value in _values(matcher.label, labels.get(matcher.label, ""), tuple(of_label)):
            if not _matches(matcher, value):
                return {**labels, matcher.label: value}
    return None


def _values(label: str, default: str, matchers: tuple[Matcher, ...]) -> Iterator[str]:
    """Guess values of a label that all matchers match."""
    own_matchers = [matcher for matcher in matchers if matcher.label == label]
    guesses = [default, *(guess for matcher in own_matchers for guess in _guesses(matcher)), "x", "200", ""]
    return (guess for guess in dict.fromkeys(guesses) if all(_matches(matcher, guess) for matcher in own_matchers))


def _guesses(matcher: Matcher) -> list[str]:
    if matcher.op in {"=", "!="}:
        return [matcher.value]
    return [_WILD.sub("0", option).replace("\\", "") for option in matcher.value.strip("^$()").split("|")]


def _matches(matcher: Matcher, value: str) -> bool:
    if matcher.op in {"=", "!="}:
        return (value == matcher.value) == (matcher.op == "=")
    try:
        return (re.fullmatch(matcher.value, value) is not None) == (matcher.op == "=~")
    except re.error:
        return False


def written(labels: Labels) -> str:
    """Write labels as PromQL has them."""
    return "{" + ", ".join(f"{label}={quote(value)}" for label, value in labels.items() if value) + "}"
