"""Reads the fields of a document one by one and keeps what is wrong with them."""

import difflib
import re
from collections.abc import Iterable
from typing import Final

from sloctl.model.durations import parse_shorthand
from sloctl.model.findings import Finding, Severity
from sloctl.specio.tree import UNREADABLE, Value

_KINDS: Final = {
    dict: "a mapping",
    list: "a list",
    str: "text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
}
_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_WORD_START: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[\s_.|/\\]+")
_DESCRIPTION: Final = 1050
_DIGITS: Final = 9
"""Of an objective as a ratio: with more nines than that, no budget would be left to compute with."""


class Fields:
    """
    The fields of a mapping.

    Args:
        required: Fields that must be there.
        optional: Fields that may be there.
    """

    def __init__(self, required: Iterable[str] = (), optional: Iterable[str] = ()) -> None:
        self.required = tuple(required)
        self.known = frozenset({*self.required, *optional})


def kebab(name: str) -> str:
    """
    Write a name as RFC 1123 has it.

    >>> kebab("OnCallDevops_mail")
    'on-call-devops-mail'
    """
    return _WORD_START.sub("-", name).lower().strip("-")


class Reader:
    """
    Collects findings. A method that finds a fault reports it and gives `None`, so that reading goes on.

    Args:
        lenient: Take what can be read in two ways for a warning.
    """

    def __init__(self, *, lenient: bool = False) -> None:
        self.findings: list[Finding] = []
        self.lenient = lenient

    def fault(self, value: Value, check: str, summary: str, hint: str = "") -> None:
        """Report a fault where *value* stands."""
        self.findings.append(value.fault(check, summary, hint))

    def warn(self, value: Value, check: str, summary: str, hint: str = "") -> None:
        """Report what is to be known but stops nothing."""
        self.findings.append(value.fault(check, summary, hint, Severity.WARNING))

    def unclear(self, value: Value, summary: str, reading: str, check: str = "unclear") -> None:
        """
        Report what can be read in two ways: a fault, or a warning where the user is lenient.

        Args:
            value: Where.
            summary: Why.
            reading: What the caller goes on with.
            check: Its id.
        """
        if self.lenient:
            self.warn(value, check, f"{summary}; read as {reading}")
        else:
            self.fault(value, check, summary, f"--lenient reads it as {reading}")

    def fields(self, value: Value, where: str, fields: Fields) -> dict[str, Value]:
        """
        Read a mapping whose fields are known.

        Args:
            value: What should be a mapping.
            where: How the user would call it, for example ``spec.objectives``.
            fields: What it may hold.

        Returns:
            The fields that are there; one that is null counts as absent. Empty when it is not a mapping.
        """
        data = self.mapping(value, where)
        if data is None:
            return {}
        misspelt = set()
        for name in data.keys() - fields.known:
            near = difflib.get_close_matches(name, fields.known, 1, 0.7)
            misspelt.update(near)
            hint = f"did you mean '{near[0]}'?" if near else f"known here: {', '.join(sorted(fields.known))}"
            self.fault(value.key(name), "unknown-field", f"{where} has no field '{name}'", hint)
        present = {name: child for name, child in data.items() if child.data is not None}
        for name in fields.required:
            if name not in present and name not in misspelt:
                self.fault(data.get(name, value), "missing-field", f"{where} needs '{name}'")
        return present

    def mapping(self, value: Value, where: str) -> dict[str, Value] | None:
        """Read a mapping of any fields."""
        return value.data if self._is(value, where, dict) else None

    def items(self, value: Value, where: str) -> list[Value]:
        """Read a list."""
        return value.data if self._is(value, where, list) else []

    def text(self, value: Value, where: str) -> str | None:
        """Read a text that is not blank."""
        if not self._is(value, where, str):
            return None
        text: str = value.data
        if not text.strip():
            self.fault(value, "wrong-value", f"{where} is empty")
            return None
        return text

    def texts(self, value: Value | None, where: str) -> dict[str, str]:
        """Read a mapping of texts, which may be missing."""
        items = (self.mapping(value, where) or {}) if value is not None else {}
        return {name: child.data for name, child in items.items() if self._is(child, f"{where}.{name}", str)}

    def name(self, value: Value, where: str) -> str | None:
        """Read a name; it goes into labels, file names and templates, so nothing in it may need an escape."""
        text = self.text(value, where)
        if text is None or _NAME.fullmatch(text):
            return text
        summary = f"{where} cannot be '{text}'"
        if _NAME.fullmatch(kebab(text)):
            self.unclear(value, summary, f"'{kebab(text)}'", "wrong-value")
            return kebab(text)
        hint = "use at most 63 lower-case letters, digits and hyphens, as RFC 1123 has it"
        self.fault(value, "wrong-value", summary, hint)
        return None

    def optional(self, fields: dict[str, Value], name: str, where: str) -> str:
        """Read a text that may be missing; empty when it is."""
        return (self.text(fields[name], f"{where}.{name}") or "") if name in fields else ""

    def description(self, fields: dict[str, Value], where: str) -> str:
        """Read OpenSLO's description, which may be missing."""
        text = self.optional(fields, "description", where)
        if len(text) > _DESCRIPTION:
            self.fault(
                fields["description"], "wrong-value", f"{where}.description is longer than {_DESCRIPTION} characters"
            )
        return text

    def flag(self, value: Value, where: str) -> bool | None:
        """Read true or false."""
        return value.data if self._is(value, where, bool) else None

    def number(self, value: Value, where: str) -> float | None:
        """Read a number."""
        if isinstance(value.data, bool) or not isinstance(value.data, int | float):
            self._is(value, where, float)
            return None
        try:
            return float(value.data)
        except OverflowError:
            self.fault(value, "wrong-value", f"{where} is out of all bounds")
            return None

    def duration(self, value: Value, where: str) -> int | None:
        """Read OpenSLO's duration shorthand, in seconds."""
        text = self.text(value, where)
        if text is None:
            return None
        try:
            return parse_shorthand(text)
        except ValueError as error:
            self.fault(value, "wrong-value", str(error))
            return None

    def objective(self, value: Value, name: str, number: float | None, top: int) -> float | None:
        """Check an objective, and give it as a ratio; *top* is what all of the events would be."""
        if number is None:
            return None
        ratio = round(number / top, _DIGITS)
        if 0 <= ratio < 1:
            return ratio
        hint = "an objective of 100 % leaves no budget" if ratio == 1 else f"for example {name}: {0.99 * top:g}"
        self.fault(value, "wrong-value", f"{name} must be at least 0 and below {top}", hint)
        return None

    def choice(self, value: Value, where: str, choices: Iterable[str]) -> str | None:
        """Read one of several words."""
        text = self.text(value, where)
        known = list(choices)
        if text is None or text in known:
            return text
        near = difflib.get_close_matches(text, known, 1, 0.6)
        hint = f"did you mean '{near[0]}'?" if near else f"one of: {', '.join(known)}"
        self.fault(value, "wrong-value", f"{where} cannot be '{text}'", hint)
        return None

    def _is(self, value: Value, where: str, kind: type) -> bool:
        if isinstance(value.data, kind):
            return True
        if value.data is UNREADABLE:
            return False
        got = "nothing" if value.data is None else _KINDS.get(type(value.data), type(value.data).__name__)
        self.fault(value, "wrong-type", f"{where} must be {_KINDS[kind]}, not {got}")
        return False
