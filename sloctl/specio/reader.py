"""Reads the fields of a document one by one and keeps what is wrong with them."""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeVar

from sloctl.model.durations import SHORTHAND_S, parse_duration
from sloctl.model.findings import Finding, Severity
from sloctl.specio.tree import UNREADABLE, Value

T = TypeVar("T", bound=str)
R = TypeVar("R")

_KINDS: Final = {
    dict: ("a mapping", "write its fields as 'name: value', indented below"),
    list: ("a list", "write each item after '- '"),
    str: ("text", "put it in quotes"),
    bool: ("true or false", "write true or false, without quotes"),
    int: ("a whole number", "write it in digits, without quotes"),
    float: ("a number", "write it in digits, without quotes"),
}
"""What a kind of value is called, and how it is written."""
_HINTS: Final = {"missing-field": "add it"}
"""What to do about a fault, by its check, where there is nothing better to say."""
NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_SHORTHAND: Final = re.compile(r"([1-9][0-9]{0,5})([mhdwMQY])")
_WORD_START: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[\s_.|/\\]+")
DESCRIPTION_LENGTH: Final = 1050
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
        self.required = frozenset(required)
        self.known = self.required | frozenset(optional)


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
        self.findings.append(value.fault(check, summary, hint or _HINTS.get(check, "")))

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
            The known fields that are there; one that is null counts as absent. Empty when it is not a mapping.
        """
        data = self.mapping(value, where)
        if data is None:
            return {}
        present = data
        if value.has_null:
            present = {name: child for name, child in data.items() if child.data is not None}
        if not present.keys() >= fields.required or not data.keys() <= fields.known:
            self._wrong_fields(value, where, fields, present)
            return {name: child for name, child in present.items() if name in fields.known}
        return present

    def _wrong_fields(self, value: Value, where: str, fields: Fields, present: dict[str, Value]) -> None:
        misspelt = set()
        for name in value.data.keys() - fields.known:
            near = difflib.get_close_matches(name, fields.known, 1, 0.7)
            misspelt.update(near)
            hint = f"did you mean '{near[0]}'?" if near else f"known here: {', '.join(sorted(fields.known))}"
            self.fault(value.key(name), "unknown-field", f"{where} has no field '{name}'", hint)
        for name in fields.required - present.keys() - misspelt:
            self.fault(value.data.get(name, value), "missing-field", f"{where} needs '{name}'")

    def mapping(self, value: Value, where: str) -> dict[str, Value] | None:
        """Read a mapping of any fields."""
        return value.data if self._is(value, where, dict) else None

    def items(self, value: Value, where: str) -> list[Value]:
        """Read a list."""
        return value.data if self._is(value, where, list) else []

    def text(self, value: Value, where: str) -> str | None:
        """Read a text that is not blank."""
        text = value.data
        if isinstance(text, str) and text and not text.isspace():
            return text
        if self._is(value, where, str):
            self.fault(value, "wrong-value", f"{where} is empty", "give it a text, or leave it out")
        return None

    def is_text(self, value: Value, where: str) -> bool:
        """Check that it is text, which may be empty."""
        return self._is(value, where, str)

    def texts(self, value: Value | None, where: str) -> dict[str, str]:
        """Read a mapping of texts, which may be missing."""
        items = (self.mapping(value, where) or {}) if value is not None else {}
        return {name: child.data for name, child in items.items() if self.is_text(child, f"{where}.{name}")}

    def name(self, value: Value, where: str, form: re.Pattern[str] = NAME) -> str | None:
        """Read a name; it goes into labels, file names and templates, so nothing in it may need an escape."""
        text = self.text(value, where)
        if text is None or form.fullmatch(text):
            return text
        summary = f"{where} cannot be '{text}'"
        if NAME.fullmatch(kebab(text)):
            self.unclear(value, summary, f"'{kebab(text)}'", "wrong-value")
            return kebab(text)
        hint = "use at most 63 lower-case letters, digits and hyphens, as RFC 1123 has it"
        self.fault(value, "wrong-value", summary, hint)
        return None

    def get(
        self, how: Callable[[Value, str], R | None], fields: Mapping[str, Value], name: str, where: str
    ) -> R | None:
        """Read a field in the way *how*; `None` when it is not there."""
        return how(fields[name], f"{where}.{name}") if name in fields else None

    def optional(self, fields: dict[str, Value], name: str, where: str) -> str:
        """Read a text that may be missing; empty when it is."""
        return self.get(self.text, fields, name, where) or ""

    def description(self, fields: dict[str, Value], where: str) -> str:
        """Read OpenSLO's description, which may be missing."""
        text = self.optional(fields, "description", where)
        if len(text) > DESCRIPTION_LENGTH:
            self.fault(
                fields["description"],
                "wrong-value",
                f"{where}.description is longer than {DESCRIPTION_LENGTH} characters",
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

    def shorthand(self, value: Value, where: str) -> tuple[int, str] | None:
        """Read OpenSLO's duration shorthand: a count and its unit."""
        text = self.text(value, where)
        if text is None:
            return None
        match = _SHORTHAND.fullmatch(text)
        if match is None:
            summary = f"'{text}' is not a duration: write an integer above 0 and one of m h d w M Q Y"
            self.fault(value, "wrong-value", summary)
            return None
        return int(match[1]), match[2]

    def duration(self, value: Value, where: str) -> int | None:
        """Read OpenSLO's duration shorthand, in seconds."""
        shorthand = self.shorthand(value, where)
        return None if shorthand is None else shorthand[0] * SHORTHAND_S[shorthand[1]]

    def prometheus_duration(self, value: Value, where: str) -> float | None:
        """Read a duration as Prometheus writes it, in seconds."""
        text = self.text(value, where)
        if text is None:
            return None
        try:
            return parse_duration(text)
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

    def choice(self, value: Value, where: str, choices: Iterable[T]) -> T | None:
        """Read one of several words."""
        text = self.text(value, where)
        known = list(choices)
        if text is None:
            return None
        if text in known:
            return known[known.index(text)]
        near = difflib.get_close_matches(text, known, 1, 0.6)
        hint = f"did you mean '{near[0]}'?" if near else f"one of: {', '.join(known)}"
        self.fault(value, "wrong-value", f"{where} cannot be '{text}'", hint)
        return None

    def _is(self, value: Value, where: str, kind: type) -> bool:
        if isinstance(value.data, kind):
            return True
        if value.data is UNREADABLE:
            return False
        got, _ = ("nothing", "") if value.data is None else _KINDS[type(value.data)]
        wanted, hint = _KINDS[kind]
        self.fault(value, "wrong-type", f"{where} must be {wanted}, not {got}", hint)
        return False
