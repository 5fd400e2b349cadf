"""What a check has to say, as data."""

from dataclasses import asdict, dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad a finding is; an error makes its file unusable, an info would merely help."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """
    One fault in one place.

    Args:
        path: The file, as the user named it.
        line: From 1; 0 when the fault belongs to the file as a whole.
        column: From 1; 0 when unknown.
        check: The check's id, for example ``unknown-field``.
        severity: An error stops generation; a warning does not.
        summary: One sentence that says what is wrong.
        hint: What to do about it; may be empty.

    >>> print(Finding("slo.yaml", 3, 5, "unknown-field", Severity.ERROR, "no field 'targt'"))
    slo.yaml:3:5: error: no field 'targt' [unknown-field]
    """

    path: str
    line: int
    column: int
    check: str
    severity: Severity
    summary: str
    hint: str = ""

    def __str__(self) -> str:
        """Give the line that editors can jump from."""
        place = f"{self.path}:{self.line}:{self.column}" if self.line else self.path
        return f"{place}: {self.severity}: {self.summary} [{self.check}]"

    def to_dict(self) -> dict[str, object]:
        """Give plain values for JSON."""
        return asdict(self)
