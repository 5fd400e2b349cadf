"""Says of a dashboard that cannot be finished which part of it is at fault."""

import json
from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from typing import Final

from sloctl.dashgen.fields import Json

WRONG: Final = (AttributeError, IndexError, KeyError, TypeError)
"""What comes of data that has another type or less in it than Grafana keeps there."""
_LENGTH: Final = 60
"""Characters of a value that are shown."""


def finish_part(what: str, part: Json, finish: Callable[[Json], object]) -> None:
    """
    Finish a panel or a variable, in place.

    Raises:
        ValueError: It cannot be; the message names it, and what of it is at fault.
    """
    before = json.dumps(part)
    try:
        finish(part)
    except (*WRONG, ValueError) as error:
        said = error if type(error) is ValueError else fault(json.loads(before), finish, error)
        raise ValueError(f"{what} '{part.get('title') or part.get('name') or ''}': {said}") from error


def fault(data: Json, finish: Callable[[Json], object], error: Exception) -> str:
    """
    Say which field of an object has a value that cannot be finished, by leaving out one after another.

    Args:
        data: As it was at first.
        finish: What raised.
        error: What it raised.

    >>> def finish(panel):
    ...     return panel.get("legend", {}).get("sort")
    >>> fault({"type": "graph", "legend": []}, finish, AttributeError("no attribute 'get'"))
    "'legend' cannot be []"
    """
    rest = dict(data)
    for name in sorted(data, key="type".__eq__):  # the type last, since it says what the rest means
        value = rest.pop(name)
        with suppress(*WRONG, ValueError):
            finish({"type": "text", **deepcopy(rest)})
            shown = json.dumps(value, ensure_ascii=False)
            shown = shown if len(shown) <= _LENGTH else f"{shown[:_LENGTH]}..."
            return f"'{name}' cannot be {shown}" + (f", without {error}" if isinstance(error, KeyError) else "")
    return f"{type(error).__name__}: {error}"
