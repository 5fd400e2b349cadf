"""
The errors that a user can cause. Anything else is a bug and shows its traceback.

    SloctlError
    ├── UsageError          exit 2: a wrong argument, a file that is not there
    ├── DeclarationError    exit 2: a metric or a decorator that is declared wrongly (also a ValueError)
    ├── SpecError           exit 3: a spec with faults; carries its findings
    ├── BackendError        exit 4: a program or server that is needed is missing or unwell
    └── MissingExtraError   exit 2: an optional part is not installed (also an ImportError)
"""

from collections.abc import Sequence
from typing import ClassVar

from sloctl.model.findings import Finding


class SloctlError(Exception):
    """
    Base of the errors that are meant for the user's eyes.

    Args:
        message: What is wrong, in one sentence.
        hint: What to do about it; a traceback shows it below the message.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint
        if hint:
            self.add_note(hint)


class UsageError(SloctlError):
    """A wrong argument."""

    exit_code = 2


class DeclarationError(SloctlError, ValueError):
    """A metric or a decorator that is declared wrongly; raised where it is declared, never where it is used."""

    exit_code = 2


class SpecError(SloctlError):
    """A spec that cannot be used; `findings` says where and why, one for each fault."""

    exit_code = 3

    def __init__(self, findings: Sequence[Finding]) -> None:
        count = len(findings)
        super().__init__(f"{count} fault{'s' if count != 1 else ''} found")
        self.findings = tuple(sorted(findings))


class BackendError(SloctlError):
    """A program or a server that is needed is missing, unreachable or broken."""

    exit_code = 4


class MissingExtraError(SloctlError, ImportError):
    """
    A part of sloctl that is installed on request.

    >>> error = MissingExtraError("the package click", "cli")
    >>> print(error, error.hint, sep=": ")
    the package click is not part of this installation: pip install "sloctl[cli]"
    """

    exit_code = 2

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} is not part of this installation", f'pip install "sloctl[{extra}]"')
        self.extra = extra
