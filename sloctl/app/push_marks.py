"""
How a dashboard in Grafana shows whose it is, and whether it still is what was pushed.

Both of Grafana's APIs keep tags and descriptions, and nothing else of ours. A tag says who keeps the dashboard, so that
a search finds all of an owner's. The last line of the description says what was pushed, and under which uid: a copy
that somebody made has the line too, and another uid.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sloctl.clients.grafana import Json
from sloctl.model.errors import UsageError

_TAG: Final = "pushed-by:"
_OWNER: Final = re.compile(r"[A-Za-z0-9][\w.-]{0,39}", re.ASCII)
"""With the tag before it, it has the 50 characters that Grafana's database holds."""
_LINE: Final = re.compile(
    r"\s*Pushed by sloctl for (?P<owner>\S+) as (?P<uid>\S+), version (?P<version>\d+), (?P<digest>[0-9a-f]{16})\.\s*$"
)


@dataclass(frozen=True, slots=True)
class Mark:
    """
    What a dashboard says of itself.

    Args:
        owner: Who keeps it.
        uid: Under which it was pushed.
        version: What was to be its number in Grafana.
        digest: Of what was pushed.
    """

    owner: str
    uid: str
    version: int
    digest: str


def owner_tag(owner: str) -> str:
    """
    Give the tag of all that an owner keeps.

    Raises:
        UsageError: The name is none.

    >>> owner_tag("shop")
    'pushed-by:shop'
    """
    if not _OWNER.fullmatch(owner):
        raise UsageError(f"'{owner}' is no name of an owner", "up to 40 letters, digits, '.', '_' and '-'")
    return _TAG + owner


def marked(spec: Mapping[str, Any], mark: Mark) -> Json:
    """Put a mark on a dashboard."""
    line = f"Pushed by sloctl for {mark.owner} as {mark.uid}, version {mark.version}, {mark.digest}."
    plain = bare(spec)
    description = "\n\n".join(text for text in (plain.get("description"), line) if text)
    return {**plain, "description": description, "tags": [*plain.get("tags", ()), owner_tag(mark.owner)]}


def mark_of(spec: Mapping[str, Any]) -> Mark | None:
    """Read the mark of a dashboard; `None` where there is none, or half of it."""
    found = _LINE.search(str(spec.get("description") or ""))
    if found is None or _TAG + found["owner"] not in (spec.get("tags") or ()):
        return None
    return Mark(found["owner"], found["uid"], int(found["version"]), found["digest"])


def bare(spec: Mapping[str, Any]) -> Json:
    """
    Take the mark off a dashboard.

    >>> board = {"title": "a", "tags": ["b"]}
    >>> bare(marked(board, Mark("shop", "u", 3, digest(board)))) == board
    True
    """
    description = _LINE.sub("", str(spec.get("description") or "")).rstrip()
    tags = [tag for tag in spec.get("tags") or () if not str(tag).startswith(_TAG)]
    rest = {key: value for key, value in spec.items() if key not in {"description", "tags"}}
    return {**rest, **({"description": description} if description else {}), **({"tags": tags} if tags else {})}


def canonical(spec: Mapping[str, Any]) -> str:
    """
    Write a dashboard, without a mark, such that equal ones are written alike.

    >>> canonical({"b": 1.0, "a": []}) == canonical({"a": [], "b": 1})
    True
    """
    return json.dumps(_plain(bare(spec)), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def digest(spec: Mapping[str, Any]) -> str:
    """Sum up what a dashboard says, apart from its mark."""
    return hashlib.sha256(canonical(spec).encode()).hexdigest()[:16]


def _plain(value: Any) -> Any:
    """Write whole numbers as such: 1.0 comes back from Grafana as 1."""
    if isinstance(value, dict):
        return {key: _plain(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_plain(child) for child in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
