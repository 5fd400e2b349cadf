"""What all that is pushed has in common."""

import difflib
from collections.abc import Mapping
from enum import StrEnum

from sloctl.clients.api import Credentials
from sloctl.model.errors import UsageError

TOKEN, USER, PASSWORD = "SLOCTL_TOKEN", "SLOCTL_USER", "SLOCTL_PASSWORD"
"""Variables of the environment."""


class Change(StrEnum):
    """What becomes of a thing on the server, or would."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REMOVED = "removed"
    LEFT = "left"
    REFUSED = "refused"
    FAILED = "failed"
    NOT_SENT = "not sent"


def credentials(environment: Mapping[str, str]) -> Credentials:
    """
    Find out who asks. Nothing else says it, so that it stands in no file, no history and no list of processes.

    Raises:
        UsageError: There are a token and a user, or half a user.
    """
    token, user, password = (environment.get(name, "") for name in (TOKEN, USER, PASSWORD))
    if token and user:
        raise UsageError(f"{TOKEN} and {USER} are both set", "unset one of them")
    if bool(user) != bool(password):
        raise UsageError(f"one of {USER} and {PASSWORD} is not set", "set both or none")
    return Credentials(token, user, password)


def lines_between(before: str, after: str, there: str) -> str:
    """
    Show what changes, line by line; nothing for equal texts.

    Args:
        before: What is there.
        after: What is pushed.
        there: Says where.

    >>> print(lines_between("a", "b", "in the ruler"), end="")
    --- in the ruler
    +++ pushed
    @@ -1 +1 @@
    -a
    +b
    """
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), there, "pushed", lineterm="")
    return "".join(f"{line}\n" for line in lines)
